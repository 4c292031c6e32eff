"""Breaths: what is no whole number of beats is taken up where the band stops and comes in again."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest

from fakes.recuts import rebuilt, sourced_edit, trimmed
from vem_core.composer.composition import compose
from vem_core.composer.piece import NoteFunction
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import Bend, Landing, ScorePlan
from vem_core.contract.recut import EarlierTake, Recut
from vem_core.contract.request import Direction
from vem_core.contract.result import AlignmentReport, AlignmentTotals
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.breaths import SHORTEST_BEATS, breath_gap
from vem_core.refit.gaps import Gap
from vem_core.refit.plan import RefittedPlan, refit_plan
from vem_core.rhythm.budget import BUDGETS, RhythmTraits, plan_excursion, plan_ten_second_change
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_beats import BeatWish
from vem_core.rhythm.planner_hits import hits_of
from vem_core.rhythm.planner_targets import Goal, Target
from vem_core.rhythm.tempo_map import TempoMap
from vem_core.rhythm.weights import weigh_cuts
from vem_core.synth import render

_NOTHING = AlignmentTotals(0, 0, 0, 0, 0, 0, None, None)
HOME = SAMPLE_RATE_HZ // 2
WISH = BeatWish((80.0, 160.0), Bend.GROOVE)


def shortened(sheet: CutSheet, shot: int) -> CutSheet:
    shots = list(sheet.shots)
    shots[shot] = trimmed(shots[shot], tail_frames=9)
    return rebuilt(sheet, shots)


def followed(plan: ScorePlan, old: CutSheet, new: CutSheet, traits: RhythmTraits) -> RefittedPlan:
    report = AlignmentReport("none", "", (), (), None, (), _NOTHING, _NOTHING, 0.0)
    earlier = EarlierTake(1, old, plan, report, "sketch")
    refitted = refit_plan(Recut(earlier), new, Direction(), (80, 160), weigh_cuts(new), traits)
    assert refitted is not None
    return refitted


def refit(traits: RhythmTraits, seed: int = 3, shot: int = 3) -> tuple[ScorePlan, RefittedPlan]:
    """A house piece under nine cuts, and what stays of it where one shot loses nine frames."""
    old = sourced_edit(seed, cuts=9)
    plan = plan_score(
        old, Direction(), 3, tempo_range_bpm=(80, 160), style="house", mood="", key="A minor", traits=traits
    )
    return plan, followed(plan, old, shortened(old, shot), traits)


@pytest.mark.parametrize(("seed", "shot"), [(1, 3), (1, 5), (3, 3), (3, 5), (5, 3), (5, 6)])
def test_a_breath_keeps_bars_within_the_same_budget(seed: int, shot: int) -> None:
    _, refitted = refit(RhythmTraits(), seed, shot)
    tempo = TempoMap.of_plan(refitted.plan)
    assert len(tempo.breaths) == 1
    assert refitted.bars - refitted.bars_kept <= 3
    assert plan_excursion(refitted.plan) <= BUDGETS[Bend.GROOVE].excursion
    assert plan_ten_second_change(refitted.plan) <= BUDGETS[Bend.GROOVE].ten_second_change
    held = tempo.breaths[0]
    bar = refitted.plan.beats[held].bar
    assert refitted.plan.beats[held + 1].bar == bar + 1  # the band comes in on a bar line
    played = {place.position for place in tempo.breath_places}
    for hit in refitted.plan.hits:  # and nothing is met in the breath but beside one of its ends
        assert hit.beat is None or not held < hit.beat < held + 1 or hit.beat in played


def test_a_breath_is_kept_by_the_next_recut() -> None:
    _, first = refit(RhythmTraits(), 1, 3)
    once = shortened(sourced_edit(1, cuts=9), 3)
    again = followed(first.plan, once, shortened(once, 8), RhythmTraits())
    (held,) = TempoMap.of_plan(first.plan).breaths
    assert held in TempoMap.of_plan(again.plan).breaths
    at = first.plan.beats[held].samples
    assert any(span.start_samples <= at < span.end_excl_samples for span in again.kept)
    assert again.bars - again.bars_kept <= 4
    assert plan_excursion(again.plan) <= BUDGETS[Bend.GROOVE].excursion


def test_what_cannot_breathe_keeps_fewer_bars() -> None:
    with_breath, without = (refit(RhythmTraits(breathes=breathes))[1] for breathes in (True, False))
    assert not TempoMap.of_plan(without.plan).breaths
    assert with_breath.bars_kept > without.bars_kept


def test_the_band_rests_within_a_breath_and_pads_sound_on() -> None:
    _, refitted = refit(RhythmTraits())
    tempo = TempoMap.of_plan(refitted.plan)
    (held,) = tempo.breaths
    struck, entrance = (refitted.plan.beats[at].samples for at in (held, held + 1))
    piece = compose(refitted.plan)
    notes = [(part.name, note) for part in piece.parts for note in part.notes]
    late = struck + 0.1 * HOME, entrance - 0.1 * HOME
    begun = [(name, note) for name, note in notes if late[0] < note.start_samples < late[1]]
    assert {note.function for _, note in begun} <= {NoteFunction.RISER, NoteFunction.IMPACT}
    assert any(name == "drums" and abs(note.start_samples - entrance) < 0.1 * HOME for name, note in notes)
    begin = struck - 2 * HOME
    sound = np.asarray(render(piece, 1, stems=False, excerpt=(begin, entrance)).mix, float).mean(0)
    before, within = (
        float(np.sqrt(np.mean(sound[at - HOME // 2 - begin : at - begin] ** 2)))
        for at in (struck, round(struck + 1.9 * HOME))
    )
    assert within < before / 2


def test_a_cut_within_a_breath_is_not_met_and_it_says_why() -> None:
    beats = [*range(0, 8 * HOME, HOME), *range(9 * HOME + HOME // 2, 18 * HOME, HOME)]
    tempo = TempoMap(tuple(beats))
    target = Target(0, False, 0, 8 * HOME + HOME // 4, 1.0, Wish.AUTO)  # half-way
    (hit,) = hits_of([target], tempo, 2_000, Bend.GROOVE, sixteenths=True)
    assert hit.landing is Landing.MISS
    assert "holds its breath" in hit.reason
    for at in (7 * HOME + HOME // 2, 9 * HOME):  # half a beat after the one that is held, and before the next
        (hit,) = hits_of([dataclasses.replace(target, samples=at)], tempo, 20, Bend.GROOVE)
        assert hit.landing is Landing.OFF_BEAT
        assert hit.beat is not None
        assert abs(tempo.sample_at(float(hit.beat)) - at) <= 2
    even = TempoMap(tuple(range(0, 18 * HOME, HOME)))
    (hit,) = hits_of([target], even, 2_000, Bend.GROOVE, sixteenths=True)
    assert (hit.landing, hit.beat) == (Landing.PUSH, Fraction(33, 4))


def test_the_band_comes_in_on_a_cut_where_it_can() -> None:
    home_s = HOME / SAMPLE_RATE_HZ
    gap = Gap(0, round(10.4 * HOME), 40 * HOME, home_s, home_s)
    cut = round(6.4 * HOME)
    found = breath_gap(gap, [Goal(cut, 1.0)], WISH)
    assert found is not None
    assert found.entrance is not None
    assert found.samples[found.entrance] == cut
    held = cut - found.samples[found.entrance - 1]
    assert held >= SHORTEST_BEATS * HOME
    assert {after - before for before, after in itertools.pairwise(found.samples)} == {HOME, held}


def test_no_breath_where_there_is_no_room_or_a_mark_stands() -> None:
    home_s = HOME / SAMPLE_RATE_HZ
    narrow = Gap(0, 2 * HOME, 40 * HOME, home_s, home_s)
    assert breath_gap(narrow, [], WISH) is None
    short = dataclasses.replace(narrow, after_samples=round(3.4 * HOME))
    assert breath_gap(short, [], WISH) is not None
    assert breath_gap(short, [Goal(round(2.3 * HOME), 1.0, must_hit=True)], WISH) is None


def test_at_an_end_of_the_score_a_breath_leads_to_the_cuts() -> None:
    home_s = HOME / SAMPLE_RATE_HZ
    end = round(20.9 * HOME)
    cuts = [round(5.3 * HOME), round(9.3 * HOME)]
    gap = Gap(0, None, end, home_before_s=home_s)
    found = breath_gap(gap, [Goal(cut, 1.0) for cut in cuts], WISH)
    assert found is not None
    assert found.entrance is not None
    assert found.samples[found.entrance] == cuts[0]
    assert set(cuts) <= set(found.samples)
    assert end - HOME <= found.samples[-1] < end
    mirrored = Gap(None, end, end, home_after_s=home_s)
    found = breath_gap(mirrored, [Goal(end - cut, 1.0) for cut in cuts], WISH)
    assert found is not None
    assert found.entrance is not None
    assert found.samples[found.entrance - 1] == end - cuts[0]
    assert 0 <= found.samples[0] <= HOME
    late = [Goal(end - 2 * HOME, 1.0)]  # too late to come in again
    assert breath_gap(gap, late, WISH) is None
