"""Which beat meets which instant when the tempo may bend: dynamic programming over the instants.

A *stop* is a way for the music to meet an instant: with a beat there, or with the off-beat between two. The state at a
stop is the logarithm of the period that sounds on arrival, on a grid. A transition to a later stop is a whole number of
half beats in the time between the two; `SpanCosts` says what bending the tempo to fit costs. Instants in between are
passed over and earn nothing. Look-ahead is bounded, so time and memory grow linearly with the timeline.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vem_core.rhythm.planner_costs import SpanCosts, span_costs

GRID_STEP = 0.0075
"""Log-period grid: three quarters of a per cent of tempo."""

BAND = 0.1
"""How far, in log period, tempo at a met instant may lie from the mean tempo of the span before or after it."""

LOOK_AHEAD = 2
"""A transition may pass over this many instants less one..."""

LOOK_AHEAD_S, MOST_LOOK_AHEAD = 4.0, 40
"""...or all that lie within this time, up to this many. Looking further changes no plan measurably."""

LONGEST_COUNTS = 96
"""At most about this many numbers of half beats are tried in one span; on very long spans they are thinned out."""


PREFERENCE = 0.05
"""What it costs to begin at one end of the tempo range where the other is preferred, in rewards of an average cut."""


ROUNDING = 1e-3
"""A value this far below another is a different path, not single precision."""


@dataclass(frozen=True)
class Stop:
    """A way to meet an instant. Stops of one instant share its `group`; groups are numbered in order of time."""

    time_s: float
    off_beat: bool
    reward: float
    group: int


@dataclass(frozen=True)
class Met:
    """One chosen stop, and how many half beats lie between the first chosen stop and this one."""

    stop: int  # index into the stops
    half_beats: int
    period_s: float  # on arrival, on the grid


@dataclass(frozen=True)
class BendProblem:
    """Stops in order of group, the limits on tempo, and what the music around a re-planned span requires.

    `required`: groups that must be met. `entry_period_s` fixes the period on arrival at the first stop, which must then
    be met, `exit_period_s` that at the last one.
    """

    stops: Sequence[Stop]
    period_range_s: tuple[float, float]
    change_limit: float
    price: float = 1.0  # of changing tempo, against the stops' rewards
    required: frozenset[int] = field(default_factory=frozenset)
    entry_period_s: float | None = None
    exit_period_s: float | None = None
    preferred_period_s: float | None = None  # to begin with, where nothing else decides


@dataclass(frozen=True)
class BendSolution:
    """The stops met, in order, and the value of the objective: rewards less the price of changing tempo."""

    met: tuple[Met, ...]
    value: float


@dataclass(frozen=True)
class Infeasible:
    """No sequence of allowed tempi meets all required groups: the first that fails, and the one required before it."""

    group: int
    previous: int


@dataclass(frozen=True)
class _Grid:
    lowest: float  # log period of state 0
    states: int
    costs: SpanCosts

    def period_s(self, state: int) -> float:
        return math.exp(self.lowest + state * self.costs.step)

    def state(self, period_s: float) -> int:
        return min(max(round((math.log(period_s) - self.lowest) / self.costs.step), 0), self.states - 1)


@dataclass(frozen=True)
class _Transitions:
    """All transitions into all stops, flat; those into stop j are the slice bounds[j]:bounds[j + 1]."""

    bounds: NDArray[np.int64]
    source: NDArray[np.int64]  # stop
    half_beats: NDArray[np.int64]
    row: NDArray[np.int64]  # of the cost table
    shift: NDArray[np.int64]  # grid state of the span's mean period


def solve(problem: BendProblem) -> BendSolution | Infeasible:
    """The stops to meet and the half beats between them that maximise rewards less the price of bending the tempo.

    Exact on the period grid, up to the bounds on look-ahead. Time and memory grow linearly with the stops.
    """
    if not problem.stops:
        return BendSolution((), 0.0)
    grid = _grid_of(problem)
    transitions = _transitions_into(problem, grid)
    values = _forward(problem, grid, transitions)
    reach = grid.costs.reach
    inner = values[:, reach : reach + grid.states]
    failed = _first_unreached(problem, inner)
    if failed is not None:
        return failed
    last_required = max(problem.required, default=-1)
    closing = np.array([stop.group >= last_required for stop in problem.stops])
    if problem.exit_period_s is not None:
        closing = np.arange(len(problem.stops)) == len(problem.stops) - 1
    stop, state = np.unravel_index(np.argmax(np.where(closing[:, None], inner, -np.inf)), inner.shape)
    value = float(inner[stop, state])
    return BendSolution(_trace(problem, grid, transitions, values, int(stop), int(state)), value)


def _grid_of(problem: BendProblem) -> _Grid:
    lowest, highest = (math.log(period) for period in problem.period_range_s)
    intervals = max(12, math.ceil((highest - lowest) / GRID_STEP))
    step = (highest - lowest) / intervals
    reach = min(math.ceil(BAND / step), intervals)
    return _Grid(lowest, intervals + 1, span_costs(problem.change_limit, step, reach))


def _transitions_into(problem: BendProblem, grid: _Grid) -> _Transitions:
    stops = problem.stops
    times = np.array([stop.time_s for stop in stops])
    off_beat = np.array([stop.off_beat for stop in stops], dtype=np.int64)
    first, end_excl = _source_ranges(problem, times)
    target, source = _expand(first, end_excl)
    elapsed = times[target] - times[source]
    shortest, longest = problem.period_range_s
    fewest = np.maximum(np.ceil(2 * elapsed / longest - 1e-6), 1).astype(np.int64)
    most = np.where(elapsed > 0, np.floor(2 * elapsed / shortest + 1e-6), 0).astype(np.int64)
    # The parity of the count says which kind of stop it joins: keep only those that fit.
    wanted = (off_beat[target] + off_beat[source]) % 2
    fewest += (fewest + wanted) % 2
    stride = 2 * np.maximum(1, np.ceil((most - fewest + 1) / (2 * LONGEST_COUNTS)).astype(np.int64))
    pair, position = _expand(np.zeros_like(fewest), np.maximum((most - fewest) // stride + 1, 0))
    half_beats = fewest[pair] + position * stride[pair]
    mean_period = 2 * elapsed[pair] / half_beats
    shift = np.rint((np.log(mean_period) - grid.lowest) / grid.costs.step).astype(np.int64)
    row = grid.costs.row(half_beats, off_beat[source[pair]])
    counts = np.bincount(target[pair], minlength=len(stops))
    bounds = np.concatenate([[0], np.cumsum(counts)])
    return _Transitions(bounds, source[pair], half_beats, row, np.clip(shift, 0, grid.states - 1))


def _source_ranges(problem: BendProblem, times: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each stop the contiguous range of stops it may be reached from."""
    groups = np.array([stop.group for stop in problem.stops])
    own_begin = np.searchsorted(groups, groups, side="left")
    near = np.searchsorted(groups, groups - LOOK_AHEAD, side="left")
    dense = np.maximum(
        np.searchsorted(times[own_begin], times - LOOK_AHEAD_S, side="left"),
        np.searchsorted(groups, groups - MOST_LOOK_AHEAD, side="left"),
    )
    first = np.minimum(near, dense)
    required = np.array(sorted(problem.required), dtype=np.int64)
    before = np.searchsorted(required, groups, side="left")  # how many required groups come before
    barrier = np.where(before > 0, np.searchsorted(groups, np.append(required, 0)[before - 1], side="left"), 0)
    return np.maximum(first, barrier), own_begin


