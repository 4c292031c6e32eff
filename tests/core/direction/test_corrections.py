"""One thing for another, as people say it aloud: what is taken back, done elsewhere, seen or already there.

`corrections.json` holds the ways in six languages, and the words that are put into them in turn. The grammar was mended
on them; what they hold is that no player, mood, kind of music or arc is turned into its opposite.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct, read_words
from vem_core.direction.feelings import affect_of
from vem_core.direction.wishes import Said
from vem_core.training.beat_corpus import random_edit

WAYS: dict[str, dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "corrections.json").read_text(encoding="utf-8")
)
LANGUAGES = sorted(WAYS)
TRIES = 3
LEAST_OBEYED = 0.9


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_players_the_wanted_one_plays(language: str) -> None:
    ways, draw, right, tried = WAYS[language]["players"], random.Random(1), 0, 0
    for sentence in ways["one_for_another"]:
        for _ in range(TRIES):
            (out, refused), (word, wanted) = draw.sample(sorted(ways["words"].items()), 2)
            said = read_words(sentence.format(X=out, Y=word))
            playing = {*said.with_, *said.only}
            assert not _named(refused, playing), sentence
            assert not _named(wanted, said.without), sentence
            right += _named(wanted, playing) and (_named(refused, said.without) or bool(said.only))
            tried += 1
    assert right >= LEAST_OBEYED * tried


def _named(player: str, among: Any) -> bool:
    return bool({player, "voices" if player == "choir" else player} & set(among))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_moods_the_wanted_one_is_felt(language: str) -> None:
    ways, draw = WAYS[language]["moods"], random.Random(2)
    for sentence in ways["one_for_another"]:
        for side, wanted in ((1, "bright"), (-1, "dark")):
            word, other = draw.choice(ways[wanted]), draw.choice(ways["dark" if wanted == "bright" else "bright"])
            said = read_words(sentence.format(A=other, B=word))
            assert not said.moods or side * affect_of(said.moods)[0] >= 0, sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_kinds_of_music_the_wanted_one_is_played(language: str) -> None:
    ways, draw = WAYS[language]["genres"], random.Random(3)
    for sentence in ways["one_for_another"]:
        for _ in range(TRIES):
            out, word = draw.sample(ways["words"], 2)
            said = read_words(sentence.format(X=out, Y=word))
            assert not _genres(read_words(out)) & _genres(said), sentence
            assert not _genres(read_words(word)) & {wish.genre for wish in said.refused_genres}, sentence


def _genres(said: Said) -> set[str]:
    return {wish.genre for wish in said.genres}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_arc_of_three_places_is_drawn_as_it_is_said(language: str) -> None:
    ways, draw, right, tried = WAYS[language]["arcs"], random.Random(4), 0, 0
    places = np.linspace(0, 1, 50)
    for sentence in ways["sentences"]:
        for levels in ((0, 1, 0), (1, 0, 1), (0, 0, 1), (1, 0, 0)):
            a, b, c = (draw.choice(ways["loud" if level else "quiet"]) for level in levels)
            spots = {name[0].upper(): draw.choice(ways[name]) for name in ("start", "middle", "end")}
            arc = [(at, energy) for at, energy in read_words(sentence.format(a=a, b=b, c=c, **spots)).arc if at <= 1]
            drawn = np.interp(places, *zip(*arc, strict=True)) if arc else np.zeros(len(places))
            wanted = np.interp(places, [0, 0.5, 1], levels)
            alike = float(np.corrcoef(drawn, wanted)[0, 1]) if drawn.std() > 0 else 0.0
            assert alike > -0.3, sentence
            right += alike > 0.6
            tried += 1
    assert right >= LEAST_OBEYED * tried


@pytest.mark.parametrize(
    ("prompt", "low", "high"),
    [
        ("140 bpm, or no, make it 128, electric guitar", 126, 130),
        ("half of 144 bpm", 70, 74),
        ("Doppelt so schnell wie 65 BPM", 126, 134),
        ("BPM55の倍のテンポで", 108, 112),
        ("速度110，啊不对，改成100，木吉他", 98, 102),
        ("112 bpm, enfin non, plutôt 104, en sol majeur", 102, 106),
        ("150 bpm... mejor 140, guitarras", 137, 143),
        ("quarter = 88, solo oboe", 86, 90),
    ],
)
def test_a_tempo_is_what_it_is_corrected_or_multiplied_to(prompt: str, low: float, high: float) -> None:
    assert low <= read_words(prompt).tempos[-1].numbers[0] <= read_words(prompt).tempos[-1].numbers[1] <= high


def test_a_stem_does_not_hide_in_a_word_of_everyday() -> None:
    said = read_words("un acordeón callejero y un clarinete medio borracho")
    assert "clarinet" in said.with_
    assert not said.without


def test_a_scene_does_not_outweigh_what_is_said_to_be_felt() -> None:
    said = read_words("la maison de vacances qu'ils ont dû vendre, c'est triste")
    assert affect_of(said.moods)[0] < 0


@pytest.mark.parametrize(
    "prompt", ["less drums", "weniger Schlagzeug", "moins de batterie", "menos batería", "少点鼓", "ドラムは控えめに"]
)
def test_less_of_a_player_is_not_none_of_it(prompt: str) -> None:
    said = read_words(prompt)
    assert said.sparing == ("drums",)
    assert not said.without


def test_less_of_a_player_who_is_not_there_is_said() -> None:
    direction = Direction(prompt="less drums", style="string-quartet")
    brief = direct(ScoreRequest(random_edit(20, 15), direction))
    assert "Nothing to make softer: String quartet has no drums." in brief.cannot
