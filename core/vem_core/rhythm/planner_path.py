"""Which goal is met on which beat, eighth or sixteenth, and at which home tempo: dynamic programming over the goals.

The state at a goal that is met is the home period of the section (on a grid), how far beside the goal the music falls
(a few cells within what nobody notices) and the place in the beat. A step to a later goal is a whole number of grid
units in the time between the two; it is allowed where the tempo that this takes stays within reach of home. Goals in
between are passed over and earn nothing. A goal met on a beat may open a section with another home. Look-back is
bounded, so time and memory grow linearly with the timeline.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.rhythm.budget import SHORTEST_SECTION_S

CELLS = 3
"""A goal is met exactly, or as much early or late as nobody notices."""

BESIDE = 0.93
"""What a goal met early or late is worth of one met exactly."""

MARK_WORTH = 1000.0
"""A mark outranks everything; where in the beat it falls counts as `MARK_PLACE` ordinary goals do."""

MARK_PLACE = 4.0
WIDE_PRICE, WIDE_SLOPE = 3.0, 40.0
"""What it costs to leave the reach for a mark, in ordinary goals, and what each unit of excursion beyond it adds."""

AWAY_PRICE = 0.15
"""What it costs to be at the end of the reach for one span, in ordinary goals; half-way a quarter of that."""

EDGE_WEIGHT = 0.25
"""How much less a new section costs at a goal of full weight than at one of none."""

ODD_BAR_PRICE = 0.25
"""What it costs to end a section on a bar that is cut or stretched."""

HOME_STEP, MOST_HOMES = 0.5, 28
"""Home tempi on the grid are half a reach apart, fewer where the tempo range is very wide."""

LOOK_BACK, LOOK_BACK_S = 4, 4.0
"""A step may pass over one goal, and over up to three that lie within this time."""

_NEVER = -1e9
_BLOCK = 50_000  # numbers in one block of prices: few enough for a processor's cache


@dataclass(frozen=True)
class PathProblem:
    """Goals in order of time, (N,) each, and what the tempo may do between them."""

    times_s: NDArray[np.float64]
    weights: NDArray[np.float64]
    must: NDArray[np.bool_]  # a mark: outranks the budget
    beat_only: NDArray[np.bool_]
    exact: NDArray[np.bool_]  # neither early nor late
    duration_s: float
    period_range_s: tuple[float, float]
    reach: float  # of the tempo, from home
    mark_reach: float  # the same, to meet a mark
    edge_change: float  # of the home, at a section's edge
    worths: tuple[float, ...]  # of a goal on each place in the beat, against one on the beat: two places or four
    beats_per_bar: int
    beside_s: float  # how early or late nobody notices
    preferred_period_s: float
    preference: float  # what a home at the far end of the range costs, in ordinary goals
    edge_prices: NDArray[np.float64]  # what a new section at each goal costs, in ordinary goals
    homes_s: tuple[float, ...] | None = None  # the homes to choose from; None: a grid over the range

    @property
    def divisions(self) -> int:
        """Grid units in a beat."""
        return len(self.worths)


@dataclass(frozen=True)
class Met:
    """A goal that is met: the instant that the music falls on, and its place in grid units from the first beat."""

    goal: int
    time_s: float
    units: int


@dataclass(frozen=True)
class Home:
    """A section's home, from a place in grid units on."""

    first_units: int
    period_s: float


@dataclass(frozen=True)
class Path:
    met: tuple[Met, ...]
    homes: tuple[Home, ...]


@dataclass(frozen=True)
class Steps:
    """What every step to each goal costs: for all problems with the same goals and the same tempi."""

    prices: tuple[NDArray[np.float64], ...]  # for each goal (look back x cells x turns, homes, cells)
    units: tuple[NDArray[np.int64], ...]  # of the same shapes


def steps_of(problem: PathProblem) -> Steps:
    """The steps of a problem, for searches that differ only in what goals, homes and sections are worth."""
    found = [(prices, units) for _, prices, units in _prices(problem, home_grid(problem))]
    return Steps(tuple(prices for prices, _ in found), tuple(units for _, units in found))


def find_path(problem: PathProblem, steps: Steps | None = None) -> Path:
    """The goals to meet, where in the beat each falls, and the homes, that earn most. At least one goal is met.

    `steps` are the problem's, where they are known; else each is priced as it is come to, in little memory.
    """
    return _Search(problem).run(steps)


