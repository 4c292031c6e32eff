"""English and Italian words for music amid five other languages: wanted and refused.

`mixed.json` holds the words and the ways; every way is tried with some of the words of each kind, in turn. What they
hold is that no such word decides which language a text is in, and that none is turned into its opposite.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from vem_core.direction import read_words
from vem_core.direction.feelings import affect_of

MIXED: dict[str, Any] = json.loads((Path(__file__).parent / "mixed.json").read_text(encoding="utf-8"))
LANGUAGES = sorted(MIXED["ways"])
WORDS_A_WAY = 2
LEAST_OBEYED = 0.95
LESS = ("weniger", "moins de", "menos")


def _tried(language: str, sign: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each way with some of the words: the word and the sentence."""
    turn = itertools.cycle(words)
    for way in MIXED["ways"][language][sign]:
        for word in itertools.islice(turn, WORDS_A_WAY):
            yield word, way.replace("{X}", word)


def _players(text: str) -> tuple[set[str], set[str]]:
    said = read_words(text)
    less = said.sparing if text.startswith(LESS) else ()  # of a player: it stays, and plays softer
    return {*said.with_, *said.only}, {*said.without, *less}


def _genres(text: str) -> tuple[set[str], set[str]]:
    said = read_words(text)
    return {wish.genre for wish in said.genres}, {wish.genre for wish in said.refused_genres}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sign", ["in", "out"])
@pytest.mark.parametrize("kind", ["genres", "instruments"])
def test_an_english_word_is_wanted_as_its_sentence_says(language: str, sign: str, kind: str) -> None:
    read = _genres if kind == "genres" else _players
    right = []
    for word, sentence in _tried(language, sign, MIXED[kind]):
        meant, _ = read(f"with {word}")
        wanted, refused = read(sentence)
        asked, other = (wanted, refused) if sign == "in" else (refused, wanted)
        assert not meant & other, sentence
        right.append(bool(meant & asked))
    assert sum(right) >= LEAST_OBEYED * len(right)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sign", ["in", "out"])
@pytest.mark.parametrize("side", ["bright", "dark"])
def test_an_english_mood_is_on_its_side(language: str, sign: str, side: str) -> None:
    turned = (1 if side == "bright" else -1) * (1 if sign == "in" else -1)
    right = []
    for _, sentence in _tried(language, sign, MIXED["moods"][side]):
        valence = turned * affect_of(read_words(sentence).moods)[0]
        assert valence > -0.02, sentence
        right.append(valence > 0.02)
    assert sum(right) >= LEAST_OBEYED * len(right)


@pytest.mark.parametrize("language", sorted(MIXED["tempo_ways"]))
def test_the_italian_of_scores_is_read_in_every_language(language: str) -> None:
    for way in MIXED["tempo_ways"][language]:
        for word, (low, high) in MIXED["tempo"].items():
            tempos = read_words(way.replace("{X}", word)).tempos
            assert tempos, word
            assert tempos[-1].numbers[0] < high, word
            assert tempos[-1].numbers[1] > low, word
