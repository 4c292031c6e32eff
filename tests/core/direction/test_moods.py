"""Moods by ways to ask: wanted, refused, as nouns, and one in another's place, in six languages.

`moods.json` holds forty to sixty moods a language, each on the bright or the dark side, and the ways; every way is
tried with some of the moods, in turn. What they hold is that none is ever turned into its opposite.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from vem_core.direction import read_words
from vem_core.direction.feelings import affect_of

MOODS: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent / "moods.json").read_text(encoding="utf-8"))
LANGUAGES = sorted(MOODS)
SIDES = {"bright": 1, "dark": -1}
WORDS_A_WAY = 2
LEAST_OBEYED = 0.9
LEAST_VALENCE = 0.02
"""From here on a text is on a side."""


def _side(text: str) -> int:
    """The side of the moods that a text asks for: 1 bright, -1 dark, 0 neither."""
    said = read_words(text)
    valence = affect_of(said.moods)[0] if said.moods else 0.0
    return 0 if abs(valence) < LEAST_VALENCE else 1 if valence > 0 else -1


def _sentences(language: str, ways: str, nouns: str = "") -> Iterator[tuple[str, int]]:
    """Each way with some of the words of both sides, and the side of the word."""
    grid = MOODS[language]
    for side, sign in SIDES.items():
        words = itertools.cycle(grid[side + nouns])
        others = itertools.cycle(grid["dark" if side == "bright" else "bright"])
        for way in grid[ways]:
            for word, other in itertools.islice(zip(words, others, strict=True), WORDS_A_WAY):
                yield way.replace("{X}", word).replace("{N}", word).replace("{Y}", other), sign


def _never_the_other_side(sentences: Iterator[tuple[str, int]], turned: int) -> None:
    """Check that no sentence is read as the other side than its word's, times `turned`, and nine in ten as theirs."""
    read = [(text, _side(text) * turned * sign) for text, sign in sentences]
    assert [text for text, side in read if side < 0] == []
    assert sum(side > 0 for _, side in read) >= LEAST_OBEYED * len(read)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nouns", ["", "_nouns"])
def test_a_mood_that_is_asked_for_is_not_refused(language: str, nouns: str) -> None:
    _never_the_other_side(_sentences(language, "asked_noun" if nouns else "asked", nouns), 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nouns", ["", "_nouns"])
def test_a_mood_that_is_refused_is_not_asked_for(language: str, nouns: str) -> None:
    _never_the_other_side(_sentences(language, "refused_noun" if nouns else "refused", nouns), -1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_moods_the_wanted_one_wins(language: str) -> None:
    _never_the_other_side(_sentences(language, "exchanged"), -1)
