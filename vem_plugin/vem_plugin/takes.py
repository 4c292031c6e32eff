"""The takes that lie beside a timeline: how they differ, which timelines play them, and which files nobody needs."""

from __future__ import annotations

import html
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import quote

from vem_core.contract.errors import OutputError
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.sheet_diff import ShotChange, diff_sheets
from vem_plugin.placement.state import PlacedTake, read_state
from vem_plugin.placement.writing import OutputNames

_TIMELINES = frozenset({".otio", ".otioz", ".otiod", ".xml", ".fcpxml", ".edl", ".aaf"})
_IN_BUNDLES = "content.otio"
_CHANGES = {
    ShotChange.TRIMMED: "trimmed",
    ShotChange.SLIPPED: "slipped",
    ShotChange.MOVED: "moved",
    ShotChange.INSERTED: "new",
}


@dataclass(frozen=True)
class TakeOnDisk:
    """A take, its files that are there, and the timelines that refer to it."""

    placed: PlacedTake
    files: tuple[Path, ...]
    timelines: tuple[Path, ...]


def takes_on_disk(timeline: Path, names: OutputNames) -> tuple[TakeOnDisk, ...]:
    """The takes of a timeline whose state can be read, in order.

    A take counts as referred to by every timeline beside TIMELINE or among the takes whose text names its WAV.
    """
    contents = {path: _content(path) for path in _timelines(timeline, names)}
    found = []
    for path in sorted(names.folder.glob("*-take*.json")) if names.folder.is_dir() else ():
        placed = _placed(path)
        if placed is None or path != names.score(placed.take):
            continue
        there = tuple(file for file in dict.fromkeys(_files(placed, names)) if file.is_file())
        played = {names.played(placed).name, placed.audio}
        users = tuple(one for one, content in contents.items() if any(_names(content, name) for name in played))
        found.append(TakeOnDisk(placed, there, users))
    return tuple(sorted(found, key=lambda take: take.placed.take))


def panel_leftovers(names: OutputNames) -> tuple[Path, ...]:
    """The files of takes that were taken off the panel's list."""
    try:
        listed = (names.folder / "panel.json").read_text(encoding="utf-8")
    except OSError:
        return ()
    gone = [one for one in (names.folder / "takes").glob("*") if one.is_dir() and f'"takes/{one.name}"' not in listed]
    return tuple(sorted(path for folder in gone for path in folder.rglob("*") if path.is_file()))


def remove_files(files: Iterable[Path]) -> None:
    """Delete files, and folders that become empty. Raises OutputError."""
    for path in files:
        try:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        except OSError as error:
            raise OutputError(f"{path} cannot be removed: {error.strerror or error}.") from error


def differences(before: tuple[ScoreRequest, ScoreResult], after: tuple[ScoreRequest, ScoreResult]) -> tuple[str, ...]:
    """How a take differs from the one before, in words: cut, wishes, words, seed, model, and what was kept."""
    (request, result), (new_request, new_result) = before, after
    found = list(_cut(request, new_request))
    for was, now in ((request.direction, new_request.direction), (request.delivery, new_request.delivery)):
        names = [one.name for one in fields(was) if getattr(was, one.name) != getattr(now, one.name)]
        found += [f"{_spoken(name)} {_value(getattr(now, name))}" for name in names]
    for name, old, new in (("seed", result.seed, new_result.seed), ("model", result.model, new_result.model)):
        if old != new:
            found.append(f"{name} {new}")
    if new_result.refit is not None:
        found.append(new_result.refit.summary)
    return tuple(found)


def _cut(before: ScoreRequest, after: ScoreRequest) -> Iterator[str]:
    diff = diff_sheets(before.sheet, after.sheet)
    changes = [match.change for match in diff.matches]
    counted = [(changes.count(change), word) for change, word in _CHANGES.items()] + [(len(diff.removed), "gone")]
    told = [f"{count} {word}" for count, word in counted if count]
    if told:
        yield f"shots: {', '.join(told)}"
    elif not diff.unchanged:
        yield "the cut travelled"
    words = sum(
        match.old is not None and after.sheet.shots[match.new].words != before.sheet.shots[match.old].words
        for match in diff.matches
    )
    if words:
        yield f"other words on {words} shots" if words > 1 else "other words on 1 shot"


def _spoken(name: str) -> str:
    return re.sub(r"_(lufs|dbtp|bpm|ms|hz)$", "", name).replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return "changed"
    return "unsaid" if value in (None, "") else f"{value:g}" if isinstance(value, float) else f"{value}"


def _files(placed: PlacedTake, names: OutputNames) -> Iterator[Path]:
    number = placed.take
    yield from (names.audio(number), names.score(number), names.rights(number))
    yield names.audio(number).with_suffix(".mp4")
    for file in placed.result.files:
        if file.role != "mix":
            yield names.extra(number, file)


def _placed(path: Path) -> PlacedTake | None:
    try:
        read = read_state(path.read_bytes())
    except OSError:
        return None
    return read if isinstance(read, PlacedTake) else None


def _timelines(timeline: Path, names: OutputNames) -> Sequence[Path]:
    folders = dict.fromkeys((timeline.absolute().parent, names.folder))
    inside = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    return sorted(path for path in inside if path.suffix.lower() in _TIMELINES)


def _content(path: Path) -> bytes:
    """A timeline's text: of a bundle, that of the timeline in it. Raises OutputError."""
    try:
        if path.is_dir():
            return (path / _IN_BUNDLES).read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as bundle:
                return bundle.read(_IN_BUNDLES)
        return path.read_bytes()
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise OutputError(
            f"{path} cannot be read, so it is not known which takes it plays.", hint="Move it elsewhere."
        ) from error


def _names(content: bytes, audio: str) -> bool:
    """Whether a timeline names a file: plain, as a URL, as JSON or XML escape it, or in the UTF-16 of an AAF."""
    spellings = {audio, quote(audio), json.dumps(audio)[1:-1], html.escape(audio)}
    return any(one.encode() in content or one.encode("utf-16-le") in content for one in spellings)
