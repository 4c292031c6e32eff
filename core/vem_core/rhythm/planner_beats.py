"""Where every beat of the score falls: goals in, beats on the sample clock and the sections' homes out."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.plan import Bend
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import BUDGETS, PLAIN_TRAITS, RhythmTraits, TempoBudget, ten_second_change
from vem_core.rhythm.planner_path import Home, Path, PathProblem, find_path
from vem_core.rhythm.planner_smooth import Intervals, Pin, smooth_beats
from vem_core.rhythm.planner_steady import best_steady_grid
from vem_core.rhythm.planner_targets import Goal

NARROWEST_RANGE = 1.002
"""Tempo ranges narrower than this leave nothing to bend."""

UNNOTICED_S = 0.008
"""An error that is not noticed."""

MISSED_S = 0.0095
"""A beat that the smoother cannot bring nearer to its goal than this has missed it."""

PREFERENCE = 1.5
"""What a home at the far end of the tempo range costs, where the energy asks for the other, in cuts."""

EDGE_PRICE = 0.4
"""What a new section costs, in cuts."""

MOST_TRIED_WIDELY = 400
"""With more goals than this the widest reach would break a limit somewhere, and is not tried."""

WHIM = 0.15
"""How far the seed may move what a cut without a mark is worth."""

REPAIR_REACH = 6
"""Pins on each side that a beat's failure to reach its goal may be the fault of."""

EDGE_WHIM = 0.35
"""How far the seed may move what a new section costs at a cut, in cuts."""

MARK_REACH = 0.12
"""How far from home a tempo may go for a mark."""

MOST_TRIES = 24
"""Marks that are found to contradict another, one search each, before all that are left over are given up."""

_LOOSENED = 0.15  # how much wider limits become round a mark that they do not let be met


@dataclass(frozen=True)
class BeatLine:
    """The beats of a score, and for each home of the tempo its first beat and its period in samples."""

    samples: tuple[int, ...]
    homes: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class BeatWish:
    """What is asked of the beats besides the goals."""

    tempo_range_bpm: tuple[float, float]
    bend: Bend
    traits: RhythmTraits = PLAIN_TRAITS
    pull: float = 0.5  # which tempo wins where all are equal: 0 the slowest of the range, 1 the fastest
    seed: int = 0
    tolerance_s: float = 1 / 24  # how far off a beat may be and still meet a mark
    reach: float | None = None  # the excursion to plan with; None: the widest that the budget allows
    preference: float = PREFERENCE  # how dear a home is that `pull` does not ask for
    edge_price: float = EDGE_PRICE

    @property
    def period_range_s(self) -> tuple[float, float]:
        """The shortest and the longest beat, in seconds: the fastest tempo comes first."""
        return 60 / self.tempo_range_bpm[1], 60 / self.tempo_range_bpm[0]

    @property
    def budget(self) -> TempoBudget:
        """How far and how fast the tempo may move under this bend."""
        return BUDGETS[self.bend]

    @property
    def excursion(self) -> float:
        """How far from home the tempo may go: what was asked for, else the widest that the budget allows."""
        return self.budget.reaches[0] if self.reach is None else self.reach

    @property
    def worths(self) -> tuple[float, ...]:
        """What a goal is worth on each place in the beat."""
        eighth, sixteenth = self.budget.eighth_worth, self.budget.sixteenth_worth
        return (1.0, sixteenth, eighth, sixteenth) if self.traits.sixteenths else (1.0, eighth)

    @property
    def divisions(self) -> int:
        """Grid units in a beat: eighths or sixteenths."""
        return len(self.worths)

    @property
    def preferred_s(self) -> float:
        """The period of the home that is preferred."""
        shortest, longest = self.period_range_s
        return float(longest * (shortest / longest) ** self.pull)

    @property
    def is_constant(self) -> bool:
        """Whether the tempo may not move at all: no excursion, or a range too narrow to tell."""
        slowest, fastest = self.tempo_range_bpm
        return self.excursion == 0 or fastest <= slowest * NARROWEST_RANGE


def budgeted_line(goals: Sequence[Goal], duration_samples: int, wish: BeatWish, path: Path | None = None) -> BeatLine:
    """The beats at the widest reach that keeps the ten-second change. `path` is the wish's own, where it is known."""
    for reach in _reaches(wish, len(goals)):
        known = path if reach == wish.excursion else None
        line = _bent_line(goals, duration_samples, dataclasses.replace(wish, reach=reach), known)
        change = ten_second_change(line.samples, [first for first, _ in line.homes])
        if change <= wish.budget.ten_second_change:
            break
    return line


