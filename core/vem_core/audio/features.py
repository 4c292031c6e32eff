"""What is heard of a sound, in numbers: its bands, onsets, pitch classes, spectrum and peaks.

Audio is float32 (2, T) at 48 kHz.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.chroma import pitch_class_matrix
from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ

Curve = NDArray[np.float64]

HOP_SAMPLES = 480
"""Frames of the spectrogram come a hundred times a second; frame f is centred on sample 480 f."""

COMPRESSION = 100.0
"""Of magnitudes: what is below a hundredth counts as it is, what is above by its logarithm."""

_WINDOW_SAMPLES = 4_096
_AT_ONCE = 128  # frames that are transformed together: what they take stays in a processor's cache
_BANDS = 64
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 18_000.0
_ATTACK_FRAMES = 4  # how far from its instant the rise of an attack may lie
_ONSET_GAP_FRAMES = 6
_ONSET_SHARE = 0.25  # of a loud attack, below which a rise is not counted as a note
_CHROMA_HZ = (110.0, 3_520.0)
_CHROMA_BINS = 512  # none above them is in that range


@dataclass(frozen=True)
class Spectrogram:
    """Magnitudes of the mono sum, (F, bins)."""

    magnitudes: NDArray[np.float32]

    @property
    def band_magnitudes(self) -> NDArray[np.float32]:
        """Magnitudes in 64 bands, equally wide in octaves, (F, bands)."""
        return self.magnitudes @ _band_matrix()

    @functools.cached_property
    def bands(self) -> Curve:
        """The same, log-compressed."""
        return np.asarray(np.log1p(COMPRESSION * self.band_magnitudes), np.float64)

    @functools.cached_property
    def onsets(self) -> Curve:
        """How much the bands rise from frame to frame, summed, (F,)."""
        rises = np.maximum(np.diff(self.bands, axis=0, prepend=self.bands[:1]), 0)
        return np.asarray(rises.sum(axis=1))

    @functools.cached_property
    def chroma(self) -> Curve:
        """Power by pitch class, 0 is C, each frame's sum 1 where anything sounds: (F, 12)."""
        classes = pitch_class_matrix(_bins_hz(), *_CHROMA_HZ)[:_CHROMA_BINS]
        folded = np.square(self.magnitudes[:, :_CHROMA_BINS].astype(np.float64)) @ classes
        return np.asarray(folded / np.maximum(folded.sum(axis=1, keepdims=True), 1e-12))


def spectrogram(audio: Audio) -> Spectrogram:
    """The spectrogram of the mono sum, scaled so that a sine of full scale has a magnitude of 1."""
    window = np.hanning(_WINDOW_SAMPLES).astype(np.float32)
    window *= 2 / window.sum()
    padded = np.pad(audio.mean(axis=0, dtype=np.float32), _WINDOW_SAMPLES // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_SAMPLES)[::HOP_SAMPLES]
    magnitudes = np.empty((len(frames), _WINDOW_SAMPLES // 2 + 1), np.float32)
    for at in range(0, len(frames), _AT_ONCE):
        np.abs(np.fft.rfft(frames[at : at + _AT_ONCE] * window), out=magnitudes[at : at + _AT_ONCE])
    return Spectrogram(magnitudes)


def onset_density(heard: Spectrogram) -> float:
    """Audible attacks a second: peaks of the onset curve above a share of the loud ones."""
    curve = heard.onsets
    threshold = _ONSET_SHARE * float(np.quantile(curve, 0.98))
    reach = _ONSET_GAP_FRAMES
    padded = np.pad(curve, reach, constant_values=-1)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    peaks = np.count_nonzero((curve == highest) & (curve > threshold))
    return float(peaks * SAMPLE_RATE_HZ / (len(curve) * HOP_SAMPLES))


def attack_at(heard: Spectrogram, samples: NDArray[np.int64]) -> Curve:
    """The strongest attack within 40 ms of each instant."""
    frames = np.round(samples / HOP_SAMPLES).astype(int)
    padded = np.pad(heard.onsets, _ATTACK_FRAMES)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _ATTACK_FRAMES + 1)
    return np.asarray(around[np.clip(frames, 0, len(around) - 1)].max(axis=1))


def spectral_centroid_hz(heard: Spectrogram) -> float:
    """The centre of the mean magnitude spectrum."""
    mean = heard.magnitudes.mean(axis=0, dtype=np.float64)
    return float((mean * _bins_hz()).sum() / max(mean.sum(), 1e-12))


def spectral_slope_db(heard: Spectrogram) -> float:
    """How the long-term spectrum falls, in dB an octave, fitted to octaves' thirds from 100 Hz to 10 kHz."""
    power = np.square(heard.magnitudes.astype(np.float64)).mean(axis=0)
    bins_hz = _bins_hz()
    centres = 100 * 2 ** (np.arange(0, 20) / 3)
    levels = [
        10 * np.log10(power[(bins_hz >= at * 2 ** (-1 / 6)) & (bins_hz < at * 2 ** (1 / 6))].sum() + 1e-15)
        for at in centres
    ]
    return float(np.polyfit(np.log2(centres), levels, 1)[0])


def crest_factor_db(audio: Audio) -> float:
    """Peak against RMS."""
    rms = float(np.sqrt(np.square(audio, dtype=np.float64).mean()))
    return float(20 * np.log10(max(float(np.abs(audio).max()), 1e-9) / max(rms, 1e-9)))


def _bins_hz() -> Curve:
    return np.asarray(np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ), np.float64)


@functools.cache
def _band_matrix() -> NDArray[np.float32]:
    """Triangles on a logarithmic axis of frequency that share out each bin, (bins, bands)."""
    octaves = np.log2(np.maximum(_bins_hz(), _LOWEST_HZ) / _LOWEST_HZ)
    place = octaves / np.log2(_HIGHEST_HZ / _LOWEST_HZ) * (_BANDS - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(_BANDS))), np.float32)
