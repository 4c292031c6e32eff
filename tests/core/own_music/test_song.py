"""What is heard of a song, and which of its bars play where."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from fakes.band import RATE_HZ, drifting_beats, play_band
from fakes.random_edits import sheet_of
from vem_core.audio.types import Audio
from vem_core.contract.cut_sheet import Cut, CutSheet, Wish
from vem_core.contract.errors import AudioError
from vem_core.contract.plan import Bend, Ending, ScorePlan
from vem_core.contract.request import Direction
from vem_core.own_music.arranging import arranged, carried_on
from vem_core.own_music.playing import jumps, largest_stretch, play_song
from vem_core.own_music.song import Song, read_song, smoothed
from vem_core.rhythm.budget import RhythmTraits
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.tracking.base import TrackedBeats

BPM, BARS, DROP_BAR = 112.0, 24, 12
SECONDS = BARS * 4 * 60 / BPM + 2.0


def band() -> tuple[Audio, TrackedBeats]:
    """Twenty-four bars whose second half is twice as loud, and two seconds in which the last beat rings out."""
    beats = drifting_beats(SECONDS - 1.7, BPM, 0.0, seed=3, first_s=0.2)
    sound = play_band(beats, SECONDS, seed=3)
    sound[:, : beats[4 * DROP_BAR] - 100] *= 0.5
    return sound, TrackedBeats(tuple(beats.tolist()), tuple(beats[::4].tolist()))


SOUND, TRACKED = band()
SONG = read_song(SOUND, TRACKED)


def planned(sheet: CutSheet, direction: Direction = Direction()) -> ScorePlan:
    return plan_score(
        sheet,
        direction,
        0,
        tempo_range_bpm=(SONG.bpm / 1.04, SONG.bpm * 1.04),
        style="house",
        mood="",
        key="A minor",
        traits=RhythmTraits(Bend.GROOVE, False, SONG.beats_per_bar),
    )


def numbers(plan: ScorePlan, song: Song = SONG) -> list[int]:
    """The song's beat under each beat of the plan."""
    return [song.nearest_beat(beat.source_samples or 0) for beat in plan.beats]


def test_tempo_bars_drop_and_last_hit_are_heard() -> None:
    assert SONG.bpm == pytest.approx(BPM, abs=0.1)
    assert SONG.beats_per_bar == 4
    assert abs(SONG.drops[0] - DROP_BAR) <= 1
    assert SONG.final_beat is not None
    assert SONG.final_beat >= len(SONG.beats) - 2


def test_a_song_that_stops_in_full_swing_has_no_last_hit() -> None:
    until = TRACKED.beats_samples[60] + 9_000
    early = TrackedBeats(TRACKED.beats_samples[:61], TRACKED.downbeats_samples[:16])
    assert read_song(SOUND[:, :until], early).final_beat is None


def test_a_trackers_scatter_is_smoothed_and_a_drift_is_not() -> None:
    drift = np.cumsum(np.linspace(24_000, 25_000, 80))
    scattered = drift + np.random.default_rng(1).normal(0, 300, len(drift))
    assert np.abs(smoothed(scattered) - drift).mean() < 0.6 * np.abs(scattered - drift).mean()
    assert np.abs(smoothed(drift) - drift).max() < 60


def test_music_without_a_pulse_is_one_sentence() -> None:
    with pytest.raises(AudioError, match="No beat can be heard"):
        read_song(np.zeros((2, RATE_HZ), np.float32), TrackedBeats((), ()))


def test_bars_follow_each_other_and_the_piece_ends_on_the_songs_last_hit() -> None:
    plan = arranged(planned(sheet_of(24 * 30, [52, 90, 151, 195, 252, 287, 353, 394, 470, 540, 620])), SONG)
    places = numbers(plan)
    assert places[plan.final_beat] == SONG.final_beat
    steps = np.diff(places[: plan.final_beat + 1])
    assert (steps == 1).mean() > 0.9
    assert len(jumps(plan, SONG)) == np.count_nonzero(steps != 1)


def test_the_bar_after_a_jump_is_one_of_the_songs() -> None:
    """A jump comes on a bar line or up to three beats before it, with what leads up to the bar."""
    plan = arranged(planned(sheet_of(24 * 30, [52, 90, 151, 195, 252, 287, 353, 394, 470, 540, 620])), SONG)
    places = numbers(plan)
    jumped = [number for number, beat in enumerate(plan.beats) if beat.samples in jumps(plan, SONG)]
    assert jumped
    for number in jumped:
        line = next(later for later in range(number, number + 4) if plan.beats[later].number == 1)
        assert places[line] == places[number] + line - number
        assert places[line] in {*SONG.bars.tolist(), SONG.final_beat}


def test_both_sides_of_a_jump_are_as_loud() -> None:
    """Where bars of one level are at hand, a jump is not made between two levels."""
    sheet = sheet_of(24 * 75, list(range(52, 24 * 73, 53)))
    assert max(uneven_db(arranged(planned(sheet), SONG))) < 3.0


