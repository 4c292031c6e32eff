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

from vem_core.audio.loudness import HOP_SAMPLES, hops_in, loudness_of, powers_with_changes, weighted_powers
from vem_core.audio.tape import GainedSound, Sound, blocks, folder_of, let_go, silent
from vem_core.audio.true_peak import BLOCK_SAMPLES, block_peaks, blocks_in, find_true_peak, measure_true_peak
from vem_core.audio.types import Audio
from vem_core.contract.result import Levels

_LOOK_AHEAD_BLOCKS = 6  # 4 ms
_RELEASE_BLOCKS = 90  # 60 ms
_WINDOW_BLOCKS = _LOOK_AHEAD_BLOCKS + _RELEASE_BLOCKS + 1
_REACH_BLOCKS = 2 * _WINDOW_BLOCKS  # how far a peak may act
_POINTS_AT_ONCE = 2**16
_MARGIN_DB = 0.1  # the gain moves between samples, too
_TOLERANCE_LU = 0.2
_ROUNDS = 8  # more than two are for music that is nearly all peaks
_SILENCE_CDB = -20_000
_MOST_GAIN_DB = 60.0


@dataclass(frozen=True)
class MasterGain:
    """What mastering did. `curve(start, end)` times those samples of a stem is the mastered stem."""

    gain_db: float  # the constant part
    reduction_db: float  # how far the limiter went at most
    loudness_lufs: float  # of the result
    true_peak_dbtp: float  # of the result
    curve: LimitedGain
    levels: Levels | None = None  # of the result; None: silence

    def apply(self, audio: Audio) -> Audio:
        """Audio (C, T) with the same gain."""
        return np.multiply(audio, self.curve(0, audio.shape[1]), dtype=np.float32)

    def over(self, sound: Sound) -> Sound:
        """A sound with the same gain, made where it is read."""
        return GainedSound(sound, self.curve)


@dataclass(frozen=True)
class LimitedGain:
    """A constant gain and a limiter's: its `points` stand at the borders of the blocks, and it is linear between."""

    factor: np.float32
    points: NDArray[np.float32]  # (blocks + 1,); none where nothing is limited

    def __call__(self, start: int, end: int) -> NDArray[np.float32]:
        """The gain of samples [start, end): (T,)."""
        return self.limiter(start, end) * self.factor

    def limiter(self, start: int, end: int) -> NDArray[np.float32]:
        """The limiter's gain, without the constant, of samples [start, end): (T,)."""
        first, last = start // BLOCK_SAMPLES, blocks_in(end)
        points = self.points[first : last + 1]
        if not np.any(points < 1):
            return np.ones(end - start, np.float32)
        ramp = np.arange(BLOCK_SAMPLES, dtype=np.float32) / BLOCK_SAMPLES
        curve = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
        skipped = start - first * BLOCK_SAMPLES
        return np.asarray(curve.ravel()[skipped : skipped + end - start])


def master(
    mix: Audio, loudness_lufs: float | None, true_peak_dbtp: float, *, gain_db: float | None = None
) -> tuple[Audio, MasterGain]:
    """A mix (2, T) as `master_gain` has it, and that gain."""
    gain = master_gain(mix, loudness_lufs, true_peak_dbtp, gain_db=gain_db)
    return gain.apply(mix), gain


def master_gain(
    mix: Sound, loudness_lufs: float | None, true_peak_dbtp: float, *, gain_db: float | None = None
) -> MasterGain:
    """What brings a mix (2, T) to an integrated loudness and keeps its true peak below a ceiling.

    Without a loudness the peak is brought to the ceiling, and nothing is limited.

    A given `gain_db` (that of an earlier take) is used instead of a measured one, so that unchanged music keeps its
    samples; only the limiter still acts. Silence stays silence.
    """
    fixed = gain_db is not None or loudness_lufs is None
    samples = mix.shape[1]
    powers = weighted_powers(mix, hops_in(samples))
    before_lufs = loudness_of(powers, samples)
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
        curve = LimitedGain(np.float32(factor), _limiter_points(mix, ceiling, factor))
        lowest, acts = _limiting(curve, samples, len(powers))
        reduction_db = -20 * math.log10(lowest)
        after = powers * factor**2
        if reduction_db:
            limited = GainedSound(mix, curve)
            after = powers_with_changes(after, acts, functools.partial(_powers_between, limited))
        after_lufs = loudness_of(after, samples) if reduction_db else before_lufs + gain_db
        missing_lu = 0.0 if loudness_lufs is None else loudness_lufs - after_lufs
        if fixed or not math.isfinite(missing_lu) or abs(missing_lu) <= _TOLERANCE_LU:
            break
    peak_dbtp, at_samples = find_true_peak(GainedSound(mix, curve))
    levels = levels_of(after, peak_dbtp, at_samples)
    return MasterGain(gain_db, reduction_db, after_lufs, peak_dbtp, curve, levels)


