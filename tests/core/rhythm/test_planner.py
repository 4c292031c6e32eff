from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.random_edits import random_edit, sheet_of
from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import CutSheet, Event, Wish
from vem_core.contract.errors import ContractError, ContradictoryHits
from vem_core.contract.plan import Bend, Ending, Landing, ScorePlan, SectionRole
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame, snap_rate
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_beats import BEND_LIMITS
from vem_core.rhythm.tempo_map import change_per_beat

MET_ON_BEAT = (Landing.BEAT, Landing.DOWNBEAT)


def plan(
    sheet: CutSheet,
    bend: Bend = Bend.NATURAL,
    ending: Ending = Ending.RING_OUT,
    tempo: tuple[float, float] = (80, 160),
    seed: int = 0,
    weights: list[float] | None = None,
) -> ScorePlan:
    direction = Direction(bend=bend, ending=ending)
    return plan_score(sheet, direction, seed, tempo_range_bpm=tempo, style="drive", mood="calm", weights=weights)


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
)
@settings(max_examples=120, deadline=None)
def test_what_holds_for_every_plan(sheet: CutSheet, bend: Bend, ending: Ending, tempo: tuple[float, float]) -> None:
    try:
        score = plan(sheet, bend, ending, tempo)
    except ContradictoryHits as error:
        marked = [cut.record_frames for cut in sheet.cuts if cut.wish in (Wish.HIT, Wish.DROP)]
        first, second = error.details["first_frames"], error.details["second_frames"]
        assert {first, second} <= {*marked, sheet.duration_frames - 1}
        assert first < second
        return
    assert loads(ScorePlan, dumps(score)) == score
    samples = [beat.samples for beat in score.beats]
    assert samples
    _check_tempo(samples, bend, tempo, any(hit.weight == 1.0 for hit in score.hits))
    _check_hits(score, sheet)
    _check_form(score)
    frame = SAMPLE_RATE_HZ / float(sheet.rate)
    assert 0 <= score.final_beat < len(samples)
    if ending is Ending.LAST_FRAME:
        last = sample_of_frame(sheet.duration_frames - 1, sheet.rate)
        assert abs(samples[-1] - last) <= frame + 1
    if ending is not Ending.RING_OUT:
        assert score.final_beat == len(samples) - 1


def _check_tempo(samples: list[int], bend: Bend, tempo: tuple[float, float], has_marks: bool) -> None:
    periods = np.diff(samples)
    assert (periods > 0).all()
    assert (periods >= SAMPLE_RATE_HZ * 60 / tempo[1] - 1.01).all()
    assert (periods <= SAMPLE_RATE_HZ * 60 / tempo[0] + 1.01).all()
    changes = change_per_beat(samples)
    if not len(changes):
        return
    if bend is Bend.STEADY or tempo[0] == tempo[1]:
        assert periods.max() - periods.min() <= 1
    else:
        assert changes.max() <= BEND_LIMITS[bend].change_limit
        if not has_marks:  # the mean gives way to marks that must be hit
            assert changes.mean() <= BEND_LIMITS[bend].mean_limit


def _check_hits(score: ScorePlan, sheet: CutSheet) -> None:
    """Each hit against the beats themselves, and every mark within a frame."""
    assert [hit.index for hit in score.hits if not hit.event] == list(range(len(sheet.cuts)))
    beats = np.array([beat.samples for beat in score.beats], float)
    frame = SAMPLE_RATE_HZ / float(sheet.rate)
    downbeats = {index for index, beat in enumerate(score.beats) if beat.number == 1}
    for hit, cut in zip(score.hits, sheet.cuts, strict=True):
        assert hit.target_samples == sample_of_frame(cut.record_frames, sheet.rate)
        if hit.landing in (Landing.MISS, Landing.SUBDIVISION):
            assert hit.reason
            assert cut.wish not in (Wish.HIT, Wish.DROP)
        else:
            assert not hit.reason
            assert hit.beat is not None
            planned = np.interp(float(hit.beat), np.arange(len(beats)), beats)
            assert abs(planned - hit.target_samples - hit.error_samples) <= 0.5
            assert abs(hit.error_samples) <= frame + 1
            assert (hit.landing is Landing.OFF_BEAT) == (hit.beat.denominator == 2)
            assert (hit.landing is Landing.DOWNBEAT) == (hit.beat in downbeats)
        if cut.wish is Wish.DROP:
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


