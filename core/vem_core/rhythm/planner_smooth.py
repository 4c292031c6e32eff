"""Where exactly each beat falls, once it is settled which beat meets which instant.

A quadratic programme over the beats' instants: as near to home as can be, with changes of tempo as small as can be; the
met instants on their places; no beat longer or shorter than its limits. Each term involves up to three neighbouring
beats, so every matrix is banded, and a primal-dual interior point method (Mehrotra's predictor and corrector: Nocedal
and Wright, Numerical Optimization, 2006, 16.6) takes time linear in the number of beats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

HOME_WEIGHT, CHANGE_WEIGHT = 4.0, 20.0
"""The prices of the squares of what a beat's length differs from home, and from the length of the beat before."""

PIN_WEIGHT = 1e7
"""Holds a beat on its instant: a pin that can be met is met to a fraction of a sample."""

BANDWIDTH = 2
MOST_ITERATIONS = 50
GAP_TOLERANCE = 1e-9
_NO_LIMIT = 1e3

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Pin:
    """An instant that a place of the music must fall on: `beat` counts from the first beat, with fractions of one."""

    beat: float
    time_s: float


@dataclass(frozen=True)
class Intervals:
    """What each beat interval should be and may be, in seconds: (beats - 1,) each."""

    home_s: Vector
    shortest_s: Vector
    longest_s: Vector
    opens_section: NDArray[np.bool_]  # whether its length has nothing to do with that of the one before
    change_limit: float | None = None  # from one to the next; None: what the other limits leave


@dataclass(frozen=True)
class SmoothBeats:
    """The beats, and how far each pin was missed."""

    times_s: Vector  # (beats,)
    errors_s: Vector  # (pins,), music minus instant


def smooth_beats(pins: Sequence[Pin], intervals: Intervals) -> SmoothBeats:
    """The beats nearest to home and to each other in length that go through the pins.

    Needs a pin and an interval. Limits are kept even where that means missing a pin: see `errors_s`.
    """
    places = np.array([pin.beat for pin in pins])
    instants = np.array([pin.time_s for pin in pins])
    guess = _first_guess(places, instants, intervals)
    unit = float(intervals.home_s.mean())
    programme = _Programme.of(guess / unit, places, instants / unit, intervals, unit)
    times = guess + unit * programme.solve()
    return SmoothBeats(times, np.interp(places, np.arange(len(times)), times) - instants)


def _first_guess(places: Vector, instants: Vector, intervals: Intervals) -> Vector:
    """Beats at home, bent evenly from pin to pin."""
    beats = np.arange(len(intervals.home_s) + 1)
    at_home = np.concatenate([[0.0], np.cumsum(intervals.home_s)])
    return np.asarray(at_home + np.interp(beats, places, instants - np.interp(places, beats, at_home)))


@dataclass(frozen=True)
class _Term:
    """One row for each run of neighbouring beats: row k is the sum of stencil[i][k] * x[k + i]."""

    stencil: tuple[Vector, ...]  # (rows,) each

    @property
    def rows(self) -> int:
        return len(self.stencil[0])

    def times(self, x: Vector) -> Vector:
        return sum(share * x[i : i + self.rows] for i, share in enumerate(self.stencil))  # type: ignore[return-value]

    def add_transposed(self, y: Vector, to: Vector) -> None:
        for i, share in enumerate(self.stencil):
            to[i : i + self.rows] += share * y

    def add_gram(self, weights: Vector | float, bands: NDArray[np.float64]) -> None:
        """Add A' diag(weights) A to lower bands (BANDWIDTH + 1, beats)."""
        for i, share in enumerate(self.stencil):
            for j, other in enumerate(self.stencil[: i + 1]):
                bands[i - j, j : j + self.rows] += weights * share * other


@dataclass(frozen=True)
class _Programme:
    """Minimise x' Q x / 2 + c' x subject to G x <= h, x being the beats' shifts from a guess, in mean periods."""

    Q: NDArray[np.float64]  # lower bands
    c: Vector
    G: tuple[_Term, ...]
    h: Vector  # bounds of all terms, one after the other

    @classmethod
    def of(cls, guess: Vector, places: Vector, instants: Vector, intervals: Intervals, unit: float) -> _Programme:
        beats = len(guess)
        home = intervals.home_s / unit
        Q = np.zeros((BANDWIDTH + 1, beats))
        c = np.zeros(beats)
        steps = 1 / home
        joined = np.where(intervals.opens_section, 0.0, 1.0)[1:]
        from_home = _Term((-steps, steps))
        change = _Term((joined * steps[:-1], -joined * (steps[:-1] + steps[1:]), joined * steps[1:]))
        for weight, term, goal in ((HOME_WEIGHT, from_home, 1.0), (CHANGE_WEIGHT, change, 0.0)):
            if term.rows:
                term.add_gram(2 * weight, Q)
                term.add_transposed(2 * weight * (term.times(guess) - goal), c)
        _add_pins(places, instants, guess, Q, c)
        ones = np.ones(beats - 1)
        limits = [
            (_Term((-ones, ones)), intervals.longest_s / unit),
            (_Term((ones, -ones)), -intervals.shortest_s / unit),
        ]
        if intervals.change_limit is not None and beats > 2:
            ratio = 1 + intervals.change_limit
            row = np.ones(beats - 2)
            free = np.where(intervals.opens_section[1:], _NO_LIMIT, 0.0)
            limits.append(
                (_Term((ratio * row, -(1 + ratio) * row, row)), free)
            )  # no longer than `ratio` times the last
            limits.append((_Term((-row, (1 + ratio) * row, -ratio * row)), free))  # nor shorter
        h = np.concatenate([bound - term.times(guess) for term, bound in limits])
        return cls(Q, c, tuple(term for term, _ in limits), h)

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


def _add_pins(places: Vector, instants: Vector, guess: Vector, Q: NDArray[np.float64], c: Vector) -> None:
    """Hold the places between two beats on their instants: PIN_WEIGHT / 2 times the squared distance."""
    before = np.minimum(places.astype(np.int64), len(guess) - 2)
    share = places - before
    error = (1 - share) * guess[before] + share * guess[before + 1] - instants
    np.add.at(c, before, PIN_WEIGHT * (1 - share) * error)
    np.add.at(c, before + 1, PIN_WEIGHT * share * error)
    np.add.at(Q[0], before, PIN_WEIGHT * (1 - share) ** 2)
    np.add.at(Q[0], before + 1, PIN_WEIGHT * share**2)
    np.add.at(Q[1], before, PIN_WEIGHT * share * (1 - share))


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