def _reaches(wish: BeatWish, goals: int) -> tuple[float, ...]:
    """The excursions to plan with in turn."""
    if wish.reach is not None:
        return (wish.reach,)
    return wish.budget.reaches if goals <= MOST_TRIED_WIDELY else wish.budget.reaches[-1:]


def _bent_line(goals: Sequence[Goal], duration_samples: int, wish: BeatWish, known: Path | None) -> BeatLine:
    """The beats at one reach. Marks that contradict others are given up one by one."""
    goals, duration_s = list(goals), duration_samples / SAMPLE_RATE_HZ
    for tries in range(MOST_TRIES):
        path = known if known and tries == 0 else find_path(path_problem(goals, duration_s, wish))
        beats, homes, given_up = beats_along(path, goals, wish)
        if given_up is None:
            given_up = _contradicted(goals, path, duration_s, wish)
        if given_up is None:
            return line_of(beats, homes, duration_samples, wish.divisions)
        goals[given_up] = dataclasses.replace(goals[given_up], must_hit=False)
    goals = [dataclasses.replace(goal, must_hit=False) for goal in goals]
    path = find_path(path_problem(goals, duration_s, wish))
    beats, homes, _ = beats_along(path, goals, wish)
    return line_of(beats, homes, duration_samples, wish.divisions)


def on_beats_that_sound(goal: Goal, duration_samples: int, longest_s: float) -> Goal:
    """No places between beats near the ends of the score, where one might lie next to a beat that does not sound."""
    from_edge_s = min(goal.samples, duration_samples - goal.samples) / SAMPLE_RATE_HZ
    if goal.full_beat_only or from_edge_s >= longest_s * 0.75 + 1 / SAMPLE_RATE_HZ:
        return goal
    return dataclasses.replace(goal, full_beat_only=True)


def path_problem(
    goals: Sequence[Goal], duration_s: float, wish: BeatWish, homes_s: tuple[float, ...] | None = None
) -> PathProblem:
    """What the search for the best path is told."""
    must = np.array([goal.must_hit for goal in goals])
    whims = np.zeros((2, len(goals)))  # about cuts, and about where a section begins
    if wish.seed:
        chances = [random.Random(f"{wish.seed} {goal.samples}") for goal in goals]
        whims = np.array([[chance.uniform(-1, 1) for chance in chances] for _ in whims])
    mean = float(np.mean([goal.weight for goal in goals]))
    return PathProblem(
        times_s=np.array([goal.samples for goal in goals]) / SAMPLE_RATE_HZ,
        weights=np.array([goal.weight for goal in goals]) / mean * (1 + WHIM * np.where(must, 0, whims[0])),
        must=must,
        beat_only=np.array([goal.full_beat_only for goal in goals]),
        exact=np.array([goal.spread_samples > 0 for goal in goals]),
        duration_s=duration_s,
        period_range_s=wish.period_range_s,
        reach=wish.excursion,
        mark_reach=max(MARK_REACH, wish.excursion),
        edge_change=wish.budget.edge_change,
        worths=wish.worths,
        beats_per_bar=wish.traits.beats_per_bar,
        beside_s=min(UNNOTICED_S, 0.8 * wish.tolerance_s),
        preferred_period_s=wish.preferred_s,
        preference=wish.preference,
        edge_prices=wish.edge_price + EDGE_WHIM * whims[1],
        homes_s=homes_s,
    )


