"""Properties of exact time at every rate that editors use."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vem_core.contract.errors import RateError, TimecodeError
from vem_core.contract.time import (
    SAMPLE_RATE_HZ,
    frame_of_sample,
    frame_of_timecode,
    nearest_frame,
    nominal_rate,
    rescale_frames,
    sample_of_frame,
    seconds_of_frame,
    snap_rate,
    supports_drop_frame,
    timecode,
)

NTSC = {24: 23.976, 30: 29.97, 48: 47.952, 60: 59.94, 120: 119.88}
RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48000, 1001),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
    Fraction(100),
    Fraction(120000, 1001),
    Fraction(120),
]
DROP_FRAME_RATES = [Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120000, 1001)]

rates = st.sampled_from(RATES)
frames = st.integers(min_value=-(10**7), max_value=10**7)


@given(frames, rates)
def test_a_frame_survives_the_way_to_samples_and_back(frame: int, rate: Fraction) -> None:
    sample = sample_of_frame(frame, rate)
    assert frame_of_sample(sample, rate) == frame
    assert nearest_frame(sample, rate) == frame


@given(frames, rates)
def test_a_sample_lies_in_its_frame(sample: int, rate: Fraction) -> None:
    frame = frame_of_sample(sample, rate)
    assert sample_of_frame(frame, rate) <= sample < sample_of_frame(frame + 1, rate)


@given(frames, rates)
def test_samples_of_frames_are_exact_to_half_a_sample(frame: int, rate: Fraction) -> None:
    assert abs(sample_of_frame(frame, rate) - frame * SAMPLE_RATE_HZ / rate) <= Fraction(1, 2)


@given(frames, st.integers(min_value=1, max_value=1000), rates)
def test_later_frames_begin_at_later_samples(frame: int, later: int, rate: Fraction) -> None:
    assert sample_of_frame(frame, rate) < sample_of_frame(frame + later, rate)
    assert seconds_of_frame(frame, rate) < seconds_of_frame(frame + later, rate)


@given(frames, rates, rates)
def test_rescaling_is_monotonic_and_never_off_by_more_than_half_a_frame(frame: int, a: Fraction, b: Fraction) -> None:
    assert rescale_frames(frame, a, a) == frame
    assert rescale_frames(frame, a, b) <= rescale_frames(frame + 1, a, b)
    assert abs(rescale_frames(frame, a, b) - frame * b / a) <= Fraction(1, 2)


@given(st.integers(min_value=0, max_value=10**7), rates, st.booleans())
def test_a_timecode_is_read_as_it_was_written(frame: int, rate: Fraction, wants_drop_frame: bool) -> None:
    drop_frame = wants_drop_frame and supports_drop_frame(rate)
    a_day = frame_of_timecode("23:59:59:00", rate)
    if drop_frame:
        last = f"23:59:59;{nominal_rate(rate) - 1:02}"
        frame %= frame_of_timecode(last, rate) + 1
    else:
        frame %= a_day
    assert frame_of_timecode(timecode(frame, rate, drop_frame=drop_frame), rate) == frame


@given(st.integers(min_value=0, max_value=2_000_000), st.sampled_from(DROP_FRAME_RATES))
def test_drop_frame_timecode_stays_with_the_clock(frame: int, rate: Fraction) -> None:
    text = timecode(frame, rate, drop_frame=True)
    hours, minutes, rest = text.split(":")
    seconds, frames_text = rest.split(";")
    shown = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(frames_text) / nominal_rate(rate)
    true = float(frame / rate)
    # The count falls behind by 60 ms in a minute and then leaves out as much.
    assert abs((shown - true + 43_200) % 86_400 - 43_200) < 0.1


@pytest.mark.parametrize("rate", DROP_FRAME_RATES)
def test_drop_frame_numbers_follow_each_other(rate: Fraction) -> None:
    dropped = nominal_rate(rate) // 15
    minute = nominal_rate(rate) * 60
    width = len(str(nominal_rate(rate) - 1))
    assert timecode(minute - 1, rate, drop_frame=True) == f"00:00:59;{nominal_rate(rate) - 1}"
    assert timecode(minute, rate, drop_frame=True) == f"00:01:00;{dropped:0{width}}"


def test_known_drop_frame_timecodes() -> None:
    rate = Fraction(30000, 1001)
    assert frame_of_timecode("01:00:00;00", rate) == 107_892
    assert frame_of_timecode("01:00:00:00", rate) == 108_000
    assert timecode(107_892, rate, drop_frame=True) == "01:00:00;00"
    assert timecode(1800, rate, drop_frame=True) == "00:01:00;02"
    assert timecode(17_982, rate, drop_frame=True) == "00:10:00;00"
    assert frame_of_timecode("01:00:00;00", Fraction(60000, 1001)) == 215_784


@pytest.mark.parametrize("text", ["00:01:00;00", "00:01:00;01", "00:09:00;01"])
def test_numbers_that_drop_frame_leaves_out(text: str) -> None:
    with pytest.raises(TimecodeError, match="has no"):
        frame_of_timecode(text, Fraction(30000, 1001))


@pytest.mark.parametrize("text", ["", "1:2:3:4", "00:00:00:24", "00:60:00:00", "00:00:60:00", "x", "00:00:00;00"])
def test_what_is_no_timecode_at_24(text: str) -> None:
    with pytest.raises(TimecodeError):
        frame_of_timecode(text, Fraction(24))


@pytest.mark.parametrize("nominal", NTSC)
def test_the_spellings_of_an_ntsc_rate_are_one_rate(nominal: int) -> None:
    exact = Fraction(nominal * 1000, 1001)
    single_precision = {23.976: 23.976024627685547, 29.97: 29.97002967834473, 59.94: 59.940059661865234}
    spellings = [NTSC[nominal], float(exact), exact, str(exact), str(NTSC[nominal]), round(float(exact), 2)]
    spellings.append(single_precision.get(NTSC[nominal], exact))
    assert {snap_rate(spelling) for spelling in spellings} == {exact}


@given(st.integers(min_value=1, max_value=1000))
def test_whole_rates_stay(rate: int) -> None:
    assert snap_rate(rate) == snap_rate(float(rate)) == rate


@given(st.fractions(min_value=Fraction(1, 100), max_value=1000))
def test_snapping_twice_changes_nothing_and_stays_near(value: Fraction) -> None:
    snapped = snap_rate(value)
    assert snap_rate(snapped) == snapped
    assert abs(snapped - value) <= max(value / 1000, Fraction(1, 1001))


@pytest.mark.parametrize("value", [0, -24, float("nan"), float("inf"), "fast", "", "24/0", None])
def test_what_is_no_rate(value: object) -> None:
    with pytest.raises(RateError):
        snap_rate(value)  # type: ignore[arg-type]


def test_no_frame_is_lost_over_three_hours_at_any_rate() -> None:
    for rate in RATES:
        count = int(3 * 3600 * rate)
        edges = [sample_of_frame(frame, rate) for frame in range(0, count, 9973)]
        assert all(later > earlier for earlier, later in itertools.pairwise(edges))
        assert abs(sample_of_frame(count, rate) - 3 * 3600 * SAMPLE_RATE_HZ) <= SAMPLE_RATE_HZ / rate
