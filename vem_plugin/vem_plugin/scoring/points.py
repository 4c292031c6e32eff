"""In and out points as an editor writes them: a timecode, seconds, or a record frame."""

from __future__ import annotations

import re
from fractions import Fraction

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import DirectionError
from vem_core.contract.recut import FrameRange
from vem_core.contract.time import frame_of_timecode, nearest_frame_of_seconds, timecode

_SHOT = re.compile(r"shot\s*(\d+)")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def range_from_points(sheet: CutSheet, in_point: str | None, out_point: str | None) -> tuple[int, int]:
    """The span [in, out) in record frames from the sheet's first frame; a missing point is the sheet's own end.

    Raises DirectionError if the span is empty or reaches outside the timeline.
    """
    in_frames = 0 if in_point is None else frame_of_point(sheet, in_point)
    out_frames_excl = sheet.duration_frames if out_point is None else frame_of_point(sheet, out_point)
    if not 0 <= in_frames < out_frames_excl <= sheet.duration_frames:
        first, last = (_code(sheet, frame) for frame in (0, sheet.duration_frames))
        raise DirectionError(
            f"The range {in_point or first} to {out_point or last} is not inside the timeline.",
            hint=f"The timeline runs from {first} to {last}.",
        )
    return in_frames, out_frames_excl


def range_of_text(sheet: CutSheet, text: str) -> FrameRange:
    """A range as "IN-OUT", two points, or "shot 5", counted from 1.

    Raises DirectionError for anything else, or a range outside the timeline.
    """
    shot = _SHOT.fullmatch(text.strip())
    if shot is not None:
        number = int(shot[1])
        if not 1 <= number <= len(sheet.shots):
            raise DirectionError(f"There is no shot {number}.", hint=f"The shots are numbered 1 to {len(sheet.shots)}.")
        found = sheet.shots[number - 1]
        return FrameRange(found.start_frames, found.end_excl_frames)
    begin, dash, end = text.partition("-")
    if not dash:
        raise DirectionError(f"{text!r} is not a range.", hint='Write 01:00:10:00-01:00:12:00, 10s-12s or "shot 5".')
    return FrameRange(*range_from_points(sheet, begin, end))


def frame_of_point(sheet: CutSheet, point: str) -> int:
    """A point as a record frame from the sheet's first frame. Timecodes are the timeline's own, the rest counts from 0.

    Raises DirectionError for a point in none of the three forms, TimecodeError for a timecode that does not exist.
    """
    seconds = _SECONDS.fullmatch(point.strip())
    if seconds is not None:
        return nearest_frame_of_seconds(Fraction(seconds[1]), sheet.rate)
    if point.strip().isdecimal():
        return int(point)
    if ":" in point:
        return frame_of_timecode(_in_the_timelines_count(sheet, point), sheet.rate) - sheet.start_frames
    raise DirectionError(f"{point!r} is not a point in time.", hint="Write 01:00:10:00, 12.5s or a record frame.")


def _in_the_timelines_count(sheet: CutSheet, point: str) -> str:
    """A timecode of a drop-frame timeline counts as drop frame, also where it is typed with colons only."""
    head, _, frames = point.strip().rpartition(":")
    return f"{head};{frames}" if sheet.drop_frame and head.count(":") == 2 else point


def _code(sheet: CutSheet, frame: int) -> str:
    return timecode(sheet.start_frames + frame, sheet.rate, drop_frame=sheet.drop_frame)
