"""The finish: loudness to a target and a true-peak limiter, for any model's sound.

Everything that happens is a gain curve, so what it does to a mix can be done to the mix's stems. Loudness is
ITU-R BS.1770-4 (pyloudnorm), true peak its four-times oversampled estimate.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import scipy.ndimage
import scipy.signal
from numpy.typing import NDArray

from vem_core.audio_files import Pcm, audio_of
from vem_core.contract.result import Levels
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.base import Audio
from vem_core.k_weighting import k_weighting

_OVERSAMPLING = 4
HOP_SAMPLES = SAMPLE_RATE_HZ // 10
"""The grain of loudness: a tenth of a second."""

_TAPS = 24  # of the interpolator, per phase
_BLOCK_SAMPLES = 32  # 0.67 ms: the grain of the limiter's gain
_LOOK_AHEAD_BLOCKS = 6  # 4 ms
_RELEASE_BLOCKS = 90  # 60 ms
_MARGIN_DB = 0.1  # the gain moves between samples, too
_TOLERANCE_LU = 0.2
_ROUNDS = 8  # more than two are for music that is nearly all peaks
_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, 10.0
_BS1770_OFFSET_LU = -0.691
_SILENCE_CDB = -20_000
_HOPS_A_BLOCK = 4
_HOPS_AT_ONCE = 10  # a stretch that stays in the processor's cache
_BLOCKS_AT_ONCE = 2_048  # the same
_MOST_GAIN_DB = 60.0
_PEAK_HEADROOM = 2.0  # how far a true peak may lie above the samples around it


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
        limiter = _limiter_curve(_block_peaks(mix, ceiling / factor) * factor, ceiling, mix.shape[1])
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


def measure_loudness(audio: Audio | Pcm) -> float:
    """The integrated loudness of (C, T) in LUFS (ITU-R BS.1770-4); minus infinity for silence.

    Whole numbers, as `Pcm.T` has them, are measured as the sound they stand for.

    Sound shorter than the gating block of 400 ms counts as one block.
    """
    samples = audio.shape[1]
    return loudness_of(weighted_powers(audio, hops_in(samples)), samples)


def hops_in(samples: int) -> int:
    """How many tenths of a second loudness is made of."""
    return max(1, round((samples - _HOPS_A_BLOCK * HOP_SAMPLES) / HOP_SAMPLES) + _HOPS_A_BLOCK)


def loudness_of(powers: NDArray[np.float64], samples: int) -> float:
    """The integrated loudness in LUFS of so many samples whose `weighted_powers` these are."""
    if samples == 0:
        return -math.inf
    if samples <= _HOPS_A_BLOCK * HOP_SAMPLES:
        blocks = np.array([powers.sum() * HOP_SAMPLES / samples])
    else:
        blocks = np.convolve(powers, np.ones(_HOPS_A_BLOCK) / _HOPS_A_BLOCK, mode="valid")
    with np.errstate(divide="ignore"):
        loudness = _BS1770_OFFSET_LU + 10 * np.log10(blocks)
    heard = blocks[loudness > _GATE_LUFS]
    if not len(heard):
        return -math.inf
    threshold = _BS1770_OFFSET_LU + 10 * math.log10(heard.mean()) - _RELATIVE_GATE_LU
    gated = heard[_BS1770_OFFSET_LU + 10 * np.log10(heard) > threshold]
    found = _BS1770_OFFSET_LU + 10 * math.log10(gated.mean()) if len(gated) else -math.inf
    return found if found > _GATE_LUFS else -math.inf


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


def weighted_powers(audio: Audio | Pcm, hops: int) -> NDArray[np.float64]:
    """The K-weighted power of each 100 ms, summed over the channels: (hops,). What lies beyond the end is silent."""
    powers = np.zeros(hops)
    weighting = k_weighting().astype(np.float32)
    state = np.zeros((len(weighting), audio.shape[0], 2), np.float32)
    for first in range(0, hops, _HOPS_AT_ONCE):
        part = _in_unit(audio[:, first * HOP_SAMPLES : (first + _HOPS_AT_ONCE) * HOP_SAMPLES])
        if part.shape[1] == 0:
            break
        weighted, state = scipy.signal.sosfilt(weighting, part, axis=1, zi=state)
        count = min(_HOPS_AT_ONCE, hops - first)
        padded = np.zeros((audio.shape[0], count * HOP_SAMPLES), np.float32)
        padded[:, : weighted.shape[1]] = weighted[:, : padded.shape[1]]
        squares = np.square(padded).reshape(-1, count, HOP_SAMPLES)
        powers[first : first + count] = squares.mean(2, dtype=np.float64).sum(0)
    return powers


def measure_true_peak(audio: Audio | Pcm) -> float:
    """The true peak of (C, T) in dBTP, oversampled four times (ITU-R BS.1770-4 annex 2); minus infinity for silence.

    Whole numbers, as `Pcm.T` has them, are measured as the sound they stand for.
    """
    return find_true_peak(audio)[0]


def find_true_peak(audio: Audio | Pcm) -> tuple[float, int]:
    """The true peak of `measure_true_peak`, and where it is: the first sample of its block of 32."""
    highest = max(float(audio.max(initial=0)), -float(audio.min(initial=0)))
    highest *= 2.0**-31 if audio.dtype == np.int32 else 1.0
    peaks = _block_peaks(audio, highest)
    peak = float(peaks.max(initial=0.0))
    return (20 * math.log10(peak), int(peaks.argmax()) * _BLOCK_SAMPLES) if peak > 0 else (-math.inf, 0)


def levels_of(powers: NDArray[np.float64], true_peak_dbtp: float, true_peak_samples: int) -> Levels | None:
    """What a re-score needs to know of the levels of a mix; None for silence."""
    if not math.isfinite(true_peak_dbtp):
        return None
    with np.errstate(divide="ignore"):
        power_cdb = np.maximum(np.rint(1000 * np.log10(powers)), _SILENCE_CDB).astype(int)
    return Levels(tuple(power_cdb.tolist()), true_peak_dbtp, true_peak_samples)


def _in_unit(sound: Audio | Pcm) -> Audio:
    """Sound (C, T) in -1..1, from whole numbers too: exact."""
    return audio_of(np.asarray(sound.T, np.int32)) if sound.dtype == np.int32 else np.asarray(sound, np.float32)


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
    ramp = np.arange(_BLOCK_SAMPLES, dtype=np.float32) / _BLOCK_SAMPLES
    points = smooth.astype(np.float32)
    curve = points[:-1, None] + (points[1:] - points[:-1])[:, None] * ramp
    return np.asarray(curve.ravel()[:samples])


@functools.cache
def _smoothing_window() -> NDArray[np.float64]:
    """Weights over the window of the mean, the present at _RELEASE_BLOCKS: quick before a peak, slow after it."""
    before = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_RELEASE_BLOCKS) + 1) / (_RELEASE_BLOCKS + 1))
    after = 0.5 + 0.5 * np.cos(np.pi * (np.arange(_LOOK_AHEAD_BLOCKS + 1)) / (_LOOK_AHEAD_BLOCKS + 1))
    return np.asarray(np.concatenate([before, after]) / (before.sum() + after.sum()))


@functools.cache
def _interpolator() -> NDArray[np.float32]:
    """Filters for the instants between two samples: (phases - 1, taps), half of the taps before them."""
    kernel = scipy.signal.firwin(_OVERSAMPLING * _TAPS - 1, 1 / _OVERSAMPLING, window=("kaiser", 6.5))
    padded = np.append(kernel * _OVERSAMPLING, 0.0)
    return np.asarray(padded.reshape(_TAPS, _OVERSAMPLING).T[:-1, ::-1], np.float32)  # the last is the sample itself


def _block_peaks(audio: Audio | Pcm, level: float) -> NDArray[np.float32]:
    """The true peak of each block of 32 samples, both channels taken together: (N,).

    Only blocks whose samples come within 6 dB of `level` are oversampled. Elsewhere the samples' own peak stands: the
    true one is lower than `level`.
    """
    blocks = -(-audio.shape[1] // _BLOCK_SAMPLES)
    firsts = range(0, blocks, _BLOCKS_AT_ONCE)
    parts = [_peaks_of(_blocks_of(audio, first, min(_BLOCKS_AT_ONCE, blocks - first)), level) for first in firsts]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _blocks_of(audio: Audio | Pcm, first: int, count: int) -> Audio:
    """`count` blocks of (C, T) from number `first` on, with _TAPS samples on both sides; silent beyond the ends."""
    begin = first * _BLOCK_SAMPLES - _TAPS
    padded = np.zeros((audio.shape[0], count * _BLOCK_SAMPLES + 2 * _TAPS), np.float32)
    inside = audio[:, max(0, begin) : begin + padded.shape[1]]
    lead = max(0, -begin)
    padded[:, lead : lead + inside.shape[1]] = _in_unit(inside)
    return padded


def _peaks_of(padded: Audio, level: float) -> NDArray[np.float32]:
    """The true peaks of whole blocks that come with _TAPS samples on both sides."""
    channels = padded.shape[0]
    blocks = np.abs(padded[:, _TAPS:-_TAPS]).reshape(-1, _BLOCK_SAMPLES)
    peaks = np.ascontiguousarray(blocks.T).max(0).reshape(channels, -1)  # C N; along the first axis it is quicker
    loud = peaks * _PEAK_HEADROOM >= max(level, 1e-9)
    for channel in range(channels):
        rows = np.flatnonzero(loud[channel])
        if len(rows):
            windows = np.lib.stride_tricks.sliding_window_view(padded[channel], _BLOCK_SAMPLES + 2 * _TAPS)
            between = _peaks_between(windows[rows * _BLOCK_SAMPLES])
            peaks[channel, rows] = np.maximum(peaks[channel, rows], between)
    return np.asarray(peaks.max(0))


def _peaks_between(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest of the interpolated points of each block: (N,) from (N, _BLOCK_SAMPLES + 2 _TAPS).

    Sums run in one order for every block (a matrix product's do not), so that equal music has equal peaks.
    """
    highest = np.zeros(len(windows), np.float32)
    first = _TAPS // 2 + 1
    for phase in _interpolator():
        point = np.zeros((len(windows), _BLOCK_SAMPLES), np.float32)
        for tap, weight in enumerate(phase, first):
            point += weight * windows[:, tap : tap + _BLOCK_SAMPLES]
        np.maximum(highest, np.abs(point).max(1, initial=0.0), out=highest)
    return highest
