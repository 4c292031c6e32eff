"""The tempo map: musical time (beats) against the sample clock, piecewise linear and extrapolated at both ends."""

from __future__ import annotations

import bisect
import functools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vem_core.contract.plan import ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import silent

_FINEST = 10_000  # denominators of places within a breath
_SIXTEENTHS = tuple(Fraction(number, 4) for number in (1, 2, 3))


@dataclass(frozen=True)
class BreathPlace:
    """A place within a breath that still belongs to a pulse: to that of the beat held, or as a pick-up to the next."""

    fraction: Fraction  # of a beat: its place in that pulse
    position: Fraction  # in beats of the whole score
    samples: int


@dataclass(frozen=True)
class TempoMap:
    """Where each beat falls. Beat 0 is `beat_samples[0]`; between two beats time runs evenly.

    Before the first and after the last beat the tempo of the outermost interval continues. A map with a single beat
    needs `lone_period_samples`; so does one with none, whose beat 0 then falls on sample 0.

    Raises ValueError if the beats do not strictly increase, or if a tempo is missing.
    """

    beat_samples: tuple[int, ...]
    lone_period_samples: float | None = None

    def __post_init__(self) -> None:
        if np.any(np.diff(self.beat_samples) <= 0):
            raise ValueError("beats must be strictly increasing")
        if len(self.beat_samples) < 2 and not (self.lone_period_samples or 0) > 0:
            raise ValueError("fewer than two beats have no tempo of their own")

    @classmethod
    def of_plan(cls, plan: ScorePlan, lone_bpm: float = 100.0) -> TempoMap:
        """The map of a plan's beats; `lone_bpm` is the tempo of a score too short for two of them."""
        samples = tuple(beat.samples for beat in plan.beats)
        return cls(samples, None if len(samples) > 1 else SAMPLE_RATE_HZ * 60 / lone_bpm)

    def samples_at(self, beats: ArrayLike) -> NDArray[np.float64]:
        """The instants, in samples, of positions in beats (fractions and negative ones allowed; any shape)."""
        return _interpolate(np.asarray(beats, float), *self._points)

    def beats_at(self, samples: ArrayLike) -> NDArray[np.float64]:
        """The positions in beats of instants in samples (any shape): the inverse of `samples_at`."""
        positions, instants = self._points
        return _interpolate(np.asarray(samples, float), instants, positions)

    def sample_at(self, beat: float) -> int:
        """The sample nearest to one position in beats (halves go up)."""
        instants = self._instants
        piece = min(max(math.floor(beat), 0), len(instants) - 2)
        return math.floor(instants[piece] + (instants[piece + 1] - instants[piece]) * (beat - piece) + 0.5)

    def beat_at(self, sample: float) -> float:
        """The position in beats of one instant."""
        instants = self._instants
        piece = min(max(bisect.bisect_right(instants, sample) - 1, 0), len(instants) - 2)
        return piece + (sample - instants[piece]) / (instants[piece + 1] - instants[piece])

    def period_at(self, beats: ArrayLike) -> NDArray[np.float64]:
        """The length in samples of the beat that sounds at each position; at a beat, of the one that begins there."""
        positions, instants = self._points
        index = np.clip(np.floor(np.asarray(beats, float)).astype(np.int64), 0, len(positions) - 2)
        return np.asarray(np.diff(instants)[index])

    def bpm_at(self, beats: ArrayLike) -> NDArray[np.float64]:
        """The tempo in beats a minute at each position in beats."""
        return np.asarray(SAMPLE_RATE_HZ * 60 / self.period_at(beats))

    @functools.cached_property
    def breaths(self) -> tuple[int, ...]:
        """The beats that are held until the band comes in again with the next: between the two there is no pulse."""
        return tuple(np.flatnonzero(silent(np.diff(self.beat_samples).astype(float))).tolist())

    @functools.cached_property
    def breath_places(self) -> tuple[BreathPlace, ...]:
        """Sixteenths within breaths: up to a beat after the one that is held, and up to a beat before the next."""
        found = []
        for beat in self.breaths:
            begin, end = self.beat_samples[beat], self.beat_samples[beat + 1]
            for at, period, back in ((begin, self._pulse_before(beat), 0), (end, self._pulse_after(beat + 1), 1)):
                for fraction in _SIXTEENTHS if period else ():
                    samples = math.floor(at + float(fraction - back) * period + 0.5)
                    position = beat + Fraction(samples - begin, end - begin).limit_denominator(_FINEST)
                    found.append(BreathPlace(fraction, position, samples))
        return tuple(found)

    def _pulse_before(self, beat: int) -> int:
        """The length of the beat that leads to this one; 0: there is none, or it is a breath, too."""
        known = beat > 0 and beat - 1 not in self.breaths
        return self.beat_samples[beat] - self.beat_samples[beat - 1] if known else 0

    def _pulse_after(self, beat: int) -> int:
        """The length of this beat; 0: it is the last, or held."""
        known = beat + 1 < len(self.beat_samples) and beat not in self.breaths
        return self.beat_samples[beat + 1] - self.beat_samples[beat] if known else 0

    @functools.cached_property
    def _points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.arange(len(self._instants), dtype=float), np.asarray(self._instants, float)

    @functools.cached_property
    def _instants(self) -> tuple[float, ...]:
        """Two of them at least."""
        instants = self.beat_samples or (0,)
        return instants if len(instants) > 1 else (instants[0], instants[0] + (self.lone_period_samples or 0.0))


def _interpolate(at: NDArray[np.float64], xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear between the points (xs, ys), and on beyond them along the first and last piece."""
    piece = np.clip(np.searchsorted(xs, at, side="right") - 1, 0, len(xs) - 2)
    slope = (ys[piece + 1] - ys[piece]) / (xs[piece + 1] - xs[piece])
    return np.asarray(ys[piece] + (at - xs[piece]) * slope)
