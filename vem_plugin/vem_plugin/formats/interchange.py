"""OpenTimelineIO's own files (.otio, .otiod, .otioz), and the formats that its adapters read.

A bundle is looked into before it is parsed: what it claims to unpack to is held against limits first.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import opentimelineio as otio

from vem_core.contract.errors import AdapterMissing, TimelineTooNew, TimelineUnreadable
from vem_core.contract.foreign_files import MAX_TIMELINE_BYTES, read_regular
from vem_plugin.formats.aaf_claims import read_aaf_claims
from vem_plugin.formats.nesting import is_too_deep
from vem_plugin.formats.reading import Claims

LOG = logging.getLogger(__name__)

MOST_BYTES = 1 << 30
"""Of a timeline's JSON: a hundred times what a three-hour film takes."""

MOST_ENTRIES = 100_000
"""Files in one bundle."""

_RESOLVE = "That is a project of DaVinci Resolve: choose File > Export > Timeline there, as OpenTimelineIO (.otio)."
_EXPORTS = {
    ".drp": _RESOLVE,
    ".drt": _RESOLVE,
    ".prproj": "That is a project of Premiere Pro: choose File > Export > OpenTimelineIO there, or Final Cut Pro XML.",
    ".kdenlive": "That is a project of Kdenlive: choose File > OpenTimelineIO Export there.",
    ".mlt": "That is a project of MLT (Shotcut, Kdenlive): export an EDL or an OpenTimelineIO file there.",
    ".avb": "That is a bin of Media Composer: export an AAF of the sequence, or an EDL.",
}
"""What the programs offer whose own projects are not timelines that others read."""

_BUNDLED = "content.otio"
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class ReadObject(NamedTuple):
    """The outermost object of a file, what was left out of it, and its own numbers."""

    content: object
    notices: tuple[str, ...] = ()
    claims: tuple[Claims, ...] = ()


def read_object(path: Path) -> ReadObject:
    """What a file holds. Raises TimelineUnreadable, TimelineTooNew, AdapterMissing and OSError."""
    suffix = path.suffix.lower()
    if suffix == ".otio":
        return _read_json(path, read_regular(path, MAX_TIMELINE_BYTES), path)
    if suffix == ".otiod":
        return _read_json(path, read_regular(path / _BUNDLED, MAX_TIMELINE_BYTES), path / _BUNDLED)
    if suffix == ".otioz":
        return _read_json(path, _bundled_json(path), None)
    content = _by_adapter(path, str(path))
    return ReadObject(content, (), read_aaf_claims(path) if suffix == ".aaf" else ())


def _read_json(path: Path, content: bytes, file: Path | None) -> ReadObject:
    """The object in JSON, which stands in `file` as it is, or in none."""
    if is_too_deep(content):
        raise TimelineUnreadable(f"{path.name} is damaged: its brackets are nested without end.")
    text = next((content.decode(name, "replace") for mark, name in _ENCODINGS if content.startswith(mark)), None)
    try:
        if text is None and file is not None:
            return ReadObject(_by_adapter(path, str(file)))
        return ReadObject(_parsed(path, content.decode("utf-8", "replace") if text is None else text))
    except TimelineTooNew:
        plainer = _without_newer_metadata(content.decode("utf-8", "replace") if text is None else text)
        if plainer is None:
            raise
        notice = "Metadata in it was written by a newer OpenTimelineIO; it was left out, and is not needed."
        return ReadObject(_parsed(path, plainer), (notice,))


def _bundled_json(path: Path) -> bytes:
    """The timeline in a zipped bundle, which may not unpack to more than it should."""
    try:
        with zipfile.ZipFile(path) as bundle:
            entries = bundle.infolist()
            if len(entries) > MOST_ENTRIES:
                raise TimelineUnreadable(f"{path.name} holds {len(entries)} files: that is no timeline.")
            if not any(entry.filename == _BUNDLED for entry in entries):
                raise _damaged(path, f"it holds no {_BUNDLED}")
            if bundle.getinfo(_BUNDLED).file_size > MOST_BYTES:
                raise TimelineUnreadable(f"The timeline in {path.name} would unpack to more than a gigabyte.")
            with bundle.open(_BUNDLED) as packed:
                content = packed.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise _damaged(path, str(error) or type(error).__name__) from error
    if len(content) > MOST_BYTES:
        raise TimelineUnreadable(f"The timeline in {path.name} would unpack to more than a gigabyte.")
    return content


def _by_adapter(path: Path, address: str) -> object:
    with _refusals_explained(path), _standard_output_kept(), _quiet_root_logger():
        return otio.adapters.read_from_file(address)


def _parsed(path: Path, text: str) -> object:
    with _refusals_explained(path):
        return otio.adapters.read_from_string(text, "otio_json")


@contextlib.contextmanager
def _refusals_explained(path: Path) -> Iterator[None]:
    """Turn what OpenTimelineIO and its adapters raise into an error of ours, with the reason underneath."""
    try:
        yield
    except otio.exceptions.UnsupportedSchemaError as error:
        raise TimelineTooNew(
            f"{path.name} was written by a newer OpenTimelineIO than {otio.__version__}, which VeM Score reads.",
            reason=str(error),
        ) from error
    except otio.exceptions.NoKnownAdapterForExtensionError as error:
        suffix = path.suffix.lower()
        if suffix in (".aaf", ".xml", ".fcpxml"):
            raise AdapterMissing(f"Reading {suffix} files needs the timeline adapters.") from error
        raise TimelineUnreadable(
            f"{path.name} is of a format that VeM Score does not read.",
            hint=_EXPORTS.get(suffix, "Export an OpenTimelineIO file (.otio), or an EDL, FCP7 XML, FCPXML or AAF."),
        ) from error
    except OSError:
        raise
    except Exception as error:  # a border: each adapter lets its own parser's errors through
        LOG.info("The adapter refused %s", path, exc_info=True)
        traceback.clear_frames(error.__traceback__)  # a parser that gave up may hold the file open: let go of it
        raise _damaged(path, _reason(error)) from error


def _damaged(path: Path, reason: str) -> TimelineUnreadable:
    return TimelineUnreadable(
        f"{path.name} is damaged, cut off, or not really {path.suffix.lower()}: {reason}.", reason=reason
    )


def _reason(error: Exception) -> str:
    """The first line of what a parser says, short, without the addresses of its objects."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return (text[:160] or f"its parser stopped with {type(error).__name__}").rstrip(". ")


def _without_newer_metadata(text: str) -> str | None:
    """The JSON without the schema labels inside metadata; None where there are none."""
    try:
        root = json.loads(text)
    except ValueError:
        return None
    changed = False

    def strip(value: Any, *, in_metadata: bool) -> None:
        nonlocal changed
        if isinstance(value, dict):
            if in_metadata and value.pop("OTIO_SCHEMA", None) is not None:
                changed = True
            for key, inner in value.items():
                strip(inner, in_metadata=in_metadata or key == "metadata")
        elif isinstance(value, list):
            for inner in value:
                strip(inner, in_metadata=in_metadata)

    strip(root, in_metadata=False)
    return json.dumps(root) if changed else None


@contextlib.contextmanager
def _standard_output_kept() -> Iterator[None]:
    """Keep what adapters print out of our own output, which programs read."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        yield
    if printed.getvalue():
        LOG.info("The adapter printed: %s", printed.getvalue().strip())


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
