"""Cuts that pass have a note of their own, and nothing that marks them."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from fakes.score_plans import score_plan
from vem_core.composer.composition import compose
from vem_core.composer.instruments import speaks_at_once
from vem_core.composer.piece import NoteFunction, Piece
from vem_core.composer.styles import list_styles, style_by_id
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


def off_beat_plan(style: str) -> ScorePlan:
    """A plan whose hits all pass, on eighths between the beats."""
    plan = score_plan(style, hit_every_beats=3, seed=4)
    hits = [
        dataclasses.replace(
            hit, beat=int(hit.beat) + Fraction(1, 2), landing=Landing.OFF_BEAT, emphasis=Emphasis.PASSING
        )
        for hit in plan.hits[:-1]
        if hit.beat is not None
    ]
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


def test_between_the_beats_a_drum_strikes_with_the_chord() -> None:
    plan = off_beat_plan("jazz")
    drums = next(part for part in compose(plan).parts if part.name == "drums")
    tempo = TempoMap.of_plan(plan)
    begins, ends = drums.notes[0].start_samples, drums.notes[-1].start_samples
    struck = {note.start_samples for note in drums.notes}
    for hit in plan.hits:
        assert hit.beat is not None
        at = tempo.sample_at(float(hit.beat))
        if begins <= at <= ends:
            assert struck & {at - 1, at, at + 1}, hit


def test_where_all_bow_a_short_stroke_meets_the_cut() -> None:
    plan = off_beat_plan("string-quartet")
    piece, tempo = compose(plan), TempoMap.of_plan(plan)
    at_once = {note.start_samples for part in piece.parts if speaks_at_once(part.patch) for note in part.notes}
    for hit in plan.hits:
        assert hit.beat is not None
        if hit.beat < plan.final_beat:
            at = tempo.sample_at(float(hit.beat))
            assert at_once & {at - 1, at, at + 1}, hit


def test_where_all_bow_their_notes_on_the_cut_begin_with_a_bite() -> None:
    plan = off_beat_plan("string-quartet")
    parts = [part for part in compose(plan).parts if part.name in ("violins", "viola")]
    bowed, bites = (
        {
            (part.name, n.start_samples, n.pitch): n
            for part in parts
            if speaks_at_once(part.patch) == short
            for n in part.notes
        }
        for short in (False, True)
    )
    together = bowed.keys() & bites.keys()
    assert len(together) >= len(plan.hits) // 2
    assert all(bites[place].duration_samples <= bowed[place].duration_samples for place in together)


def test_phrases_open_apart_from_cuts() -> None:
    style = style_by_id("cinematic")
    plan = score_plan("cinematic", hit_every_beats=12, seed=4)
    without = dataclasses.replace(style, hits=dataclasses.replace(style.hits, phrase_bars=0))
    opened, plain = (
        {(note.start_samples, note.pitch) for part in compose(plan, own).parts for note in part.notes}
        for own in (style, without)
    )
    added = {start for start, _ in opened - plain}
    assert len(added) >= 8
    beat = plan.beats[1].samples - plan.beats[0].samples
    hits = [hit.target_samples for hit in plan.hits]
    assert all(abs(start - hit) > 0.4 * beat for start in added for hit in hits)


def test_plucked_notes_before_an_accent_are_not_held_back() -> None:
    style = style_by_id("children")
    plan = score_plan("children", hit_every_beats=8, seed=4)
    freely, held = (
        dataclasses.replace(style, hits=dataclasses.replace(style.hits, held_back=share)) for share in (1.0, 0.8)
    )
    loud, soft = (
        {
            (part.name, note.start_samples, note.pitch): note.velocity
            for part in compose(plan, own).parts
            for note in part.notes
        }
        for own in (freely, held)
    )
    cuts = [hit.target_samples for hit in plan.hits]
    shares = [
        soft[key] / velocity
        for key, velocity in loud.items()
        if key in soft and soft[key] != velocity and all(abs(key[1] - cut) > 1_500 for cut in cuts)
    ]
    assert shares
    assert all(abs(share - 0.8) < 0.02 for share in shares)
