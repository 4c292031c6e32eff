"""The finish: loudness to a target and a true-peak limiter, for any model's sound.

Everything that happens is a gain curve, so what it does to a mix can be done to the mix's stems. Loudness and
true peak are those of ITU-R BS.1770-4.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from vem_core.audio.loudness import HOP_SAMPLES, hops_in, loudness_of, weighted_powers
from vem_core.audio.true_peak import BLOCK_SAMPLES, block_peaks, find_true_peak, measure_true_peak
from vem_core.audio.types import Audio
from vem_core.contract.result import Levels

_LOOK_AHEAD_BLOCKS = 6  # 4 ms
_RELEASE_BLOCKS = 90  # 60 ms
_MARGIN_DB = 0.1  # the gain moves between samples, too
_TOLERANCE_LU = 0.2
_ROUNDS = 8  # more than two are for music that is nearly all peaks
_SILENCE_CDB = -20_000
_MOST_GAIN_DB = 60.0


@dataclass(frozen=True)
class MasterGain:
    """What mastering did. `curve` times a stem is the mastered stem."""

    gain_db: float  # the constant part
    reduction_db: float  # how far the limiter went at most
    loudness_lufs: float  # of the result
    true_peak_dbtp: float  # of the result
    curve: NDArray[np.float32]  # (T,)
    levels: Levels | None = None  # of the result; None: silence

    def apply(self, audio: Audio) -> Audio:
        """Audio (C, T) with the same gain."""
        return np.multiply(audio, self.curve, dtype=np.float32)


def master(
    mix: Audio, loudness_lufs: float | None, true_peak_dbtp: float, *, gain_db: float | None = None
) -> tuple[Audio, MasterGain]:
    """Bring a mix (2, T) to an integrated loudness and keep its true peak below a ceiling.

    Without a loudness the peak is brought to the ceiling, and nothing is limited.

    A given `gain_db` (that of an earlier take) is used instead of a measured one, so that unchanged music keeps its
    samples; only the limiter still acts. Silence stays silence.
    """
    fixed = gain_db is not None or loudness_lufs is None
    powers = weighted_powers(mix, hops_in(mix.shape[1]))
    before_lufs = loudness_of(powers, mix.shape[1])
    if gain_db is None:
        gain_db = (
            _gain_between(measure_true_peak(mix), true_peak_dbtp - _MARGIN_DB)
            if loudness_lufs is None
            else _gain_between(before_lufs, loudness_lufs)
        )
    ceiling = 10 ** ((true_peak_dbtp - _MARGIN_DB) / 20)
    missing_lu = 0.0
    for _ in range(_ROUNDS):
        gain_db = min(gain_db + missing_lu, _MOST_GAIN_DB)
        factor = 10 ** (gain_db / 20)
        limiter = _limiter_curve(block_peaks(mix, ceiling / factor) * factor, ceiling, mix.shape[1])
        reduction_db = -20 * math.log10(float(limiter.min(initial=1.0)))
        curve = limiter * np.float32(factor)
        audio = mix * curve
        after = _limited_powers(powers * factor**2, audio, limiter) if reduction_db else powers * factor**2
        after_lufs = loudness_of(after, audio.shape[1]) if reduction_db else before_lufs + gain_db
        missing_lu = 0.0 if loudness_lufs is None else loudness_lufs - after_lufs
        if fixed or not math.isfinite(missing_lu) or abs(missing_lu) <= _TOLERANCE_LU:
            break
    peak_dbtp, at_samples = find_true_peak(audio)
    levels = levels_of(after, peak_dbtp, at_samples)
    return audio, MasterGain(gain_db, reduction_db, after_lufs, peak_dbtp, curve, levels)


def _limited_powers(powers: NDArray[np.float64], audio: Audio, limiter: NDArray[np.float32]) -> NDArray[np.float64]:
    """The K-weighted powers of limited sound, from those that it would have unlimited.

    Only where the limiter acts, and in the hop after that, is anything to be measured: the weighting's memory is
    shorter than a hop.
    """
    acts = np.zeros(len(powers), bool)
    acts[np.minimum(np.flatnonzero(limiter < 1) // HOP_SAMPLES, len(powers) - 1)] = True
    acts[1:] |= acts[:-1]
    edges = np.flatnonzero(np.diff(acts, prepend=False, append=False))
    limited = powers.copy()
    for first, end in edges.reshape(-1, 2):
        lead = max(first - 1, 0)
        measured = weighted_powers(audio[:, lead * HOP_SAMPLES : end * HOP_SAMPLES], end - lead)
        limited[first:end] = measured[first - lead :]
    return limited


def levels_of(powers: NDArray[np.float64], true_peak_dbtp: float, true_peak_samples: int) -> Levels | None:
    """What a re-score needs to know of the levels of a mix; None for silence."""
    if not math.isfinite(true_peak_dbtp):
        return None
    with np.errstate(divide="ignore"):
        power_cdb = np.maximum(np.rint(1000 * np.log10(powers)), _SILENCE_CDB).astype(int)
    return Levels(tuple(power_cdb.tolist()), true_peak_dbtp, true_peak_samples)


def _gain_between(from_db: float, to_db: float) -> float:
    return min(to_db - from_db, _MOST_GAIN_DB) if math.isfinite(from_db) else 0.0


def _limiter_curve(peaks: NDArray[np.float32], ceiling: float, samples: int) -> NDArray[np.float32]:
    """The smallest reduction that keeps every block's peak below the ceiling: (T,), smooth, with look-ahead."""
    if not np.any(peaks > ceiling):
        return np.ones(samples, np.float32)
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    edges = np.minimum(np.append(needed, 1.0), np.append(1.0, needed))  # at the blocks' borders
    size = _LOOK_AHEAD_BLOCKS + _RELEASE_BLOCKS + 1
    # A minimum over the window, then a weighted mean over the same window, never rises above what is needed.
    shift = (size - 1) // 2 - _LOOK_AHEAD_BLOCKS
    held = scipy.ndimage.minimum_filter1d(edges, size, mode="constant", cval=1.0, origin=shift)
    smooth = scipy.ndimage.correlate1d(held, _smoothing_window(), mode="constant", cval=1.0, origin=-shift)
    smooth = np.minimum(smooth, edges)
    ramp = np.arange(BLOCK_SAMPLES, dtype=np.float32) / BLOCK_SAMPLES
    points = smooth.astype(np.float32)
    curve = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
    return np.asarray(curve.ravel()[:samples])


@functools.cache
def _smoothing_window() -> NDArray[np.float64]:
    """Weights over the window of the mean, the present at _RELEASE_BLOCKS: quick before a peak, slow after it."""
    before = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_RELEASE_BLOCKS) + 1) / (_RELEASE_BLOCKS + 1))
    after = 0.5 + 0.5 * np.cos(np.pi * (np.arange(_LOOK_AHEAD_BLOCKS + 1)) / (_LOOK_AHEAD_BLOCKS + 1))
    return np.asarray(np.concatenate([before, after]) / (before.sum() + after.sum()))
