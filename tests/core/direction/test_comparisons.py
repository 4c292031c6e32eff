"""Comparisons, exceptions, shots by number and words of size, in six languages."""

from __future__ import annotations

import pytest

from vem_core.direction import read_words

SHOTS_S = (0.0, 2.0, 5.0, 9.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0)


@pytest.mark.parametrize(
    ("text", "with_", "without"),
    [
        ("rather strings than brass", ["strings"], ["brass"]),
        ("lieber Streicher als Blechbläser", ["strings"], ["brass"]),
        ("plutôt des cordes que des cuivres", ["strings"], ["brass"]),
        ("mejor cuerdas que metales", ["strings"], ["brass"]),
        ("バイオリンよりチェロ", ["cello"], ["violin"]),
        ("more piano than strings", ["piano"], []),
        ("less drums and more strings", ["strings"], []),
        ("menos batería y más cuerdas", ["strings"], []),
        ("everything except the drums", [], ["drums"]),
        ("der Chor und die Orgel müssen weg", [], ["choir", "organ"]),
        ("ギター控えめ、ピアノを足して", ["piano"], []),
    ],
)
def test_what_is_compared_is_wanted_on_one_side(text: str, with_: list[str], without: list[str]) -> None:
    said = read_words(text)
    assert (list(said.with_), list(said.without), said.only) == (with_, without, ())


@pytest.mark.parametrize(
    "text",
    [
        "no instruments except guitar",
        "nothing except a guitar",
        "除了吉他什么都不要",
        "ギター以外はなし",
        "rien d'autre qu'une guitare",
        "nichts außer Gitarre",
        "nada excepto guitarra",
    ],
)
def test_what_is_excepted_from_nothing_plays_alone(text: str) -> None:
    assert read_words(text).only == ("guitar",)


def test_neither_side_of_a_mood_is_the_middle() -> None:
    said = read_words("ni triste ni gai")
    assert [wish.weight < 0 for wish in said.moods] == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        "quiet until shot 9, then all hell breaks loose",
        "quiet until the ninth shot, then loud",
        "ruhig bis Einstellung 9, danach volle Pulle",
        "calme jusqu'au plan 9 puis ça explose",
        "tranquilo hasta el plano 9 y de ahí en adelante a tope",
        "ショット9から急に激しく、それまでは抑えめ",
        "quiet for the first 20 seconds, then loud",
        "die ersten 20 Sekunden leise, dann laut",
        "très retenu les 20 premières secondes, puis à fond",
    ],
)
def test_a_shot_by_its_number_is_where_the_energy_turns(text: str) -> None:
    arc = read_words(text, shots_s=SHOTS_S).arc
    before = [energy for at, energy in arc if at <= 1020.0]
    assert max(before) <= 0.31
    assert max(at for at, _ in arc if at <= 1020.0) == 1020.0
    assert arc[-1][1] >= 0.85


@pytest.mark.parametrize(
    ("text", "energies"),
    [
        ("starts quiet, huge in the middle, ends quiet", [0.2, 0.95, 0.2]),
        ("drops to nothing in the middle, then huge at the end", [0.9, 0.12, 0.95]),
    ],
)
def test_words_of_size_are_levels_where_they_stand_for_one(text: str, energies: list[float]) -> None:
    assert [energy for _, energy in read_words(text).arc] == energies


def test_a_wild_dance_is_understood() -> None:
    assert not read_words("builds to a wild dance").not_understood