def test_another_seed_changes_the_key_at_most() -> None:
    sheet = random_edit(7)
    first, second = plan(sheet, seed=1), plan(sheet, seed=2)
    assert dataclasses.replace(second, seed=1, key=first.key) == first


def shares(bend: Bend, edits: range) -> tuple[float, float]:
    """Shares of cuts within 10 ms of a beat, and of a beat or an eighth, counted from the beats."""
    on_beat = on_eighth = cuts = 0
    for seed in edits:
        sheet = random_edit(seed)
        score = plan(sheet, bend, weights=[1.0] * 24)
        beats = np.array([beat.samples for beat in score.beats], float)
        if bend is Bend.NATURAL:
            assert change_per_beat(beats.tolist()).mean() <= 0.01
        eighths = np.concatenate([beats, (beats[1:] + beats[:-1]) / 2])
        targets = np.array([sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts])
        on_beat += int((np.abs(beats[:, None] - targets).min(axis=0) <= 480).sum())
        on_eighth += int((np.abs(eighths[:, None] - targets).min(axis=0) <= 480).sum())
        cuts += len(targets)
    return on_beat / cuts, on_eighth / cuts


def test_natural_and_free_reach_their_goals_on_some_random_edits() -> None:
    on_beat, on_eighth = shares(Bend.NATURAL, range(12))
    assert on_beat >= 0.85
    assert on_eighth >= 0.95
    on_beat, on_eighth = shares(Bend.FREE, range(12))
    assert on_beat >= 0.93
    assert on_eighth >= 0.99


@pytest.mark.slow
@pytest.mark.parametrize(("bend", "on_beat", "on_eighth"), [(Bend.NATURAL, 0.85, 0.95), (Bend.FREE, 0.93, 0.99)])
def test_the_goals_hold_on_all_two_hundred_edits(bend: Bend, on_beat: float, on_eighth: float) -> None:
    found = shares(bend, range(200))
    assert found[0] >= on_beat
    assert found[1] >= on_eighth


def test_marks_that_exclude_each_other_are_named_by_timecode() -> None:
    sheet = sheet_of(480, [96, 190, 194, 300], wishes={190: Wish.HIT, 194: Wish.HIT}, start_frames=86_400)
    with pytest.raises(ContradictoryHits) as caught:
        plan(sheet, tempo=(80, 120))
    assert "01:00:07:22" in caught.value.message
    assert "01:00:08:02" in caught.value.message
    assert "4 frames" in caught.value.message
    assert "180 BPM" in caught.value.hint


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
    assert score.hits[3].landing not in (*MET_ON_BEAT, Landing.OFF_BEAT)
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
    _check_tempo([beat.samples for beat in score.beats], bend, (80, 160), True)
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
    with pytest.raises(ContradictoryHits, match="last frame"):
        plan(sheet, ending=Ending.LAST_FRAME)
    assert plan(sheet, ending=Ending.CUT).hits[1].landing is Landing.DOWNBEAT


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
    met = [hit.landing in (*MET_ON_BEAT, Landing.OFF_BEAT) for hit in score.hits]
    assert sum(met) >= 0.95 * len(met)
    _check_form(score)


@pytest.mark.parametrize("bend", [Bend.STEADY, Bend.NATURAL])
@pytest.mark.parametrize("duration", range(2, 7))
def test_a_mark_on_any_frame_of_a_tiny_sheet_is_hit_or_refused(duration: int, bend: Bend) -> None:
    for cut in range(1, duration):
        for ending in Ending:
            sheet = sheet_of(duration, [cut], snap_rate("23.976"), {cut: Wish.HIT})
            try:
                score = plan(sheet, bend, ending)
            except ContradictoryHits:
                assert ending is Ending.LAST_FRAME
                continue
            assert score.hits[0].landing in (*MET_ON_BEAT, Landing.OFF_BEAT)
