"""Kinds of wishes, many sentences of each in six languages: refusals, styles, arcs, keys and metres, and no wish."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vem_core.direction import read_words
from vem_core.direction.feelings import affect_of

KINDS = json.loads((Path(__file__).parent / "kinds.json").read_text(encoding="utf-8"))

LEAST_CORRELATION = 0.6
LEVELS = {"l": 0.1, "h": 0.9}


def _cases(kind: str) -> list[object]:
    return [pytest.param(case, id=case["prompt"][:40]) for case in KINDS[kind]]


@pytest.mark.parametrize("case", _cases("refused"))
def test_who_is_refused_does_not_play_and_who_takes_the_place_does(case: dict[str, object]) -> None:
    said = read_words(str(case["prompt"]))
    playing = {*said.with_, *said.only, *(wish.instrument for wish in said.parts if wish.how != "without")}
    assert set(said.without) >= set(case["without"])
    assert playing >= set(case["with"])
    assert not playing & set(case["without"])


@pytest.mark.parametrize("case", _cases("styles"))
def test_kinds_of_music_are_refused_and_asked_for(case: dict[str, object]) -> None:
    said = read_words(str(case["prompt"]))
    asked, refused = ({wish.genre for wish in wishes} for wishes in (said.genres, said.refused_genres))
    assert refused >= set(case["refused"])
    assert asked >= set(case["asked"])
    assert not asked & set(case["refused"])


@pytest.mark.parametrize("case", _cases("nothing"))
def test_what_only_sounds_like_music_asks_for_nothing(case: dict[str, object]) -> None:
    assert not read_words(str(case["prompt"])).understood


@pytest.mark.parametrize("case", _cases("arcs"))
def test_arcs_over_several_lines_and_places(case: dict[str, object]) -> None:
    points = read_words(str(case["prompt"]), end_s=40).arc
    assert len(points) > 1
    wanted = [(share, LEVELS[level]) for share, level in zip((0, 0.5, 1), str(case["levels"]), strict=True)
              if level in LEVELS]  # fmt: skip
    places = np.linspace(0, 1, 60)
    drawn = np.interp(places, *zip(*points, strict=True))
    assert drawn.std() > 0
    assert np.corrcoef(np.interp(places, *zip(*wanted, strict=True)), drawn)[0, 1] >= LEAST_CORRELATION


@pytest.mark.parametrize("case", _cases("bearing"))
def test_how_somebody_bears_it_does_not_undo_a_sad_mood(case: dict[str, object]) -> None:
    valence, _ = affect_of(read_words(str(case["prompt"])).moods)
    assert valence <= -0.1


@pytest.mark.parametrize("case", _cases("exact"))
def test_keys_metres_and_corrected_tempi(case: dict[str, object]) -> None:
    said = read_words(str(case["prompt"]))
    if "key" in case:
        assert " ".join(said.keys[-1][:2]) == case["key"]
    elif "beats" in case:
        assert said.meters[-1][0] == case["beats"]
    else:
        wanted = [wish for wish in said.tempos if not wish.refused][-1]
        assert sum(wanted.numbers) / 2 == pytest.approx(case["bpm"], abs=2)
