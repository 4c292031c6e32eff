"""Words of music in phrases of films, sport and everyday: a drone shot is no drone, a rock formation no rock.

`everyday.json` holds the phrases in six languages, and wishes for music to put them into.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from vem_core.direction import read_words
from vem_core.direction.wishes import Said

EVERYDAY: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "everyday.json").read_text(encoding="utf-8")
)
PHRASES = [(language, phrase) for language in sorted(EVERYDAY) for phrase in EVERYDAY[language]["phrases"]]
OF_THE_WORDS = ("source", "understood", "not_understood", "conflicts")


def _asked(said: Said) -> dict[str, Any]:
    """All that is asked of the music."""
    return {field.name: getattr(said, field.name) for field in fields(said) if field.name not in OF_THE_WORDS}


@pytest.mark.parametrize(("language", "phrase"), PHRASES)
def test_a_phrase_of_everyday_asks_for_nothing(language: str, phrase: str) -> None:
    assert _asked(read_words(phrase)) == _asked(read_words(""))


@pytest.mark.parametrize(("language", "phrase"), PHRASES)
def test_a_phrase_of_everyday_adds_nothing_to_what_is_asked_beside_it(language: str, phrase: str) -> None:
    for wish in EVERYDAY[language]["beside_music"]:
        said, plain = read_words(wish.format(X=phrase)), read_words(wish.format(X="…"))
        assert _asked(said) == _asked(plain)


@pytest.mark.parametrize(
    ("prompt", "genre"),
    [
        ("dark drone under the drone shot", "drone"),
        ("house, for the house on the left", "house"),
        ("Rock zum roten Auto", "rock"),
        ("de la trance", "trance"),
        ("salsa para la fiesta", "latin"),
        ("爵士，配霓虹灯招牌", "jazz"),
        ("トランスで、速めに", "trance"),
    ],
)
def test_the_same_words_alone_still_name_the_music(prompt: str, genre: str) -> None:
    assert genre in {wish.genre for wish in read_words(prompt).genres}


@pytest.mark.parametrize(
    ("prompt", "bpm"),
    [
        ("double the tempo of the demo, which was 70 bpm", 140),
        ("das doppelte Tempo vom Demo, das hatte 70 bpm", 140),
        ("le double du tempo de la maquette, qui était à 70 bpm", 140),
        ("la mitad del tempo de la versión anterior, que iba a 120 bpm", 60),
        ("小样是70bpm，要它的两倍", 140),
        ("デモは70bpmでしたが、その倍のテンポで", 140),
        ("120 bpm. Double the strings at the end", 120),
    ],
)
def test_a_tempo_is_multiplied_where_its_number_stands_apart(prompt: str, bpm: float) -> None:
    low, high = read_words(prompt).tempos[-1].numbers
    assert low <= bpm <= high < 1.1 * bpm


@pytest.mark.parametrize(
    "prompt",
    [
        "hushed for the first two thirds and then everything at once till the end",
        "über zwei Drittel verhalten, dann alles",
        "très doux pendant les deux premiers tiers, puis à fond jusqu'au bout",
        "durante los dos primeros tercios muy suave, luego todo de golpe",
        "前三分之二很安静，然后全部爆发",
        "最初の三分の二は静かに、そのあと一気に爆発",
    ],
)
def test_a_stretch_of_thirds_lasts_until_what_comes_then(prompt: str) -> None:
    arc = [(at, energy) for at, energy in read_words(prompt).arc if at <= 1]
    assert all(energy <= 0.5 for at, energy in arc if at <= 0.67)
    assert all(energy >= 0.8 for at, energy in arc if at >= 0.69)


@pytest.mark.parametrize(
    ("word", "mood"), [("tristísima", "sad"), ("alegrísimo", "cheerful"), ("tranquilísimo", "calm")]
)
def test_a_spanish_superlative_is_its_adjective(word: str, mood: str) -> None:
    assert [wish.mood for wish in read_words(f"una música que suene {word}").moods] == [mood]
