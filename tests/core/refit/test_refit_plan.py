"""Plans refitted to re-cuts: what stays, what is bent, and that no rule of the planner is broken."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from fakes.recuts import random_recut, rebuilt, sourced_edit, trimmed
from vem_core.composer.form import read_form
from vem_core.contract.cut_sheet import CutSheet, Event, Wish
from vem_core.contract.plan import Bend, Ending, ScorePlan
from vem_core.contract.recut import EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import Direction
from vem_core.contract.result import AlignmentReport, AlignmentTotals
from vem_core.contract.time import sample_of_frame
from vem_core.refit.bars import EarlierBars, KeptBars
from vem_core.refit.gap_search import GapSearch
from vem_core.refit.plan import RefittedPlan, refit_plan
from vem_core.refit.splice import WAY_IN_SAMPLES
from vem_core.refit.wishes import energy_of
from vem_core.rhythm.budget import BUDGETS, plan_excursion, plan_ten_second_change
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_beats import BeatWish
from vem_core.rhythm.weights import weigh_cuts

BPM = (80.0, 160.0)
WISH = BeatWish(BPM, Bend.GROOVE)
_NOTHING = AlignmentTotals(0, 0, 0, 0, 0, 0, None, None)
REPORT = AlignmentReport("none", "", (), (), None, (), _NOTHING, _NOTHING, 0.0)


def planned(sheet: CutSheet, direction: Direction = Direction()) -> ScorePlan:
    return plan_score(sheet, direction, 3, tempo_range_bpm=BPM, style="house", mood="calm", key="A minor")


def refit(
    old: CutSheet,
    new: CutSheet,
    direction: Direction = Direction(),
    before: Direction = Direction(),
    **recut: tuple[FrameRange, ...] | tuple[Variation, ...],
) -> tuple[ScorePlan, RefittedPlan]:
    plan = planned(old, before)
    earlier = EarlierTake(4, old, plan, REPORT, "sketch", direction=before)
    refitted = refit_plan(Recut(earlier, **recut), new, direction, BPM, weigh_cuts(new))  # type: ignore[arg-type]
    assert refitted is not None
    return plan, refitted


def with_shot(sheet: CutSheet, number: int, head: int = 0, tail: int = 0) -> CutSheet:
    shots = list(sheet.shots)
    shots[number] = trimmed(shots[number], head, tail)
    return rebuilt(sheet, shots)


def test_an_unchanged_sheet_has_the_very_same_plan() -> None:
    sheet = sourced_edit(1)
    plan, refitted = refit(sheet, sheet)
    assert refitted.plan == plan
    assert [(s.start_samples, s.end_excl_samples, s.earlier_samples) for s in refitted.kept] == [
        (0, plan.duration_samples, 0)
    ]


@pytest.mark.parametrize("seed", range(25))
def test_a_random_recut_keeps_beats_where_they_were_and_every_rule_of_the_planner(seed: int) -> None:
    old = sourced_edit(seed)
    new = random_recut(old, seed)
    plan, refitted = refit(old, new)
    beats = [beat.samples for beat in refitted.plan.beats]
    assert plan_excursion(refitted.plan) <= BUDGETS[Bend.GROOVE].excursion
    assert plan_ten_second_change(refitted.plan) <= BUDGETS[Bend.GROOVE].ten_second_change
    assert refitted.plan.duration_samples == sample_of_frame(new.duration_frames, new.rate)
    assert [beat.bar for beat in refitted.plan.beats] == sorted(beat.bar for beat in refitted.plan.beats)
    assert sum(section.bars for section in refitted.plan.sections) == refitted.plan.bar_count
    old_beats, ends = {beat.samples for beat in plan.beats}, 0
    for span in refitted.kept:
        assert ends <= span.start_samples < span.end_excl_samples
        ends = span.end_excl_samples
        shift = span.start_samples - span.earlier_samples
        inside = {at for at in beats if span.start_samples <= at < span.end_excl_samples}
        assert inside == {at + shift for at in old_beats if span.start_samples <= at + shift < span.end_excl_samples}


def test_what_comes_after_a_trim_travels_with_its_picture() -> None:
    old = sourced_edit(2)
    new = with_shot(old, 8, tail=7)
    plan, refitted = refit(old, new)
    shift = sample_of_frame(new.duration_frames, new.rate) - sample_of_frame(old.duration_frames, old.rate)
    assert [span.start_samples - span.earlier_samples for span in refitted.kept] == [0, shift]
    assert refitted.kept[-1].end_excl_samples == refitted.plan.duration_samples
    made = refitted.plan.duration_samples - sum(s.end_excl_samples - s.start_samples for s in refitted.kept)
    assert made < 0.2 * refitted.plan.duration_samples
    assert (refitted.plan.key, refitted.plan.style, refitted.plan.seed) == (plan.key, plan.style, plan.seed)


def even_edit(bars: Sequence[int], frames_a_bar: int = 48) -> CutSheet:
    """Shots of whole bars at 120 BPM."""
    sheet = sourced_edit(1, cuts=len(bars) - 1)
    shots = [
        dataclasses.replace(shot, duration_frames=count * frames_a_bar)
        for shot, count in zip(sheet.shots, bars, strict=True)
    ]
    return rebuilt(sheet, shots)


def test_bars_that_come_to_stand_beside_each_other_both_stay() -> None:
    old = even_edit((2, 2, 1, 3, 2, 4))
    new = rebuilt(old, [shot for number, shot in enumerate(old.shots) if number != 2])
    direction = Direction(tempo_bpm=(120, 120))
    plan = plan_score(old, direction, 0, tempo_range_bpm=(120, 120), style="house", mood="calm", key="A minor")
    earlier = EarlierTake(4, old, plan, REPORT, "sketch", direction=direction)
    refitted = refit_plan(Recut(earlier), new, direction, (120, 120), weigh_cuts(new))
    assert refitted is not None
    assert refitted.bars_kept == refitted.bars == plan.bar_count - 1
    left, right = refitted.kept
    joint = sample_of_frame(new.shots[2].start_frames, new.rate)
    assert right.start_samples == joint
    assert joint - left.end_excl_samples == WAY_IN_SAMPLES  # what leads from one into the other is new


@pytest.mark.parametrize(("off", "locked", "joined"), [(400, False, True), (700, False, False), (400, True, False)])
def test_bars_move_a_hair_to_go_straight_on(off: int, locked: bool, joined: bool) -> None:
    plan = planned(even_edit((2, 2, 2, 2, 2)))
    bars = EarlierBars(plan)
    first = KeptBars(0, 3, 0)
    end = bars.span(first)[1]
    second = KeptBars(4, 7, end - bars.start_samples(4) + off, locked)
    settled = GapSearch(bars, [], bars.end_samples(6) + second.shift_samples, WISH).settled((first, second))
    assert (settled[:2] == (first, dataclasses.replace(second, shift_samples=second.shift_samples - off))) is joined


def test_kept_bars_are_the_same_bars_to_the_composer() -> None:
    old = sourced_edit(5)
    plan, refitted = refit(old, with_shot(old, 10, head=11))
    before = {bar.start: bar for bar in read_form(plan, 100).bars}
    starts = {beat.samples: index for index, beat in enumerate(plan.beats)}
    again = [beat.samples for beat in refitted.plan.beats]
    seen = 0
    for bar in read_form(refitted.plan, 100).bars:
        span = next((s for s in refitted.kept if s.start_samples <= again[bar.start] < s.end_excl_samples), None)
        if span is not None:
            was = before[starts[again[bar.start] - span.start_samples + span.earlier_samples]]
            assert (bar.identity, bar.of, bar.seed) == (was.identity, was.of, was.seed)
            seen += 1
    assert seen > 10


def test_a_new_mark_changes_only_the_bars_around_it() -> None:
    old = sourced_edit(6)
    middle = old.shots[12].start_frames + 17
    new = dataclasses.replace(old, events=(Event(middle, Wish.HIT),))
    _, refitted = refit(old, new)
    hit = next(hit for hit in refitted.plan.hits if hit.event)
    assert hit.beat is not None
    assert abs(hit.error_samples) <= 2_001
    assert len(refitted.kept) == 2


def test_another_ending_leaves_what_comes_before_it() -> None:
    old = sourced_edit(7)
    plan, refitted = refit(old, old, Direction(ending=Ending.LAST_FRAME))
    (span,) = refitted.kept
    assert span.end_excl_samples <= plan.beats[plan.final_beat].samples
    assert refitted.plan.ending is Ending.LAST_FRAME
    last_frame = sample_of_frame(old.duration_frames - 1, old.rate)
    assert abs(refitted.plan.beats[refitted.plan.final_beat].samples - last_frame) <= 2_001


def test_a_variation_is_made_anew_on_the_same_beats() -> None:
    old = sourced_edit(8)
    shot = old.shots[9]
    where = FrameRange(shot.start_frames, shot.end_excl_frames)
    plan, refitted = refit(old, old, varied=(Variation(where, 99),))
    assert [beat.samples for beat in refitted.plan.beats] == [beat.samples for beat in plan.beats]
    assert len(refitted.kept) == 2
    seeds = {section.part.seed for section in refitted.plan.sections if section.part}
    assert seeds == {3, 99}


def test_other_energy_for_one_shot_is_heard_in_its_bars_only() -> None:
    old = sourced_edit(9)
    energies = (*(None for _ in range(6)), 0.95, *(None for _ in old.shots[7:]))
    plan, refitted = refit(old, old, Direction(shot_energies=energies))
    assert refitted.plan.shot_energies[6] == 0.95
    assert refitted.plan.shot_energies[:6] == plan.shot_energies[:6]
    begin, end = (sample_of_frame(at, old.rate) for at in (old.shots[6].start_frames, old.shots[6].end_excl_frames))
    assert not any(span.start_samples < end and begin < span.end_excl_samples for span in refitted.kept)
    assert sum(s.end_excl_samples - s.start_samples for s in refitted.kept) > 0.75 * plan.duration_samples


def told(sheet: CutSheet, number: int, *words: str) -> CutSheet:
    """The sheet with other words at one shot, as from a marker."""
    shots = list(sheet.shots)
    shots[number] = dataclasses.replace(shots[number], words=words)
    return dataclasses.replace(sheet, shots=tuple(shots))


def test_other_words_at_one_shot_change_its_bars_only_and_none_of_their_beats() -> None:
    old = told(sourced_edit(9), 6, "calm sea")
    new = told(old, 6, "a tense chase")
    plan, refitted = refit(old, new)
    assert [beat.samples for beat in refitted.plan.beats] == [beat.samples for beat in plan.beats]
    assert refitted.plan.shot_energies[6] == energy_of("tense") != plan.shot_energies[6]
    assert refitted.plan.shot_energies[:6] == plan.shot_energies[:6]
    begin, end = (sample_of_frame(at, old.rate) for at in (old.shots[6].start_frames, old.shots[6].end_excl_frames))
    assert not any(span.start_samples < end and begin < span.end_excl_samples for span in refitted.kept)
    assert sum(s.end_excl_samples - s.start_samples for s in refitted.kept) > 0.75 * plan.duration_samples
    seeds = [section.part.seed for section in refitted.plan.sections if section.part]
    assert len(set(seeds)) == 2
    earlier = EarlierTake(5, new, refitted.plan, REPORT, "sketch")
    again = refit_plan(Recut(earlier), new, Direction(), BPM, weigh_cuts(new))
    assert again is not None
    assert again.plan == refitted.plan, "with nothing changed since, the shot keeps its new music"


def test_words_that_name_no_mood_leave_the_energy_and_a_clip_s_name_is_no_word() -> None:
    old = sourced_edit(9)
    plan, refitted = refit(old, told(old, 6, "the harbour"))
    assert refitted.plan.shot_energies == plan.shot_energies
    assert len(refitted.kept) == 2
    shots = tuple(dataclasses.replace(shot, name="sunset over harbour") for shot in old.shots)
    assert refit(old, dataclasses.replace(old, shots=shots))[1].plan == plan


def test_moods_are_heard_in_words() -> None:
    calm, tense = energy_of("calm"), energy_of("Nervous, then on")
    assert calm is not None
    assert tense is not None
    assert calm < 0.35 < 0.6 < tense
    assert energy_of("the harbour") is None


def test_a_locked_bar_stays_though_its_cut_went() -> None:
    old = sourced_edit(10)
    new = with_shot(old, 12, tail=5)
    shot = new.shots[12]
    lock = FrameRange(shot.start_frames, shot.end_excl_frames)
    begin, end = (sample_of_frame(at, new.rate) for at in (shot.start_frames, shot.end_excl_frames))

    def covered(refitted: RefittedPlan) -> int:
        return sum(max(0, min(end, span.end_excl_samples) - max(begin, span.start_samples)) for span in refitted.kept)

    _, free = refit(old, new)
    _, locked = refit(old, new, locked=(lock,))
    assert covered(locked) > covered(free)
    assert covered(locked) > 0.7 * (end - begin)


def test_at_another_rate_nothing_can_stay() -> None:
    old = sourced_edit(11)
    new = dataclasses.replace(old, rate=old.rate + 1)
    earlier = EarlierTake(1, old, planned(old), REPORT, "sketch")
    assert refit_plan(Recut(earlier), new, Direction(), BPM, weigh_cuts(new)) is None
