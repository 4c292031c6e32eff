"""Opening a timeline file of any format that OpenTimelineIO has an adapter for."""

from __future__ import annotations

import contextlib
import logging
import traceback
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.errors import AdapterMissing, NoPicture, TimelineError, TimelineTooNew, TimelineUnreadable
from vem_plugin.formats.reading import FormatReading
from vem_plugin.timeline.nesting import is_too_deep

LOG = logging.getLogger(__name__)

ADAPTER_SUFFIXES = (".edl", ".xml", ".fcpxml", ".aaf")
"""Formats that the `adapters` extra brings."""

_BUNDLED = "content.otio"
_EXPORT_THE_TIMELINE = "Export the timeline itself from the editor."


def read_timeline_file(path: Path, name: str | None = None) -> otio.schema.Timeline:
    """The timeline in a file; of several, the one called `name`, or else the first.

    Raises TimelineUnreadable, TimelineTooNew, AdapterMissing, NoPicture for a file without a timeline, and
    TimelineError for a name that is not there.
    """
    timelines = read_timelines(path)
    names = ", ".join(repr(timeline.name) for timeline in timelines)
    if name is None:
        if len(timelines) > 1:
            LOG.warning("%s holds %d timelines (%s); the first is read.", path.name, len(timelines), names)
        return timelines[0]
    for timeline in timelines:
        if timeline.name == name:
            return timeline
    raise TimelineError(f"{path.name} holds no timeline called {name!r}.", hint=f"It holds {names}.")


def read_timelines(path: Path) -> list[otio.schema.Timeline]:
    """All timelines in a file, at least one. Raises as `read_timeline_file` does."""
    reader = _reader_of(path.suffix.lower())
    if reader is not None:
        _check_file(path)
        reading = reader(path)
        for notice in reading.notices:
            LOG.info("%s: %s", path.name, notice)
        return list(reading.timelines)
    content = read_content(path)
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


def _reader_of(suffix: str) -> Callable[[Path], FormatReading] | None:
    """The reader of our own for a suffix; None: OpenTimelineIO or an adapter of it reads the format."""
    if suffix in (".fcpxml", ".fcpxmld"):
        from vem_plugin.formats.fcpxml import read_fcpxml

        return read_fcpxml
    if suffix == ".xml":
        from vem_plugin.formats.xml_timelines import read_xml_timeline

        return read_xml_timeline
    return None


def read_content(path: Path) -> object:
    """The outermost object of a file: the one place where the product parses timelines.

    Raises TimelineUnreadable, TimelineTooNew, AdapterMissing.
    """
    _check_file(path)
    return _read(path)


def _check_file(path: Path) -> None:
    bundle = path.suffix.lower() in (".otiod", ".fcpxmld")
    try:
        if path.is_dir() and not bundle:
            raise TimelineUnreadable(f"{path} is a folder, not a timeline.", hint="Name a timeline file in it.")
        if not path.exists():
            raise TimelineUnreadable(f"There is no file {path}.", hint="Check the path.")
        if not bundle and path.stat().st_size == 0:
            raise TimelineUnreadable(f"{path.name} is empty.")
        if is_too_deep(_json(path)):
            raise TimelineUnreadable(f"{path.name} is damaged: its brackets are nested without end.")
    except OSError as error:
        raise _unreadable(path, error) from error


def _json(path: Path) -> bytes:
    """The JSON of a file that OpenTimelineIO's own parser will read; nothing for the formats of its adapters."""
    suffix = path.suffix.lower()
    if suffix == ".otio":
        return path.read_bytes()
    if suffix == ".otiod":
        return (path / _BUNDLED).read_bytes()
    if suffix != ".otioz":
        return b""
    try:
        with zipfile.ZipFile(path) as bundle:
            return bundle.read(_BUNDLED)
    except (zipfile.BadZipFile, KeyError):
        return b""  # the adapter says what is wrong


def _read(path: Path) -> object:
    try:
        with _quiet_root_logger():
            return otio.adapters.read_from_file(str(path))
    except otio.exceptions.UnsupportedSchemaError as error:
        raise TimelineTooNew(
            f"{path.name} was written by a newer OpenTimelineIO than {otio.__version__}, which VeM Score reads.",
            reason=str(error),
        ) from error
    except otio.exceptions.NoKnownAdapterForExtensionError as error:
        if path.suffix.lower() in ADAPTER_SUFFIXES:
            raise AdapterMissing(f"Reading {path.suffix.lower()} files needs the timeline adapters.") from error
        raise TimelineUnreadable(
            f"{path.name} is of a format that VeM Score does not read.",
            hint="Export an OpenTimelineIO file (.otio), or an EDL, FCP7 XML, FCPXML or AAF.",
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    except Exception as error:  # a border: each adapter lets its own parser's errors through
        LOG.info("The adapter refused %s", path, exc_info=True)
        traceback.clear_frames(error.__traceback__)  # a parser that gave up may hold the file open: let go of it
        raise TimelineUnreadable(
            f"{path.name} is damaged, cut off, or not really {path.suffix.lower()}.", reason=str(error)
        ) from error


def _unreadable(path: Path, error: OSError) -> TimelineUnreadable:
    return TimelineUnreadable(
        f"{path} cannot be read: {error.strerror or error}.", hint="Check that the file is there and may be read."
    )


@contextlib.contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """Keep warnings that adapters' parsers send to the root logger off the user's terminal."""
    root, handler = logging.getLogger(), logging.NullHandler()

    def is_serious(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR

    root.addHandler(handler)
    root.addFilter(is_serious)
    try:
        yield
    finally:
        root.removeFilter(is_serious)
        root.removeHandler(handler)