def _limiting(curve: LimitedGain, samples: int, hops: int) -> tuple[float, NDArray[np.bool_]]:
    """How low the limiter goes, and in which hops it acts."""
    lowest, acts = 1.0, np.zeros(hops, bool)
    for where in blocks(samples):
        limiter = curve.limiter(where.start, where.stop)
        below = np.flatnonzero(limiter < 1)
        if len(below):
            lowest = min(lowest, float(limiter.min()))
            acts[np.minimum((where.start + below) // HOP_SAMPLES, hops - 1)] = True
        let_go(curve.points)
    return lowest, acts


def _powers_between(sound: Sound, first: int, end: int) -> NDArray[np.float64]:
    """The K-weighted powers of hops [first, end) of a sound."""
    return weighted_powers(sound, end - first, first)


def levels_of(powers: NDArray[np.float64], true_peak_dbtp: float, true_peak_samples: int) -> Levels | None:
    """What a re-score needs to know of the levels of a mix; None for silence."""
    if not math.isfinite(true_peak_dbtp):
        return None
    with np.errstate(divide="ignore"):
        power_cdb = np.maximum(np.rint(1000 * np.log10(powers)), _SILENCE_CDB).astype(int)
    return Levels(tuple(power_cdb.tolist()), true_peak_dbtp, true_peak_samples)


def _gain_between(from_db: float, to_db: float) -> float:
    return min(to_db - from_db, _MOST_GAIN_DB) if math.isfinite(from_db) else 0.0


def _limiter_points(mix: Sound, ceiling: float, factor: float) -> NDArray[np.float32]:
    """The smallest reduction at the blocks' borders that keeps every block's peak below the ceiling: (blocks + 1,).

    Smooth, with look-ahead. None where nothing is to be limited.
    """
    count = blocks_in(mix.shape[1])
    peaks = block_peaks(mix, ceiling / factor, silent(count, 1, folder_of(mix))[0])
    points = silent(count + 1, 1, folder_of(mix))[0]
    limits = False
    for first in range(0, count + 1, _POINTS_AT_ONCE):
        end = min(first + _POINTS_AT_ONCE, count + 1)
        lead, trail = max(0, first - _REACH_BLOCKS), min(count + 1, end + _REACH_BLOCKS)
        around = np.zeros(trail - lead + 1, np.float32)  # of the blocks on both sides of each border
        inside = slice(max(0, lead - 1), min(count, trail))
        around[inside.start - lead + 1 : inside.stop - lead + 1] = peaks[inside] * factor
        points[first:end] = _points_of(around, ceiling)[first - lead : end - lead]
        limits = limits or bool(np.any(around > ceiling))
        let_go(peaks, points)
    return points if limits else np.zeros(0, np.float32)


def _points_of(peaks: NDArray[np.float32], ceiling: float) -> NDArray[np.float32]:
    """The points at the borders between blocks with these peaks, (blocks - 1,); beyond them nothing is limited."""
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    edges = np.minimum(needed[1:], needed[:-1])
    # A minimum over the window, then a weighted mean over the same window, never rises above what is needed.
    shift = (_WINDOW_BLOCKS - 1) // 2 - _LOOK_AHEAD_BLOCKS
    held = scipy.ndimage.minimum_filter1d(edges, _WINDOW_BLOCKS, mode="constant", cval=1.0, origin=shift)
    smooth = scipy.ndimage.correlate1d(held, _smoothing_window(), mode="constant", cval=1.0, origin=-shift)
    return np.minimum(smooth, edges).astype(np.float32)


@functools.cache
def _smoothing_window() -> NDArray[np.float64]:
    """Weights over the window of the mean, the present at _RELEASE_BLOCKS: quick before a peak, slow after it."""
    before = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_RELEASE_BLOCKS) + 1) / (_RELEASE_BLOCKS + 1))
    after = 0.5 + 0.5 * np.cos(np.pi * (np.arange(_LOOK_AHEAD_BLOCKS + 1)) / (_LOOK_AHEAD_BLOCKS + 1))
    return np.asarray(np.concatenate([before, after]) / (before.sum() + after.sum()))
