"""How much of a sound comes back: pitch, onsets and spectrum of a sound against its copy. Mono (T,) at 48 kHz."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import stft

from vem_core.audio.chroma import pitch_class_matrix
from vem_core.contract.time import SAMPLE_RATE_HZ

Floats = NDArray[np.float64]

_HOP = SAMPLE_RATE_HZ // 1000  # of the onset envelope: a millisecond
_REACH_MS, _MOST_SHIFT_MS = 80, 40
_NEAR_MS, _AROUND_MS = 30, 500
_STANDS_OUT = 8.0  # times the usual rise around it: noise and swelling pads reach three to five
_CONTRAST_WINDOW, _CONTRAST_HOP = 4096, 1920
_OCTAVES_HZ = (100, 200, 400, 800, 1600, 3200, 6400, 12_800)
_CONTRAST_SHARE = 0.2
_HEARD_DB = 40.0  # below the loudest
_LSD_FLOOR = 1e-5  # amplitude; -100 dB


def chroma(sound: Floats, low_hz: float = 60, high_hz: float = 4000) -> Floats:
    """(12, frames) amplitude by pitch class between two frequencies, ten frames a second. Class 0 is C."""
    hertz, _, spectra = stft(sound, SAMPLE_RATE_HZ, nperseg=16384, noverlap=16384 - 4800)
    return np.asarray(pitch_class_matrix(hertz, low_hz, high_hz).T @ np.abs(spectra))


def agreement(one: Floats, other: Floats) -> float:
    """Correlation over the twelve classes, averaged over the frames in which both sound, -1..1."""
    one, other = one - one.mean(0), other - other.mean(0)
    norms = np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0)
    heard = norms > 1e-9
    return float(np.mean((one * other).sum(0)[heard] / norms[heard]))


def onset_errors(sound: Floats, back: Floats, onsets: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Displacement and widening of each onset (in samples), in ms, by local correlation of the onset envelopes.

    Onsets too near the ends are left out.
    """
    before, after = onset_envelope(sound), onset_envelope(back)
    shifts, smears = [], []
    for onset in onsets:
        at = int(onset) // _HOP
        if at - _REACH_MS - _MOST_SHIFT_MS < 0 or at + _REACH_MS + _MOST_SHIFT_MS >= min(len(before), len(after)):
            continue
        window = before[at - _REACH_MS : at + _REACH_MS]
        scores = [
            np.dot(window, after[at - _REACH_MS + lag : at + _REACH_MS + lag])
            for lag in range(-_MOST_SHIFT_MS, _MOST_SHIFT_MS + 1)
        ]
        shifts.append(float(np.argmax(scores) - _MOST_SHIFT_MS))
        smears.append(_width_ms(after[at - _REACH_MS : at + _REACH_MS]) - _width_ms(window))
    return np.array(shifts), np.array(smears)


def heard_onsets(sound: Floats, instants: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of the instants (in samples) at which something sets in: only that can be displaced.

    Within 30 ms the onset envelope rises eight times above its median over the second around.
    """
    envelope = onset_envelope(sound)

    def stands_out(instant: int) -> bool:
        at = instant // _HOP
        near = envelope[max(0, at - _NEAR_MS) : at + _NEAR_MS]
        around = envelope[max(0, at - _AROUND_MS) : at + _AROUND_MS]
        return bool(len(near) and near.max() > _STANDS_OUT * np.median(around))

    return np.array([instant for instant in instants if stands_out(int(instant))], np.int64)


def onset_envelope(sound: Floats) -> Floats:
    """Half-wave rectified rise of the level in eight bands, one value a millisecond."""
    _, _, spectra = stft(sound, SAMPLE_RATE_HZ, nperseg=256, noverlap=256 - _HOP)
    power = np.stack([part.mean(0) for part in np.array_split(np.abs(spectra) ** 2, 8)])
    smooth = np.apply_along_axis(np.convolve, 1, power, np.hanning(9) / np.hanning(9).sum(), mode="same")
    level = np.log1p(smooth / (1e-2 * np.maximum(smooth.max(axis=1, keepdims=True), 1e-12)))
    flux: Floats = np.maximum(0, np.diff(level, axis=1)).sum(0)
    return flux


def log_spectral_distance_db(sound: Floats, back: Floats) -> float:
    """Root mean square over frequency, mean over time, of the level differences of 2,048-point spectra, in dB.

    Below -100 dB of full scale counts as silence.
    """
    levels = [
        20 * np.log10(np.maximum(np.abs(stft(signal, SAMPLE_RATE_HZ, nperseg=2048)[2]), _LSD_FLOOR))
        for signal in (sound, back)
    ]
    return float(np.sqrt(np.square(levels[0] - levels[1]).mean(axis=0)).mean())


def contrast_over_noise_db(sound: Floats) -> float:
    """How far tones stand out of what lies between them: spectral contrast (Jiang et al. 2002) less that of noise.

    In each octave from 100 Hz to 12.8 kHz the mean level of the strongest fifth of the bins of a 4,096-point spectrum
    over that of the weakest fifth; the mean over octaves and frames within 40 dB of the loudest. Noise has 0.
    """
    return _contrast_db(sound) - _contrast_of_noise_db()


@lru_cache(maxsize=1)
def _contrast_of_noise_db() -> float:
    return _contrast_db(np.random.default_rng(0).standard_normal(20 * SAMPLE_RATE_HZ))


def _contrast_db(sound: Floats) -> float:
    hertz, _, spectra = stft(sound, SAMPLE_RATE_HZ, nperseg=_CONTRAST_WINDOW, noverlap=_CONTRAST_WINDOW - _CONTRAST_HOP)
    power = np.square(np.abs(spectra))
    loudness = 10 * np.log10(power.sum(axis=0) + 1e-12)
    levels = 10 * np.log10(power[:, loudness > loudness.max() - _HEARD_DB] + 1e-12)
    found = []
    for low, high in itertools.pairwise(_OCTAVES_HZ):
        octave = np.sort(levels[(hertz >= low) & (hertz < high)], axis=0)
        count = max(1, round(len(octave) * _CONTRAST_SHARE))
        found.append(float((octave[-count:].mean(axis=0) - octave[:count].mean(axis=0)).mean()))
    return float(np.mean(found))


def _width_ms(flux: Floats) -> float:
    """Span in ms that holds the middle 80 % of an onset's rise."""
    share = np.cumsum(flux) / max(flux.sum(), 1e-12)
    return float(np.searchsorted(share, 0.9) - np.searchsorted(share, 0.1))
