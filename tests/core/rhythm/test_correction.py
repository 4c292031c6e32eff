"""Correction: what is off is moved onto the plan, what is not is left alone, and no joint can be heard."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.band import RATE_HZ, drifting_beats, play_band
from vem_core.contract.plan import Beat, Bend, Ending, ScorePlan
from vem_core.rhythm.correction import CorrectionLimits, correct_timing, pair_beats, timing_warp
from vem_core.rhythm.tracking import TrackedBeats, tracker_by_id
from vem_core.rhythm.tracking.onsets import mono, refine_onsets
from vem_core.rhythm.warping import TimeWarp, limit_slope, warp_audio

SECONDS = 12


def plan_of(beats: np.ndarray, seconds: float = SECONDS) -> ScorePlan:
    return ScorePlan(
        duration_samples=round(seconds * RATE_HZ),
        beats=tuple(Beat(int(beat), index // 4, index % 4 + 1) for index, beat in enumerate(beats)),
        hits=(),
        sections=(),
        shot_starts_samples=(0,),
        shot_energies=(0.5,),
        style="house",
        mood="calm",
        key="A minor",
        bend=Bend.GROOVE,
        ending=Ending.CUT,
        final_beat=len(beats) - 1,
        seed=0,
    )


def swaying(count: int, depth_ms: float, seed: int) -> np.ndarray:
    """Errors that come and go over a few beats, in samples; none at either end."""
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi)
    window = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / 6)
    sway = window * np.sin(phase + np.arange(count) * 0.45)
    return np.round(sway * depth_ms * RATE_HZ / 1000).astype(int)


def largest_error_ms(tracked: TrackedBeats, plan: ScorePlan) -> float:
    measured, planned = pair_beats(tracked, plan, 80.0)
    return float(np.percentile(np.abs(measured - planned), 90)) * 1000 / RATE_HZ


def test_music_that_sways_is_brought_onto_the_plan() -> None:
    beats = drifting_beats(SECONDS, 116, 0.03, seed=2)
    audio = play_band(beats + swaying(len(beats), 30, seed=2), SECONDS, seed=2)
    plan, tracker = plan_of(beats), tracker_by_id("spectral")
    before = tracker.track(audio)
    corrected = correct_timing(audio, plan, tracker)
    assert largest_error_ms(before, plan) > 20
    assert largest_error_ms(corrected.tracked, plan) < 14
    assert corrected.audio.shape == audio.shape
    assert corrected.audio.dtype == np.float32
    assert 20 < corrected.largest_shift_ms <= CorrectionLimits().largest_shift_ms
    assert corrected.warp is not None


def test_music_on_the_plan_comes_back_as_the_very_same_samples() -> None:
    beats = drifting_beats(SECONDS, 116, 0.03, seed=2)
    audio = play_band(beats, SECONDS, seed=2)
    corrected = correct_timing(audio, plan_of(beats), tracker_by_id("spectral"))
    assert corrected.audio is audio
    assert corrected.largest_shift_ms == 0
    assert corrected.warp is None


@pytest.mark.parametrize("audio", [np.zeros((2, SECONDS * RATE_HZ), np.float32), np.zeros((2, 50), np.float32)])
def test_silence_is_left_alone(audio: np.ndarray) -> None:
    plan = plan_of(np.array([10, 20, 30, 40]), audio.shape[1] / RATE_HZ)
    assert correct_timing(audio, plan, tracker_by_id("spectral")).audio is audio


def test_a_plan_without_beats_changes_nothing() -> None:
    audio = play_band(drifting_beats(4, 116, 0.0, seed=2), 4, seed=2)
    assert correct_timing(audio, plan_of(np.array([]), 4), tracker_by_id("spectral")).audio is audio


def test_another_tempo_is_not_forced_onto_the_plan() -> None:
    """Music at another tempo than planned is a fault of the model, which bending cannot mend."""
    audio = play_band(drifting_beats(SECONDS, 97, 0.0, seed=2), SECONDS, seed=2)
    plan = plan_of(drifting_beats(SECONDS, 140, 0.0, seed=2))
    corrected = correct_timing(audio, plan, tracker_by_id("spectral"))
    assert corrected.audio is audio


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(9_000, 60_000), st.integers(-5_000, 5_000)), min_size=2, max_size=30))
def test_the_warp_stays_within_its_limits(steps: list[tuple[int, int]]) -> None:
    limits = CorrectionLimits()
    planned = np.cumsum([interval for interval, _ in steps])
    measured = np.unique(np.maximum(planned + [error for _, error in steps], 0))
    length = int(planned[-1] + 30_000)
    plan = plan_of(planned, length / RATE_HZ)
    warp = timing_warp(TrackedBeats(tuple(measured.tolist()), ()), plan, length, limits)
    assert warp.source_samples[-1] == warp.target_samples[-1] == length
    assert warp.largest_shift_samples <= limits.largest_shift_ms * RATE_HZ / 1000
    for (source, target), (source_end, target_end) in itertools.pairwise(
        zip(warp.source_samples, warp.target_samples, strict=True)
    ):
        assert abs((source_end - source) / (target_end - target) - 1) <= limits.largest_stretch + 1e-3


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 1_000), st.floats(-100, 100)), min_size=1, max_size=20))
def test_limited_slopes_match_the_definition(points: list[tuple[int, float]]) -> None:
    instants = np.cumsum([step for step, _ in points])
    shifts = np.array([shift for _, shift in points])
    room = 0.05 * np.abs(instants[:, None] - instants[None, :])
    expected = 0.5 * ((shifts + room).min(axis=1) + (shifts - room).max(axis=1))
    assert limit_slope(instants, shifts, 0.05) == pytest.approx(expected)


def chord(seconds: float) -> np.ndarray:
    """A sustained chord, the hardest thing to join."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tones = [np.sin(2 * np.pi * 220 * 2 ** (step / 12) * time_s + step) for step in (0, 4, 7, 12, 16)]
    mix = 0.1 * np.sum(tones, axis=0)
    return np.stack([mix, mix]).astype(np.float32)


