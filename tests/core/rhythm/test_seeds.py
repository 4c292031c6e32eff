"""Another seed is another piece: its tempo map and bars, its chords and its drum hits, at no loss of cuts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes.random_edits import random_edit
from vem_core.composer.composition import compose
from vem_core.composer.piece import Piece
from vem_core.composer.styles import list_styles, style_by_id, tempo_range
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import homes_of
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_hits import MET

SEEDS = range(6)
SAME_HIT_SAMPLES = SAMPLE_RATE_HZ // 50

OF_EACH_KIND = ("techno", "lo-fi", "cinematic")
"""A narrow range of tempi, a slow groove, a rubato."""


def planned(style_id: str, seed: int) -> ScorePlan:
    style = style_by_id(style_id)
    sheet = random_edit(3, cuts=36)
    return plan_score(
        sheet,
        Direction(),
        seed,
        tempo_range_bpm=tempo_range(style),
        style=style.id,
        mood=style.mood,
        weights=[1.0] * 36,
        traits=style.rhythm,
    )


def bar_lines(plan: ScorePlan) -> NDArray[np.int64]:
    return np.array([beat.samples for beat in plan.beats if beat.number == 1])


def home_bpm(plan: ScorePlan) -> float:
    return float(np.mean([60 * SAMPLE_RATE_HZ / period for _, period in homes_of(plan)]))


def are_two_maps(one: ScorePlan, other: ScorePlan) -> bool:
    """Homes 3 BPM apart, or a quarter of the bar lines more than a beat from any of the other's."""
    beat = float(np.median(np.diff([beat.samples for beat in one.beats])))
    away = np.abs(bar_lines(one)[:, None] - bar_lines(other)).min(axis=1) > beat
    return abs(home_bpm(one) - home_bpm(other)) >= 3 or float(away.mean()) > 0.25


def tempo_maps(plans: list[ScorePlan]) -> int:
    kept: list[ScorePlan] = []
    for plan in plans:
        if all(are_two_maps(plan, other) for other in kept):
            kept.append(plan)
    return len(kept)


def drums(piece: Piece) -> dict[int, NDArray[np.int64]]:
    """The drum hits of a piece by their key, in samples."""
    notes = [note for part in piece.parts if part.name == "drums" for note in part.notes]
    keys = {note.pitch for note in notes}
    return {key: np.array([note.start_samples for note in notes if note.pitch == key]) for key in keys}


def drums_shared(one: Piece, other: Piece) -> float:
    """The share of a piece's drum hits that another has at the same instant."""
    ones, others = drums(one), drums(other)
    shared = sum(
        int((np.abs(at[:, None] - others[key]).min(axis=1) <= SAME_HIT_SAMPLES).sum())
        for key, at in ones.items()
        if key in others
    )
    return shared / max(1, sum(map(len, ones.values())))


def chords(piece: Piece) -> tuple[str, ...]:
    return tuple(chord.numeral for chord in piece.chords)


def assert_ideas_are_many_and_of_one_worth(style_id: str) -> list[ScorePlan]:
    """One cut of 36 is 2.8 points."""
    plans = [planned(style_id, seed) for seed in SEEDS]
    assert tempo_maps(plans) >= 4
    met = [sum(hit.landing in MET for hit in plan.hits) for plan in plans]
    assert max(met) - min(met) <= 1
    return plans


@pytest.mark.parametrize("style_id", OF_EACH_KIND)
def test_six_seeds_have_four_tempo_maps_and_meet_as_many_cuts(style_id: str) -> None:
    assert_ideas_are_many_and_of_one_worth(style_id)


@pytest.mark.slow
@pytest.mark.parametrize("style_id", [style.id for style in list_styles()])
def test_six_seeds_are_six_pieces_in_every_style(style_id: str) -> None:
    pieces = [compose(plan) for plan in assert_ideas_are_many_and_of_one_worth(style_id)]
    assert len({chords(piece) for piece in pieces}) >= 5
    assert np.mean([drums_shared(one, other) for one, other in itertools.permutations(pieces, 2)]) < 0.5


@pytest.mark.parametrize("style_id", OF_EACH_KIND)
def test_two_seeds_are_two_pieces(style_id: str) -> None:
    """In tempo and bar lines, in chords, and in most drum hits."""
    one, other = (planned(style_id, seed) for seed in (0, 1))
    assert are_two_maps(one, other)
    pieces = compose(one), compose(other)
    assert chords(pieces[0]) != chords(pieces[1])
    assert max(drums_shared(*pieces), drums_shared(*reversed(pieces))) < 0.5


def test_the_ninth_seed_is_not_the_second() -> None:
    """Seeds beyond the ideas that there are still have bars or cuts of their own."""
    plans = [planned("house", seed) for seed in (1, 8)]
    assert [beat.samples for beat in plans[0].beats] != [beat.samples for beat in plans[1].beats]
