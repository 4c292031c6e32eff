"""A beat tracker without a trained part: attacks in bands, a beat path over them, bars by where the weight falls."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.tape import blocks
from vem_core.audio.types import Audio
from vem_core.rhythm.tracking.base import Curve, TrackedBeats
from vem_core.rhythm.tracking.decoding import decode_bars, decode_beats
from vem_core.rhythm.tracking.onsets import (
    FEWEST_BEATS,
    FRAME_RATE_HZ,
    HOP_SAMPLES,
    band_spectrogram,
    mono,
    settle_on_attacks,
    spectral_flux,
)

_LOCAL_S = 4.0  # loudness of attacks is judged against the attacks of this stretch of time
_GAIN, _THRESHOLD = 5.0, 0.5
_REGISTERS = (9, 33)  # bands below about 250 Hz, up to about 2.3 kHz, and above
_REGISTER_WEIGHTS = (0.45, 0.3, 0.25)
_BLOCK_FRAMES = 4096
_SMOOTHING = np.hanning(7)[1:-1] / np.hanning(7).sum()


class SpectralTracker:
    """Multi-band spectral flux and dynamic programming. Needs nothing but numpy."""

    tracker_id = "spectral"
    licence_note = ""

    def track(self, audio: Audio) -> TrackedBeats:
        signal = mono(audio)
        spectrogram = band_spectrogram(signal)
        rises = register_rises(spectrogram)
        strength = onset_strength(rises)
        frames = decode_beats(_GAIN * (strength - _THRESHOLD), FRAME_RATE_HZ)
        begins_bar = np.zeros(len(frames), np.bool_)
        begins_bar[decode_bars(_bar_evidence(spectrogram, rises[0], frames))] = True
        return settle_on_attacks(signal, frames * HOP_SAMPLES, begins_bar, strength)


def register_rises(spectrogram: Curve) -> Curve:
    """The spectral flux of bass, middle and treble at each frame, (3, F); in blocks, because a film has a million."""
    rises = np.empty((len(_REGISTER_WEIGHTS), len(spectrogram)), np.float32)
    for where in blocks(len(spectrogram), spectrogram, size=_BLOCK_FRAMES):
        flux = spectral_flux(spectrogram, np.arange(where.start, where.stop))
        rises[:, where] = [register.mean(axis=1) for register in np.array_split(flux, _REGISTERS, axis=1)]
    return rises


def onset_strength(rises: Curve) -> Curve:
    """How strongly notes begin at each frame, (F,): 1 is a strong attack in bass, middle and treble at once, 0 is none.

    Each register of `register_rises` is judged against its own loudest attacks nearby, so that a hi-hat cannot outvote
    the rest.
    """
    strengths = []
    for rise in rises:
        smooth = np.convolve(rise, _SMOOTHING, mode="same")[: len(rise)]
        strengths.append(np.minimum(smooth / np.maximum(_moving_quantile(smooth), 1e-3), 1.5))
    return np.average(strengths, axis=0, weights=_REGISTER_WEIGHTS).astype(np.float32)


def _moving_quantile(curve: Curve, quantile: float = 0.97) -> Curve:
    """The quantile over a few seconds around each frame, on a coarse grid and linear between."""
    reach = int(_LOCAL_S * FRAME_RATE_HZ / 2)
    centres = np.arange(0, len(curve), reach)
    values = [np.quantile(curve[max(0, centre - reach) : centre + reach], quantile) for centre in centres]
    floor = 0.3 * np.quantile(curve, quantile)
    return np.interp(np.arange(len(curve)), centres, np.maximum(values, floor)).astype(np.float32)


def _bar_evidence(spectrogram: Curve, bass: Curve, beats: NDArray[np.int64]) -> Curve:
    """How much harmony and bass are new at the frame of each beat: a log-likelihood ratio of a downbeat, (beats,)."""
    if len(beats) < FEWEST_BEATS:
        return np.zeros(len(beats), np.float32)
    spans = itertools.pairwise([*beats, len(spectrogram)])
    tonal = np.stack([spectrogram[start:end, : _REGISTERS[1]].mean(axis=0) for start, end in spans])
    tonal /= np.maximum(np.linalg.norm(tonal, axis=1, keepdims=True), 1e-6)
    change = np.concatenate([[0.0], 1 - (tonal[1:] * tonal[:-1]).sum(axis=1)])
    entry = np.array([bass[max(0, frame - 3) : frame + 4].max(initial=0) for frame in beats])
    return 0.5 * (_standardised(change) + _standardised(entry))


def _standardised(values: NDArray[np.floating]) -> Curve:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6), np.float32)