class _Search:
    """One search. Tables are (goals, cells, homes, places in the beat)."""

    def __init__(self, problem: PathProblem) -> None:
        self.problem = problem
        self.homes = home_grid(problem)
        goals, self.places = len(problem.times_s), problem.divisions
        shape = (LOOK_BACK + goals, CELLS, len(self.homes), self.places)
        self.leaving = np.full(shape, _NEVER)  # the first rows stand before the first goal
        self.passed = np.zeros(shape, np.int64)  # units since the section began
        self.came_by = np.full((goals, *shape[1:]), -1, np.int32)
        self.home_before = np.full((goals, CELLS, len(self.homes)), -1, np.int32)
        self.rewards = _rewards(problem)
        self.birth = -problem.preference * _distance(self.homes, problem) ** 2

    def run(self, steps: Steps | None) -> Path:
        best = (_NEVER, 0, 0)
        known = None if steps is None else zip(itertools.count(), steps.prices, steps.units)
        for goal, prices, units in known or _prices(self.problem, self.homes):
            value = self._arrive(goal, prices, units)
            self._open_section(goal, value)
            place = int(value.argmax())
            if value.flat[place] > best[0]:
                best = (float(value.flat[place]), goal, place)
        return self._trace(best[1], best[2])

    def _arrive(self, goal: int, prices: NDArray[np.float64], units: NDArray[np.int64]) -> NDArray[np.float64]:
        """The best value of each state at a goal: (cells, homes, places). `prices`, `units`: (steps, homes, cells)."""
        before = slice(goal, goal + LOOK_BACK)
        turned = self.leaving[before][..., _turns(self.places)]  # (look back, cells, homes, step mod places, places)
        turned = turned.transpose(0, 1, 3, 2, 4).reshape(-1, len(self.homes), 1, self.places)
        reached = turned - prices[..., None]  # (steps, homes, cells, places)
        step = reached.argmax(axis=0)
        value = reached.max(axis=0).transpose(1, 0, 2)
        step = step.transpose(1, 0, 2)
        begins = value <= self.birth[None, :, None]
        value = np.where(begins, self.birth[None, :, None], value) + self.rewards[goal][:, None, :]
        source, cell, turn = np.unravel_index(step, (LOOK_BACK, CELLS, self.places))
        cells, homes, places = np.indices(step.shape, sparse=True)
        passed = self.passed[goal + source, cell, homes, (places - turn) % self.places]
        self.passed[goal + LOOK_BACK] = np.where(begins, places, passed + units[step, homes, cells])
        self.came_by[goal] = np.where(begins, -1, step)
        self.leaving[goal + LOOK_BACK] = value
        return value

    def _open_section(self, goal: int, value: NDArray[np.float64]) -> None:
        """Let a goal that is met on a beat begin a section, where the one before and what follows are long enough."""
        problem, at = self.problem, float(self.problem.times_s[goal])
        if min(at, problem.duration_s - at) < SHORTEST_SECTION_S or problem.edge_change == 0:
            return
        passed = self.passed[goal + LOOK_BACK, :, :, 0]
        beats, within = np.divmod(passed, self.places)
        odd = ODD_BAR_PRICE * (beats % problem.beats_per_bar > 0)
        price = float(problem.edge_prices[goal]) - EDGE_WEIGHT * min(1.0, float(problem.weights[goal]))
        long_enough = (passed / self.places * self.homes >= SHORTEST_SECTION_S) & (within == 0)
        ended = np.where(long_enough, value[:, :, 0] - odd - price, _NEVER)
        from_each = np.where(self._neighbours, ended[:, None, :], _NEVER)  # (cells, new home, old home)
        source = from_each.argmax(axis=2)
        opened = from_each.max(axis=2) + self.birth
        row = self.leaving[goal + LOOK_BACK]
        better = opened > row[:, :, 0]
        row[:, :, 0] = np.where(better, opened, row[:, :, 0])
        self.passed[goal + LOOK_BACK, :, :, 0] = np.where(better, 0, passed)
        self.home_before[goal] = np.where(better, source, -1)

    @functools.cached_property
    def _neighbours(self) -> NDArray[np.bool_]:
        """Which homes may follow which: (new, old)."""
        logs = np.log(self.homes)
        return np.abs(logs[:, None] - logs[None, :]) <= math.log1p(self.problem.edge_change) + 1e-9

    def _trace(self, goal: int, place: int) -> Path:
        cell, home, beat_place = (int(at) for at in np.unravel_index(place, self.leaving.shape[1:]))
        beside = _cells(self.problem).tolist()
        steps: list[tuple[int, float, int]] = []  # goal, instant, units from the one before
        edges: list[tuple[int, int]] = []  # place in `steps` that a home begins with, home
        problem = self.problem
        while True:
            instant = float(problem.times_s[goal]) + beside[cell]
            step = int(self.came_by[goal, cell, home, beat_place])
            if step < 0:
                steps.append((goal, instant, int(beat_place)))
                edges.append((len(steps) - 1, int(home)))
                break
            step, turn = divmod(step, self.places)
            back, from_cell = divmod(step, CELLS)
            source = goal - LOOK_BACK + back
            elapsed = instant - (float(problem.times_s[source]) + beside[from_cell])
            in_units = elapsed / float(self.homes[home]) * self.places
            steps.append((goal, instant, turn + self.places * round((in_units - turn) / self.places)))
            goal, cell, beat_place = source, from_cell, (beat_place - turn) % self.places
            earlier = int(self.home_before[goal, cell, home]) if beat_place == 0 else -1
            if earlier >= 0:
                edges.append((len(steps), int(home)))
                home = earlier
        return self._path(steps[::-1], [(len(steps) - 1 - at, home) for at, home in reversed(edges)])

    def _path(self, steps: Sequence[tuple[int, float, int]], edges: Sequence[tuple[int, int]]) -> Path:
        totals = np.cumsum([units for _, _, units in steps]).tolist()
        met = tuple(Met(goal, instant, total) for (goal, instant, _), total in zip(steps, totals, strict=True))
        homes = [Home(0 if at == 0 else met[at].units, float(self.homes[home])) for at, home in edges]
        return Path(met, tuple(homes))


