"""Cuts that pass have a note of their own, and nothing that marks them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from fakes.score_plans import score_plan
from vem_core.composer.composition import compose
from vem_core.composer.piece import NoteFunction, Piece
from vem_core.composer.styles import list_styles
from vem_core.contract.plan import Emphasis, Landing, ScorePlan
from vem_core.rhythm.tempo_map import TempoMap

STYLES = [style.id for style in list_styles()]
MARKS = (NoteFunction.ACCENT, NoteFunction.IMPACT, NoteFunction.RISER)


def passing_plan(style: str) -> ScorePlan:
    """A plan whose hits all pass, every third of them on a sixteenth."""
    plan = score_plan(style, hit_every_beats=3, seed=4)
    hits = []
    for number, hit in enumerate(plan.hits[:-1]):
        assert hit.beat is not None
        beat = int(hit.beat) + Fraction(1, 4) if number % 3 == 1 else hit.beat
        landing = Landing.PUSH if number % 3 == 1 else hit.landing
        hits.append(dataclasses.replace(hit, beat=beat, landing=landing, emphasis=Emphasis.PASSING))
    return dataclasses.replace(plan, hits=tuple(hits))


def starts(piece: Piece) -> set[int]:
    return {note.start_samples for part in piece.parts for note in part.notes if note.velocity >= 0.05}


@pytest.mark.parametrize("style", STYLES)
def test_every_cut_that_is_met_has_a_note_at_its_sample(style: str) -> None:
    plan = passing_plan(style)
    tempo, found = TempoMap.of_plan(plan), starts(compose(plan))
    for hit in plan.hits:
        if hit.beat is not None and hit.beat < plan.final_beat:
            at = tempo.sample_at(float(hit.beat))
            assert any(at + slip in found for slip in (-1, 0, 1)), hit


@pytest.mark.parametrize("style", STYLES)
def test_nothing_marks_a_cut_that_passes(style: str) -> None:
    plan = passing_plan(style)
    without = dataclasses.replace(plan, hits=())
    marks = [
        sorted((n.start_samples, n.pitch) for part in compose(p).parts for n in part.notes if n.function in MARKS)
        for p in (plan, without)
    ]
    assert marks[0] == marks[1]
