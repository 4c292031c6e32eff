"""The true peak of ITU-R BS.1770-4 annex 2: the highest point between samples too, oversampled four times."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from vem_core.audio.pcm import in_unit
from vem_core.audio.tape import Sound, blocks, let_go
from vem_core.audio.types import Audio, Pcm

BLOCK_SAMPLES = 32
"""0.67 ms: the grain of the peaks, and so of a limiter's gain."""

_OVERSAMPLING = 4
_TAPS = 24  # of the interpolator, per phase
_BLOCKS_AT_ONCE = 2_048  # a stretch that stays in the processor's cache
_SAMPLES_AT_ONCE = _BLOCKS_AT_ONCE * BLOCK_SAMPLES
_PEAK_HEADROOM = 2.0  # how far a true peak may lie above the samples around it


def measure_true_peak(audio: Sound | Pcm) -> float:
    """The true peak of (C, T) in dBTP, oversampled four times (ITU-R BS.1770-4 annex 2); minus infinity for silence.

    Whole numbers, as `Pcm.T` has them, are measured as the sound they stand for.
    """
    return find_true_peak(audio)[0]


def find_true_peak(audio: Sound | Pcm) -> tuple[float, int]:
    """The true peak of `measure_true_peak`, and where it is: the first sample of its block of 32."""
    parts = (in_unit(audio[:, where]) for where in blocks(audio.shape[1], audio, size=_SAMPLES_AT_ONCE))
    return peak_of(parts, audio.shape[0])


def peak_of(parts: Iterable[Audio], channels: int) -> tuple[float, int]:
    """As `find_true_peak`, of a sound that comes in parts (C, T)."""
    meter = PeakMeter(channels)
    for part in parts:
        meter.hear(part)
    return meter.end()


class PeakMeter:
    """The true peak of a sound that comes piece by piece, and where it is.

    Only blocks whose samples come within 6 dB of the highest so far are oversampled.
    """

    def __init__(self, channels: int) -> None:
        self._held = np.zeros((channels, _TAPS), np.float32)  # with _TAPS samples before what is still to be looked at
        self._first, self._highest = 0, 0.0
        self._peak, self._at = 0.0, 0

    def hear(self, audio: Audio) -> None:
        """The next of the sound, (C, T)."""
        window = _SAMPLES_AT_ONCE + 2 * _TAPS
        while self._held.shape[1] + audio.shape[1] >= window:
            missing = window - self._held.shape[1]
            padded = np.concatenate([self._held, audio[:, :missing]], axis=1)
            self._look(padded)
            self._held, audio = padded[:, _SAMPLES_AT_ONCE:], audio[:, missing:]
        self._held = np.concatenate([self._held, audio], axis=1)

    def end(self) -> tuple[float, int]:
        """The true peak in dBTP (minus infinity for silence), and the first sample of its block of 32."""
        missing = -(self._held.shape[1] - _TAPS) % BLOCK_SAMPLES + _TAPS
        if self._held.shape[1] > _TAPS:
            self._look(np.pad(self._held, ((0, 0), (0, missing))))
        return (20 * math.log10(self._peak), self._at) if self._peak > 0 else (-math.inf, 0)

    def _look(self, padded: Audio) -> None:
        inside = padded[:, _TAPS:-_TAPS]
        highest_here = max(float(inside.max()), -float(inside.min()))
        self._highest = max(self._highest, highest_here)
        if highest_here * _PEAK_HEADROOM >= self._highest:  # else it cannot be here
            peaks = _peaks_of(padded, self._highest)
            highest = int(peaks.argmax())
            if peaks[highest] > self._peak:
                self._peak, self._at = float(peaks[highest]), self._first + highest * BLOCK_SAMPLES
        self._first += inside.shape[1]


def block_peaks(audio: Sound | Pcm, level: float, peaks: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """The true peak of each block of 32 samples, both channels taken together: (N,).

    Only blocks whose samples come within 6 dB of `level` are oversampled. Elsewhere the samples' own peak stands: the
    true one is lower than `level`. They are put into `peaks` where that is given.
    """
    total = blocks_in(audio.shape[1])
    peaks = np.zeros(total, np.float32) if peaks is None else peaks
    for first in range(0, total, _BLOCKS_AT_ONCE):
        count = min(_BLOCKS_AT_ONCE, total - first)
        peaks[first : first + count] = _peaks_of(_blocks_of(audio, first, count), level)
        let_go(audio, peaks)
    return peaks


def blocks_in(samples: int) -> int:
    """How many blocks of 32 samples there are peaks of."""
    return -(-samples // BLOCK_SAMPLES)


@functools.cache
def _interpolator() -> NDArray[np.float32]:
    """Filters for the instants between two samples: (phases - 1, taps), half of the taps before them."""
    kernel = scipy.signal.firwin(_OVERSAMPLING * _TAPS - 1, 1 / _OVERSAMPLING, window=("kaiser", 6.5))
    padded = np.append(kernel * _OVERSAMPLING, 0.0)
    return np.asarray(padded.reshape(_TAPS, _OVERSAMPLING).T[:-1, ::-1], np.float32)  # the last is the sample itself


def _blocks_of(audio: Sound | Pcm, first: int, count: int) -> Audio:
    """`count` blocks of (C, T) from number `first` on, with _TAPS samples on both sides; silent beyond the ends."""
    begin = first * BLOCK_SAMPLES - _TAPS
    padded = np.zeros((audio.shape[0], count * BLOCK_SAMPLES + 2 * _TAPS), np.float32)
    inside = audio[:, max(0, begin) : begin + padded.shape[1]]
    lead = max(0, -begin)
    padded[:, lead : lead + inside.shape[1]] = in_unit(inside)
    return padded


def _peaks_of(padded: Audio, level: float) -> NDArray[np.float32]:
    """The true peaks of whole blocks that come with _TAPS samples on both sides."""
    channels = padded.shape[0]
    levels = np.abs(padded[:, _TAPS:-_TAPS]).reshape(-1, BLOCK_SAMPLES)
    peaks = np.ascontiguousarray(levels.T).max(0).reshape(channels, -1)  # C N; along the first axis it is quicker
    loud = peaks * _PEAK_HEADROOM >= max(level, 1e-9)
    for channel in range(channels):
        rows = np.flatnonzero(loud[channel])
        if len(rows):
            windows = np.lib.stride_tricks.sliding_window_view(padded[channel], BLOCK_SAMPLES + 2 * _TAPS)
            between = _peaks_between(windows[rows * BLOCK_SAMPLES])
            peaks[channel, rows] = np.maximum(peaks[channel, rows], between)
    return np.asarray(peaks.max(0))


def _peaks_between(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest of the interpolated points of each block: (N,) from (N, BLOCK_SAMPLES + 2 _TAPS).

    Sums run in one order for every block (a matrix product's do not), so that equal music has equal peaks.
    """
    highest = np.zeros(len(windows), np.float32)
    first = _TAPS // 2 + 1
    for phase in _interpolator():
        point = np.zeros((len(windows), BLOCK_SAMPLES), np.float32)
        for tap, weight in enumerate(phase, first):
            point += weight * windows[:, tap : tap + BLOCK_SAMPLES]
        np.maximum(highest, np.abs(point).max(1, initial=0.0), out=highest)
    return highest
