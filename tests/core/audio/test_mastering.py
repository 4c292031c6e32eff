"""Loudness, true peak and the limiter, against independent measures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

from vem_core.audio.loudness import measure_loudness
from vem_core.audio.mastering import master
from vem_core.audio.pcm import audio_of, pcm_of
from vem_core.audio.true_peak import measure_true_peak
from vem_core.contract.time import SAMPLE_RATE_HZ


def music(seed: int, seconds: float = 4.0, crest: float = 6.0) -> NDArray[np.float32]:
    """Noise with bursts that stick out."""
    source = np.random.default_rng(seed)
    samples = round(seconds * SAMPLE_RATE_HZ)
    audio = source.standard_normal((2, samples)) * 0.05
    for start in range(6_000, samples - 600, 12_000):
        audio[:, start : start + 500] *= crest
    dull = scipy.signal.sosfilt(scipy.signal.butter(4, 14_000, fs=SAMPLE_RATE_HZ, output="sos"), audio)
    return np.asarray(dull, np.float32)


def oversampled_peak_db(audio: NDArray[np.float32]) -> float:
    dense = scipy.signal.resample_poly(audio.astype(float), 8, 1, axis=1, window=("kaiser", 10.0))
    return 20 * math.log10(np.abs(dense).max())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("lufs", "dbtp"), [(-16.0, -1.0), (-23.0, -2.0), (-14.0, -1.0), (-10.0, -0.5)])
def test_a_master_has_its_loudness_and_stays_below_the_ceiling(seed: int, lufs: float, dbtp: float) -> None:
    audio, gain = master(music(seed), lufs, dbtp)
    assert audio.dtype == np.float32
    assert measure_loudness(audio) == pytest.approx(lufs, abs=0.3)
    assert gain.loudness_lufs == pytest.approx(measure_loudness(audio), abs=0.05)
    assert oversampled_peak_db(audio) <= dbtp + 0.05
    assert gain.true_peak_dbtp <= dbtp


def test_loudness_is_right_where_the_limiter_acts_here_and_there() -> None:
    mix = 0.2 * music(2)
    for at in (0, 60_000, 64_700, mix.shape[1] - 300):
        mix[:, at : at + 300] *= 8
    audio, gain = master(mix, -16.0, -1.0)
    assert gain.reduction_db > 1
    assert gain.loudness_lufs == pytest.approx(measure_loudness(audio), abs=1e-4)


def test_quiet_peaks_are_left_alone() -> None:
    mix = music(0, crest=1.0)
    audio, gain = master(mix, -23.0, -1.0)
    assert gain.reduction_db == 0
    np.testing.assert_array_equal(audio, mix * np.float32(10 ** (gain.gain_db / 20)))


def test_the_limiter_changes_the_gain_smoothly() -> None:
    audio, gain = master(music(1, crest=12.0), -14.0, -1.0)
    assert gain.reduction_db > 3
    decibels = 20 * np.log10(gain.curve(0, audio.shape[1]))
    assert np.abs(np.diff(decibels)).max() < 0.1


def test_stems_with_the_same_gain_sum_to_the_master() -> None:
    stems = [music(seed) for seed in range(4)]
    audio, gain = master(np.sum(stems, axis=0, dtype=np.float32), -12.0, -1.0)
    together = np.sum([gain.apply(stem) for stem in stems], axis=0)
    assert np.abs(together - audio).max() < 1e-6


def test_a_given_gain_keeps_unchanged_music_bit_for_bit() -> None:
    before = music(2, 8.0)
    after = before.copy()
    after[:, : 2 * SAMPLE_RATE_HZ] *= 0.3
    first, gain = master(before, -14.0, -1.0)
    second, again = master(after, -14.0, -1.0, gain_db=gain.gain_db)
    assert again.gain_db == gain.gain_db
    np.testing.assert_array_equal(first[:, 3 * SAMPLE_RATE_HZ :], second[:, 3 * SAMPLE_RATE_HZ :])


@pytest.mark.parametrize("samples", [0, 1, 100, 48_000])
def test_silence_stays_silence(samples: int) -> None:
    audio, gain = master(np.zeros((2, samples), np.float32), -16.0, -1.0)
    assert audio.shape == (2, samples)
    assert not audio.any()
    assert gain.loudness_lufs == -math.inf
    assert gain.true_peak_dbtp == -math.inf


@pytest.mark.parametrize("samples", [10, 480, 9_600])
def test_sound_shorter_than_the_gating_block_is_measured_as_one_block(samples: int) -> None:
    tone = np.sin(2 * np.pi * 997 * np.arange(samples) / SAMPLE_RATE_HZ)
    audio, _ = master(np.stack([tone, tone]).astype(np.float32), -16.0, -1.0)
    assert np.isfinite(audio).all()
    assert measure_true_peak(audio) <= -1.0


def test_loudness_of_the_reference_tone() -> None:
    """A 997 Hz sine at 0 dBFS in one channel reads -3.01 LUFS (BS.1770-4 section 2.8)."""
    tone = np.sin(2 * np.pi * 997 * np.arange(5 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    assert measure_loudness(np.stack([tone, 0 * tone]).astype(np.float32)) == pytest.approx(-3.01, abs=0.05)


def test_true_peak_finds_what_lies_between_the_samples() -> None:
    time = np.arange(SAMPLE_RATE_HZ)
    tone = np.sin(np.pi / 2 * time + np.pi / 4) * np.hanning(len(time))  # a quarter of the rate: samples miss the peak
    audio = np.stack([tone, tone]).astype(np.float32)
    assert 20 * math.log10(np.abs(audio).max()) == pytest.approx(-3.01, abs=0.01)
    assert measure_true_peak(audio) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("seconds", [0.0, 0.0101, 0.3, 4.0, 9.3])
def test_whole_numbers_are_measured_as_the_sound_they_stand_for(seconds: float) -> None:
    pcm = pcm_of(music(5, seconds) if seconds > 0.2 else np.full((2, round(seconds * SAMPLE_RATE_HZ)), 0.3, np.float32))
    assert measure_loudness(pcm.T) == measure_loudness(audio_of(pcm))
    assert measure_true_peak(pcm.T) == measure_true_peak(audio_of(pcm))


def test_a_peak_is_found_wherever_it_stands() -> None:
    for at in (0, 31, 32, 65_535, 65_536, 65_537, 131_072, 199_999):  # at the edges of blocks and of stretches, too
        audio = np.zeros((2, 200_000), np.float32)
        audio[1, at] = -0.5
        assert measure_true_peak(audio) == pytest.approx(20 * math.log10(0.5), abs=1e-6)
