"""Writing a timeline with our lane, and the copy of what stood there before."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.atomic import make_folder, replacing, write_bytes
from vem_core.contract.errors import OutputError, TimelineError
from vem_plugin.placement.editor_formats import WRITERS, write_interchange
from vem_plugin.timeline.reading import read_timelines


def write_timeline(timeline: otio.schema.Timeline, path: Path, audio: str = "") -> str:
    """Write a timeline, as OpenTimelineIO, by a writer of ours, or by the adapter for the path's ending.

    Returns the file's SHA-256. What was written is read back before it counts: some adapters write files that they
    cannot read, and some formats have no room for the clip of the WAV called `audio`. Raises OutputError.
    """
    make_folder(path.parent)
    if path.suffix.lower() == ".otio":
        content = timeline.to_json_string(indent=4).encode()
        write_bytes(path, content)
        return hashlib.sha256(content).hexdigest()
    with replacing(path) as partial:
        if path.suffix.lower() in WRITERS:
            write_interchange(timeline, partial, audio)
        else:
            _write_by_adapter(timeline, partial, path)
            _check_readable(partial, path, audio)
        return hashlib.sha256(partial.read_bytes()).hexdigest()


def _write_by_adapter(timeline: otio.schema.Timeline, partial: Path, path: Path) -> None:
    try:
        otio.adapters.write_to_file(timeline, str(partial))
    except OSError:
        raise
    except Exception as error:  # an adapter raises whatever its format brings with it
        raise OutputError(
            f"This timeline cannot be written as {path.suffix}: OpenTimelineIO's adapter does not manage it.",
            hint="Write it as .otio instead.",
            reason=str(error),
        ) from error


def _check_readable(partial: Path, path: Path, audio: str) -> None:
    try:
        timelines = read_timelines(partial)
    except TimelineError as error:
        raise OutputError(
            f"This timeline cannot be written as {path.suffix}: what OpenTimelineIO's adapter makes of it is damaged.",
            hint="Write it as .otio instead.",
            reason=str(error.details.get("reason", error)),
        ) from error
    if not any(audio in clip.name for timeline in timelines for clip in timeline.find_clips()):
        raise OutputError(
            f"A {path.suffix} file cannot hold the music: the format has no room for it.",
            hint="Write it as .otio instead, or import the WAV by hand.",
        )


def back_up(path: Path) -> Path:
    """Copy a file beside itself under the next free number, `NAME.backup-1.otio`, and return the copy's path."""
    number = 1
    while (copy := path.with_name(f"{path.stem}.backup-{number}{path.suffix}")).exists():
        number += 1
    with replacing(copy) as partial:
        shutil.copyfile(path, partial)
    return copy