def beats_along(
    path: Path, goals: Sequence[Goal], wish: BeatWish, fixed: Sequence[Pin] = (), *, settle: bool = True
) -> tuple[NDArray[np.float64], tuple[Home, ...], int | None]:
    """The beats of a path in seconds, its first beat being number 0; its homes, their tempi settled; a mark given up.

    A goal that turns out to be out of reach is given up and the rest smoothed again; where it is a mark, its number is
    returned. `fixed` pins belong to music that stays; they are no goals, and their beats may lie outside the path.
    Without `settle` the homes stay as the path has them.
    """
    met = {landing.goal: Pin(landing.units / wish.divisions, landing.time_s) for landing in path.met}
    homes = _settled_homes(path, wish) if settle else path.homes
    while True:
        pins = sorted([*met.values(), *fixed], key=lambda pin: pin.beat)
        intervals = _intervals(path, homes, pins, wish)
        smooth = smooth_beats(pins, intervals)
        times = np.interp([pin.beat for pin in met.values()], np.arange(len(smooth.times_s)), smooth.times_s)
        errors = np.abs(times - np.array([goals[goal].samples for goal in met]) / SAMPLE_RATE_HZ)
        must = np.array([goals[goal].must_hit for goal in met])
        allowed = np.where(must, _mark_tolerance_s(goals, met, wish), MISSED_S)
        if (errors <= allowed).all() or len(met) == 1:
            return smooth.times_s, homes, None
        gone = _worst_of_each_place(errors - allowed, must)
        if not gone:
            return smooth.times_s, homes, list(met)[int(np.argmax(errors - allowed))]
        met = {goal: pin for place, (goal, pin) in enumerate(met.items()) if place not in gone}


def _mark_tolerance_s(goals: Sequence[Goal], met: dict[int, Pin], wish: BeatWish) -> NDArray[np.float64]:
    spreads = np.array([goals[goal].spread_samples for goal in met]) / SAMPLE_RATE_HZ
    return np.asarray(np.maximum(wish.tolerance_s - spreads - 1 / SAMPLE_RATE_HZ, 1 / SAMPLE_RATE_HZ))


def _worst_of_each_place(excess: NDArray[np.float64], kept: NDArray[np.bool_]) -> frozenset[int]:
    """Of the pins that may be given up, those near one that is missed that none nearby is farther off than: indices."""

    def around(values: NDArray[np.float64]) -> NDArray[np.float64]:
        padded = np.pad(values, REPAIR_REACH, constant_values=-np.inf)
        return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * REPAIR_REACH + 1).max(axis=1))

    loose = np.where(kept, -np.inf, excess)
    at_fault = ~kept & (loose == around(loose)) & (around(excess) > 0)
    return frozenset(np.flatnonzero(at_fault).tolist())


def _settled_homes(path: Path, wish: BeatWish) -> tuple[Home, ...]:
    """The homes off their grid: each as near to its section's mean tempo as keeps every span within reach."""
    settled = []
    ends = [*(home.first_units for home in path.homes[1:]), math.inf]
    places = [met.units for met in path.met]
    shortest, longest = wish.period_range_s
    for home, end in zip(path.homes, ends, strict=True):
        inside = path.met[bisect.bisect_left(places, home.first_units) : bisect.bisect_right(places, end)]
        spans = [
            ((after.time_s - before.time_s) * wish.divisions / (after.units - before.units), after.units - before.units)
            for before, after in itertools.pairwise(inside)
        ]
        near = [span for span in spans if abs(span[0] / home.period_s - 1) <= wish.excursion]
        if near:
            periods, lengths = np.array(near).T
            low, high = periods.max() / (1 + wish.excursion), periods.min() / (1 - wish.excursion)
            mean = float(np.average(periods, weights=lengths))
            home = Home(home.first_units, min(max(mean, low, shortest), high, longest))
        settled.append(home)
    return tuple(settled)


