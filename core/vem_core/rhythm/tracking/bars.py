"""What a beat tells about the bar: features of each beat, for whoever decides which beats begin a bar.

Features are taken beat by beat (Krebs, Böck, Dorfer and Widmer, ISMIR 2016): bars are counted in beats, so a few dozen
steps span a piece whatever its tempo. Axes: F frames at 100 Hz, N beats.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.tape import blocks
from vem_core.rhythm.tracking.base import Curve
from vem_core.rhythm.tracking.onsets import spectral_flux

REGISTERS = 10
LAGS_BEATS = (1, 2, 3, 4)
FEATURES = 2 * REGISTERS + len(LAGS_BEATS)
_TONAL_BANDS = 33  # up to about 2 kHz: harmony, not cymbals
_REACH = np.arange(-3, 4)  # frames: an attack belongs to a beat within 30 ms
_BEATS_AT_ONCE = 64


def bar_features(spectrogram: Curve, beats: NDArray[np.int64]) -> Curve:
    """Level and attack by register, and how new the harmony is, of each beat, (N, FEATURES); each over the piece has
    mean 0 and deviation 1."""
    if not len(beats):
        return np.zeros((0, FEATURES), np.float32)
    beats = np.clip(beats, 0, len(spectrogram) - 1)
    spans = list(itertools.pairwise([*beats.tolist(), len(spectrogram)]))
    means = np.zeros((len(beats), spectrogram.shape[1]), np.float32)
    attacks = np.zeros_like(means)
    for some in blocks(len(beats), spectrogram, size=_BEATS_AT_ONCE):
        means[some] = [spectrogram[start : max(start + 1, end)].mean(axis=0) for start, end in spans[some]]
        around = np.clip(beats[some, None] + _REACH, 0, len(spectrogram) - 1)
        attacks[some] = spectral_flux(spectrogram, around).max(axis=1)
    columns = [_by_register(means), _by_register(attacks), _harmonic_change(means[:, :_TONAL_BANDS])]
    features = np.concatenate(columns, axis=1)
    return np.asarray((features - features.mean(axis=0)) / np.maximum(features.std(axis=0), 1e-3), np.float32)


def _by_register(bands: Curve) -> Curve:
    return np.stack([part.mean(axis=1) for part in np.array_split(bands, REGISTERS, axis=1)], axis=1)


def _harmonic_change(tonal: Curve) -> Curve:
    """Cosine distance of each beat's spectrum from that of earlier beats, (N, lags); 0 before the start."""
    unit = tonal / np.maximum(np.linalg.norm(tonal, axis=1, keepdims=True), 1e-6)
    change = np.zeros((len(tonal), len(LAGS_BEATS)), np.float32)
    for column, lag in enumerate(LAGS_BEATS):
        change[lag:, column] = 1 - (unit[lag:] * unit[:-lag]).sum(axis=1)
    return change
