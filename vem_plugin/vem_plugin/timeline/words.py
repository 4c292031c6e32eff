"""What the editor already wrote about a shot: clip names, notes, keywords, scene metadata."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vem_plugin.timeline.dialect import entries

LONGEST_WORDS = 160
"""Characters of one entry; longer ones are cut off at a word."""

MOST_ENTRIES = 12
"""Entries of one shot."""

_DEEPEST = 6
_TELLING_NAMES = """
    keyword keywords note notes comment comments description descriptions scene shot subject location mood tags tag
    lognote lognotes loggingnote mastercomment1 mastercomment2 mastercomment3 mastercomment4 clipnote clipnotes
    shotdescription scenedescription synopsis action character characters people person
"""
_TELLING_KEYS = frozenset(_TELLING_NAMES.split())
_EDL_DIRECTIVE = re.compile(
    r"(BLEND|AVX2 EFFECT|EFFECT NAME|SOURCE FILE|(FROM|TO) CLIP|LOC:|ASC_|M2 |REEL|KEY CLIP|AUDIO LEVEL)\b"
    r"|OTIO TRUNCATED"
)
_SUFFIX = re.compile(r"\.[a-z0-9]{2,4}$", re.IGNORECASE)
_SPLIT = re.compile(r"[\s_\-.+()\[\]{}#,;:|/\\]+|(?<=[a-z])(?=[A-Z])")
_HOUSEKEEPING = """
    mov mp4 mxf avi mkv png jpg jpeg tif tiff exr wav img dsc dscn gopr gx mvi clip clips sc sh shot scene seq take
    tk cam camera layer comp comps anim animatic layout final render proxy hd uhd copy version ver vfx plate untitled
    video audio track media file new nested sequence timeline lay panel frame frames still bin master edit fx export
    exported import imported generator reference filler loop leader compound overlay adjustment title text bars
"""
_NOT_TELLING = frozenset(_HOUSEKEEPING.split())
_SMALL_WORDS = frozenset({"at", "in", "on", "of", "to"})


def name_words(name: str) -> str:
    """The telling words of a clip's name: "Boat_at_Sunset_v03.mov" gives "Boat at Sunset", "A001_C002.mov" nothing."""
    return _name_words(name)


def gather(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts without repeats (whatever their case), blanks and overlength, in their order."""
    kept: dict[str, str] = {}
    for entry in texts:
        if entry and (text := _shorten(" ".join(entry.split()))):
            kept.setdefault(text.casefold(), text)
            if len(kept) == MOST_ENTRIES:
                break
    return tuple(kept.values())


def clip_words(name: str, reference_name: str, *metadata: Any) -> list[str]:
    """What the editor wrote about a clip: its name (or else its medium's), then the telling entries of the metadata."""
    found = [_name_words(name or reference_name)]
    for part in metadata:
        if len(part):
            _collect(part, found, 0)
    return found


def metadata_words(metadata: Any) -> list[str]:
    """The texts under keys such as Keywords, Comments, Scene or Log Note, at any depth."""
    found: list[str] = []
    _collect(metadata, found, 0)
    return found


def _collect(metadata: Any, found: list[str], depth: int) -> None:
    for key, value in entries(metadata):
        if _is_telling(key):
            _collect_texts(value, found, depth)
        elif depth < _DEEPEST and not isinstance(value, str) and isinstance(value, Mapping):
            _collect(value, found, depth + 1)


def _collect_texts(value: Any, found: list[str], depth: int) -> None:
    if isinstance(value, str):
        if not value.isdecimal() and not _EDL_DIRECTIVE.match(value):
            found.append(value)
    elif depth < _DEEPEST and isinstance(value, Mapping):
        for _, inner in entries(value):
            _collect_texts(inner, found, depth + 1)
    elif depth < _DEEPEST and isinstance(value, Sequence):
        for index in range(len(value)):
            _collect_texts(value[index], found, depth + 1)


@functools.lru_cache(maxsize=1024)
def _is_telling(key: str) -> bool:
    return re.sub(r"[^a-z0-9]", "", key.lower()) in _TELLING_KEYS


@functools.lru_cache(maxsize=4096)
def _name_words(name: str) -> str:
    parts = [part.rstrip("0123456789") for part in _SPLIT.split(_SUFFIX.sub("", name))]
    words = [part for part in parts if part.isalpha() and part.casefold() not in _NOT_TELLING]
    words = [word for word in words if len(word) > 2 or word.casefold() in _SMALL_WORDS]
    return " ".join(words) if any(len(word) > 2 for word in words) else ""


def _shorten(text: str) -> str:
    if len(text) <= LONGEST_WORDS:
        return text
    return text[:LONGEST_WORDS].rsplit(" ", 1)[0] + "…"
