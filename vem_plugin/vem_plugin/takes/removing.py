"""Deleting files of takes: only ours, only inside their folder, never through links, and not where there is a doubt."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from vem_core.contract.errors import OutputError
from vem_core.contract.service import is_file_name
from vem_plugin.takes.listing import TakeOnDisk
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.reserving import takes_in_the_making

PANEL_STATE, PANEL_TAKES = "panel.json", "takes"
_PANEL_TAKE = re.compile(r"\d{3,6}")
_ENDINGS = frozenset({".wav", ".flac", ".mid", ".json", ".txt", ".mp4"})
_NOTHING = "Nothing was deleted."


def unused_files(takes: Sequence[TakeOnDisk], names: OutputNames) -> tuple[Path, ...]:
    """The files of takes that neither a timeline refers to nor the panel lists.

    Raises OutputError, in a sentence, where it is not certain which these are: links, a state that cannot be read, a
    take in the making, a file that is none of ours.
    """
    if not names.folder.is_dir():
        return ()
    _check(not _is_link(names.folder), f"{names.folder} is a link")
    making = takes_in_the_making(names)
    _check(not making, f"take {making[0] if making else 0} is being made")
    shown = _shown_by_the_panel(names.folder)
    own = [path for take in takes if not take.timelines and take.placed.take not in shown for path in take.files]
    found = (*own, *_panel_leftovers(names))
    for path in found:
        _check_inside(path, names.folder)
    return found


def remove_files(files: Iterable[Path], names: OutputNames) -> None:
    """Delete files of takes, and folders that become empty. Raises OutputError."""
    for path in files:
        _check_inside(path, names.folder)
        try:
            path.unlink()
            for folder in path.parents:
                if folder == names.folder or not folder.is_relative_to(names.folder) or any(folder.iterdir()):
                    break
                folder.rmdir()
        except OSError as error:
            raise OutputError(f"{path} cannot be removed: {error.strerror or error}.") from error


def _panel_leftovers(names: OutputNames) -> Iterator[Path]:
    """The files of takes that were taken off the panel's list."""
    shelf = names.folder / PANEL_TAKES
    if not shelf.exists() and not _is_link(shelf):
        return
    listed = _listed_by_the_panel(names.folder)
    if listed is None:
        return
    _check(not _is_link(shelf) and shelf.is_dir(), f"{shelf} is a link, or no folder")
    for folder in sorted(shelf.iterdir()):
        if f"{PANEL_TAKES}/{folder.name}" not in listed and _PANEL_TAKE.fullmatch(folder.name):
            yield from _files_below(folder)


def _listed_by_the_panel(folder: Path) -> frozenset[str] | None:
    """The folders of the takes on the panel's list; None where there was never a panel. Raises OutputError."""
    damaged = sorted(folder.glob("panel.damaged-*.json"))
    _check(not damaged, f"the panel put a damaged list of takes aside ({damaged[0].name if damaged else ''})")
    path = folder / PANEL_STATE
    if not path.exists() and not _is_link(path):
        return None
    try:
        _check(path.is_file(), f"{path} is no file")
        takes = json.loads(path.read_bytes())["takes"]
        listed = frozenset(take.get("folder", "") for take in takes)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _doubt(f"{path} cannot be read, so it is not known which takes the panel keeps") from error
    _check(all(isinstance(name, str) for name in listed), f"{path} is damaged")
    return listed


def _shown_by_the_panel(folder: Path) -> frozenset[int]:
    """The numbers of the takes on the panel's list. Raises OutputError."""
    if _listed_by_the_panel(folder) is None:
        return frozenset()
    takes = json.loads((folder / PANEL_STATE).read_bytes())["takes"]
    return frozenset(take.get("number", 0) for take in takes if not take.get("folder"))


def _files_below(folder: Path) -> Iterator[Path]:
    """The files of a panel's take, which holds nothing but such files."""
    _check(not _is_link(folder) and folder.is_dir(), f"{folder} is a link, or no folder")
    for place, folders, files in os.walk(folder, followlinks=False):
        for name in sorted((*folders, *files)):
            path = Path(place, name)
            _check(not _is_link(path), f"{path} is a link")
        for name in sorted(files):
            path = Path(place, name)
            ours = is_file_name(path.relative_to(folder).as_posix()) and path.suffix.lower() in _ENDINGS
            _check(ours, f"{path} is no file of VeM Score's")
            yield path


def _check_inside(path: Path, folder: Path) -> None:
    """Raise OutputError unless a path is a plain file below a folder, with no link on the way."""
    inside = path.is_relative_to(folder) and ".." not in path.parts
    on_the_way = [path, *(parent for parent in path.parents if parent != folder and parent.is_relative_to(folder))]
    linked = any(_is_link(part) for part in on_the_way)
    plain = inside and not linked and path.is_file() and path.resolve().is_relative_to(folder.resolve())
    _check(plain, f"{path} is no plain file inside {folder}")


def _is_link(path: Path) -> bool:
    return path.is_symlink() or getattr(os.path, "isjunction", lambda path: False)(path)


def _check(certain: bool, doubt: str) -> None:
    if not certain:
        raise _doubt(doubt)


def _doubt(reason: str) -> OutputError:
    return OutputError(f"{reason[0].upper()}{reason[1:]}. {_NOTHING}", hint="Look at the folder, and delete by hand.")
