"""Our trackers on music whose beats are known."""

from __future__ import annotations

from itertools import pairwise

import mir_eval
import numpy as np
import pytest

from fakes.band import RATE_HZ, drifting_beats, play_band
from vem_core.contract.errors import InputError, ModelMissing, WeightsDamaged
from vem_core.resources.registry import read_registry
from vem_core.rhythm.tracking import TRACKER_IDS, tracker_by_id
from vem_core.rhythm.tracking.onsets import band_matrix, band_spectrogram, mono, refine_onsets, spectral_flux
from vem_core.rhythm.tracking.recurrent import MODEL_ID, RecurrentTracker
from vem_core.rhythm.tracking.spectral import register_rises

OURS = ["spectral"] + (["recurrent"] if any(model.id == MODEL_ID for model in read_registry().models) else [])


def f_measure(reference_samples: np.ndarray, found_samples: tuple[int, ...]) -> float:
    return float(mir_eval.beat.f_measure(reference_samples / RATE_HZ, np.array(found_samples) / RATE_HZ))


@pytest.fixture(scope="module", params=[(96, 0.0), (118, 0.05), (150, 0.08)], ids=lambda case: f"{case[0]}bpm")
def music(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    bpm, bend = request.param
    beats = drifting_beats(20, bpm, bend, seed=3)
    return beats, play_band(beats, 20, seed=3)


@pytest.mark.parametrize("tracker_id", OURS)
def test_beats_and_downbeats_are_found(tracker_id: str, music: tuple[np.ndarray, np.ndarray]) -> None:
    beats, audio = music
    tracked = tracker_by_id(tracker_id).track(audio)
    assert f_measure(beats, tracked.beats_samples) > 0.95
    assert f_measure(beats[::4], tracked.downbeats_samples) > 0.9


@pytest.mark.parametrize("tracker_id", OURS)
def test_beats_are_measured_on_the_attack(tracker_id: str, music: tuple[np.ndarray, np.ndarray]) -> None:
    beats, audio = music
    found = np.array(tracker_by_id(tracker_id).track(audio).beats_samples)
    errors_ms = np.array([np.abs(found - beat).min() for beat in beats[1:-1]]) * 1000 / RATE_HZ
    assert np.median(errors_ms) < 2.5
    assert np.percentile(errors_ms, 95) < 6


@pytest.mark.parametrize("tracker_id", OURS)
@pytest.mark.parametrize(
    "audio",
    [
        np.zeros((2, 5 * RATE_HZ), np.float32),
        np.zeros((2, 1), np.float32),
        np.zeros((1, 100), np.float32),
        np.full((2, RATE_HZ), 0.5, np.float32),
        play_band(np.array([2_000]), 0.3, seed=0),
    ],
    ids=["silence", "one sample", "two milliseconds", "a constant", "one beat"],
)
def test_without_a_pulse_there_are_no_beats(tracker_id: str, audio: np.ndarray) -> None:
    tracked = tracker_by_id(tracker_id).track(audio)
    assert tracked.beats_samples == ()
    assert tracked.downbeats_samples == ()


@pytest.mark.parametrize("tracker_id", OURS)
def test_what_is_tracked_keeps_its_promises(tracker_id: str) -> None:
    audio = play_band(drifting_beats(9, 104, 0.03, seed=1), 9, seed=1)
    tracked = tracker_by_id(tracker_id).track(audio)
    assert all(earlier < later for earlier, later in pairwise(tracked.beats_samples))
    assert tracked.beats_samples[0] >= 0
    assert tracked.beats_samples[-1] < audio.shape[1]
    assert set(tracked.downbeats_samples) <= set(tracked.beats_samples)
    assert tracked.activation.min() >= 0
    assert tracked.activation.max() <= 1
    assert tracked.beats_samples == tracker_by_id(tracker_id).track(audio).beats_samples


@pytest.mark.parametrize("tracker_id", OURS)
def test_mono_and_level_make_no_difference(tracker_id: str) -> None:
    audio = play_band(drifting_beats(9, 104, 0.03, seed=1), 9, seed=1)
    tracker = tracker_by_id(tracker_id)
    expected = tracker.track(audio).beats_samples
    assert np.abs(np.subtract(tracker.track(audio[:1]).beats_samples, expected)).max() <= 2
    assert np.abs(np.subtract(tracker.track(audio * 0.01).beats_samples, expected)).max() <= 2


def test_auto_is_ours_and_free_for_paid_work() -> None:
    tracker = tracker_by_id("auto")
    assert tracker.tracker_id in OURS
    assert tracker.licence_note == ""


def test_an_unknown_tracker_is_an_error() -> None:
    with pytest.raises(InputError, match="tap"):
        tracker_by_id("tap")
    assert "auto" in TRACKER_IDS


def test_missing_or_damaged_weights_are_told_apart(tmp_path) -> None:
    with pytest.raises(ModelMissing):
        RecurrentTracker(tmp_path / "none.safetensors")
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"\0" * 100)
    with pytest.raises(WeightsDamaged):
        RecurrentTracker(damaged)


def test_refinement_finds_an_attack_to_the_millisecond() -> None:
    rng = np.random.default_rng(0)
    signal = rng.normal(0, 1e-4, 2 * RATE_HZ).astype(np.float32)
    attacks = np.array([20_000, 50_000, 80_000])
    for attack in attacks:
        signal[attack : attack + 4_800] += rng.normal(0, 0.3, 4_800) * np.exp(-np.arange(4_800) / 900)
    near = attacks + np.array([900, -700, 300])
    assert np.abs(refine_onsets(signal, near) - attacks).max() <= 72  # 1.5 ms


def test_the_spectrogram_is_centred_and_quiet_where_nothing_sounds() -> None:
    signal = np.zeros(RATE_HZ, np.float32)
    signal[24_000:24_100] = 1
    spectrogram = band_spectrogram(signal)
    assert spectrogram.shape == (101, 58)
    assert int(spectrogram.sum(axis=1).argmax()) == 50
    assert spectrogram[:40].max() == 0


def test_mono_keeps_silence_silent() -> None:
    assert not mono(np.zeros((2, 1_000), np.float32)).any()


def test_rises_are_those_of_the_whole_whatever_the_blocks() -> None:
    random = np.random.default_rng(3)
    spectrogram = random.random((2 * 4096 + 700, band_matrix().shape[1]), np.float32)
    whole = spectral_flux(spectrogram)
    bass, middle, treble = register_rises(spectrogram)
    assert np.array_equal(bass, whole[:, :9].mean(axis=1))
    assert np.array_equal(middle, whole[:, 9:33].mean(axis=1))
    assert np.array_equal(treble, whole[:, 33:].mean(axis=1))
