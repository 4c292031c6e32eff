"""Who asks for a player amid a scene, and who refuses one by "it", "both" or a verdict, in six languages.

`asked.json` holds the ways. Most are read; what is not is named, and few are turned into their opposite.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vem_core.direction import read_words
from vem_core.direction.parts import WITHOUT
from vem_core.direction.wishes import Said

WAYS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "asked.json").read_text(encoding="utf-8"))
LANGUAGES = sorted(WAYS)
LEAST_WANTED, LEAST_REFUSED, MOST_INVERTED = 0.75, 0.7, 0.13


def _tried(language: str, kind: str) -> Iterator[tuple[str, str, Said]]:
    """Each way with two of the words: the players they name, and what was read."""
    words = list(WAYS[language]["words"].items())
    for sentence in WAYS[language][kind]:
        for (word, player), (other, second) in itertools.pairwise(words[:3]):
            yield player, second, read_words(sentence.replace("{X}", word).replace("{Y}", other))


def _playing(said: Said) -> set[str]:
    return {*said.with_, *said.only, *(part.instrument for part in said.parts if part.how != WITHOUT)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_asked_for_amid_a_scene_plays(language: str) -> None:
    tried = list(_tried(language, "wanted"))
    assert not [said for player, _, said in tried if player in said.without]
    assert sum(player in _playing(said) for player, _, said in tried) >= LEAST_WANTED * len(tried)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_refused_by_a_word_that_refers_back_does_not_play(language: str) -> None:
    tried = list(_tried(language, "refused"))
    assert sum(player in said.without for player, _, said in tried) >= LEAST_REFUSED * len(tried)
    assert sum(player in _playing(said) for player, _, said in tried) <= MOST_INVERTED * len(tried)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_that_are_refused_neither_plays(language: str) -> None:
    for player, second, said in _tried(language, "both"):
        assert {player, second} <= set(said.without)
        assert not {player, second} & _playing(said)
