"""Where exactly each beat falls, once it is settled which beat meets which instant.

A quadratic programme over the beats' instants: changes of tempo, and the differences between them, as small as can be;
the met instants on their beats; no change and no tempo beyond its limit. Each term involves up to four neighbouring
beats, so every matrix is banded, and a primal-dual interior point method (Mehrotra's predictor and corrector: Nocedal
and Wright, Numerical Optimization, 2006, 16.6) takes time linear in the number of beats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from vem_core.rhythm.planner_costs import JERK_WEIGHT, SQUARE_WEIGHT

PIN_WEIGHT = 1e7
"""Holds a beat on its instant: a pin that can be met is met to a fraction of a sample."""

BANDWIDTH = 3
MOST_ITERATIONS = 50
GAP_TOLERANCE = 1e-9

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Pin:
    """An instant that a position of the music must fall on; positions in half beats, even ones are beats."""

    half_beats: int
    time_s: float


@dataclass(frozen=True)
class SmoothBeats:
    """Beats from number `first` (in the pins' count) on, and how far each pin was missed."""

    first: int
    times_s: Vector  # (beats,)
    errors_s: Vector  # (pins,), beat minus instant


def smooth_beats(pins: Sequence[Pin], period_range_s: tuple[float, float], change_limit: float) -> SmoothBeats:
    """The smoothest beats through the pins, from the one at or before the first to the one at or after the last.

    Needs two pins or more, in order. Successive periods differ by a factor of at most 1 + `change_limit` and stay in
    the range, even where that means missing a pin: see `errors_s`. Where music on either side is given, pin its beats.
    """
    half_beats = np.array([pin.half_beats for pin in pins])
    instants = np.array([pin.time_s for pin in pins])
    first, last = int(half_beats[0]) // 2, -(-int(half_beats[-1]) // 2)
    guess = _between_pins(np.arange(2 * first, 2 * last + 1, 2), half_beats, instants)
    unit = float(guess[-1] - guess[0]) / (last - first)
    half_beats = half_beats - 2 * first
    programme = _Programme.of(
        guess / unit,
        half_beats,
        instants / unit,
        (period_range_s[0] / unit, period_range_s[1] / unit),
        1 + change_limit,
    )
    times = guess + unit * programme.solve()
    return SmoothBeats(first, times, _between_pins(half_beats, 2 * np.arange(len(times)), times) - instants)


@dataclass(frozen=True)
class _Term:
    """One row for each run of neighbouring beats: row k is the sum of stencil[i] * x[k + i]."""

    stencil: tuple[float, ...]
    rows: int

    def times(self, x: Vector) -> Vector:
        return sum(share * x[i : i + self.rows] for i, share in enumerate(self.stencil))  # type: ignore[return-value]

    def add_transposed(self, y: Vector, to: Vector) -> None:
        for i, share in enumerate(self.stencil):
            to[i : i + self.rows] += share * y

    def add_gram(self, weights: Vector | float, bands: NDArray[np.float64]) -> None:
        """Add A' diag(weights) A to lower bands (BANDWIDTH + 1, beats)."""
        for i, one in enumerate(self.stencil):
            for j, other in enumerate(self.stencil[: i + 1]):
                bands[i - j, j : j + self.rows] += weights * (one * other)


@dataclass(frozen=True)
class _Programme:
    """Minimise x' Q x / 2 + c' x subject to G x <= h, x being the beats' shifts from a guess, in mean periods."""

    Q: NDArray[np.float64]  # lower bands
    c: Vector
    G: tuple[_Term, ...]
    h: Vector  # bounds of all terms, one after the other

    @classmethod
    def of(
        cls,
        guess: Vector,
        half_beats: NDArray[np.int64],
        instants: Vector,
        period_range: tuple[float, float],
        ratio: float,
    ) -> _Programme:
        beats = len(guess)
        Q = np.zeros((BANDWIDTH + 1, beats))
        c = np.zeros(beats)
        # Relative changes: divided by the period that the guess has there.
        for weight, stencil in ((SQUARE_WEIGHT, (1.0, -2.0, 1.0)), (JERK_WEIGHT, (-1.0, 3.0, -3.0, 1.0))):
            term = _Term(stencil, max(0, beats - len(stencil) + 1))
            scale = 2 * weight / np.diff(guess)[1 : 1 + term.rows] ** 2
            term.add_gram(scale, Q)
            term.add_transposed(scale * term.times(guess), c)
        off_beat = half_beats % 2
        before, after = half_beats // 2, half_beats // 2 + off_beat
        error = (guess[before] + guess[after]) / 2 - instants
        for beat in (before, after):  # the same beat twice, or the two around an off-beat
            np.add.at(c, beat, PIN_WEIGHT * error)
            np.add.at(Q[0], beat, PIN_WEIGHT / (1 + off_beat))
        np.add.at(Q[1], before[off_beat == 1], PIN_WEIGHT / 2)
        G = (
            _Term((ratio, -1 - ratio, 1.0), max(0, beats - 2)),  # no period longer than `ratio` times the last
            _Term((-1.0, 1 + ratio, -ratio), max(0, beats - 2)),  # nor shorter
            _Term((-1.0, 1.0), beats - 1),
            _Term((1.0, -1.0), beats - 1),
        )
        bounds = (0.0, 0.0, period_range[1], -period_range[0])
        h = np.concatenate([bound - term.times(guess) for bound, term in zip(bounds, G, strict=True)])
        return cls(Q, c, G, h)

    def solve(self) -> Vector:
        """The minimiser: (beats,)."""
        x = np.zeros(len(self.c))
        slack = np.maximum(self.h, 1e-2)
        dual = np.full(len(self.h), 1e-1)
        for _ in range(MOST_ITERATIONS):
            stationary = _banded_times(self.Q, x) + self.c + self._transposed(dual)
            primal = self._times(x) + slack - self.h
            gap = float(slack @ dual) / len(slack)
            if gap < GAP_TOLERANCE and np.abs(primal).max() < GAP_TOLERANCE:
                break
            bands = self.Q.copy()
            for term, weights in zip(self.G, self._split(dual / slack), strict=True):
                term.add_gram(weights, bands)
            residuals = stationary, primal, slack, dual
            predictor = self._step(bands, *residuals, slack * dual)
            length = _step_length(slack, dual, predictor, 1.0)
            next_gap = float((slack + length * predictor[1]) @ (dual + length * predictor[2])) / len(slack)
            centring = (next_gap / gap) ** 3 * gap
            step = self._step(bands, *residuals, slack * dual + predictor[1] * predictor[2] - centring)
            length = _step_length(slack, dual, step, 0.995)
            x, slack, dual = x + length * step[0], slack + length * step[1], dual + length * step[2]
        return x

    def _step(
        self,
        bands: NDArray[np.float64],
        stationary: Vector,
        primal: Vector,
        slack: Vector,
        dual: Vector,
        complement: Vector,
    ) -> tuple[Vector, Vector, Vector]:
        """Newton's step in x, slack and dual (the last two eliminated)."""
        right = -stationary - self._transposed((dual * primal - complement) / slack)
        dx = solveh_banded(bands, right, lower=True, check_finite=False)
        dslack = -primal - self._times(dx)
        return dx, dslack, -(complement + dual * dslack) / slack

    def _times(self, x: Vector) -> Vector:
        return np.concatenate([term.times(x) for term in self.G])

    def _transposed(self, y: Vector) -> Vector:
        out = np.zeros(len(self.c))
        for term, part in zip(self.G, self._split(y), strict=True):
            term.add_transposed(part, out)
        return out

    def _split(self, y: Vector) -> list[Vector]:
        return np.split(y, np.cumsum([term.rows for term in self.G])[:-1])


def _between_pins(half_beats: NDArray[np.int64], known: NDArray[np.int64], times: Vector) -> Vector:
    """Times at positions in half beats, linear between known ones and beyond them."""
    piece = np.clip(np.searchsorted(known, half_beats, side="right") - 1, 0, len(known) - 2)
    slope = (times[piece + 1] - times[piece]) / (known[piece + 1] - known[piece])
    return np.asarray(times[piece] + (half_beats - known[piece]) * slope)


def _banded_times(bands: NDArray[np.float64], x: Vector) -> Vector:
    """The product of a symmetric matrix in lower bands with a vector."""
    out: Vector = bands[0] * x
    for offset in range(1, min(BANDWIDTH + 1, len(x))):
        band = bands[offset, : len(x) - offset]
        out[offset:] += band * x[:-offset]
        out[:-offset] += band * x[offset:]
    return out


def _step_length(slack: Vector, dual: Vector, step: tuple[Vector, Vector, Vector], fraction: float) -> float:
    """The longest step up to 1 that keeps slacks and duals positive, times `fraction` where they bind."""
    length = 1.0
    for value, change in ((slack, step[1]), (dual, step[2])):
        falling = change < 0
        if falling.any():
            length = min(length, fraction * float(np.min(-value[falling] / change[falling])))
    return length
