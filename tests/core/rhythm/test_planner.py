from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.random_edits import random_edit, sheet_of
from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import CutSheet, Event, Wish
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Bend, Ending, Landing, ScorePlan, SectionRole
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame, snap_rate
from vem_core.rhythm.budget import BUDGETS, SHORTEST_SECTION_S, RhythmTraits, plan_excursion, plan_ten_second_change
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_hits import MET

MET_ON_BEAT = (Landing.BEAT, Landing.DOWNBEAT)
GROOVE = RhythmTraits(Bend.GROOVE, sixteenths=True)
RUBATO = RhythmTraits(Bend.RUBATO, sixteenths=True)
IN_EIGHTHS = RhythmTraits(Bend.GROOVE)


def plan(
    sheet: CutSheet,
    bend: Bend | None = None,
    ending: Ending = Ending.RING_OUT,
    tempo: tuple[float, float] = (80, 160),
    seed: int = 0,
    weights: list[float] | None = None,
    traits: RhythmTraits = GROOVE,
) -> ScorePlan:
    return plan_score(
        sheet,
        Direction(bend=bend, ending=ending),
        seed,
        tempo_range_bpm=tempo,
        style="drive",
        mood="calm",
        weights=weights,
        traits=traits,
    )


def frames_of_beats(score: ScorePlan, rate: Fraction) -> np.ndarray:
    return np.array([beat.samples for beat in score.beats]) * float(rate) / SAMPLE_RATE_HZ


rates = st.sampled_from(["23.976", "24", "25", "29.97", "50", "59.94", "60"]).map(snap_rate)
cut_lists = st.lists(st.integers(1, 200), min_size=1, max_size=30)
wishes = st.sampled_from([Wish.AUTO] * 12 + [Wish.HIT, Wish.DROP, Wish.IGNORE])


@st.composite
def sheets(draw: st.DrawFn) -> CutSheet:
    frames = np.cumsum(draw(cut_lists)).tolist()
    wished = {frame: draw(wishes) for frame in frames[:-1]}
    return sheet_of(frames[-1], frames[:-1], draw(rates), wished)


@given(
    sheets(),
    st.sampled_from(Bend),
    st.sampled_from(Ending),
    st.sampled_from([(80.0, 160.0), (70.0, 84.0), (100.0, 100.0), (20.0, 400.0)]),
    st.integers(0, 5),
)
@settings(max_examples=120, deadline=None)
def test_what_holds_for_every_plan(
    sheet: CutSheet, bend: Bend, ending: Ending, tempo: tuple[float, float], seed: int
) -> None:
    score = plan(sheet, bend, ending, tempo, seed)
    assert loads(ScorePlan, dumps(score)) == score
    samples = [beat.samples for beat in score.beats]
    assert samples
    _check_tempo(score, tempo)
    _check_hits(score, sheet)
    _check_form(score)
    frame = SAMPLE_RATE_HZ / float(sheet.rate)
    assert 0 <= score.final_beat < len(samples)
    if ending is Ending.LAST_FRAME:
        last = sample_of_frame(sheet.duration_frames - 1, sheet.rate)
        assert (abs(samples[-1] - last) <= frame + 1) != any(mark.index is None for mark in score.unmet)
    if ending is not Ending.RING_OUT:
        assert score.final_beat == len(samples) - 1


def _check_tempo(score: ScorePlan, tempo: tuple[float, float]) -> None:
    periods = np.diff([beat.samples for beat in score.beats])
    assert (periods > 0).all()
    assert (periods >= SAMPLE_RATE_HZ * 60 / tempo[1] - 1.01).all()
    assert (periods <= SAMPLE_RATE_HZ * 60 / tempo[0] + 1.01).all()
    assert all(section.home_bpm is not None for section in score.sections)
    if len(periods) and (score.bend is Bend.STEADY or tempo[0] == tempo[1]):
        assert periods.max() - periods.min() <= 1
    has_marks = any(hit.weight == 1.0 for hit in score.hits) or score.ending is Ending.LAST_FRAME
    if not has_marks:  # the budget gives way to marks that must be hit
        assert plan_excursion(score) <= BUDGETS[score.bend].excursion + 1e-3 * (score.bend is Bend.STEADY)
        assert plan_ten_second_change(score) <= BUDGETS[score.bend].ten_second_change + 1e-3