def test_what_is_not_moved_keeps_its_samples() -> None:
    sound = chord(8)
    length = sound.shape[1]
    warped = warp_audio(sound, TimeWarp((0, 96_000, 144_000, 192_000, length), (0, 96_000, 145_440, 192_000, length)))
    assert np.array_equal(warped[:, :92_000], sound[:, :92_000])
    assert np.array_equal(warped[:, 193_000:], sound[:, 193_000:])
    assert not np.array_equal(warped[:, 100_000:140_000], sound[:, 100_000:140_000])


def test_level_and_spectrum_continue_across_the_joints() -> None:
    sound = chord(8)
    length = sound.shape[1]
    warped = warp_audio(sound, TimeWarp((0, 96_000, 144_000, 192_000, length), (0, 96_000, 145_440, 192_000, length)))

    def levels_db(audio: np.ndarray) -> np.ndarray:
        frames = audio[0, : length // 1_920 * 1_920].reshape(-1, 1_920)  # 40 ms
        return 10 * np.log10(np.square(frames).mean(axis=1))

    original = levels_db(sound)
    assert np.abs(levels_db(warped) - np.median(original)).max() < np.abs(original - np.median(original)).max() + 1.0

    def hiss(audio: np.ndarray) -> np.ndarray:
        """Energy above all tones of the chord in each 20 ms, against the whole: a click would raise it."""
        frames = audio[0, : length // 960 * 960].reshape(-1, 960) * np.hanning(960)
        power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
        return np.asarray(power[:, 60:].sum(axis=1) / power.sum(axis=1))

    assert hiss(warped).max() < 1e-4


def test_attacks_land_where_they_are_sent() -> None:
    rng = np.random.default_rng(0)
    length, attacks = 6 * RATE_HZ, np.array([48_000, 96_000, 144_000, 192_000])
    targets = attacks + np.array([0, 1_500, -1_000, 0])
    sound = np.zeros((2, length), np.float32)
    for attack in attacks:
        sound[:, attack : attack + 2_400] += rng.normal(0, 0.4, 2_400) * np.exp(-np.arange(2_400) / 500)
    warped = warp_audio(sound, TimeWarp((0, *attacks, length), (0, *targets, length)))
    assert np.abs(refine_onsets(mono(warped), targets) - targets).max() < 0.002 * RATE_HZ


@pytest.mark.parametrize(
    ("source", "target"), [((0,), (0,)), ((0, 5), (0, 5, 6)), ((1, 5), (0, 5)), ((0, 5, 5), (0, 4, 6))]
)
def test_an_impossible_warp_is_refused(source: tuple[int, ...], target: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="warp"):
        TimeWarp(source, target)
