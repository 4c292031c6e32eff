"""In and out points in the three forms that editors write."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from vem_core.contract.cut_sheet import CutSheet, Shot
from vem_core.contract.errors import DirectionError, TimecodeError
from vem_core.contract.time import frame_of_timecode
from vem_plugin.scoring.points import frame_of_point, range_from_points

HOUR = 3600 * 24


@pytest.fixture
def sheet() -> CutSheet:
    return CutSheet("edit", Fraction(24), HOUR, 240, (Shot(0, 240),), ())


@pytest.mark.parametrize(("point", "frame"), [("01:00:02:12", 60), ("2.5s", 60), ("60", 60), ("0s", 0), ("0.02s", 0)])
def test_the_three_forms_name_one_frame(sheet: CutSheet, point: str, frame: int) -> None:
    assert frame_of_point(sheet, point) == frame


def test_missing_points_are_the_timelines_ends(sheet: CutSheet) -> None:
    assert range_from_points(sheet, None, None) == (0, 240)
    assert range_from_points(sheet, "1s", None) == (24, 240)
    assert range_from_points(sheet, None, "01:00:05:00") == (0, 120)


@pytest.mark.parametrize(("in_point", "out_point"), [("5s", "5s"), ("6s", "5s"), ("0", "241"), ("00:59:59:00", None)])
def test_a_range_outside_the_timeline_says_where_the_timeline_is(
    sheet: CutSheet, in_point: str, out_point: str | None
) -> None:
    with pytest.raises(DirectionError) as caught:
        range_from_points(sheet, in_point, out_point)
    assert "01:00:00:00 to 01:00:10:00" in caught.value.hint


def test_nonsense_is_refused(sheet: CutSheet) -> None:
    with pytest.raises(DirectionError):
        frame_of_point(sheet, "soon")
    with pytest.raises(TimecodeError):
        frame_of_point(sheet, "01:00:00:24")


@pytest.mark.parametrize("spelling", ["01:00:10:00", "01:00:10;00", " 01:00:10.00"])
def test_a_drop_frame_timeline_counts_as_it_counts_however_it_is_typed(sheet: CutSheet, spelling: str) -> None:
    rate = Fraction(30_000, 1001)
    first = frame_of_timecode("01:00:00;00", rate)
    drop = dataclasses.replace(sheet, rate=rate, start_frames=first, drop_frame=True)
    assert frame_of_point(drop, spelling) == 300