def _check_hits(score: ScorePlan, sheet: CutSheet) -> None:
    """Each hit against the beats themselves, and every mark within a frame."""
    assert [hit.index for hit in score.hits if not hit.event] == list(range(len(sheet.cuts)))
    beats = np.array([beat.samples for beat in score.beats], float)
    frame = SAMPLE_RATE_HZ / float(sheet.rate)
    downbeats = {index for index, beat in enumerate(score.beats) if beat.number == 1}
    for hit, cut in zip(score.hits, sheet.cuts, strict=True):
        assert hit.target_samples == sample_of_frame(cut.record_frames, sheet.rate)
        if hit.landing not in MET:
            assert hit.reason
            unmet = [mark for mark in score.unmet if (mark.event, mark.index) == (False, hit.index)]
            assert [mark.reason for mark in unmet] == [hit.reason] * (cut.wish in (Wish.HIT, Wish.DROP))
        else:
            assert not hit.reason
            assert hit.beat is not None
            planned = np.interp(float(hit.beat), np.arange(len(beats)), beats)
            assert abs(planned - hit.target_samples - hit.error_samples) <= 0.5
            assert abs(hit.error_samples) <= frame + 1
            assert (hit.landing is Landing.OFF_BEAT) == (hit.beat.denominator == 2)
            assert (hit.landing is Landing.PUSH) == (hit.beat.denominator == 4)
            assert (hit.landing is Landing.DOWNBEAT) == (hit.beat in downbeats)
        if cut.wish is Wish.DROP and hit.landing in MET_ON_BEAT:
            assert hit.landing is Landing.DOWNBEAT
        if cut.wish is Wish.IGNORE:
            assert hit.weight == 0


def _check_form(score: ScorePlan) -> None:
    assert sum(section.bars for section in score.sections) == score.bar_count
    first_bars = [section.first_bar for section in score.sections]
    assert first_bars == np.cumsum([0, *(section.bars for section in score.sections)])[:-1].tolist()
    edges = {*first_bars, score.bar_count}
    numbers: dict[int, list[int]] = {}
    for beat in score.beats:
        numbers.setdefault(beat.bar, []).append(beat.number)
    for bar, found in numbers.items():
        is_pick_up = bar == 0 and found[0] != 1
        assert found == list(range(found[0], found[0] + len(found)))
        assert found[-1] == 4 if is_pick_up else found[0] == 1
        assert len(found) == 4 or bar + 1 in edges or is_pick_up
    assert all(0 <= energy <= 1 for energy in score.shot_energies)


@pytest.mark.parametrize("bend", Bend)
def test_a_plan_depends_on_its_arguments_alone(bend: Bend) -> None:
    sheet = random_edit(7)
    assert plan(sheet, bend) == plan(sheet, bend)


@pytest.mark.parametrize("traits", [GROOVE, RUBATO])
def test_another_seed_is_another_idea_of_the_same_worth(traits: RhythmTraits) -> None:
    sheet = random_edit(7)
    scores = [plan(sheet, seed=seed, tempo=(90, 110), weights=[1.0] * 24, traits=traits) for seed in range(6)]
    bars = [[beat.samples for beat in score.beats if beat.number == 1] for score in scores]
    assert len({tuple(lines) for lines in bars}) >= 4
    assert len({score.arc for score in scores}) == 6
    met = [sum(hit.landing in MET for hit in score.hits) for score in scores]
    assert min(met) >= max(met) - 2
    assert len({tuple(hit.landing in MET_ON_BEAT for hit in score.hits) for score in scores}) >= 3


