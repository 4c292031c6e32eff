"""Tunes that can be sung: mostly by step, over an octave, with rests, and no note worn out."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from fakes.score_plans import score_plan
from vem_core.composer.composition import compose
from vem_core.composer.motif import invent_motif, vary
from vem_core.composer.piece import Note, NoteFunction
from vem_core.composer.styles import choose_key, list_styles, style_by_id

STYLE_IDS = [style.id for style in list_styles()]


def lines(style: str, seed: int) -> list[list[Note]]:
    piece = compose(score_plan(style, key=choose_key(style, seed), seed=seed))
    found = ([note for note in part.notes if note.function is NoteFunction.MOTIF] for part in piece.parts)
    return [line for line in found if len(line) > 4]


@pytest.mark.parametrize("style", STYLE_IDS)
def test_melodies_go_by_step_and_span_an_octave(style: str) -> None:
    steps = moves = 0
    ranges, commonest = [], []
    for seed in range(4):
        sung = lines(style, seed)
        pitches = [note.pitch for line in sung for note in line]
        ranges.append(max(pitches) - min(pitches))
        commonest.append(Counter(pitches).most_common(1)[0][1] / len(pitches))
        for line in sung:
            intervals = [abs(later.pitch - earlier.pitch) for earlier, later in itertools.pairwise(line)]
            moves += sum(interval > 0 for interval in intervals)
            steps += sum(0 < interval <= 2 for interval in intervals)
    assert steps >= 0.55 * moves
    assert sorted(ranges)[1] >= 12
    assert max(commonest) < 0.45


def test_a_motif_develops() -> None:
    sheet = style_by_id("cinematic").motif
    motif = invent_motif(sheet, 3, 4)
    developed = {unit: tuple((n.bar, n.at, n.degree) for n in vary(motif, unit, 0).notes) for unit in "ABCSsIFG"}
    assert len(set(developed.values())) == len(developed)
    assert developed["B"][-1][2] % 7 == 0, "the answer ends at home"
    assert developed["A"][-1][2] % 7 in (2, 4, 1, 3, 5, 6), "the question does not"
    assert max(degree for _, _, degree in developed["C"]) == max(degree for _, _, degree in developed["A"]) + 2
