"""Finding source media on this machine: where the timeline says, beside the timeline, or in folders to search."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from vem_core.contract.foreign_files import may_touch
from vem_plugin.files.addresses import Address, parse_address

MAX_SEARCHED_FILES = 500_000
"""Where a search folder holds more files than this, the rest is not looked at."""

# Trees that hold no camera originals, and can be huge.
_SKIPPED_FOLDERS = frozenset(
    {".git", "node_modules", "__pycache__", ".Trash", "$RECYCLE.BIN", "System Volume Information"}
)


class MediaLocator:
    """Finds the files that a timeline's media addresses mean.

    Relative addresses count from the timeline's own folder. A medium that is not where its address says is looked for
    beside the timeline and then, by its name, in the search folders; of several with one name, the one whose folders
    agree with the address's for the longest stretch wins, then the first in order.
    """

    def __init__(self, timeline_folder: Path, search_folders: Sequence[Path] = ()) -> None:
        self._timeline_folder = timeline_folder
        self._search_folders = tuple(search_folders)

    def locate(self, target_url: str) -> Path | None:
        """The file or folder at an address; None where it is not to be found."""
        address = parse_address(target_url)
        for candidate in self._candidates(address):
            if may_touch(candidate, self._timeline_folder) and _exists(candidate):
                return candidate
        return self._search(address)

    def locate_name(self, name: str) -> Path | None:
        """A file of that name, with or without its ending, beside the timeline or in the search folders."""
        if not name or _folded(name) != _folded(Path(name).name):
            return None
        beside = self._timeline_folder / name
        if beside.is_file():
            return beside
        found = (*self._index.get(_folded(name), ()), *self._stems.get(_folded(name), ()))
        return next((path for path in found if path.is_file()), None)

    def _candidates(self, address: Address) -> Iterator[Path]:
        for spelling in address.spellings:
            yield self._timeline_folder / spelling
            if "\\" in spelling and os.sep != "\\":  # written on Windows, relative to the timeline
                yield self._timeline_folder / spelling.replace("\\", "/")
        for first in range(len(address.parts)):  # the whole project folder was moved
            yield self._timeline_folder.joinpath(*address.parts[first:])

    def _search(self, address: Address) -> Path | None:
        found = self._index.get(_folded(address.name), [])
        if not found:
            return None
        return min(found, key=lambda path: (-_common_tail(path.parts, address.parts), found.index(path)))

    @cached_property
    def _index(self) -> dict[str, list[Path]]:
        """The files and folders below the search folders by folded name, walked once, in a stable order."""
        index: dict[str, list[Path]] = {}
        budget = MAX_SEARCHED_FILES
        for top in self._search_folders:
            for folder, subfolders, files in os.walk(top):
                subfolders[:] = sorted(name for name in subfolders if name not in _SKIPPED_FOLDERS)
                for name in (*subfolders, *sorted(files)):
                    index.setdefault(_folded(name), []).append(Path(folder, name))
                budget -= len(files)
                if budget < 0:
                    return index
        return index

    @cached_property
    def _stems(self) -> dict[str, list[Path]]:
        """The same by name without ending."""
        stems: dict[str, list[Path]] = {}
        for paths in self._index.values():
            for path in paths:
                stems.setdefault(_folded(path.stem), []).append(path)
        return stems


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a zero byte in it
        return False


def _folded(name: str) -> str:
    """A name as systems compare it that ignore case; macOS also takes accents apart."""
    return unicodedata.normalize("NFC", name).casefold()


def _common_tail(path: Sequence[str], address: Sequence[str]) -> int:
    """How many parts agree, counted from the end."""
    count = 0
    for ours, theirs in zip(reversed(path), reversed(address), strict=False):  # one may be longer: only tails count
        if _folded(ours) != _folded(theirs):
            break
        count += 1
    return count
