"""Where the last hit of a score has another place, it is struck and rings as it did."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fakes.recuts import rebuilt, sourced_edit
from vem_core.audio.packed_sound import PackedSound
from vem_core.contract.cut_sheet import CutSheet, Span
from vem_core.contract.plan import Ending, ScorePlan
from vem_core.contract.recut import EarlierTake, Recut
from vem_core.contract.request import Direction
from vem_core.contract.result import AlignmentReport, AlignmentTotals, KeptSpan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.ending import MOST_LOUDER_DB, SHORTEST_S, with_ring
from vem_core.refit.plan import RefittedPlan, refit_plan
from vem_core.refit.splice import ENTRANCE_SAMPLES, FADE_SAMPLES, MadeSpan, splice
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.weights import weigh_cuts

BPM = (80.0, 160.0)
_NOTHING = AlignmentTotals(0, 0, 0, 0, 0, 0, None, None)
REPORT = AlignmentReport("none", "", (), (), None, (), _NOTHING, _NOTHING, 0.0)


def planned(sheet: CutSheet) -> ScorePlan:
    return plan_score(sheet, Direction(), 3, tempo_range_bpm=BPM, style="house", mood="calm", key="A minor")


def refit(old: CutSheet, new: CutSheet, direction: Direction = Direction()) -> tuple[ScorePlan, RefittedPlan]:
    plan = planned(old)
    earlier = EarlierTake(4, old, plan, REPORT, "sketch", direction=Direction())
    refitted = refit_plan(Recut(earlier), new, direction, BPM, weigh_cuts(new))
    assert refitted is not None
    return plan, refitted


def final_samples(plan: ScorePlan) -> int:
    return plan.beats[plan.final_beat].samples


@pytest.mark.parametrize("seed", [0, 2, 3, 5])
def test_the_last_hit_and_its_ring_travel_to_the_new_end(seed: int) -> None:
    sheet = sourced_edit(seed)
    before, refitted = refit(sheet, rebuilt(sheet, sheet.shots[:-2]))
    ring = refitted.kept[-1]
    assert refitted.keeps_ring
    assert (ring.start_samples, ring.earlier_samples) == (final_samples(refitted.plan), final_samples(before))
    assert ring.end_excl_samples <= refitted.plan.duration_samples - FADE_SAMPLES
    assert refitted.kept[-2].end_excl_samples <= ring.start_samples - FADE_SAMPLES - ENTRANCE_SAMPLES


def test_another_ending_other_words_or_speech_over_it_make_it_anew() -> None:
    sheet = sourced_edit(2)
    short = rebuilt(sheet, sheet.shots[:-2])
    assert refit(sheet, short)[1].keeps_ring
    assert not refit(sheet, short, Direction(ending=Ending.CUT))[1].keeps_ring
    told = (*short.shots[:-1], dataclasses.replace(short.shots[-1], words=("calm at last",)))
    assert not refit(sheet, dataclasses.replace(short, shots=told))[1].keeps_ring
    spoken = dataclasses.replace(short, speech=(Span(short.duration_frames - 20, 20),))
    assert not refit(sheet, spoken)[1].keeps_ring


def test_an_ending_that_stayed_is_no_ring_of_its_own() -> None:
    sheet = sourced_edit(1)
    _, refitted = refit(sheet, rebuilt(sheet, [sheet.shots[0], *sheet.shots[2:]]))
    assert not refitted.keeps_ring
    assert refitted.kept[-1].end_excl_samples == refitted.plan.duration_samples


@pytest.mark.parametrize("longer_s", [-0.5, 0.0, 0.5, 3.0, 60.0])
def test_what_goes_on_after_a_kept_ring_is_hardly_louder(longer_s: float) -> None:
    plan = planned(sourced_edit(2))
    plan = dataclasses.replace(
        plan, duration_samples=final_samples(plan) + 3 * SAMPLE_RATE_HZ, final_beat=plan.final_beat
    )
    other = dataclasses.replace(plan, duration_samples=plan.duration_samples + round(longer_s * SAMPLE_RATE_HZ))
    spans = with_ring(plan, other, (KeptSpan(0, SAMPLE_RATE_HZ, 0),))
    assert spans is not None
    length_s = (spans[-1].end_excl_samples - spans[-1].start_samples) / SAMPLE_RATE_HZ
    old, new = (np.sin(min(1.0, (ring_s - length_s) / (0.65 * ring_s)) * np.pi / 2) for ring_s in (3.0, 3.0 + longer_s))
    assert length_s >= SHORTEST_S
    assert 20 * np.log10(new / old) <= MOST_LOUDER_DB + 0.2


def test_after_a_kept_ring_the_new_sound_fades_in_from_how_it_went_on() -> None:
    earlier = np.full((80_000, 2), 1 << 28, np.int32)
    kept = (KeptSpan(10_000, 40_000, 20_000),)
    made = [(MadeSpan(0, 10_000, 0), earlier[:10_000]), (MadeSpan(40_000, 70_000, 9_600), earlier[:39_600] // 4)]
    spliced = splice(PackedSound.of_pcm(earlier), kept, made, 70_000, rings=True)[40_000:]
    sound = spliced[:, 0].astype(np.float64)
    assert sound[0] == pytest.approx(1 << 28, rel=1e-3)
    assert sound[FADE_SAMPLES] == pytest.approx(1 << 26, rel=1e-3)
    assert np.abs(np.diff(sound)).max() < (1 << 28) / 1_000