def home_grid(problem: PathProblem) -> NDArray[np.float64]:
    """The home periods to choose from, in seconds, increasing."""
    if problem.homes_s is not None:
        return np.array(sorted(set(problem.homes_s)))
    shortest, longest = problem.period_range_s
    wanted = math.ceil(math.log(longest / shortest) / max(HOME_STEP * problem.reach, 1e-3)) + 1
    return np.geomspace(shortest, longest, min(max(wanted, 3), MOST_HOMES))


def _distance(homes: NDArray[np.float64], problem: PathProblem) -> NDArray[np.float64]:
    """How far each home is from the preferred one, in widths of the tempo range."""
    shortest, longest = problem.period_range_s
    return np.asarray(np.log(homes / problem.preferred_period_s) / max(math.log(longest / shortest), 1e-3))


def _cells(problem: PathProblem) -> NDArray[np.float64]:
    return np.linspace(-problem.beside_s, problem.beside_s, CELLS)


@functools.lru_cache(maxsize=4)
def _turns(places: int) -> NDArray[np.int64]:
    """The place that a step of `turn` units (mod places) to each place comes from: (turns, places)."""
    return (np.arange(places)[None, :] - np.arange(places)[:, None]) % places


def _rewards(problem: PathProblem) -> NDArray[np.float64]:
    """What each goal is worth: (goals, cells, places)."""
    beside = np.array([BESIDE, 1.0, BESIDE])
    weights = problem.weights + (MARK_PLACE - 1) * problem.weights * problem.must
    rewards = weights[:, None, None] * beside[:, None] * np.array(problem.worths)
    rewards += MARK_WORTH * problem.must[:, None, None]
    rewards[problem.beat_only, :, 1:] = 2 * _NEVER
    rewards[problem.exact[:, None] & (beside < 1)] = 2 * _NEVER
    return rewards


def _nearest_units(units: NDArray[np.float64], turn: object, places: int) -> NDArray[np.float64]:
    """The whole number nearest to `units` that leaves `turn` when divided by `places`."""
    remainder = np.asarray(turn)
    return np.asarray(remainder + places * np.rint((units - remainder) / places))


def _prices(
    problem: PathProblem, homes: NDArray[np.float64]
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.int64]]]:
    """For each goal the price and the units of every step to it: both (look back x cells x turns, homes, cells)."""
    goals, places = len(problem.times_s), problem.divisions
    per_goal = LOOK_BACK * CELLS * places * len(homes) * CELLS
    size = max(1, _BLOCK // per_goal)
    for begin in range(0, goals, size):
        block = np.arange(begin, min(begin + size, goals))
        price, units = _block_prices(problem, homes, block)
        shape = (len(block), LOOK_BACK * CELLS * places, len(homes), CELLS)
        yield from zip(block.tolist(), price.reshape(shape), units.reshape(shape), strict=True)


def _block_prices(
    problem: PathProblem, homes: NDArray[np.float64], block: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Prices and units of the steps to some goals: (goals, look back, from cell, turn, homes, to cell)."""
    places, cells = problem.divisions, _cells(problem)
    sources = block[:, None] - LOOK_BACK + np.arange(LOOK_BACK)
    elapsed = problem.times_s[block][:, None] - problem.times_s[np.maximum(sources, 0)]
    in_sight = (sources >= 0) & ((elapsed <= LOOK_BACK_S) | (block[:, None] - sources <= 2))
    elapsed = elapsed[:, :, None, None] + (cells[None, :] - cells[:, None])  # (goals, look back, from, to)
    in_units = elapsed[:, :, :, None, None, :] / homes[:, None] * places  # (goals, look back, from, 1, homes, to)
    units = _nearest_units(in_units, np.arange(places)[:, None, None], places)
    away = np.abs(in_units / np.maximum(units, 1) - 1)
    periods = in_units / np.maximum(units, 1) * homes[:, None]
    shortest, longest = problem.period_range_s
    allowed = (units >= 1) & (periods >= shortest * (1 - 1e-5)) & (periods <= longest * (1 + 1e-5))
    allowed &= in_sight[:, :, None, None, None, None]
    price = AWAY_PRICE * (away / max(problem.reach, 1e-6)) ** 2
    wide = AWAY_PRICE + WIDE_PRICE + WIDE_SLOPE * (away - problem.reach)
    for_a_mark = problem.must[block][:, None, None, None, None, None] & (away <= problem.mark_reach)
    price = np.where(away <= problem.reach, price, np.where(for_a_mark, wide, -_NEVER))
    return np.where(allowed, price, -_NEVER), units.astype(np.int64)