def shares(traits: RhythmTraits, tempo: tuple[float, float], edits: range) -> tuple[float, float]:
    """Shares of cuts within 10 ms of an eighth, and of a sixteenth, counted from the beats; no plan over its budget."""
    on_eighth = on_sixteenth = cuts = 0
    for seed in edits:
        sheet = random_edit(seed)
        score = plan(sheet, tempo=tempo, weights=[1.0] * 24, traits=traits)
        assert plan_excursion(score) <= BUDGETS[traits.bend].excursion
        assert plan_ten_second_change(score) <= BUDGETS[traits.bend].ten_second_change
        beats = np.array([beat.samples for beat in score.beats], float)
        eighths = np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2]))
        sixteenths = np.sort(np.concatenate([eighths, (eighths[1:] + eighths[:-1]) / 2]))
        targets = np.array([sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts])
        on_eighth += int((np.abs(eighths[:, None] - targets).min(axis=0) <= 480).sum())
        on_sixteenth += int((np.abs(sixteenths[:, None] - targets).min(axis=0) <= 480).sum())
        cuts += len(targets)
    return on_eighth / cuts, on_sixteenth / cuts


GOALS = [(GROOVE, (116, 128), 0.70, 0.90), (GROOVE, (76, 94), 0.70, 0.90), (RUBATO, (58, 84), 0.84, 0.95)]


@pytest.mark.parametrize(("traits", "tempo", "eighths", "sixteenths"), GOALS)
def test_a_small_budget_meets_most_cuts(
    traits: RhythmTraits, tempo: tuple[float, float], eighths: float, sixteenths: float
) -> None:
    on_eighth, on_sixteenth = shares(traits, tempo, range(10))
    assert on_eighth >= eighths - 0.03
    assert on_sixteenth >= sixteenths - 0.03


@pytest.mark.slow
@pytest.mark.parametrize(("traits", "tempo", "eighths", "sixteenths"), GOALS)
def test_the_goals_hold_on_sixty_edits(
    traits: RhythmTraits, tempo: tuple[float, float], eighths: float, sixteenths: float
) -> None:
    on_eighth, on_sixteenth = shares(traits, tempo, range(60))
    assert on_eighth >= eighths
    assert on_sixteenth >= sixteenths


def test_an_old_request_that_says_natural_means_free() -> None:
    old = dumps(Direction(bend=Bend.FREE)).replace('"free"', '"natural"')
    assert loads(Direction, old).bend is Bend.FREE


def test_the_bend_is_the_styles_unless_the_editor_names_one() -> None:
    sheet = random_edit(4)
    assert plan(sheet, traits=RUBATO).bend is Bend.RUBATO
    assert plan(sheet, Bend.STEADY, traits=RUBATO).bend is Bend.STEADY


def test_sections_that_have_a_home_of_their_own_are_long_enough() -> None:
    for seed in range(8):
        score = plan(random_edit(seed), tempo=(76, 94), weights=[1.0] * 24)
        assert all(section.start_samples is not None for section in score.sections)
        starts = [section.start_samples or 0 for section in score.sections]
        homes = [section.home_bpm or 0.0 for section in score.sections]
        changes = zip(starts[1:], itertools.pairwise(homes), strict=True)
        edges = [start for start, (before, home) in changes if home != before]
        lengths = np.diff([0, *edges, score.duration_samples]) / SAMPLE_RATE_HZ
        assert lengths.min() >= 0.98 * SHORTEST_SECTION_S
        assert all(max(a, b) / min(a, b) <= 1.085 for a, b in itertools.pairwise(homes))


@pytest.mark.parametrize("meter", [2, 3, 5, 6, 7])
def test_other_metres_have_plans(meter: int) -> None:
    score = plan(random_edit(3), traits=RhythmTraits(Bend.GROOVE, True, meter))
    assert score.beats_per_bar == meter
    sizes = Counter(beat.bar for beat in score.beats)
    assert Counter(sizes.values()).most_common(1)[0][0] == meter


def test_a_metre_that_bars_cannot_have_is_refused() -> None:
    with pytest.raises(ContractError, match="a bar has 2 to 7 beats"):
        plan(random_edit(3), traits=RhythmTraits(beats_per_bar=9))


