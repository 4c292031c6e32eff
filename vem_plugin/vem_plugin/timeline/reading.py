"""The door for timeline files: a reader of our own for each format, or else OpenTimelineIO and its adapters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import opentimelineio as otio

from vem_core.contract.errors import NoPicture, TimelineUnreadable
from vem_core.contract.foreign_files import MAX_TIMELINE_BYTES, check_regular
from vem_plugin.formats.reading import Claims, FormatReading
from vem_plugin.timeline.choosing import choose_timeline
from vem_plugin.timeline.endings import BUNDLES

FormatReader: TypeAlias = Callable[[Path, Fraction | None], FormatReading]
"""Reads a file that is there and not empty; the rate is the editor's, where one was given."""

_EXPORT_THE_TIMELINE = "Export the timeline itself from the editor."


@dataclass(frozen=True)
class OpenedTimeline:
    """One timeline of a file, what an editor should know about the file, and its own numbers."""

    timeline: otio.schema.Timeline
    notices: tuple[str, ...] = ()
    claims: Claims = field(default_factory=Claims)


def open_timeline(
    path: Path, name: str | None = None, rate: Fraction | None = None, media_folders: Sequence[Path] = ()
) -> OpenedTimeline:
    """The timeline in a file; of several, the one called `name`, or the one that alone can be meant.

    `rate` is the editor's, for formats that state none; media in `media_folders` may tell it too. Raises
    TimelineUnreadable, TimelineTooNew, AdapterMissing, NoPicture for a file without a timeline, SeveralTimelines where
    somebody has to say which, and TimelineError for a name that is not there.
    """
    found = open_timelines(path, rate, media_folders)
    index, notices = choose_timeline(found, path.name, name)
    claims = found.claims[index] if index < len(found.claims) else Claims()
    own = found.own_notices[index] if index < len(found.own_notices) else ()
    return OpenedTimeline(found.timelines[index], (*found.notices, *own, *notices), claims)


def open_timelines(path: Path, rate: Fraction | None = None, media_folders: Sequence[Path] = ()) -> FormatReading:
    """All timelines in a file, at least one, as its format's reader gives them. Raises as `open_timeline` does."""
    _check_file(path)
    reader = _reader_of(path.suffix.lower(), media_folders)
    try:
        return _content_reading(path) if reader is None else reader(path, rate)
    except OSError as error:
        raise _unreadable(path, error) from error


def read_timeline_file(path: Path, name: str | None = None, rate: Fraction | None = None) -> otio.schema.Timeline:
    """The timeline alone. Raises as `open_timeline` does."""
    return open_timeline(path, name, rate).timeline


def read_timelines(path: Path) -> list[otio.schema.Timeline]:
    """All timelines in a file, at least one. Raises as `open_timeline` does."""
    return list(open_timelines(path).timelines)


def read_content(path: Path) -> object:
    """The outermost object of a file that OpenTimelineIO or an adapter reads.

    Raises TimelineUnreadable, TimelineTooNew, AdapterMissing.
    """
    from vem_plugin.formats.interchange import read_object

    _check_file(path)
    try:
        return read_object(path).content
    except OSError as error:
        raise _unreadable(path, error) from error


def _reader_of(suffix: str, media_folders: Sequence[Path]) -> FormatReader | None:
    """The reader of our own for a suffix; None: OpenTimelineIO or an adapter of it reads the format."""
    if suffix == ".edl":
        from vem_plugin.formats.edl.reading import read_edl

        return lambda path, rate: read_edl(path, rate, media_folders)
    if suffix in (".fcpxml", ".fcpxmld"):
        from vem_plugin.formats.fcpxml import read_fcpxml

        return lambda path, rate: read_fcpxml(path)
    if suffix == ".xml":
        from vem_plugin.formats.xml_timelines import read_xml_timeline

        return lambda path, rate: read_xml_timeline(path)
    return None


def _content_reading(path: Path) -> FormatReading:
    from vem_plugin.formats.interchange import read_object

    read = read_object(path)
    return FormatReading(tuple(_timelines_in(read.content, path)), read.notices, read.claims)


def _timelines_in(content: object, path: Path) -> list[otio.schema.Timeline]:
    if isinstance(content, otio.schema.Timeline):
        return [content]
    if isinstance(content, otio.schema.SerializableCollection):
        found = list(content.find_children(descended_from_type=otio.schema.Timeline))
        if not found:
            raise NoPicture(f"{path.name} holds a collection without a timeline.", hint=_EXPORT_THE_TIMELINE)
        return found
    if isinstance(content, otio.schema.Stack):
        timeline = otio.schema.Timeline(content.name)
        timeline.tracks = content
        return [timeline]
    if isinstance(content, otio.schema.Track):
        return [otio.schema.Timeline(content.name, tracks=[content])]
    if isinstance(content, otio.core.SerializableObjectWithMetadata):
        raise TimelineUnreadable(
            f"{path.name} holds a single {type(content).__name__}, not a timeline.", hint=_EXPORT_THE_TIMELINE
        )
    raise TimelineUnreadable(f"{path.name} is not a timeline: what it holds is not of OpenTimelineIO.")


def _check_file(path: Path) -> None:
    bundle = path.suffix.lower() in BUNDLES
    try:
        if path.is_dir() and not bundle:
            raise TimelineUnreadable(f"{path} is a folder, not a timeline.", hint="Name a timeline file in it.")
        if not path.exists():
            raise TimelineUnreadable(f"There is no file {path}.", hint="Check the path.")
        if not bundle:
            check_regular(path, MAX_TIMELINE_BYTES)
        if not bundle and path.stat().st_size == 0:
            raise TimelineUnreadable(f"{path.name} is empty.")
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> TimelineUnreadable:
    return TimelineUnreadable(
        f"{path} cannot be read: {error.strerror or error}.", hint="Check that the file is there and may be read."
    )
