"""The search against a twin that is slow and plain, and the smoother against a general-purpose solver."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import minimize

from vem_core.rhythm.budget import BUDGETS, SHORTEST_SECTION_S, excursion, ten_second_change
from vem_core.rhythm.planner_path import (
    AWAY_PRICE,
    BESIDE,
    EDGE_WEIGHT,
    LOOK_BACK,
    ODD_BAR_PRICE,
    Path,
    PathProblem,
    find_path,
    home_grid,
)
from vem_core.rhythm.planner_smooth import CHANGE_WEIGHT, HOME_WEIGHT, Intervals, Pin, smooth_beats

WORTHS = {2: (1.0, 0.85), 4: (1.0, 0.5, 0.85, 0.5)}


def random_problem(
    seed: int, goals: int = 5, divisions: int = 4, edge_change: float = 0.08, longest_s: float = 0.6
) -> PathProblem:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.lognormal(math.log(1.5), 0.5, goals))
    none = np.zeros(goals, bool)
    return PathProblem(
        times_s=times,
        weights=random.uniform(0.4, 1.5, goals),
        must=none,
        beat_only=random.random(goals) < 0.2,
        exact=none,
        duration_s=float(times[-1]) + 1,
        period_range_s=(0.5, longest_s),
        reach=0.02,
        mark_reach=0.12,
        edge_change=edge_change,
        worths=WORTHS[divisions],
        beats_per_bar=4,
        beside_s=0.008,
        preferred_period_s=0.55,
        preference=0.5,
        edge_prices=random.uniform(0.1, 0.7, goals),
    )


def twin_value(problem: PathProblem) -> float:
    """The best value with one home by trying every way to reach every state of every goal from every earlier one."""
    cells = (-problem.beside_s, 0.0, problem.beside_s)
    best_of_all = -math.inf
    for home in home_grid(problem):
        distance = math.log(home / problem.preferred_period_s) / math.log(1.04)
        birth = -problem.preference * distance**2
        best: dict[tuple[int, float, int], float] = {}
        for goal, cell, place in itertools.product(range(len(problem.times_s)), cells, range(problem.divisions)):
            if problem.beat_only[goal] and place:
                continue
            at, values = problem.times_s[goal] + cell, [birth]
            for (source, beside, from_place), value in best.items():
                if not goal - LOOK_BACK <= source < goal:
                    continue
                elapsed = at - problem.times_s[source] - beside
                for units in range(1, math.ceil(elapsed / home * problem.divisions) + 2):
                    period = elapsed / units * problem.divisions
                    away = abs(period / home - 1)
                    inside = problem.period_range_s[0] <= period <= problem.period_range_s[1]
                    if (from_place + units) % problem.divisions == place and away <= problem.reach and inside:
                        values.append(value - AWAY_PRICE * (away / problem.reach) ** 2)
            worth = problem.weights[goal] * problem.worths[place] * (BESIDE if cell else 1.0)
            best[goal, cell, place] = max(values) + worth
        best_of_all = max(best_of_all, *best.values())
    return best_of_all


def value_of(problem: PathProblem, path: Path) -> float:
    """The value of a path, counted from the path itself."""
    width = math.log(problem.period_range_s[1] / problem.period_range_s[0])
    total, starts = 0.0, [home.first_units for home in path.homes]
    for number, home in enumerate(path.homes):
        total -= problem.preference * (math.log(home.period_s / problem.preferred_period_s) / width) ** 2
        if number:
            beats = (home.first_units - starts[number - 1]) // problem.divisions
            at = next(met for met in path.met if met.units == home.first_units)
            total -= problem.edge_prices[at.goal] - EDGE_WEIGHT * min(1.0, problem.weights[at.goal])
            total -= ODD_BAR_PRICE * (beats % problem.beats_per_bar > 0)
    for before, after in itertools.pairwise(path.met):
        home = [home for home in path.homes if home.first_units <= before.units][-1]
        period = (after.time_s - before.time_s) / (after.units - before.units) * problem.divisions
        total -= AWAY_PRICE * ((period / home.period_s - 1) / problem.reach) ** 2
    for met in path.met:
        beside = abs(met.time_s - problem.times_s[met.goal]) > 1e-9
        worth = problem.worths[met.units % problem.divisions] * (BESIDE if beside else 1.0)
        total += float(problem.weights[met.goal] * worth)
    return total


@pytest.mark.parametrize("divisions", [2, 4])
@pytest.mark.parametrize("seed", range(3))
def test_the_search_is_as_good_as_its_twin(seed: int, divisions: int) -> None:
    problem = random_problem(seed, 4, divisions, 0.0, longest_s=0.52)
    assert value_of(problem, find_path(problem)) == pytest.approx(twin_value(problem), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_new_homes_are_worth_their_price_and_keep_the_rules(seed: int) -> None:
    problem, alone = (random_problem(seed, 30, edge_change=change) for change in (0.08, 0.0))
    path = find_path(problem)
    assert value_of(problem, path) >= value_of(alone, find_path(alone)) - 1e-6
    for before, after in itertools.pairwise(path.homes):
        assert max(before.period_s, after.period_s) / min(before.period_s, after.period_s) <= 1.08 + 1e-6
        length_s = (after.first_units - before.first_units) / problem.divisions * before.period_s
        assert after.first_units % problem.divisions == 0
        assert length_s >= SHORTEST_SECTION_S * 0.98
    assert len(path.homes) > 1


def test_marks_are_met_whatever_they_cost() -> None:
    problem = random_problem(3, 12)
    must = np.zeros(12, bool)
    must[[2, 5, 9]] = True
    marked = PathProblem(**(vars(problem) | {"must": must}))
    assert {2, 5, 9} <= {met.goal for met in find_path(marked).met}


@pytest.mark.parametrize("change_limit", [None, 0.03])
def test_the_smoother_agrees_with_a_general_solver(change_limit: float | None) -> None:
    home = np.array([0.5] * 6 + [0.52] * 5)
    opens = np.zeros(11, bool)
    opens[[0, 6]] = True
    pins = [Pin(0.0, 0.1), Pin(3.5, 1.86), Pin(6.0, 3.11), Pin(9.25, 4.81), Pin(11.0, 5.7)]
    intervals = Intervals(home, home * 0.97, home * 1.03, opens, change_limit)
    found = smooth_beats(pins, intervals)
    assert np.abs(found.errors_s).max() < 1e-5

    def cost(times: np.ndarray) -> float:
        periods = np.diff(times)
        steps = np.array([1 / home[i] for i in range(10)]) * periods[:-1] - periods[1:] / home[1:]
        return float(HOME_WEIGHT * ((periods / home - 1) ** 2).sum() + CHANGE_WEIGHT * (steps[~opens[1:]] ** 2).sum())

    held = [
        {"type": "eq", "fun": lambda t, pin=pin: np.interp(pin.beat, np.arange(12), t) - pin.time_s} for pin in pins
    ]
    limits = [
        {"type": "ineq", "fun": lambda t: np.diff(t) - intervals.shortest_s},
        {"type": "ineq", "fun": lambda t: intervals.longest_s - np.diff(t)},
    ]
    best = minimize(cost, found.times_s, constraints=held + limits, method="SLSQP", options={"ftol": 1e-14})
    assert cost(found.times_s) <= best.fun + 1e-3


def test_limits_are_kept_where_a_pin_is_out_of_reach() -> None:
    home = np.full(8, 0.5)
    intervals = Intervals(home, home * 0.98, home * 1.02, np.zeros(8, bool))
    found = smooth_beats([Pin(0.0, 0.0), Pin(4.0, 2.3), Pin(8.0, 4.0)], intervals)
    assert np.diff(found.times_s).max() <= 0.51 + 1e-6
    assert np.abs(found.errors_s).max() > 0.1


def test_excursion_and_change_are_those_of_a_worked_example() -> None:
    beats = np.concatenate([[0], np.cumsum([24_000] * 12 + [24_480] * 12)]).tolist()
    assert excursion(beats, [(0, 24_000.0)]) == pytest.approx(0.02)
    assert excursion(beats, [(0, 24_000.0), (12, 24_480.0)]) == 0.0
    assert ten_second_change(beats, []) == pytest.approx(0.02)
    assert ten_second_change(beats, [12]) == 0.0


@pytest.mark.parametrize("budget", [budget for budget in BUDGETS.values() if budget.excursion])
def test_the_narrowest_reach_keeps_the_ten_second_change_whatever_the_beats_do(budget: object) -> None:
    widest, narrowest = budget.reaches  # type: ignore[attr-defined]
    assert narrowest <= widest <= budget.excursion  # type: ignore[attr-defined]
    assert (1 + narrowest) / (1 - narrowest) - 1 <= budget.ten_second_change  # type: ignore[attr-defined]
