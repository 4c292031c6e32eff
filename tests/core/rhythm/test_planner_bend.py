"""The optimiser against a twin that is slow and plain, and against general-purpose solvers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from vem_core.rhythm import planner_costs
from vem_core.rhythm.planner_bend import BAND, GRID_STEP, BendProblem, BendSolution, Infeasible, Stop, solve
from vem_core.rhythm.planner_costs import JERK_WEIGHT, SQUARE_WEIGHT, interval_shares, span_costs
from vem_core.rhythm.planner_smooth import Pin, smooth_beats

RANGE_S = (0.4, 0.7)


def twin_value(problem: BendProblem) -> float:
    """The best value by trying every way to reach every state of every stop from every earlier one."""
    shortest, longest = problem.period_range_s
    intervals = max(12, math.ceil(math.log(longest / shortest) / GRID_STEP))
    step = math.log(longest / shortest) / intervals
    costs = span_costs(problem.change_limit, step, min(math.ceil(BAND / step), intervals))
    best: dict[tuple[int, int], float] = {}
    for j, stop in enumerate(problem.stops):
        for arriving in range(intervals + 1):
            values = []
            if all(group >= stop.group for group in problem.required):
                values.append(0.0)
            for i, earlier in enumerate(problem.stops[:j]):
                passed_over = range(earlier.group + 1, stop.group)
                if earlier.group == stop.group or any(group in problem.required for group in passed_over):
                    continue
                elapsed = stop.time_s - earlier.time_s
                for half_beats in range(1, int(2 * elapsed / shortest + 1e-6) + 1):
                    mean_period = 2 * elapsed / half_beats
                    fits = (half_beats + earlier.off_beat + stop.off_beat) % 2 == 0
                    if not fits or 2 * elapsed / longest > half_beats + 1e-6:
                        continue
                    shift = round(math.log(mean_period / shortest) / step)
                    row = costs.row(np.array([half_beats]), np.array([int(earlier.off_beat)]))[0]
                    exit_ = arriving - shift + costs.reach
                    for leaving in range(intervals + 1):
                        entry = leaving - shift + costs.reach
                        if 0 <= entry <= 2 * costs.reach and 0 <= exit_ <= 2 * costs.reach:
                            cost = problem.price * costs.table[row, exit_, entry]
                            values.append(best[i, leaving] - cost)
            best[j, arriving] = max(values, default=-math.inf) + stop.reward
    last = max(problem.required, default=-1)
    return max(value for (j, _), value in best.items() if problem.stops[j].group >= last)


def stops_at(times_s: list[float], weights: list[float]) -> list[Stop]:
    return [
        Stop(time_s, off_beat, weight * (0.5 if off_beat else 1.0), group)
        for group, (time_s, weight) in enumerate(zip(times_s, weights, strict=True))
        for off_beat in (False, True)
    ]


def random_problem(seed: int, cuts: int = 4, required: frozenset[int] = frozenset()) -> BendProblem:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.lognormal(math.log(1.2), 0.6, cuts)).tolist()
    weights = random.uniform(0.3, 1.5, cuts).tolist()
    return BendProblem(stops_at(times, weights), RANGE_S, 0.05, price=2.0, required=required)


@pytest.mark.parametrize("seed", range(6))
def test_the_optimiser_is_as_good_as_its_twin(seed: int) -> None:
    problem = random_problem(seed)
    solution = solve(problem)
    assert isinstance(solution, BendSolution)
    assert solution.value == pytest.approx(twin_value(problem), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
def test_the_optimiser_is_as_good_as_its_twin_on_longer_edits(seed: int) -> None:
    problem = random_problem(seed, cuts=7, required=frozenset({3}) if seed % 2 else frozenset())
    solution = solve(problem)
    if isinstance(solution, Infeasible):
        assert twin_value(problem) == -math.inf
    else:
        assert solution.value == pytest.approx(twin_value(problem), abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_required_stops_are_met_at_a_price(seed: int) -> None:
    free, bound = random_problem(seed, 6), random_problem(seed, 6, frozenset({2, 4}))
    forced, best = solve(bound), solve(free)
    assert isinstance(best, BendSolution)
    if isinstance(forced, BendSolution):
        assert {2, 4} <= {bound.stops[met.stop].group for met in forced.met}
        assert forced.value <= best.value + 1e-4


def test_two_required_stops_too_close_are_named() -> None:
    problem = BendProblem(stops_at([1.0, 2.0, 2.1, 3.0], [1.0] * 4), RANGE_S, 0.05, required=frozenset({1, 2}))
    assert solve(problem) == Infeasible(2, 1)


def test_a_span_between_given_tempi_is_solved_on_its_own() -> None:
    """What a re-cut needs: fixed periods on both sides, the stops between them chosen anew."""
    whole = BendProblem(stops_at(np.cumsum([1.3, 2.1, 0.9, 1.7, 2.6]).tolist(), [1.0] * 5), RANGE_S, 0.05)
    solution = solve(whole)
    assert isinstance(solution, BendSolution)
    first, *_, last = solution.met
    inner = BendProblem(
        [stop for index, stop in enumerate(whole.stops) if first.stop <= index <= last.stop],
        RANGE_S,
        0.05,
        entry_period_s=first.period_s,
        exit_period_s=last.period_s,
    )
    again = solve(inner)
    assert isinstance(again, BendSolution)
    assert [met.half_beats for met in again.met] == [met.half_beats for met in solution.met]
    assert (again.met[0].period_s, again.met[-1].period_s) == (first.period_s, last.period_s)


def test_no_stops_need_no_beats() -> None:
    assert solve(BendProblem([], RANGE_S, 0.05)) == BendSolution((), 0.0)


@given(st.integers(1, 40), st.booleans())
def test_shares_fill_the_span(half_beats: int, starts_off_beat: bool) -> None:
    assert interval_shares(half_beats, starts_off_beat).sum() == half_beats / 2


@pytest.mark.parametrize(("half_beats", "starts_off_beat"), [(4, 0), (5, 0), (7, 1), (8, 1), (12, 0)])
def test_the_table_agrees_with_linear_and_quadratic_programming(half_beats: int, starts_off_beat: int) -> None:
    step, reach, limit = 0.01, 10, 0.05
    costs = span_costs(limit, step, reach)
    shares = interval_shares(half_beats, bool(starts_off_beat))
    random = np.random.default_rng(half_beats)
    for entry, exit_ in random.integers(-reach, reach + 1, (12, 2)).tolist():
        cost = costs.table[2 * half_beats + starts_off_beat, exit_ + reach, entry + reach]
        slack = planner_costs.ROUNDING * step * shares.sum()
        changes = np.diff(np.eye(len(shares)), axis=0)
        possible = linprog(
            np.zeros(len(shares)),
            A_ub=np.concatenate([changes, -changes, [shares], [-shares]]),
            b_ub=[math.log1p(limit)] * (2 * len(changes)) + [slack, slack],
            bounds=[(entry * step,) * 2, *[(None, None)] * (len(shares) - 2), (exit_ * step,) * 2],
        ).success
        assert math.isfinite(cost) == possible
        if possible:
            assert cost >= _least_squares(shares, entry * step, exit_ * step, slack) - 1e-9


def _least_squares(shares: np.ndarray, entry: float, exit_: float, slack: float) -> float:
    """The least price of squares and jerks of any path that fills the span to within the slack."""

    def price(inner: np.ndarray) -> float:
        changes = np.diff([entry, *inner, exit_])
        return float(SQUARE_WEIGHT * (changes**2).sum() + JERK_WEIGHT * (np.diff(changes) ** 2).sum())

    def room(inner: np.ndarray, sign: float) -> float:
        return slack + sign * float(shares @ [entry, *inner, exit_])

    start = np.linspace(entry, exit_, len(shares))[1:-1]
    bounds = [{"type": "ineq", "fun": room, "args": (sign,)} for sign in (1.0, -1.0)]
    return float(minimize(price, start, constraints=bounds, method="SLSQP", options={"ftol": 1e-12}).fun)


def test_smoothing_agrees_with_a_general_solver() -> None:
    pins = [Pin(0, 0.0), Pin(6, 1.62), Pin(11, 2.9), Pin(16, 4.3)]
    limit = 0.05
    smooth = smooth_beats(pins, RANGE_S, limit)
    guess = np.interp(np.arange(0, 17, 2), [pin.half_beats for pin in pins], [pin.time_s for pin in pins])
    scale = np.diff(guess)

    def price(beats: np.ndarray) -> float:
        changes = np.diff(beats, 2) / scale[1:]
        jerks = np.diff(beats, 3) / scale[1:-1]
        return float(SQUARE_WEIGHT * (changes**2).sum() + JERK_WEIGHT * (jerks**2).sum())

    def ratios(beats: np.ndarray) -> np.ndarray:
        periods = np.diff(beats)
        return np.concatenate([(1 + limit) * periods[:-1] - periods[1:], (1 + limit) * periods[1:] - periods[:-1]])

    def misses(beats: np.ndarray) -> np.ndarray:
        return np.array([np.interp(pin.half_beats / 2, np.arange(9), beats) - pin.time_s for pin in pins])

    reference = minimize(
        price,
        guess,
        constraints=[{"type": "eq", "fun": misses}, {"type": "ineq", "fun": ratios}],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert reference.success
    assert smooth.times_s == pytest.approx(reference.x, abs=1e-4)
    assert np.abs(smooth.errors_s).max() < 1e-6
    assert ratios(smooth.times_s).min() > -1e-9


def test_smoothing_keeps_its_limits_where_the_pins_ask_too_much() -> None:
    pins = [Pin(0, 0.0), Pin(4, 0.85), Pin(8, 2.2)]
    smooth = smooth_beats(pins, RANGE_S, 0.05)
    periods = np.diff(smooth.times_s)
    assert np.maximum(periods[1:] / periods[:-1], periods[:-1] / periods[1:]).max() < 1.05 + 1e-6
    assert periods.min() > RANGE_S[0] - 1e-6
    assert periods.max() < RANGE_S[1] + 1e-6
    assert np.abs(smooth.errors_s).max() > 0.02


@given(st.lists(st.integers(0, 6), min_size=2, max_size=8), st.integers(0, 1))
@settings(max_examples=30, deadline=None)
def test_an_even_row_of_pins_gives_an_even_row_of_beats(gaps: list[int], start: int) -> None:
    half_beats = (start + np.cumsum([gap + 1 for gap in gaps])).tolist()
    smooth = smooth_beats([Pin(half, 0.25 * half) for half in half_beats], RANGE_S, 0.05)
    assert smooth.times_s == pytest.approx(0.5 * (smooth.first + np.arange(len(smooth.times_s))), abs=1e-6)
