"""Strokes: what is one, what is none, and what chance a mark has that is measured by them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from vem_core.audio.types import Audio
from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot, Wish
from vem_core.contract.direction import Direction
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.result import AlignmentReport
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.strokes import Stretch, strokes_around
from vem_core.rhythm.tracking import TrackedBeats

RATE = Fraction(24)
SECONDS = 10
LENGTH = SECONDS * SAMPLE_RATE_HZ
FRAME = SAMPLE_RATE_HZ // 24
MARK = 5 * SAMPLE_RATE_HZ


class Deaf:
    tracker_id = "deaf"
    licence_note = ""

    def track(self, audio: Audio) -> TrackedBeats:
        raise NotImplementedError


def held_chord() -> Audio:
    time_s = np.arange(LENGTH) / SAMPLE_RATE_HZ
    chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (110, 220, 277.2, 329.6))
    noise = np.random.default_rng(5).normal(0, 0.01, LENGTH)
    return np.asarray(0.02 * np.stack([chord + noise] * 2), np.float32)


def with_strokes(*instants: int, level: float = 0.4) -> Audio:
    audio = held_chord()
    time_s = np.arange(SAMPLE_RATE_HZ // 2) / SAMPLE_RATE_HZ
    rng = np.random.default_rng(7)
    stroke = level * np.exp(-time_s * 12) * (np.sin(2 * np.pi * 196 * time_s) + rng.normal(0, 0.5, len(time_s)))
    for instant in instants:
        end = min(LENGTH, instant + len(stroke))
        audio[:, instant:end] += stroke[: end - instant].astype(np.float32)
    return audio


def stretch_of(audio: Audio) -> Stretch:
    return lambda start, end: audio[:, start:end]


def sheet_of(wish: Wish, *others: int) -> CutSheet:
    frames = sorted((MARK // FRAME, *others))
    starts = (0, *frames)
    shots = tuple(Shot(start, end - start) for start, end in zip(starts, (*frames, SECONDS * 24), strict=True))
    cuts = tuple(Cut(frame, wish=wish if frame == MARK // FRAME else Wish.AUTO) for frame in frames)
    return CutSheet("test", RATE, 0, SECONDS * 24, shots, cuts)


def planned(sheet: CutSheet) -> ScorePlan:
    return plan_score(sheet, Direction(), 0, tempo_range_bpm=(100, 120), style="acoustic", mood="calm")


def measured(audio: Audio, sheet: CutSheet, plan: ScorePlan | None, beats: tuple[int, ...] = ()) -> AlignmentReport:
    return measure_alignment(sheet, TrackedBeats(beats, ()), Deaf(), plan=plan, stretch=stretch_of(audio))


@pytest.mark.parametrize("late", [-900, 0, 1_500])
def test_a_stroke_is_found_where_it_begins(late: int) -> None:
    found = strokes_around(stretch_of(with_strokes(MARK + late)), MARK, LENGTH).strokes_samples
    assert len(found) == 1
    assert abs(int(found[0]) - MARK - late) <= 144  # 3 ms


@pytest.mark.parametrize("mark", [MARK, 0, LENGTH - 1])
def test_a_held_chord_has_no_strokes_and_the_window_makes_none(mark: int) -> None:
    found = strokes_around(stretch_of(held_chord()), mark, LENGTH).strokes_samples
    assert [int(stroke) for stroke in found if stroke > FRAME] == []  # the music itself begins with one


def test_silence_has_none() -> None:
    assert not len(strokes_around(stretch_of(np.zeros((2, LENGTH), np.float32)), MARK, LENGTH).strokes_samples)


def test_what_is_much_weaker_than_the_strongest_around_is_none() -> None:
    audio = with_strokes(MARK + SAMPLE_RATE_HZ) + with_strokes(MARK, level=0.01) - held_chord()
    found = strokes_around(stretch_of(audio), MARK, LENGTH).strokes_samples
    assert np.abs(found - MARK).min() > FRAME


def test_a_mark_without_a_beat_is_met_by_its_stroke_and_the_report_says_so() -> None:
    sheet = sheet_of(Wish.HIT, 60)
    report = measured(with_strokes(MARK + 480), sheet, planned(sheet))
    other, mark = report.cuts
    assert (mark.landing, mark.error_ms) == (Landing.STROKE, None)
    assert mark.stroke_error_ms == pytest.approx(10, abs=3)
    assert (other.landing, other.stroke_error_ms) == (Landing.MISS, None)
    assert report.with_off_beats.hit_rate_1_frame == 0.5
    assert report.beats_only.hit_rate_1_frame == 0  # no beat was heard
    assert loads(AlignmentReport, dumps(report)) == report


@pytest.mark.parametrize("wish", [Wish.AUTO, Wish.IGNORE])
def test_cuts_that_nobody_marked_are_measured_by_beats(wish: Wish) -> None:
    sheet = sheet_of(wish)
    report = measured(with_strokes(MARK), sheet, planned(sheet))
    assert report.cuts[0].landing is Landing.MISS
    assert report.with_off_beats.hit_rate_1_frame == report.with_off_beats.chance_1_frame == 0


def test_a_mark_that_the_plan_does_not_claim_is_not_listened_for() -> None:
    sheet = sheet_of(Wish.HIT)
    plan = planned(sheet)
    missed = dataclasses.replace(plan, hits=tuple(dataclasses.replace(hit, landing=Landing.MISS) for hit in plan.hits))
    for claimed in (missed, None):
        assert measured(with_strokes(MARK), sheet, claimed).cuts[0].landing is Landing.MISS


def test_the_plan_alone_meets_nothing() -> None:
    sheet = sheet_of(Wish.DROP)
    report = measured(with_strokes(MARK + 3 * FRAME), sheet, planned(sheet))
    assert report.cuts[0].landing is Landing.MISS
    assert report.cuts[0].stroke_error_ms is None


def test_a_beat_on_a_mark_comes_first() -> None:
    sheet = sheet_of(Wish.HIT)
    report = measured(with_strokes(MARK), sheet, planned(sheet), (MARK - 24_000, MARK + 240, MARK + 24_000))
    assert (report.cuts[0].landing, report.cuts[0].stroke_error_ms) == (Landing.BEAT, None)


def test_chance_of_a_mark_is_what_darts_thrown_around_it_score() -> None:
    sheet = sheet_of(Wish.HIT)
    audio = with_strokes(MARK, *(MARK + round(second * SAMPLE_RATE_HZ) for second in (-3.5, -2.25, 1.5, 1.54, 3)))
    beats = (MARK - 150_000, MARK - 100_000)
    report = measured(audio, sheet, planned(sheet), beats)
    grid = np.array([*beats, MARK - 125_000])
    around = strokes_around(stretch_of(audio), MARK, LENGTH)
    assert len(around.strokes_samples) >= 5
    darts = np.arange(around.start_samples, around.end_excl_samples, 16)[:, None]
    near_stroke = np.abs(darts - around.strokes_samples).min(axis=1)
    near_beat = np.abs(darts - grid).min(axis=1)
    for chance, tolerance in (
        (report.with_off_beats.chance_1_frame, FRAME),
        (report.with_off_beats.chance_100_ms, 4_800),
    ):
        counted = (near_beat <= tolerance) | (near_stroke <= FRAME)
        assert chance == pytest.approx(float(counted.mean()), abs=0.002)
