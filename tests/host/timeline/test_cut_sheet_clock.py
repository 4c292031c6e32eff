"""At which rate and from which start a timeline counts its frames."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio
import pytest

from fakes.timelines import (
    audio,
    clip,
    gap,
    span,
    timeline,
    video,
)
from vem_plugin.timeline.sheet import read_cut_sheet

SPELLINGS = [
    (23.976, Fraction(24000, 1001)),
    (23.976024627685547, Fraction(24000, 1001)),
    (24000 / 1001, Fraction(24000, 1001)),
    (25.0, Fraction(25)),
    (29.97, Fraction(30000, 1001)),
    (50.0, Fraction(50)),
    (59.94, Fraction(60000, 1001)),
    (60.0, Fraction(60)),
    (119.88, Fraction(120000, 1001)),
]


@pytest.mark.parametrize(("written", "exact"), SPELLINGS)
@pytest.mark.parametrize("start_s", [None, 0, 3600, 36000])
def test_rates_and_starts(written: float, exact: Fraction, start_s: int | None) -> None:
    nominal = round(written)
    start = None if start_s is None else start_s * nominal
    made = timeline(video(clip("a", 7, 11, rate=written), clip("b", 3, 13, rate=written)), start=start, rate=written)
    sheet = read_cut_sheet(made).sheet
    assert sheet.rate == exact
    assert sheet.start_frames == (start or 0)
    assert [cut.record_frames for cut in sheet.cuts] == [11]


def test_spellings_of_one_rate_in_one_timeline_do_not_drift() -> None:
    written = [23.976, 24000 / 1001, 23.976024627685547]
    made = timeline(video(*(clip(f"c{i}", i, 100, rate=written[i % 3]) for i in range(900))))
    assert [cut.record_frames for cut in read_cut_sheet(made).sheet.cuts] == list(range(100, 90_000, 100))


def test_clips_at_other_rates_keep_exact_positions() -> None:
    made = timeline(video(*(clip(f"c{i}", 0, 10, rate=24.0 if i else 25.0) for i in range(50))), start=0, rate=25.0)
    expected = [10 + (i * 10 * 25 / 24) for i in range(49)]
    assert [cut.record_frames for cut in read_cut_sheet(made).sheet.cuts] == [int(frame + 0.5) for frame in expected]


def test_a_start_at_the_nominal_rate_is_the_frame_number() -> None:
    made = timeline(video(clip("a", 0, 10, rate=23.976)))
    made.global_start_time = otio.opentime.RationalTime(86400, 24)
    sheet = read_cut_sheet(made).sheet
    assert (sheet.rate, sheet.start_frames) == (Fraction(24000, 1001), 86400)


def test_a_start_in_seconds_is_converted() -> None:
    made = timeline(video(clip("a", 0, 10, rate=25.0)))
    made.global_start_time = otio.opentime.RationalTime(3600, 1)
    assert read_cut_sheet(made).sheet.start_frames == 90_000


def test_a_premiere_sequence_states_its_rate() -> None:
    made = timeline(video(clip("a", 0, 48, rate=24.0)))
    made.metadata["PremierePro_OTIO"] = {"Stack": {"VideoFrameRate": 25.0, "AudioFrameRate": 48000}}
    sheet = read_cut_sheet(made).sheet
    assert (sheet.rate, sheet.duration_frames) == (25, 50)


def test_drop_frame_is_seen_from_a_round_start() -> None:
    assert read_cut_sheet(timeline(video(clip("a", 0, 9, rate=29.97)), start=107892, rate=29.97)).sheet.drop_frame
    assert not read_cut_sheet(timeline(video(clip("a", 0, 9, rate=29.97)), start=108000, rate=29.97)).sheet.drop_frame


def test_a_track_stamped_with_its_record_timecode_gives_the_start() -> None:
    stamped = video(clip("a", 0, 10), clip("b", 0, 10), source_range=span(-86400, 20))
    sheet = read_cut_sheet(timeline(stamped)).sheet
    assert (sheet.start_frames, sheet.duration_frames, [cut.record_frames for cut in sheet.cuts]) == (86400, 20, [10])


def test_a_trimmed_track_is_trimmed() -> None:
    made = timeline(video(clip("a", 0, 10), clip("b", 0, 10), clip("c", 0, 10), source_range=span(5, 20)))
    read = read_cut_sheet(made)
    assert [cut.record_frames for cut in read.sheet.cuts] == [5, 15]
    assert read.sheet.duration_frames == 20
    assert read.media[0].source_start_frames == 5


def test_resolves_padding_is_not_counted() -> None:
    made = timeline(video(clip("a", 0, 10), gap(90)), audio(clip("temp music", 0, 100)))
    assert read_cut_sheet(made).sheet.duration_frames == 100
    made.metadata["Resolve_OTIO"] = {"Resolve OTIO Meta Version": "1.0"}
    assert read_cut_sheet(made).sheet.duration_frames == 10