def test_of_marks_that_exclude_each_other_the_earlier_is_met() -> None:
    sheet = sheet_of(480, [96, 190, 194, 300], wishes={190: Wish.HIT, 194: Wish.HIT}, start_frames=86_400)
    score = plan(sheet, tempo=(80, 120), traits=IN_EIGHTHS)
    assert score.hits[1].landing in MET
    (unmet,) = score.unmet
    assert (unmet.index, unmet.event, unmet.target_samples) == (2, False, 388_000)
    assert unmet.reason == "4 frames after another mark that the beat serves"
    assert plan(sheet, tempo=(80, 120), traits=GROOVE).unmet == ()  # a sixteenth apart at 90 BPM


def test_marks_outrank_the_budget() -> None:
    frames = [100, 161, 213, 270, 340, 377, 444, 500]
    sheet = sheet_of(600, frames, wishes=dict.fromkeys(frames, Wish.HIT))
    score = plan(sheet, tempo=(85, 125), traits=IN_EIGHTHS)
    assert score.unmet == ()
    assert plan_excursion(score) > BUDGETS[Bend.GROOVE].excursion


@pytest.mark.parametrize("wish", [Wish.AUTO, Wish.HIT])
@pytest.mark.parametrize("bend", Bend)
def test_cuts_two_frames_apart_have_a_score_and_reasons(bend: Bend, wish: Wish) -> None:
    frames = list(range(2, 240, 2))
    score = plan(sheet_of(240, frames, wishes=dict.fromkeys(frames, wish)), bend)
    missed = [hit for hit in score.hits if hit.landing not in MET]
    assert 0 < len(missed) < len(frames)
    assert all(hit.reason for hit in missed)
    assert len(score.unmet) == (len(missed) if wish is Wish.HIT else 0)


def test_marks_a_frame_apart_share_a_beat() -> None:
    score = plan(sheet_of(480, [96, 190, 191, 300], wishes={190: Wish.HIT, 191: Wish.HIT}))
    first, second = score.hits[1:3]
    assert first.beat == second.beat
    assert first.landing in MET_ON_BEAT


@pytest.mark.parametrize("bend", Bend)
def test_every_mark_is_hit_and_a_drop_opens_a_climax(bend: Bend) -> None:
    edit = random_edit(11)
    frames = [cut.record_frames for cut in edit.cuts]
    sheet = sheet_of(
        edit.duration_frames, frames, wishes={frames[4]: Wish.HIT, frames[12]: Wish.DROP, frames[19]: Wish.HIT}
    )
    score = plan(sheet, bend)
    assert score.hits[12].landing is Landing.DOWNBEAT
    assert all(score.hits[index].landing is not Landing.MISS for index in (4, 12, 19))
    drop = score.hits[12].beat
    assert drop is not None
    climax = [section for section in score.sections if section.role is SectionRole.CLIMAX]
    assert score.beats[int(drop)].bar in [section.first_bar for section in climax]


def test_a_marked_event_counts_like_a_cut() -> None:
    score = plan(sheet_of(400, [100, 220], events=[Event(161, Wish.HIT, "logo")]))
    assert [hit.event for hit in score.hits] == [False, False, True]
    assert score.hits[2].landing is not Landing.MISS
    assert abs(score.hits[2].error_samples) <= 1


def test_cuts_too_dense_for_a_beat_each_tell_why() -> None:
    score = plan(sheet_of(300, [96, 98, 100, 102, 200]), weights=[0.3, 0.3, 1.0, 0.3, 0.8])
    assert score.hits[2].landing in MET_ON_BEAT
    assert abs(score.hits[2].error_samples) <= 480
    assert score.hits[3].landing not in MET
    assert score.hits[3].reason == "2 frames after a heavier cut that the beat serves"


def test_an_ignored_cut_moves_nothing() -> None:
    with_cut = plan(sheet_of(400, [100, 163, 220], wishes={163: Wish.IGNORE}), weights=[0.6, 0.9, 0.6])
    without = plan(sheet_of(400, [100, 220]), weights=[0.6, 0.6])
    assert [beat.samples for beat in with_cut.beats] == [beat.samples for beat in without.beats]
    assert with_cut.hits[1].landing is not Landing.MISS or with_cut.hits[1].reason == "marked to be ignored"


