"""The content words, which are data: what each is called, which styles suit it, and which classes mean it."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FILE = Path(__file__).with_name("content.toml")


@dataclass(frozen=True)
class ContentWord:
    id: str
    says: str  # as descriptions and panel write it
    styles: tuple[str, ...]  # ids of the styles that suit it
    asks: str  # what a network that reads words compares pictures with
    imagenet: tuple[int, ...]  # classes that mean it


@functools.lru_cache(maxsize=1)
def content_words() -> tuple[ContentWord, ...]:
    """All content words, in the order of the file."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        ContentWord(name, entry["says"], tuple(entry["styles"]), entry["asks"], _classes(entry["imagenet"]))
        for name, entry in table.items()
    )


@functools.lru_cache(maxsize=1)
def content_by_id() -> Mapping[str, ContentWord]:
    """The content words by their ids."""
    return {word.id: word for word in content_words()}


def in_words(content: Iterable[str]) -> tuple[str, ...]:
    """Content words as they are written; one that nobody knows as it is."""
    known = content_by_id()
    return tuple(known[word].says if word in known else word for word in content)


@functools.lru_cache(maxsize=1)
def imagenet_table() -> NDArray[np.float32]:
    """(words, 1000): 1 where a class means a word."""
    table = np.zeros((len(content_words()), 1_000), np.float32)
    for row, word in zip(table, content_words(), strict=True):
        row[list(word.imagenet)] = 1.0
    return table


def _classes(named: Iterable[str]) -> tuple[int, ...]:
    """The numbers in "tench to stingray 0-6" and the like."""
    found: set[int] = set()
    for each in named:
        first, _, last = each.rpartition(" ")[2].partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))
