"""A timeline written in an editor's own format, and read back before it counts.

What is compared is what a person would see and hear go wrong: the rate, the timecode of the first frame, the length of
the picture, where its clips begin and end, and where the music lies.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet, DropReason
from vem_core.contract.errors import OutputError, TimelineError
from vem_core.contract.time import timecode
from vem_plugin.formats.fcp7 import write_fcp7
from vem_plugin.formats.fcpxml import write_fcpxml
from vem_plugin.formats.laying import WRITE_AS_OTIO
from vem_plugin.formats.writing import Clock
from vem_plugin.placement.track_layout import frames_of
from vem_plugin.timeline.reading import read_timelines
from vem_plugin.timeline.sheet import read_cut_sheet

WRITERS: dict[str, Callable[[otio.schema.Timeline, Path, Clock], None]] = {".xml": write_fcp7, ".fcpxml": write_fcpxml}
"""The formats that are written here rather than by an adapter, by the ending of their files."""


def write_interchange(timeline: otio.schema.Timeline, path: Path, audio: str = "") -> None:
    """Write a timeline to a passing file of one of `WRITERS`' endings and compare what it says with the timeline.

    `audio` is the file name of the music. Raises OutputError where anything differs.
    """
    wanted = read_cut_sheet(timeline).sheet
    WRITERS[path.suffix.lower()](timeline, path, _clock(wanted))
    try:
        read = read_timelines(path)[0]
        found = read_cut_sheet(read).sheet
    except TimelineError as error:
        raise _refusal(path, "it could not be read back", error.message) from error
    for what, expected, got in _compared(wanted, found):
        if expected != got:
            raise _refusal(path, f"read back, {what} {got} instead of {expected}")
    if audio and places_of_audio(read, audio, found) != places_of_audio(timeline, audio, wanted):
        raise _refusal(path, "read back, the music lies elsewhere")


def _compared(wanted: CutSheet, found: CutSheet) -> list[tuple[str, object, object]]:
    """What is compared: a phrase, and both values."""
    return [
        ("the frame rate is", wanted.rate, found.rate),
        ("it begins at", _start(wanted), _start(found)),
        ("the frames of picture number", _picture_end(wanted), _picture_end(found)),
        ("the clips meet at", _boundaries(wanted), _boundaries(found)),
    ]


def _clock(sheet: CutSheet) -> Clock:
    return Clock(sheet.rate, sheet.start_frames, sheet.drop_frame, sheet.duration_frames)


def _start(sheet: CutSheet) -> str:
    return timecode(sheet.start_frames, sheet.rate, drop_frame=sheet.drop_frame)


def _picture_end(sheet: CutSheet) -> int:
    """Where the last picture ends: not every format has room for black after it."""
    last = sheet.shots[-1]
    return sheet.duration_frames if last.picture else last.start_frames


def _boundaries(sheet: CutSheet) -> list[int]:
    """The cuts and the boundaries that are none; which of them are through-edits depends on how media are written.

    Two ways of black that meet show nothing.
    """
    found = {cut.record_frames for cut in sheet.cuts}
    found |= {boundary.record_frames for boundary in sheet.dropped if boundary.reason is not DropReason.BLACK}
    return sorted(frame for frame in found if frame < _picture_end(sheet))


def places_of_audio(timeline: otio.schema.Timeline, audio: str, sheet: CutSheet) -> set[tuple[int, int]]:
    """Where clips whose names hold that of the music lie: (first frame, length), however many lanes carry it."""
    places = set()
    for track in timeline.audio_tracks():
        for clip in track:
            if isinstance(clip, otio.schema.Clip) and audio in clip.name:
                span = track.trimmed_range_of_child(clip)
                places.add((round(frames_of(span.start_time, sheet.rate)), round(frames_of(span.duration, sheet.rate))))
    return places


def _refusal(path: Path, why: str, reason: str = "") -> OutputError:
    return OutputError(
        f"This timeline cannot be written as {path.suffix}: {why}.", hint=WRITE_AS_OTIO, reason=reason or why
    )
