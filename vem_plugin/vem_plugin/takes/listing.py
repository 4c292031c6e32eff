"""The takes that lie beside a timeline, and which timelines play them."""

from __future__ import annotations

import html
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from vem_core.contract.errors import OutputError
from vem_core.contract.foreign_files import MAX_STATE_BYTES, MAX_TIMELINE_BYTES, check_regular, read_regular
from vem_plugin.placement.state import PlacedTake, read_state
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.uses import timelines_elsewhere
from vem_plugin.timeline.endings import BUNDLES, ENDINGS, ZIPPED


@dataclass(frozen=True)
class TakeOnDisk:
    """A take, its files that are there, and the timelines that refer to it."""

    placed: PlacedTake
    files: tuple[Path, ...]
    timelines: tuple[Path, ...]


def takes_on_disk(timeline: Path, names: OutputNames) -> tuple[TakeOnDisk, ...]:
    """The takes of a timeline whose state can be read, in order.

    A take counts as referred to by every timeline beside TIMELINE or among the takes whose text names its WAV, and by
    those elsewhere that were seen to play it.
    """
    contents = {path: _content(path) for path in _timelines(timeline, names)}
    found = []
    for path in sorted(names.folder.glob("*-take*.json")) if names.folder.is_dir() else ():
        placed = _placed(path)
        if placed is None or path != names.score(placed.take):
            continue
        there = tuple(file for file in dict.fromkeys(_files(placed, names)) if file.is_file())
        played = {names.played(placed).name, placed.audio}
        users = tuple(
            timeline for timeline, content in contents.items() if any(_names(content, name) for name in played)
        )
        users += tuple(path for path in timelines_elsewhere(placed.result) if path not in users)
        found.append(TakeOnDisk(placed, there, users))
    return tuple(sorted(found, key=lambda take: take.placed.take))


def _files(placed: PlacedTake, names: OutputNames) -> Iterator[Path]:
    number = placed.take
    yield from (names.audio(number), names.score(number), names.rights(number), names.cue_sheet(number))
    yield names.audio(number).with_suffix(".mp4")
    for file in placed.result.files:
        if file.role != "mix":
            yield names.extra(number, file)


def _placed(path: Path) -> PlacedTake | None:
    try:
        read = read_state(read_regular(path, MAX_STATE_BYTES))
    except OSError:
        return None
    return read if isinstance(read, PlacedTake) else None


def _timelines(timeline: Path, names: OutputNames) -> Sequence[Path]:
    folders = dict.fromkeys((timeline.absolute().parent, names.folder))
    inside = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    return sorted(path for path in inside if path.suffix.lower() in ENDINGS)


def _content(path: Path) -> bytes:
    """A timeline's text: of a bundle, that of the timeline in it. Raises OutputError."""
    try:
        if path.is_dir():
            path = path / BUNDLES.get(path.suffix.lower(), ZIPPED)
        check_regular(path)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as bundle:
                if bundle.getinfo(ZIPPED).file_size > MAX_TIMELINE_BYTES:
                    raise OSError(f"the timeline in {path.name} is too large")
                return bundle.read(ZIPPED)
        return read_regular(path, MAX_TIMELINE_BYTES)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise OutputError(
            f"{path} cannot be read, so it is not known which takes it plays.", hint="Move it elsewhere."
        ) from error


def _names(content: bytes, audio: str) -> bool:
    """Whether a timeline names a file: plain, as a URL, as JSON or XML escape it, or in the UTF-16 of an AAF."""
    spellings = {audio, quote(audio), json.dumps(audio)[1:-1], html.escape(audio)}
    return any(spelling.encode() in content or spelling.encode("utf-16-le") in content for spelling in spellings)
