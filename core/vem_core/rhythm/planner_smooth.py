"""Where exactly each beat falls, once it is settled which beat meets which instant.

A quadratic programme over the beats' instants: tempo changes and their differences as small as can be, the met instants
exactly on their beats, and no change or tempo beyond its limit. All matrices are banded, so a primal-dual interior point
method (Mehrotra's predictor and corrector; Nocedal and Wright, Numerical Optimization, 16.6) takes time linear in beats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from vem_core.rhythm.planner_costs import JERK_WEIGHT, SQUARE_WEIGHT

PIN_WEIGHT = 1e9
"""Holds a beat on its instant: a pin that can be met is met to well under a sample."""

BANDWIDTH = 3
MOST_ITERATIONS = 60
GAP_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Pin:
    """An instant that a position of the music must fall on; position in half beats, even ones are beats."""

    half_beats: int
    time_s: float


@dataclass(frozen=True)
class SmoothBeats:
    """Beats from `first` (a beat number, in the pins' count) on, and how far each pin was missed."""

    first: int
    times_s: NDArray[np.float64]  # (beats,)
    errors_s: NDArray[np.float64]  # (pins,), beat minus instant


def smooth_beats(
    pins: Sequence[Pin],
    period_range_s: tuple[float, float],
    change_limit: float,
    entry_period_s: float | None = None,
    exit_period_s: float | None = None,
) -> SmoothBeats:
    """The smoothest beats through the pins, from the one at or before the first to the one at or after the last.

    Needs two pins or more, in order. Successive periods differ by at most `change_limit` and stay in the range even
    where that means missing a pin: see `errors_s`. `entry_period_s` is the period of the beat before the first one,
    `exit_period_s` that of the last interval, where the music on either side is given.
    """
    half = np.array([pin.half_beats for pin in pins])
    instants = np.array([pin.time_s for pin in pins])
    first, last = int(half[0]) // 2, -(-int(half[-1]) // 2)
    guess = np.interp(np.arange(first, last + 1), half / 2, instants)
    # np.interp is flat beyond its ends; an off-beat pin at either end needs half a beat more.
    if half[0] % 2:
        guess[0] = instants[0] - (instants[1] - instants[0]) / (half[1] - half[0])
    if half[-1] % 2:
        guess[-1] = instants[-1] + (instants[-1] - instants[-2]) / (half[-1] - half[-2])
    unit = float(np.mean(np.diff(guess)))
    beats = last - first + 1
    programme = _Programme.of(
        guess / unit,
        (half - 2 * first),
        instants / unit,
        tuple(p / unit for p in period_range_s),
        change_limit,
        None if entry_period_s is None else entry_period_s / unit,
        None if exit_period_s is None else exit_period_s / unit,
    )
    times = (guess / unit + programme.solve(np.zeros(beats))) * unit
    positions = (half - 2 * first) / 2
    return SmoothBeats(first, times, np.interp(positions, np.arange(beats), times) - instants)


@dataclass(frozen=True)
class _Programme:
    """Minimise x' Q x / 2 + c' x subject to G x <= h, x being the beats' shifts from a guess, in mean periods."""

    Q: sp.csr_matrix
    c: NDArray[np.float64]
    G: sp.csr_matrix
    h: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        guess: NDArray[np.float64],
        half_beats: NDArray[np.int64],
        instants: NDArray[np.float64],
        period_range: tuple[float, ...],
        change_limit: float,
        entry_period: float | None,
        exit_period: float | None,
    ) -> _Programme:
        beats = len(guess)
        periods = np.diff(guess)
        period = sp.diags_array([-1.0, 1.0], offsets=[0, 1], shape=(beats - 1, beats)).tocsr()
        rows: list[tuple[sp.csr_matrix, NDArray[np.float64], float]] = []  # matrix, wanted value, weight
        if beats > 2:
            change = sp.diags_array(1 / periods[1:]) @ (period[1:] - period[:-1])
            rows.append((change, np.zeros(beats - 2), SQUARE_WEIGHT))
        if beats > 3:
            rows.append((change[1:] - change[:-1], np.zeros(beats - 3), JERK_WEIGHT))
        pin = _pin_matrix(half_beats, beats)
        rows.append((pin, instants, PIN_WEIGHT))
        if entry_period is not None:
            rows.append((period[:1], np.array([entry_period]), SQUARE_WEIGHT))
        if exit_period is not None:
            rows.append((period[-1:], np.array([exit_period]), PIN_WEIGHT))
        Q = sum(2 * weight * (matrix.T @ matrix) for matrix, _, weight in rows)
        c = sum(2 * weight * (matrix.T @ (matrix @ guess - wanted)) for matrix, wanted, weight in rows)
        ratio = 1 + change_limit
        limits = [
            (period[1:] - ratio * period[:-1], np.zeros(beats - 2)),
            (period[:-1] - ratio * period[1:], np.zeros(beats - 2)),
            (period, np.full(beats - 1, period_range[1])),
            (-period, np.full(beats - 1, -period_range[0])),
        ]
        if entry_period is not None:
            limits += [
                (period[:1], np.array([ratio * entry_period])),
                (-period[:1], np.array([-entry_period / ratio])),
            ]
        G = sp.vstack([matrix for matrix, _ in limits]).tocsr()
        h = np.concatenate([bound for _, bound in limits]) - G @ guess
        return cls(sp.csr_matrix(Q), np.asarray(c), sp.csr_matrix(G), h)

    def solve(self, start: NDArray[np.float64]) -> NDArray[np.float64]:
        """The minimiser: (beats,)."""
        x = start
        slack = np.maximum(self.h - self.G @ x, 1e-2)
        dual = np.full(len(self.h), 1e-1)
        for _ in range(MOST_ITERATIONS):
            stationary = self.Q @ x + self.c + self.G.T @ dual
            primal = self.G @ x + slack - self.h
            gap = float(slack @ dual) / len(slack)
            if gap < GAP_TOLERANCE and np.abs(primal).max() < 1e-9:
                break
            factor = _banded(self.Q + self.G.T @ sp.diags_array(dual / slack) @ self.G)
            predictor = self._step(factor, stationary, primal, slack, dual, slack * dual)
            length = _step_length(slack, dual, predictor, 1.0)
            next_gap = float((slack + length * predictor[1]) @ (dual + length * predictor[2])) / len(slack)
            centring = (next_gap / gap) ** 3 * gap
            complement = slack * dual + predictor[1] * predictor[2] - centring
            step = self._step(factor, stationary, primal, slack, dual, complement)
            length = _step_length(slack, dual, step, 0.995)
            x, slack, dual = x + length * step[0], slack + length * step[1], dual + length * step[2]
        return x

    def _step(
        self,
        factor: NDArray[np.float64],
        stationary: NDArray[np.float64],
        primal: NDArray[np.float64],
        slack: NDArray[np.float64],
        dual: NDArray[np.float64],
        complement: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        right = -stationary - self.G.T @ ((dual * primal - complement) / slack)
        dx = solveh_banded(factor, right, lower=True, check_finite=False)
        dslack = -primal - self.G @ dx
        return dx, dslack, -(complement + dual * dslack) / slack


def _pin_matrix(half_beats: NDArray[np.int64], beats: int) -> sp.csr_matrix:
    """One row for each pin: the beat it holds, or half of each of the two around an off-beat."""
    rows = np.arange(len(half_beats))
    off_beat = half_beats % 2 == 1
    shares = np.where(off_beat, 0.5, 1.0)
    return sp.csr_matrix(
        (
            np.concatenate([shares, shares[off_beat]]),
            (np.concatenate([rows, rows[off_beat]]), np.concatenate([half_beats // 2, half_beats[off_beat] // 2 + 1])),
        ),
        shape=(len(half_beats), beats),
    )


def _banded(matrix: sp.csr_matrix) -> NDArray[np.float64]:
    size = matrix.shape[0]
    bands = np.zeros((BANDWIDTH + 1, size))
    for offset in range(min(BANDWIDTH + 1, size)):
        bands[offset, : size - offset] = matrix.diagonal(-offset)
    return bands


def _step_length(
    slack: NDArray[np.float64],
    dual: NDArray[np.float64],
    step: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    fraction: float,
) -> float:
    """The longest step up to 1 that keeps slacks and duals positive, times `fraction` where they bind."""
    length = 1.0
    for value, change in ((slack, step[1]), (dual, step[2])):
        falling = change < 0
        if falling.any():
            length = min(length, fraction * float(np.min(-value[falling] / change[falling])))
    return length
