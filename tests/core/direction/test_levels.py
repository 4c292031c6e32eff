"""More or less of one player, in six languages: which player, which way, and how far.

`levels.json` holds the ways and the words that are put into them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vem_core.direction import read_words

WAYS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "levels.json").read_text(encoding="utf-8"))
LANGUAGES = sorted(WAYS)
LEAST_UNDERSTOOD = 0.95


def changes(text: str) -> dict[str, float]:
    """By how many dB each player is to change."""
    return {wish.instrument: wish.change_db for wish in read_words(text).levels}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("way", "sign"), [("less", -1), ("more", 1)])
def test_less_is_softer_and_more_is_louder_and_none_is_the_other_way(language: str, way: str, sign: int) -> None:
    understood, wrong = [], []
    for sentence in WAYS[language][way]:
        for word, player in WAYS[language]["words"].items():
            text = sentence.replace("{X}", word)
            change, said = changes(text), read_words(text)
            if player in said.without or sign * change.get(player, 0.0) < 0 or set(change) - {player}:
                wrong.append(text)
            understood.append(sign * change.get(player, 0.0) > 0)
    assert not wrong
    assert sum(understood) >= LEAST_UNDERSTOOD * len(understood)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("way", "least", "most"),
    [("little_less", -4.0, -2.0), ("much_less", -12.0, -8.0), ("little_more", 1.0, 3.0), ("much_more", 5.0, 8.0)],
)
def test_a_little_is_half_as_far_and_much_is_farther(language: str, way: str, least: float, most: float) -> None:
    word, player = next(iter(WAYS[language]["words"].items()))
    for sentence in WAYS[language][way]:
        assert least <= changes(sentence.replace("{X}", word)).get(player, 0.0) <= most, sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drums -3 dB", {"drums": -3.0}),
        ("drums down 2 dB, piano +1.5dB", {"drums": -2.0, "piano": 1.5}),
        ("Schlagzeug 3 dB leiser", {"drums": -3.0}),
        ("la batería -2,5 dB", {"drums": -2.5}),
        ("鼓降低3dB，钢琴+2分贝", {"drums": -3.0, "piano": 2.0}),
        ("ドラム-4dB", {"drums": -4.0}),
        ("a little more piano, a lot less bass", {"piano": 2.0, "bass": -10.5}),
        ("la batterie moins forte et le piano plus fort", {"drums": -6.0, "piano": 4.0}),
        ("no more drums", {}),
        ("le client ne veut plus entendre de guitare", {}),
        ("more energy, with drums", {}),
        ("strings louder at the end", {}),
    ],
)
def test_decibels_and_several_players_are_read_and_what_is_no_level_is_none(
    text: str, expected: dict[str, float]
) -> None:
    assert changes(text) == expected
