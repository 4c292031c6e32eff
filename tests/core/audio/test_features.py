"""What is heard of a sound in numbers: pitch classes up to the highest that count, and magnitudes."""

from __future__ import annotations

import numpy as np
import pytest

from vem_core.audio.features import spectrogram
from vem_core.contract.time import SAMPLE_RATE_HZ


@pytest.mark.parametrize(("hertz", "pitch_class"), [(880.0, 9), (1_046.5, 0), (3_322.4, 8), (3_480.0, 9)])
def test_a_tone_counts_for_its_pitch_class(hertz: float, pitch_class: int) -> None:
    instants = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = np.float32(0.5 * np.sin(2 * np.pi * hertz * instants))
    chroma = spectrogram(np.stack([tone, tone])).chroma.mean(axis=0)
    assert chroma.argmax() == pitch_class
    assert chroma[pitch_class] > 0.9


@pytest.mark.parametrize("samples", [480 * 127, 480 * 128, 480 * 300 + 7])
def test_frames_come_a_hundred_times_a_second_and_a_full_sine_has_magnitude_one(samples: int) -> None:
    instants = np.arange(samples) / SAMPLE_RATE_HZ
    tone = np.float32(np.sin(2 * np.pi * 1_007.8125 * instants))  # the middle of bin 86
    magnitudes = spectrogram(np.stack([tone, tone])).magnitudes
    assert magnitudes.shape == (1 + samples // 480, 2_049)
    inside = magnitudes[5:-5]
    assert np.allclose(inside[:, 86], 1.0, atol=1e-3)
