"""The ruler at rates whose seconds are not the clock's: its ticks stand at round timecodes, and nowhere else."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from vem_core.contract.cut_sheet import CutSheet, Shot
from vem_core.contract.time import frame_of_timecode, timecode
from vem_ui.strip.ruler import LABEL_PX, ticks

RATES = (
    (Fraction(24000, 1001), False), (Fraction(24), False), (Fraction(25), False), (Fraction(30000, 1001), False),
    (Fraction(30000, 1001), True), (Fraction(60000, 1001), False), (Fraction(60000, 1001), True),
)  # fmt: skip


def sheet_at(rate: Fraction, drop_frame: bool, start: str = "00:59:50:00", seconds: int = 700) -> CutSheet:
    """One long shot that begins shortly before an hour of timecode."""
    frames = round(rate * seconds)
    code = f"{start[:8]};{start[9:]}" if drop_frame else start
    start_frames = frame_of_timecode(code, rate)
    return CutSheet("edit", rate, start_frames, frames, (Shot(0, frames),), (), drop_frame=drop_frame)


@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
@pytest.mark.parametrize("pixels_per_frame", [0.05, 0.4, 2.0, 8.0, 40.0, 120.0])
def test_each_tick_says_the_timecode_of_its_frame(rate: Fraction, drop_frame: bool, pixels_per_frame: float) -> None:
    sheet = sheet_at(rate, drop_frame)
    last = min(sheet.duration_frames, 4000 / pixels_per_frame)
    found = list(ticks(sheet, 0, last, pixels_per_frame))
    assert len(found) > 1
    for tick in found:
        assert tick.code == timecode(sheet.start_frames + tick.record_frames, rate, drop_frame=drop_frame)
    gaps = [b.record_frames - a.record_frames for a, b in itertools.pairwise(found)]
    assert min(gaps) * pixels_per_frame >= LABEL_PX * 0.9
    assert max(gaps) - min(gaps) <= 4  # drop frame leaves out two or four numbers a minute


@pytest.mark.parametrize(("rate", "drop_frame"), RATES)
def test_ticks_stand_at_whole_seconds_of_timecode(rate: Fraction, drop_frame: bool) -> None:
    sheet = sheet_at(rate, drop_frame)
    codes = [tick.code for tick in ticks(sheet, 0, sheet.duration_frames, 2.0)]
    dropped = {"02", "04"} if drop_frame else set()
    assert {code[-2:] for code in codes} <= {"00"} | dropped
    assert any(code.startswith("01:00:00") for code in codes)


def test_a_ruler_over_midnight_goes_on() -> None:
    rate = Fraction(30000, 1001)
    sheet = CutSheet("edit", rate, frame_of_timecode("23:59:50;00", rate), 600, (Shot(0, 600),), (), drop_frame=True)
    codes = [tick.code for tick in ticks(sheet, 0, 600, 4.0)]
    assert codes[0] == "23:59:50;00"
    assert "00:00:00;00" in codes