def uneven_db(plan: ScorePlan) -> list[float]:
    """How far the song's level before each jump is from that before where it lands."""
    places = numbers(plan)
    pairs = [(before + 1, after) for before, after in itertools.pairwise(places) if after != before + 1]
    last = len(SONG.beats) - 1
    return [float(np.abs(SONG.approach_db[min(a, last)] - SONG.approach_db[b]).mean()) for a, b in pairs if b <= last]


def test_what_leads_up_to_a_bar_is_not_played_at_another_speed() -> None:
    """Where a tracker puts a beat at half the distance, a jump to that would play at half the speed."""
    plan = planned(sheet_of(24 * 30, [52, 90, 151, 195, 252, 287, 353, 394, 470, 540, 620]))

    def beats_early(song: Song) -> set[int]:
        places = numbers(arranged(plan, song), song)
        landed = [after for before, after in itertools.pairwise(places) if after != before + 1]
        return {int(song.bars[np.searchsorted(song.bars, beat)]) - beat for beat in landed}

    assert 1 in beats_early(SONG)
    late = SONG.beats.copy()
    before_bars = SONG.bars[SONG.bars > 0] - 1
    late[before_bars] += 0.5 * SONG.period_samples
    assert 1 not in beats_early(dataclasses.replace(SONG, beats=late))


def test_a_song_that_is_too_short_is_repeated_at_bar_lines() -> None:
    sheet = sheet_of(24 * 80, list(range(60, 24 * 80 - 30, 67)))
    plan = arranged(planned(sheet), SONG)
    assert plan.duration_samples > SONG.duration_samples
    assert jumps(plan, SONG)
    assert max(numbers(plan)) <= len(SONG.beats) + 4


def test_no_jump_lands_on_a_hit_after_a_stop() -> None:
    sheet = sheet_of(24 * 75, list(range(52, 24 * 73, 53)))

    def landings(song: Song) -> set[int]:
        places = numbers(arranged(planned(sheet), song), song)
        jumped = {after for before, after in itertools.pairwise(places) if after != before + 1}
        return jumped - {song.final_beat}  # where the last hit is, a stop before it or not

    before = landings(SONG)
    assert before
    steps = SONG.steps_db.copy()
    steps[list(before)] = 30.0
    stopping = dataclasses.replace(SONG, steps_db=steps)
    assert not landings(stopping) & before


def test_the_drop_falls_on_the_drop() -> None:
    sheet = sheet_of(24 * 30, [52, 90, 151, 195, 252, 310, 353, 394, 470, 540, 620])
    cuts = tuple(Cut(cut.record_frames, wish=Wish.DROP) if cut.record_frames == 310 else cut for cut in sheet.cuts)
    sheet = dataclasses.replace(sheet, cuts=cuts)
    plan = planned(sheet)
    hit = next(hit for hit in plan.hits if hit.index == 5 and not hit.event)
    assert hit.beat is not None
    drop = int(hit.beat)
    places = numbers(arranged(plan, SONG, [drop]))
    assert places[drop] in SONG.bars[list(SONG.drops)]


def test_bars_that_stay_keep_their_place_in_the_song() -> None:
    plan = planned(sheet_of(24 * 30, [52, 90, 151, 195, 252, 287, 353, 394, 470, 540, 620]))
    kept = {number: 40 + number for number, beat in enumerate(plan.beats) if 3 <= beat.bar < 6}
    places = numbers(arranged(plan, SONG, kept=kept))
    assert {number: places[number] for number in kept} == kept


def test_a_song_that_is_carried_on_is_not_cut() -> None:
    plan = carried_on(planned(sheet_of(24 * 30, [52, 90, 151, 195, 252, 287])), SONG)
    assert set(np.diff(numbers(plan))) == {1}
    assert jumps(plan, SONG) == ()


@pytest.mark.parametrize("ending", list(Ending))
def test_the_sound_is_as_long_as_the_plan_and_ends_softly(ending: Ending) -> None:
    plan = arranged(planned(sheet_of(24 * 20, [52, 90, 151, 195, 252, 287]), Direction(ending=ending)), SONG)
    played = play_song(SOUND, SONG, plan)
    assert played.shape == (2, plan.duration_samples)
    assert np.isfinite(played).all()
    assert np.abs(played[:, -4:]).max() < 0.02
    loud, before = (float(np.abs(part).max()) for part in (played[:, -9_600:], played[:, -240_000:-192_000]))
    if ending in (Ending.FADE, Ending.RING_OUT):
        assert loud < 0.3 * before
    else:
        assert loud > 0.3 * before


def test_speed_stays_near_the_songs_own() -> None:
    plan = arranged(planned(sheet_of(24 * 30, [52, 90, 151, 195, 252, 287, 353, 394, 470, 540, 620])), SONG)
    assert largest_stretch(plan, SONG) < 0.05


def test_the_same_arguments_give_the_same_sound() -> None:
    sheet = sheet_of(24 * 15, [52, 90, 151, 195, 252, 287])
    one, other = (play_song(SOUND, SONG, arranged(planned(sheet), SONG)) for _ in range(2))
    assert np.array_equal(one, other)
