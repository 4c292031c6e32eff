"""What the editor already wrote about a shot: clip names, notes, keywords, scene metadata."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import opentimelineio as otio

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


def gather(entries: Iterable[str]) -> tuple[str, ...]:
    """Entries without repeats (whatever their case), blanks and overlength, in their order."""
    kept: dict[str, str] = {}
    for entry in entries:
        text = _shorten(" ".join(entry.split()))
        if text and text.casefold() not in kept:
            kept[text.casefold()] = text
        if len(kept) == MOST_ENTRIES:
            break
    return tuple(kept.values())


def clip_words(clip: otio.core.Item) -> Iterator[str]:
    """What the editor wrote about a clip: its name, then the telling entries of its and its medium's metadata."""
    yield _name_words(clip.name)
    yield from metadata_words(clip.metadata)
    if isinstance(clip, otio.schema.Clip):
        reference = clip.media_reference
        if not clip.name:
            yield _name_words(reference.name)
        yield from metadata_words(reference.metadata)


def metadata_words(metadata: Any, depth: int = 0) -> Iterator[str]:
    """The texts under keys such as Keywords, Comments, Scene or Log Note, at any depth."""
    if depth > _DEEPEST:
        return
    for key, value in entries(metadata):
        if _is_telling(key):
            yield from _texts(value, depth)
        elif isinstance(value, Mapping):
            yield from metadata_words(value, depth + 1)


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if not value.isdecimal() and not _EDL_DIRECTIVE.match(value):
            yield value
    elif depth < _DEEPEST and isinstance(value, Mapping):
        for _, inner in entries(value):
            yield from _texts(inner, depth + 1)
    elif depth < _DEEPEST and isinstance(value, Sequence):
        for index in range(len(value)):
            yield from _texts(value[index], depth + 1)


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
