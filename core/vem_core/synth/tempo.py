"""Where the beats are, for what must keep time with them: echoes and ducking."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.tone import on_device

_FALLBACK_BEAT_SAMPLES = SAMPLE_RATE_HZ // 2
_DUCK_ATTACK_S = 0.004
_DUCK_HOLD_S = 0.045
_DUCK_BEATS = 0.62  # how long the music takes to come back


class BeatClock:
    """Converts samples to beats and back; before the first beat and after the last the tempo runs on.

    `origin_samples` is where sample 0 of the caller stands on the beats' own clock.
    """

    def __init__(self, beat_samples: tuple[int, ...], origin_samples: int = 0) -> None:
        self._origin = origin_samples
        beats = np.asarray(beat_samples, float)
        if len(beats) < 2:
            first = beats[0] if len(beats) else 0.0
            beats = first + np.arange(2) * float(_FALLBACK_BEAT_SAMPLES)
        self._samples = beats
        self._first, self._last = float(beats[1] - beats[0]), float(beats[-1] - beats[-2])

    def beat_at(self, sample: float) -> float:
        sample += self._origin
        if sample < self._samples[0]:
            return float((sample - self._samples[0]) / self._first)
        if sample > self._samples[-1]:
            return float(len(self._samples) - 1 + (sample - self._samples[-1]) / self._last)
        return float(np.interp(sample, self._samples, np.arange(len(self._samples))))

    def sample_at(self, beat: float) -> int:
        return self._sample_at(beat) - self._origin

    def _sample_at(self, beat: float) -> int:
        if beat < 0:
            return round(float(self._samples[0] + beat * self._first))
        if beat > len(self._samples) - 1:
            return round(float(self._samples[-1] + (beat - len(self._samples) + 1) * self._last))
        return round(float(np.interp(beat, np.arange(len(self._samples)), self._samples)))

    @property
    def longest_beat(self) -> float:
        """The length in samples of the longest beat, as it may also run on after the last."""
        return float(np.diff(self._samples).max())

    def beat_length_at(self, sample: float) -> float:
        """The length in samples of the beat around a sample."""
        beat = self.beat_at(sample)
        return float(self.sample_at(beat + 1) - self.sample_at(beat))


def ducking_curve(
    kicks: Sequence[int], clock: BeatClock, samples: int, device: str = "cpu", *, start: int = 0
) -> Tensor:
    """How far the kicks, in order, push the rest down at each of the samples from `start` on: 0 not at all .. 1 fully.

    (samples,).
    """
    curve = np.zeros(samples, np.float32)
    reach = round(_DUCK_BEATS * clock.longest_beat) + _dip_edge_samples()
    for kick in kicks[bisect.bisect_left(kicks, start - reach) : bisect.bisect_left(kicks, start + samples)]:
        dip = _dip(round(_DUCK_BEATS * clock.beat_length_at(kick)))
        begin, end = max(kick - start, 0), min(samples, kick - start + len(dip))
        if begin < end:
            np.maximum(curve[begin:end], dip[begin - kick + start : end - kick + start], out=curve[begin:end])
    return on_device(curve, device)


def _dip_edge_samples() -> int:
    """How much longer than its beats a dip can be: it takes its attack, twice, and its hold at least."""
    return 2 * round(_DUCK_ATTACK_S * SAMPLE_RATE_HZ) + round(_DUCK_HOLD_S * SAMPLE_RATE_HZ)


@functools.lru_cache(maxsize=64)
def _dip(samples: int) -> NDArray[np.float32]:
    attack, hold = round(_DUCK_ATTACK_S * SAMPLE_RATE_HZ), round(_DUCK_HOLD_S * SAMPLE_RATE_HZ)
    fall = max(samples - attack - hold, attack)
    recover = 0.5 + 0.5 * np.cos(np.pi * (np.arange(fall) / fall) ** 0.8)
    onset = 0.5 - 0.5 * np.cos(np.pi * np.arange(attack) / attack)
    return np.concatenate([onset, np.ones(hold), recover]).astype(np.float32)
