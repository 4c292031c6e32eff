"""Wishes by kinds: every way to say a tempo, to refuse a kind of music and to draw an arc, in six languages.

`wordings.json` holds the ways; the grammar was mended on them. What they hold is that none is turned into its opposite.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vem_core.direction import read_words
from vem_core.direction.lexicon import genres

WORDINGS: dict[str, dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "wordings.json").read_text(encoding="utf-8")
)
LANGUAGES = sorted(WORDINGS)
WITH_A_PIANO = {
    "en": "{}, with piano", "de": "{}, mit Klavier", "fr": "{}, avec piano", "es": "{}, con piano", "zh": "{}，钢琴",
    "ja": "{}、ピアノ",
}  # fmt: skip
LEAST_OBEYED = 0.9
LOW_BPM, HIGH_BPM = 90, 100


def _tempo(language: str, wording: str) -> tuple[float, float] | None:
    """The tempo that is asked for beside a piano; None where it is not understood or refused."""
    said = read_words(WITH_A_PIANO[language].format(wording.format(a=LOW_BPM, b=HIGH_BPM)))
    stated = [wish for wish in said.tempos if wish.stated and not wish.refused]
    return stated[-1].numbers if stated else None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["between", "about", "at_most", "at_least"])
def test_a_tempo_is_never_read_as_its_opposite(language: str, kind: str) -> None:
    read = [_tempo(language, wording) for wording in WORDINGS[language]["tempo"][kind]]
    known = [pair for pair in read if pair is not None]
    middle = {"between": 95, "about": 90}.get(kind)
    for low, high in known:
        if middle is not None:
            assert low <= middle <= high
        elif kind == "at_most":
            assert high <= LOW_BPM
        else:
            assert low >= LOW_BPM
    assert len(known) >= LEAST_OBEYED * len(read)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_kind_of_music_is_not_asked_for(language: str) -> None:
    grid = WORDINGS[language]["genre"]
    for number, wording in enumerate(grid["out"]):
        word = grid["words"][number % len(grid["words"])]
        asked = {wish.genre for wish in read_words(word).genres}
        assert not asked & {wish.genre for wish in read_words(wording.format(X=word)).genres}, wording


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_kinds_of_music_the_wanted_one_is_not_refused(language: str) -> None:
    grid = WORDINGS[language]["genre"]
    words = [word for word in grid["words"] if "bossa-nova" not in {wish.genre for wish in read_words(word).genres}]
    for number, wording in enumerate(grid["exchanged"]):
        word = words[number % len(words)]
        said = read_words(wording.format(X=word, P=grid["other"]))
        left = {wish.genre for wish in read_words(word).genres}
        assert "bossa-nova" not in {wish.genre for wish in said.refused_genres}, wording
        assert not left & {wish.genre for wish in said.genres}, wording
    assert "bossa-nova" in genres()


SHAPES = {
    "rises": ([0, 1], [0.1, 0.95]), "falls": ([0, 1], [0.9, 0.1]), "peaks": ([0, 0.5, 1], [0.15, 0.95, 0.15]),
    "dips": ([0, 0.5, 1], [0.85, 0.15, 0.95]),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_an_arc_never_goes_the_other_way(language: str, shape: str) -> None:
    places = np.linspace(0, 1, 50)
    wanted = np.interp(places, *SHAPES[shape])
    right = 0
    for wording in WORDINGS[language]["arc"][shape]:
        drawn = [(place, energy) for place, energy in read_words(wording).arc if place <= 1]
        if not drawn:
            continue
        energy = np.interp(places, *zip(*drawn, strict=True))
        correlation = float(np.corrcoef(energy, wanted)[0, 1]) if energy.std() > 0 else 0.0
        assert correlation > -0.3, wording
        right += correlation > 0.6
    assert right >= 0.75 * len(WORDINGS[language]["arc"][shape])
