"""What it costs to bend the tempo between two instants that the music must meet.

Between two met instants, `half_beats` half beats pass in a given time. Work in logarithms of periods, each less the
logarithm of the mean period of that span: the cost then depends only on how far the periods on arrival at the first
instant (`entry`) and at the second (`exit`) lie from that mean, and on the number of half beats; not on tempo or time.
So it can be tabulated once, on a grid, for every span of every timeline.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST_HALF_BEATS = 40
"""Longer spans cost what this one costs: there is room to reach any tempo gently."""

TOTAL_WEIGHT, SQUARE_WEIGHT, JERK_WEIGHT = 2.0, 20.0, 20.0
"""The prices of changing tempo: of the sum of |changes|, of their squares, and of the squares of their differences,
in rewards of an average cut per unit of relative change."""

ROUNDING = 0.35
"""How far a span may miss its length on the grid, in grid steps of its mean period; the smoother makes it exact."""


@dataclass(frozen=True)
class SpanCosts:
    """Costs of spans on a grid of log periods.

    `table[2 * half_beats + starts_off_beat, exit, entry]`, with `exit` and `entry` counted in grid steps from the mean
    period and shifted by `reach` to start at 0. Infinite where no sequence of allowed changes fills the span.
    """

    step: float  # of the grid, in log period
    reach: int  # grid steps on each side of the mean
    table: NDArray[np.float64]  # (2 * (LONGEST_HALF_BEATS + 1), 2 * reach + 1, 2 * reach + 1)

    def row(self, half_beats: NDArray[np.int64], starts_off_beat: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of `table` for spans; the longest stand in for longer ones of the same parity."""
        over = half_beats > LONGEST_HALF_BEATS
        held = np.where(over, LONGEST_HALF_BEATS - (half_beats - LONGEST_HALF_BEATS) % 2, half_beats)
        return 2 * held + starts_off_beat


@functools.lru_cache(maxsize=8)
def span_costs(change_limit: float, step: float, reach: int) -> SpanCosts:
    """The cost table for tempo changes of at most `change_limit` (0.05 is five per cent) from beat to beat."""
    size = 2 * reach + 1
    table = np.full((2 * (LONGEST_HALF_BEATS + 1), size, size), np.inf)
    for half_beats in range(1, LONGEST_HALF_BEATS + 1):
        for starts_off_beat in (0, 1):
            shares = interval_shares(half_beats, bool(starts_off_beat))
            table[2 * half_beats + starts_off_beat] = _costs_of_span(shares, math.log1p(change_limit), step, reach)
    return SpanCosts(step, reach, table)


def interval_shares(half_beats: int, starts_off_beat: bool) -> NDArray[np.float64]:
    """How much of each beat interval lies in a span: (intervals,), the first being the one that sounds on arrival.

    A span that starts on a beat uses nothing of the interval before it; one that starts on an off-beat, half of the
    interval around it.

    >>> interval_shares(5, False)
    array([0. , 1. , 1. , 0.5])
    """
    shares = [0.5 if starts_off_beat else 0.0]
    rest = half_beats - (1 if starts_off_beat else 0)
    return np.array(shares + [1.0] * (rest // 2) + [0.5] * (rest % 2))


def _costs_of_span(shares: NDArray[np.float64], log_limit: float, step: float, reach: int) -> NDArray[np.float64]:
    grid = (np.arange(2 * reach + 1) - reach) * step
    entry, exit_ = np.meshgrid(grid, grid)  # (exit, entry) both
    slack = ROUNDING * step * shares.sum()
    if len(shares) == 1:  # the span is half of the interval that already sounds: nothing can change
        return np.where((entry == exit_) & (np.abs(entry * shares[0]) <= slack), 0.0, np.inf)
    earliest, latest = _extreme_paths(entry, exit_, len(shares) - 1, log_limit)
    low, high = earliest @ shares, latest @ shares
    feasible = (np.abs(exit_ - entry) <= (len(shares) - 1) * log_limit + 1e-12) & (low <= slack) & (high >= -slack)
    blend = np.clip(-low / np.maximum(high - low, 1e-12), 0, 1)[..., None]
    within_limit = earliest + blend * (latest - earliest)
    smooth = _smoothest_paths(entry, exit_, shares)
    is_within = np.abs(np.diff(smooth, axis=-1)).max(axis=-1) <= log_limit + 1e-12
    paths = np.where((is_within & (np.abs(smooth @ shares) <= slack))[..., None], smooth, within_limit)
    return np.where(feasible, path_cost(paths), np.inf)


def path_cost(paths: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cost of sequences of log periods, (..., intervals) to (...)."""
    changes = np.diff(paths, axis=-1)
    jerks = np.diff(changes, axis=-1)
    total, squares, jerk = np.abs(changes).sum(axis=-1), (changes**2).sum(axis=-1), (jerks**2).sum(axis=-1)
    return np.asarray(TOTAL_WEIGHT * total + SQUARE_WEIGHT * squares + JERK_WEIGHT * jerk)


def _extreme_paths(
    entry: NDArray[np.float64], exit_: NDArray[np.float64], changes: int, log_limit: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shortest and the longest way from entry to exit at full bend: each (exit, entry, changes + 1)."""
    done = np.arange(changes + 1)
    left = changes - done
    shortest = np.maximum(entry[..., None] - done * log_limit, exit_[..., None] - left * log_limit)
    longest = np.minimum(entry[..., None] + done * log_limit, exit_[..., None] + left * log_limit)
    return shortest, longest


def _smoothest_paths(
    entry: NDArray[np.float64], exit_: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The paths of least squared change and jerk that fill the span to first order: (exit, entry, intervals).

    Least squares under one linear constraint, so each path is a linear map of entry and exit.
    """
    intervals = len(shares)
    if intervals == 2:
        return np.stack([entry, exit_], axis=-1)
    change = np.diff(np.eye(intervals), axis=0)
    jerk = np.diff(change, axis=0)
    form = SQUARE_WEIGHT * change.T @ change + JERK_WEIGHT * jerk.T @ jerk
    inner = slice(1, intervals - 1)
    size = intervals - 2
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = form[inner, inner]
    system[size, :size] = system[:size, size] = shares[inner]
    ends = np.zeros((size + 1, 2))
    ends[:size] = -form[inner][:, [0, -1]]
    ends[size] = -shares[[0, -1]]
    inner_of_ends = np.linalg.solve(system, ends)[:size]  # (inner, 2)
    both = np.stack([entry, exit_], axis=-1)
    return np.concatenate([entry[..., None], both @ inner_of_ends.T, exit_[..., None]], axis=-1)
