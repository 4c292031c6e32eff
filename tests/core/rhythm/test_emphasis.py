"""Which cuts are accents: as many as the budget says, the weightiest, apart from each other."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fakes.random_edits import random_edit, sheet_of
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import AccentBudget, Bend, Emphasis, Landing, ScorePlan
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import RhythmTraits
from vem_core.rhythm.emphasis import SHARES, accented_share, with_emphasis
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_hits import MET


def planned(sheet: CutSheet, accents: AccentBudget, stop_share: float = 0.1) -> ScorePlan:
    return plan_score(
        sheet,
        Direction(accents=accents),
        0,
        tempo_range_bpm=(100, 126),
        style="drive",
        mood="calm",
        traits=RhythmTraits(Bend.GROOVE, sixteenths=True, stop_share=stop_share),
    )


@pytest.mark.parametrize("budget", AccentBudget)
def test_the_budget_is_used_and_kept(budget: AccentBudget) -> None:
    for seed in range(3):
        score = planned(random_edit(seed, cuts=40), budget)
        assert abs(accented_share(score.hits) - SHARES[budget]) <= 0.05
        accents = [hit for hit in score.hits if hit.emphasis is not Emphasis.PASSING]
        assert all(hit.landing in MET for hit in accents)


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_stops_are_few_and_before_beats(share: float) -> None:
    score = planned(random_edit(5, cuts=40), AccentBudget.MANY, share)
    stops = [hit for hit in score.hits if hit.emphasis is Emphasis.STOP]
    assert 0 < len(stops) <= share * len(score.hits)
    assert all(hit.landing in (Landing.BEAT, Landing.DOWNBEAT) for hit in stops)


def test_marks_are_accents_whatever_the_budget() -> None:
    edit = random_edit(2)
    frames = [cut.record_frames for cut in edit.cuts]
    marked = dict.fromkeys(frames[::4], Wish.HIT)
    score = planned(sheet_of(edit.duration_frames, frames, wishes=marked), AccentBudget.FEW)
    assert all(score.hits[index].emphasis is not Emphasis.PASSING for index in range(0, len(frames), 4))


def test_accents_stand_apart_and_heavier_cuts_come_first() -> None:
    score = planned(random_edit(1, median_s=0.9, cuts=60), AccentBudget.FEW)
    at = [hit.target_samples for hit in score.hits if hit.emphasis is not Emphasis.PASSING]
    assert np.diff(at).min() >= SAMPLE_RATE_HZ
    flat = tuple(dataclasses.replace(hit, weight=0.3, emphasis=Emphasis.PASSING) for hit in score.hits)
    heavy = next(index for index, hit in enumerate(flat) if hit.landing is Landing.BEAT)
    weighed = tuple(dataclasses.replace(hit, weight=1.0) if at == heavy else hit for at, hit in enumerate(flat))
    level = [0.5] * len(score.shot_energies)
    found = with_emphasis(weighed, frozenset(), score.beats, score.sections, level, AccentBudget.FEW, 0.1)
    assert found[heavy].emphasis is not Emphasis.PASSING