def _expand(first: NDArray[np.int64], end_excl: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every (row, number) with first[row] <= number < end_excl[row], in order of row."""
    counts = np.maximum(end_excl - first, 0)
    row = np.repeat(np.arange(len(first)), counts)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + first[row]


def _forward(problem: BendProblem, grid: _Grid, transitions: _Transitions) -> NDArray[np.float64]:
    """The best value of arriving at each stop in each state: (stops, states + 2 reach), -inf where impossible."""
    reach, width = grid.costs.reach, grid.states + 2 * grid.costs.reach
    inner = slice(reach, reach + grid.states)
    values = np.full((len(problem.stops), width), -np.inf)
    arrivals = _windows(values, 2 * reach + 1)
    # Single precision halves the time; values grow with the timeline, so each stop counts from its own reference.
    prices = (problem.price * grid.costs.table).astype(np.float32)
    opening = _opening_values(problem, grid)
    first_required = min(problem.required, default=len(problem.stops))
    most = int(np.diff(transitions.bounds).max(initial=0))
    numbers = np.arange(most)
    spread = np.empty((most, width), dtype=np.float32)
    spread_windows = _windows(spread, 2 * reach + 1)
    for index, stop in enumerate(problem.stops):
        best = np.full(width, -np.inf)
        if stop.group <= first_required and (problem.entry_period_s is None or index == 0):
            best[inner] = opening
        into = slice(transitions.bounds[index], transitions.bounds[index + 1])
        count = into.stop - into.start
        if count:
            shift = transitions.shift[into]
            departures = arrivals[transitions.source[into], shift]  # (transitions, entry)
            reference = max(float(departures.max()), 0.0)
            costs = prices[transitions.row[into]]  # (transitions, exit, entry)
            np.subtract((departures - reference).astype(np.float32)[:, None, :], costs, out=costs)
            spread[:count] = -np.inf
            spread_windows[numbers[:count], shift] = costs.max(axis=2)
            np.maximum(best, reference + spread[:count].max(axis=0), out=best)
        values[index, inner] = best[inner] + stop.reward
        _keep_only_boundary_state(problem, grid, values, index)
    return values


def _windows(rows: NDArray[Any], size: int) -> NDArray[Any]:
    """Every window of `size` numbers in each row: a view (rows, places, size) that can be written."""
    return np.lib.stride_tricks.sliding_window_view(rows, size, axis=1, writeable=True)


def _opening_values(problem: BendProblem, grid: _Grid) -> NDArray[np.float64]:
    """What it is worth to begin in each state: next to nothing, most at the preferred tempo."""
    if problem.preferred_period_s is None:
        return np.zeros(grid.states)
    distance = (np.arange(grid.states) - grid.state(problem.preferred_period_s)) / grid.states
    return -PREFERENCE * distance**2


def _keep_only_boundary_state(problem: BendProblem, grid: _Grid, values: NDArray[np.float64], index: int) -> None:
    for at, period_s in ((0, problem.entry_period_s), (len(problem.stops) - 1, problem.exit_period_s)):
        if index == at and period_s is not None:
            state = grid.costs.reach + grid.state(period_s)
            kept = values[index, state]
            values[index] = -np.inf
            values[index, state] = kept


def _first_unreached(problem: BendProblem, values: NDArray[np.float64]) -> Infeasible | None:
    reachable = {stop.group for stop, row in zip(problem.stops, values, strict=True) if row.max() > -np.inf}
    previous = -1
    for group in sorted(problem.required):
        if group not in reachable:
            return Infeasible(group, previous)
        previous = group
    return None


def _trace(
    problem: BendProblem,
    grid: _Grid,
    transitions: _Transitions,
    values: NDArray[np.float64],
    stop: int,
    state: int,
) -> tuple[Met, ...]:
    """Walk back along the best transitions, searching again only those into the stops that were met."""
    reach = grid.costs.reach
    size = 2 * reach + 1
    steps: list[tuple[int, int, int]] = []  # stop, half beats from the one before, state
    while True:
        into = slice(transitions.bounds[stop], transitions.bounds[stop + 1])
        gained = values[stop, reach + state] - problem.stops[stop].reward
        shift, source = transitions.shift[into], transitions.source[into]
        exits = state - shift + reach
        usable = np.flatnonzero((exits >= 0) & (exits < size))
        entries = shift[usable, None] + np.arange(size)  # columns of `values`
        costs = problem.price * grid.costs.table[transitions.row[into][usable], exits[usable]]
        arriving = values[source[usable, None], entries] - costs
        if not arriving.size or arriving.max() < gained - ROUNDING:
            steps.append((stop, 0, state))
            break
        choice, entry = np.unravel_index(int(np.argmax(arriving)), arriving.shape)
        transition = usable[choice]
        steps.append((stop, int(transitions.half_beats[into][transition]), state))
        stop, state = int(source[transition]), int(shift[transition] + entry - reach)
    steps.reverse()
    passed = np.cumsum([half_beats for _, half_beats, _ in steps])
    return tuple(
        Met(stop, int(total), grid.period_s(state)) for (stop, _, state), total in zip(steps, passed, strict=True)
    )
