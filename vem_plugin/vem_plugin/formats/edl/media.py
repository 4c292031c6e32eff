"""The frame rate of the media that an edit decision list names, where they lie beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from vem_core.contract.time import snap_rate
from vem_plugin.files.locating import MediaLocator
from vem_plugin.formats.edl.events import EventLine

_MOST_ASKED = 8  # files; the rate must be the same in all
_PICTURE_SUFFIXES = frozenset({".mov", ".mp4", ".mxf", ".m4v", ".avi", ".mkv", ".mts", ".m2ts", ".webm"})


def rate_of_media(
    lines: Sequence[EventLine], folder: Path, media_folders: Sequence[Path]
) -> tuple[str, Fraction] | None:
    """The one rate of the movies in the folders, or at the list's own addresses, and the name of one of them."""
    locator = MediaLocator(folder, media_folders)
    found: dict[Fraction, str] = {}
    for path in _movies(lines, locator):
        rate = _movie_rate(path)
        if rate is not None:
            found.setdefault(rate, path.name)
    if len(found) != 1:
        return None
    rate, name = next(iter(found.items()))
    return name, rate


def _movies(lines: Iterable[EventLine], locator: MediaLocator) -> Iterator[Path]:
    names = dict.fromkeys(name for line in lines if line.video for name in (line.address, line.source_file, line.name))
    asked = 0
    for name in names:
        path = (locator.locate(name) or locator.locate_name(name)) if name else None
        if path is not None and path.is_file() and path.suffix.lower() in _PICTURE_SUFFIXES:
            yield path
            asked += 1
            if asked == _MOST_ASKED:
                return


def _movie_rate(path: Path) -> Fraction | None:
    from vem_plugin.files.containers import DECODING_ERRORS, open_container

    try:
        with open_container(path) as container:
            stream = next(iter(container.streams.video), None)
            rate = stream.average_rate if stream is not None else None
    except DECODING_ERRORS:
        return None
    return snap_rate(rate) if rate else None
