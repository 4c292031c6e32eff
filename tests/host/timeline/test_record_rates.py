"""At which rate a timeline counts, and what is said where its times are in no picture's rate."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.timelines import audio, clip, gap, marked, retimed, timeline, video
from vem_core.contract.errors import RateError, TimelineError
from vem_core.contract.time import snap_rate
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.timeline.sheet import ReadCutSheet, ReadingOptions, read_cut_sheet


def cuts(read: ReadCutSheet) -> list[int]:
    return [cut.record_frames for cut in read.sheet.cuts]


def at(rate: float, *lengths: float, start: Any = None, **extra: Any) -> otio.schema.Timeline:
    items = [clip(f"c{index}", 0, length, rate=rate) for index, length in enumerate(lengths)]
    made = timeline(video(*items), **extra)
    if start is not None:
        made.global_start_time = otio.opentime.RationalTime(*start)
    return made


@pytest.mark.parametrize("start", [(90_000, 25), (0, 25)])
def test_the_start_timecodes_rate_beats_that_of_all_clips(start: tuple[int, int]) -> None:
    read = read_cut_sheet(at(50, 100, 100, start=start))
    assert (read.sheet.rate, read.sheet.start_frames, cuts(read)) == (25, start[0], [50])


def test_a_nominal_start_leaves_the_rate_to_the_clips() -> None:
    assert read_cut_sheet(at(23.976, 100, 100, start=(86_400, 24))).sheet.rate == Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("lengths", "rate", "expected"),
    [
        ((2.5, 3.25, 2.0), 24, [60, 138]),
        ((0.04, 1.0, 1.0), 25, [1, 26]),
        ((1001 / 24000 * 7, 1001 / 24000 * 100, 1.001), Fraction(24000, 1001), [7, 107]),
        ((1001 / 30000 * 7, 1001 / 30000 * 100, 1.001), Fraction(30000, 1001), [7, 107]),
    ],
)
def test_times_in_seconds_come_out_to_the_frame(lengths: Any, rate: Any, expected: list[int]) -> None:
    read = read_cut_sheet(at(1, *lengths))
    assert (read.sheet.rate, cuts(read)) == (rate, expected)
    assert any("at a rate of 1, which no picture has" in notice for notice in read.notices)


def test_times_in_samples_come_out_to_the_frame() -> None:
    read = read_cut_sheet(at(48_000, 48_000 * 2.5, 48_000))
    assert (read.sheet.rate, cuts(read)) == (24, [60])
    assert any("48000" in notice for notice in read.notices)


def test_times_in_seconds_take_the_rate_of_the_media_or_the_editors() -> None:
    items = [clip(f"c{index}", 0, 2, rate=1) for index in range(2)]
    for item in items:
        item.media_reference.available_range = otio.opentime.TimeRange(duration=otio.opentime.RationalTime(500, 50))
    read = read_cut_sheet(timeline(video(*items)))
    assert (read.sheet.rate, cuts(read)) == (50, [100])
    read = read_cut_sheet(at(1, 2, 2), ReadingOptions(rate=Fraction(30000, 1001)))
    assert (read.sheet.rate, cuts(read)) == (Fraction(30000, 1001), [60])


def test_an_edit_between_all_frames_is_said() -> None:
    read = read_cut_sheet(at(1, 2.0123, 2))
    assert (read.sheet.rate, cuts(read)) == (24, [48])
    assert any("rounded" in notice for notice in read.notices)


def test_an_asked_rate_that_the_timeline_contradicts_is_left_out_and_said() -> None:
    read = read_cut_sheet(at(25, 10, 10), ReadingOptions(rate=Fraction(24)))
    assert read.sheet.rate == 25
    assert read.notices == ("The timeline states 25 frames per second: --rate 24 was left out.",)


@pytest.mark.parametrize("rate", [48_000, 1, 1e9])
def test_a_start_at_no_pictures_rate_is_named(rate: float) -> None:
    read = read_cut_sheet(at(25, 10, 10, start=(3600 * rate, rate)))
    assert (read.sheet.rate, read.sheet.start_frames) == (25, 90_000)
    assert any(f"{rate:g}" in notice for notice in read.notices)


@pytest.mark.parametrize("rate", [0, -24, 1e300, 1e-300, float("nan"), float("inf")])
def test_impossible_rates_are_named_wherever_they_stand(rate: float) -> None:
    for made in (at(rate, 10, 10), at(24, 10, 10, start=(10, rate))):
        with pytest.raises(TimelineError):
            read_cut_sheet(made)
    with pytest.raises(RateError):
        snap_rate(rate if rate < 1e300 else 0)


ODD = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 24.0, 1e-308, 1e16, 1e308, -1e308, float("nan"), float("inf"), 2.5, 48_000.0]
)


@settings(max_examples=300, deadline=None)
@given(values=st.lists(ODD, min_size=12, max_size=12), speed=ODD)
def test_any_times_give_cuts_or_a_sentence(values: list[float], speed: float) -> None:
    def time(at: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(values[at], values[at + 1])

    odd = marked(retimed(clip("odd", 0, 10), speed), 0, "hit")
    odd.source_range = otio.opentime.TimeRange(time(0), otio.opentime.RationalTime(10, 24))
    odd.media_reference.available_range = otio.opentime.TimeRange(time(2), time(4))
    odd.markers[0].marked_range = otio.opentime.TimeRange(time(6), time(8))
    made = timeline(video(clip("a", 0, 10), odd, clip("b", 0, 10)), audio(gap(5), clip("vo", 0, 9), name="VO"))
    made.global_start_time = time(10)
    try:
        read = read_cut_sheet(made)
    except TimelineError:
        return
    assert all(0 < cut.record_frames < read.sheet.duration_frames for cut in read.sheet.cuts)
    assert read_lanes(made, read.sheet.rate)[0].clips