def _intervals(path: Path, homes: Sequence[Home], pins: Sequence[Pin], wish: BeatWish) -> Intervals:
    """What each beat's length should be and may be, from beat 0 on; wider where a mark takes the tempo farther."""
    count = max(1, math.ceil(pins[-1].beat))
    first_beats = np.array([home.first_units // wish.divisions for home in homes])
    place = np.searchsorted(first_beats, np.arange(count), side="right") - 1
    home_s = np.array([home.period_s for home in homes])[np.maximum(place, 0)]
    shortest, longest = home_s * (1 - wish.excursion), home_s * (1 + wish.excursion)
    for before, after in itertools.pairwise(path.met):
        period = (after.time_s - before.time_s) * wish.divisions / (after.units - before.units)
        beats = slice(max(0, before.units // wish.divisions - 1), math.ceil(after.units / wish.divisions) + 1)
        if not (shortest[beats].min() * 0.999 <= period <= longest[beats].max() * 1.001):
            shortest[beats] = np.minimum(shortest[beats], period * (1 - _LOOSENED))
            longest[beats] = np.maximum(longest[beats], period * (1 + _LOOSENED))
    # A sample of rounding on either side must not break a limit.
    lowest, highest = wish.period_range_s[0] + 1 / SAMPLE_RATE_HZ, wish.period_range_s[1] - 1 / SAMPLE_RATE_HZ
    opens = np.zeros(count, bool)
    opens[first_beats[first_beats < count]] = True
    return Intervals(
        home_s,
        np.clip(shortest, lowest, highest),
        np.clip(longest, lowest, highest),
        opens,
        wish.budget.change_per_beat,
    )


def without_hopeless_marks(goals: Sequence[Goal], wish: BeatWish) -> list[Goal]:
    """The goals with marks that stand nearer to an earlier one than any two places of the grid as ordinary goals."""
    shortest_s = wish.period_range_s[0] / wish.divisions - 2 * min(UNNOTICED_S, 0.8 * wish.tolerance_s)
    kept: list[Goal] = []
    last_mark = -math.inf
    for goal in goals:
        if goal.must_hit:
            if (goal.samples - last_mark) / SAMPLE_RATE_HZ < shortest_s:
                goal = dataclasses.replace(goal, must_hit=False)
            else:
                last_mark = goal.samples
        kept.append(goal)
    return kept


def _contradicted(goals: Sequence[Goal], path: Path, duration_s: float, wish: BeatWish) -> int | None:
    """The mark to give up where the path does not meet all: the later one of two, if that lets the earlier be met."""
    met = {landing.goal for landing in path.met}
    marks = [number for number, goal in enumerate(goals) if goal.must_hit]
    first = next((number for number in marks if number not in met), None)
    if first is None:
        return None
    later = next((number for number in marks if number > first and number in met), None)
    if later is None:
        return first
    without = [*goals]
    without[later] = dataclasses.replace(goals[later], must_hit=False)
    again = find_path(path_problem(without, duration_s, wish))
    return later if first in {landing.goal for landing in again.met} else first


def steady_line(goals: list[Goal], duration_samples: int, wish: BeatWish) -> BeatLine:
    """The beats of the constant tempo that meets the goals best. Marks that none meets are given up one by one."""
    tolerance = SAMPLE_RATE_HZ * wish.tolerance_s - 1
    period_range = wish.period_range_s[0] * SAMPLE_RATE_HZ, wish.period_range_s[1] * SAMPLE_RATE_HZ
    while True:
        grid = best_steady_grid(
            np.array([goal.samples for goal in goals]),
            np.array([goal.weight for goal in goals]),
            np.array([goal.full_beat_only for goal in goals]),
            np.array([goal.must_hit for goal in goals]),
            period_range,
            tolerance,
            preferred_samples=wish.preferred_s * SAMPLE_RATE_HZ,
        )
        if not isinstance(grid, int):
            break
        mark = [number for number, goal in enumerate(goals) if goal.must_hit][grid]
        goals[mark] = dataclasses.replace(goals[mark], must_hit=False)
    phase, period = grid.phase_samples / SAMPLE_RATE_HZ, grid.period_samples / SAMPLE_RATE_HZ
    return line_of(np.array([phase, phase + period]), (Home(0, period),), duration_samples, wish.divisions)


def line_of(beats_s: NDArray[np.float64], homes: Sequence[Home], duration_samples: int, divisions: int) -> BeatLine:
    """The beats carried on at their outermost homes to both ends of the score, rounded to samples."""
    beats, first, last = (
        beats_s * SAMPLE_RATE_HZ,
        homes[0].period_s * SAMPLE_RATE_HZ,
        homes[-1].period_s * SAMPLE_RATE_HZ,
    )
    earlier = beats[0] - first * np.arange(max(0, math.floor(beats[0] / first + 1)), 0, -1)
    later = beats[-1] + last * np.arange(1, max(0, math.floor((duration_samples - beats[-1]) / last + 1)) + 1)
    # Half-way between two samples all beats of a constant tempo must be rounded alike, whatever their last digits.
    samples = np.floor(np.concatenate([earlier, beats, later]).round(6) + 0.5).astype(np.int64)
    inside = (samples >= 0) & (samples <= duration_samples)
    shift = len(earlier) - int(np.argmax(inside)) if inside.any() else 0
    settled = [(max(0, home.first_units // divisions + shift), home.period_s * SAMPLE_RATE_HZ) for home in homes]
    settled[0] = (0, settled[0][1])
    return BeatLine(tuple(int(sample) for sample in samples[inside]) or (0,), tuple(settled))