@pytest.mark.parametrize(
    ("duration", "cuts"),
    [(1, []), (5, []), (24, []), (2000, []), (240, [120]), (240, [1, 239]), (5, [1, 2, 3, 4]), (300, [1, 2, 298, 299])],
)
@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("bend", Bend)
def test_small_and_strange_sheets_have_plans(duration: int, cuts: list[int], ending: Ending, bend: Bend) -> None:
    score = plan(sheet_of(duration, cuts), bend, ending)
    assert len(score.hits) == len(cuts)
    _check_tempo(score, (80, 160))
    _check_form(score)


def test_music_without_cuts_keeps_one_tempo() -> None:
    score = plan(sheet_of(2000, []))
    periods = np.diff([beat.samples for beat in score.beats])
    assert score.beats[0].samples == 0
    assert periods.max() - periods.min() <= 1


def test_the_editors_tempo_outranks_the_styles() -> None:
    sheet = random_edit(3)
    score = plan_score(sheet, Direction(tempo_bpm=(60, 70)), 0, tempo_range_bpm=(120, 140), style="drive", mood="calm")
    bpm = 60 * SAMPLE_RATE_HZ / np.diff([beat.samples for beat in score.beats])
    assert 59.9 <= bpm.min() <= bpm.max() <= 70.1


def test_a_ring_out_leaves_time_and_prefers_the_heavy_cut() -> None:
    sheet = sheet_of(24 * 20, [120, 240, 24 * 20 - 60, 24 * 20 - 40])
    score = plan(sheet, weights=[0.5, 0.5, 0.9, 0.3])
    hit = score.hits[2]
    assert hit.landing is Landing.DOWNBEAT
    assert score.final_beat == hit.beat
    assert score.sections[-1].role is SectionRole.ENDING
    assert score.sections[-1].first_bar == score.beats[score.final_beat].bar


def test_the_last_mark_may_contradict_the_last_frame() -> None:
    sheet = sheet_of(240, [100, 236], wishes={236: Wish.DROP})
    score = plan(sheet, ending=Ending.LAST_FRAME)
    assert score.hits[1].landing is Landing.DOWNBEAT
    assert [(mark.index, mark.target_samples) for mark in score.unmet] == [(None, 478_000)]
    assert "last frame" in score.unmet[0].reason
    assert plan(sheet, ending=Ending.CUT).unmet == ()


def test_the_editors_energies_are_kept() -> None:
    direction = Direction(shot_energies=(0.1, None, 0.9))
    score = plan_score(sheet_of(300, [100, 200]), direction, 0, tempo_range_bpm=(80, 160), style="drive", mood="calm")
    assert (score.shot_energies[0], score.shot_energies[2]) == (0.1, 0.9)
    assert 0 < score.shot_energies[1] < 1


def test_denser_cuts_have_more_energy() -> None:
    slow, fast = [100, 200, 300], [310, 320, 330, 340, 350]
    energies = plan(sheet_of(360, slow + fast)).shot_energies
    assert min(energies[4:]) > max(energies[:3])


def test_weights_must_fit_the_cuts() -> None:
    with pytest.raises(ContractError, match="3 cuts and 2 weights"):
        plan(sheet_of(400, [100, 200, 300]), weights=[0.5, 0.5])
    with pytest.raises(ContractError, match="between 0 and 1"):
        plan(sheet_of(400, [100]), weights=[1.5])


@pytest.mark.slow
def test_three_hours_are_planned() -> None:
    sheet = random_edit(1, median_s=1.857, cuts=5000)
    score = plan(sheet, weights=[1.0] * 5000)
    assert sum(hit.landing in MET for hit in score.hits) >= 0.9 * 5000
    assert plan_excursion(score) <= 0.02
    _check_form(score)


@pytest.mark.parametrize("bend", [Bend.STEADY, Bend.GROOVE])
@pytest.mark.parametrize("duration", range(2, 7))
def test_a_mark_on_any_frame_of_a_tiny_sheet_is_hit(duration: int, bend: Bend) -> None:
    for cut in range(1, duration):
        for ending in Ending:
            score = plan(sheet_of(duration, [cut], snap_rate("23.976"), {cut: Wish.HIT}), bend, ending)
            assert score.hits[0].landing in MET
            assert not score.unmet or ending is Ending.LAST_FRAME
