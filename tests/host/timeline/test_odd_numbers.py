"""Numbers at the edge of what files hold: midnight, media time that is not record time, speeds that are none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.timelines import clip, timeline, video
from vem_plugin.timeline.reading import open_timeline
from vem_plugin.timeline.sheet import ReadCutSheet, read_opened


def listed(folder: Path, *events: tuple[str, str], rate: int | Fraction = 25, more: str = "") -> ReadCutSheet:
    """An EDL of events by their record times, each from a reel of its own."""
    lines = [
        f"{number:03}  R{number}      V     C        00:00:00:00 00:00:02:00 {start} {end}\n"
        for number, (start, end) in enumerate(events, start=1)
    ]
    path = folder / "film.edl"
    path.write_text("TITLE: F\n" + "".join(lines) + more)
    return read_opened(open_timeline(path, rate=Fraction(rate)))


@pytest.mark.parametrize("midnight", ["00:00:00:00", "24:00:00:00"])
def test_an_edit_list_runs_over_midnight(midnight: str, tmp_path: Path) -> None:
    sheet = listed(tmp_path, ("23:59:58:00", midnight), ("00:00:00:00", "00:00:02:00")).sheet
    assert (sheet.start_frames, sheet.duration_frames) == (24 * 3600 * 25 - 50, 100)
    assert [cut.record_frames for cut in sheet.cuts] == [50]


def test_an_event_lies_across_midnight(tmp_path: Path) -> None:
    locator = "* LOC: 00:00:01:10 RED     hit\n"
    read = listed(tmp_path, ("23:59:58:00", "00:00:01:00"), ("00:00:01:00", "00:00:03:00"), more=locator)
    assert [cut.record_frames for cut in read.sheet.cuts] == [75]
    assert [event.record_frames for event in read.sheet.events] == [85]


def test_midnight_in_drop_frame_is_that_of_the_frames_there_are(tmp_path: Path) -> None:
    ntsc = Fraction(30000, 1001)
    sheet = listed(tmp_path, ("23:59:58;00", "00:00:00;00"), ("00:00:00;00", "00:00:02;00"), rate=ntsc).sheet
    assert (sheet.start_frames, sheet.duration_frames) == (2_589_408 - 60, 120)
    assert [cut.record_frames for cut in sheet.cuts] == [60]


def test_reels_of_an_hour_each_are_no_night(tmp_path: Path) -> None:
    sheet = listed(tmp_path, ("01:00:00:00", "01:00:02:00"), ("20:00:00:00", "20:00:02:00")).sheet
    assert (sheet.start_frames, sheet.duration_frames) == (90_000, 19 * 90_000 + 50)


def test_a_clips_marker_outside_its_used_part_is_not_seen(tmp_path: Path) -> None:
    shot = clip("a", 100, 48)
    for frame in (10, 112, 148):  # 10 would be inside, were it a time of the record
        marked = otio.opentime.TimeRange(otio.opentime.RationalTime(frame, 24), otio.opentime.RationalTime(0, 24))
        shot.markers.append(otio.schema.Marker("hit", marked))
    path = tmp_path / "film.otio"
    path.write_text(timeline(video(shot, clip("b", 0, 48))).to_json_string())
    assert [event.record_frames for event in read_opened(open_timeline(path)).sheet.events] == [12]


@pytest.mark.parametrize("scalar", ["NaN", "Infinity", "-Infinity"])
def test_a_speed_that_is_no_number_is_left_out_and_said(scalar: str, tmp_path: Path) -> None:
    fast = clip("a", 0, 48)
    fast.effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    written = timeline(video(fast, clip("b", 0, 48))).to_json_string()
    path = tmp_path / "film.otio"
    path.write_text(written.replace('"time_scalar": 2.0', f'"time_scalar": {scalar}'))
    read = read_opened(open_timeline(path))
    assert [cut.record_frames for cut in read.sheet.cuts] == [48]
    assert any("'a' state times or speeds that are no numbers" in notice for notice in read.notices)
