"""The report against a plain count, and its chance levels against darts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import Cut, CutSheet, Event, Shot, Wish
from vem_core.contract.plan import Landing
from vem_core.contract.result import AlignmentReport
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.pictures import draw_alignment
from vem_core.rhythm.report import chance_level, measure_alignment, nearest, off_beats
from vem_core.rhythm.tracking import TrackedBeats

RATE = Fraction(24_000, 1001)


class Oracle:
    tracker_id = "oracle"
    licence_note = "made up"

    def track(self, audio: np.ndarray) -> TrackedBeats:
        raise NotImplementedError


def sheet_with_cuts(*frames: int, duration: int = 240, events: tuple[Event, ...] = ()) -> CutSheet:
    starts = (0, *frames)
    shots = tuple(Shot(start, end - start) for start, end in zip(starts, (*frames, duration), strict=True))
    return CutSheet("test", RATE, 0, duration, shots, tuple(Cut(frame) for frame in frames), events)


def every_second(first_s: float = 0.0, seconds: int = 10) -> TrackedBeats:
    beats = tuple(round((first_s + second) * SAMPLE_RATE_HZ) for second in range(seconds))
    return TrackedBeats(beats, beats[::4])


def test_errors_are_signed_and_landings_named() -> None:
    at = [sample_of_frame(frame, RATE) for frame in (24, 48, 60, 80, 96)]
    beats = (0, at[0] + 480, at[1] - 4_800, at[2] + 4_000, at[4])
    sheet = sheet_with_cuts(24, 48, 60, 80, 96)
    report = measure_alignment(sheet, TrackedBeats(beats, (0, at[4])), Oracle())
    first, second, _, _, last = report.cuts
    assert first.error_ms == pytest.approx(10.0)
    assert first.error_frames == pytest.approx(0.01 * float(RATE))
    assert (first.landing, first.hit_1_frame) == (Landing.BEAT, True)
    assert second.error_ms == pytest.approx(-100.0)
    assert (second.hit_1_frame, second.hit_70_ms, second.hit_100_ms) == (False, False, True)
    assert (last.landing, last.error_ms) == (Landing.DOWNBEAT, 0.0)
    assert report.tracker == "oracle"
    assert report.tracker_licence_note == "made up"


def test_where_no_beat_was_heard_near_a_cut_that_is_said() -> None:
    """The music of the first six seconds had no beats that the tracker heard: +5000 ms would be no error of a beat."""
    report = measure_alignment(sheet_with_cuts(24, 120, 216), every_second(6.0), Oracle())
    assert [cut.error_ms is None for cut in report.cuts] == [True, False, False]
    assert report.cuts[0].landing is Landing.MISS
    assert report.beats_only.count == 3


def test_one_frame_is_one_over_the_rate_to_the_sample() -> None:
    sheet = sheet_with_cuts(100)
    at = sample_of_frame(100, RATE)
    for late, hit in ((2_002, True), (2_003, False)):
        report = measure_alignment(sheet, TrackedBeats((1_000, at + late), ()), Oracle())
        assert report.cuts[0].hit_1_frame is hit


def test_off_beats_count_only_where_they_are_asked_for() -> None:
    sheet = sheet_with_cuts(36)  # 1.5 s, halfway between two beats
    report = measure_alignment(sheet, every_second(), Oracle())
    assert report.cuts[0].landing is Landing.OFF_BEAT
    assert report.cuts[0].hit_1_frame is False
    assert report.beats_only.hit_rate_1_frame == 0.0
    assert report.with_off_beats.hit_rate_1_frame == 1.0
    assert report.with_off_beats.chance_1_frame == pytest.approx(2 * report.beats_only.chance_1_frame, rel=0.1)


def test_a_sixteenth_is_a_miss() -> None:
    sheet = sheet_with_cuts(30)  # 1.25 s
    report = measure_alignment(sheet, every_second(), Oracle())
    assert report.cuts[0].landing is Landing.SUBDIVISION
    assert report.with_off_beats.hit_rate_1_frame == 0.0


def test_all_cuts_count_and_ignored_events_do_not() -> None:
    events = (Event(24), Event(30, Wish.IGNORE))
    report = measure_alignment(sheet_with_cuts(48, 60, events=events), every_second(), Oracle())
    assert [(cut.index, cut.event) for cut in report.cuts] == [(0, False), (1, False), (0, True)]
    assert report.beats_only.count == 3


@pytest.mark.parametrize("beats", [(), (48_000,), (0, 48_000)])
@pytest.mark.parametrize("cuts", [(), (100,)])
def test_few_beats_and_few_cuts_make_a_report_that_can_be_sent(beats: tuple[int, ...], cuts: tuple[int, ...]) -> None:
    report = measure_alignment(sheet_with_cuts(*cuts), TrackedBeats(beats, beats[:1]), Oracle())
    assert loads(AlignmentReport, dumps(report)) == report
    assert report.beats_only.count == len(cuts)
    if not beats:
        assert all(cut.landing is Landing.MISS and cut.error_ms is None for cut in report.cuts)
        assert report.beats_only.chance_100_ms == 0.0
    assert draw_alignment(report, sheet_with_cuts(*cuts), TrackedBeats(beats, ())).width == 1600


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 479_999), min_size=1, max_size=60, unique=True),
    st.sampled_from([Fraction(1001, 24_000), Fraction(7, 100), Fraction(1, 10)]),
)
def test_chance_is_what_darts_score(grid: list[int], tolerance_s: Fraction) -> None:
    points = np.array(sorted(grid))
    darts = np.arange(0, 480_000, 16)
    distances = np.abs(points[nearest(points, darts)] - darts)
    scored = float(np.mean(distances <= float(tolerance_s) * SAMPLE_RATE_HZ))
    assert chance_level(points, tolerance_s, 480_000) == pytest.approx(scored, abs=0.005)


def test_chance_of_an_even_grid_is_the_textbook_formula() -> None:
    beats = np.arange(12_000, 2_880_000, 24_000)  # 120 BPM
    assert chance_level(beats, Fraction(1, 24), 2_880_000) == pytest.approx(2 / 24 * 2)
    assert chance_level(np.union1d(beats, off_beats(beats)), Fraction(1, 100), 2_880_000) == pytest.approx(
        0.08, abs=0.001
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=20, unique=True), st.lists(st.integers(-50, 1_050)))
def test_nearest_is_nearest(among: list[int], instants: list[int]) -> None:
    points = np.array(sorted(among))
    found = nearest(points, np.array(instants, np.int64))
    assert np.abs(points[found] - instants).tolist() == [min(abs(p - i) for p in among) for i in instants]


def test_the_picture_shows_hits_green_and_misses_red() -> None:
    sheet = sheet_with_cuts(24, 78, 100)
    beats = (sample_of_frame(24, RATE), sample_of_frame(24, RATE) + 480_000 // 4)
    report = measure_alignment(sheet, TrackedBeats(beats, ()), Oracle())
    picture = draw_alignment(report, sheet, TrackedBeats(beats, (), np.full(1_000, 0.5, np.float32)))
    colours = {colour for _, colour in picture.getcolors(maxcolors=1 << 20) or []}
    assert (0x6F, 0xCF, 0x73) in colours
    assert (0xE0, 0x65, 0x4F) in colours
