"""The beats between kept bars: as few changes of tempo as meet the new cuts and lead from one kept beat to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner_beats import BendLimits, on_beats_that_sound, smooth_through, stops_for
from vem_core.rhythm.planner_bend import BendProblem, Infeasible, Stop, solve
from vem_core.rhythm.planner_targets import Goal

ANCHOR_BEATS = 4
"""Kept beats on each side that the tempo between them is smoothed into."""

FEWEST_BEATS = 2
"""A shorter gap is not a place for music of its own."""

_ANCHOR_TOLERANCE_SAMPLES = 6.0  # an eighth of a millisecond: what the smoother may leave at a kept beat
_EDGE_GROUP = -1
_ROOM = 0.6  # of the shortest beat: a goal nearer than this to a kept beat is not met by another


@dataclass(frozen=True)
class Gap:
    """A stretch without beats yet, on the new score's sample clock.

    `before` are the last kept beats, of which the very last is the bar line where the gap begins; `after` the first
    ones after it, from the bar line where it ends. Empty: the gap begins or ends with the score.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    duration_samples: int

    @property
    def start_samples(self) -> int:
        return self.before[-1] if self.before else 0

    @property
    def end_samples(self) -> int:
        return self.after[0] if self.after else self.duration_samples


def plan_gap(
    gap: Gap, goals: Sequence[Goal], period_range_s: tuple[float, float], limits: BendLimits, tolerance_s: float
) -> tuple[int, ...] | None:
    """The beats inside a gap, without those of the kept music; None where no tempo that is allowed fills it.

    `goals` are those of the whole score; a beat within `tolerance_s` meets one. The first beat of the gap is the bar
    line where it begins, if music stands before it.
    """
    periods = _with_kept_tempi(gap, period_range_s)
    room = _ROOM * periods[0] * SAMPLE_RATE_HZ
    wanted = _goals_inside(gap, goals, room, periods[1])
    if any(goal.must_hit and _too_near(goal, gap, room, tolerance_s) for goal in goals):
        return None
    edges = [_edge(at) for at in (gap.before[-1:] + gap.after[:1])]
    ordered = [*edges[: len(gap.before[:1])], *wanted, *edges[len(gap.before[:1]) :]]
    if gap.before and gap.after and gap.end_samples - gap.start_samples < FEWEST_BEATS * periods[0] * SAMPLE_RATE_HZ:
        return None
    for give_s in (0.0, 0.45 * tolerance_s, 0.9 * tolerance_s):
        beats = _beats_through(gap, ordered, give_s, periods, limits, tolerance_s)
        if beats is not None:
            return beats
        if not any(goal.must_hit for goal in wanted):
            break
    return None


def _with_kept_tempi(gap: Gap, period_range_s: tuple[float, float]) -> tuple[float, float]:
    kept = [*np.diff(gap.before), *np.diff(gap.after)]
    slack = 1.002
    shortest = min([period_range_s[0], *(float(period) / SAMPLE_RATE_HZ / slack for period in kept)])
    longest = max([period_range_s[1], *(float(period) / SAMPLE_RATE_HZ * slack for period in kept)])
    return shortest, longest


def _goals_inside(gap: Gap, goals: Sequence[Goal], room: float, longest_s: float) -> list[Goal]:
    low = gap.start_samples + room if gap.before else -1.0
    high = gap.end_samples - room if gap.after else gap.duration_samples + 1.0
    inside = [goal for goal in goals if low <= goal.samples <= high]
    return [on_beats_that_sound(goal, gap.duration_samples, longest_s) for goal in inside]


def _too_near(goal: Goal, gap: Gap, room: float, tolerance_s: float) -> bool:
    """Whether a mark inside the gap stands so near to a kept beat that no other can meet it, and that one does not."""
    kept_beats = gap.before[-1:] + gap.after[:1]
    distance = min((abs(goal.samples - beat) for beat in kept_beats), default=math.inf)
    inside = gap.start_samples <= goal.samples <= gap.end_samples
    return inside and tolerance_s * SAMPLE_RATE_HZ + 1 < distance < room


def _edge(samples: int) -> Goal:
    return Goal(samples, 0.5, must_hit=True, full_beat_only=True, name="a bar that stays")


def _beats_through(
    gap: Gap,
    goals: Sequence[Goal],
    give_s: float,
    periods: tuple[float, float],
    limits: BendLimits,
    tolerance_s: float,
) -> tuple[int, ...] | None:
    edges = {goal.samples for goal in goals if goal.name == _edge(0).name}
    stops = [
        stop
        for stop in (stops_for(goals, give_s, tolerance_s) if goals else [])
        if goals[stop.group].samples not in edges or round(stop.time_s * SAMPLE_RATE_HZ) in edges
    ]
    required = frozenset(group for group, goal in enumerate(goals) if goal.must_hit)
    solution = solve(
        BendProblem(
            stops,
            periods,
            limits.change_limit,
            limits.price,
            required,
            entry_period_s=_period_s(gap.before[-2:]),
            exit_period_s=_period_s(gap.after[:2]),
        )
    )
    if isinstance(solution, Infeasible) or (gap.before and gap.after and len(solution.met) < 2):
        return None
    met = [(stops[meeting.stop], meeting.half_beats) for meeting in solution.met]
    return _smoothed_into_kept(gap, met, periods, limits.change_limit, required)


def _smoothed_into_kept(
    gap: Gap,
    met: Sequence[tuple[Stop, int]],
    periods: tuple[float, float],
    change_limit: float,
    required: frozenset[int],
) -> tuple[int, ...] | None:
    """The exact beats: the kept ones on both sides are pinned, so that the tempo leads into theirs."""
    before, after = gap.before[-ANCHOR_BEATS:-1], gap.after[1:ANCHOR_BEATS]
    lead = 2 * len(before)
    pins = [(_anchor(at), 2 * number) for number, at in enumerate(before)]
    pins += [(stop, half_beats + lead) for stop, half_beats in met]
    last = pins[-1][1]
    pins += [(_anchor(at), last + 2 * number) for number, at in enumerate(after, 1)]
    first_period = _period_s(gap.before[-2:]) or _period_s(gap.after[:2]) or periods[1]
    beats, failed = smooth_through(pins, first_period, periods, change_limit, required | {_EDGE_GROUP})
    if failed is not None:
        return None
    kept = (*gap.before[-ANCHOR_BEATS:], *gap.after[:ANCHOR_BEATS])
    if any(np.abs(beats - at).min() > _ANCHOR_TOLERANCE_SAMPLES for at in kept):
        return None
    return _inside(gap, beats)


def _anchor(samples: int) -> Stop:
    return Stop(samples / SAMPLE_RATE_HZ, False, 0.0, _EDGE_GROUP)


def _inside(gap: Gap, beats: np.ndarray) -> tuple[int, ...]:
    """Those of the beats that the kept music has not, carried on at their tempo where the score begins or ends."""
    if not gap.before:
        step = beats[1] - beats[0]
        beats = np.concatenate([beats[0] - step * np.arange(math.floor(beats[0] / step + 1), 0, -1), beats])
    if not gap.after:
        step = beats[-1] - beats[-2]
        more = max(0, math.floor((gap.duration_samples - beats[-1]) / step + 1))
        beats = np.concatenate([beats, beats[-1] + step * np.arange(1, more + 1)])
    low = gap.start_samples + _ANCHOR_TOLERANCE_SAMPLES if gap.before else 0
    high = gap.end_samples - _ANCHOR_TOLERANCE_SAMPLES if gap.after else gap.duration_samples
    samples = np.floor(beats + 0.5).astype(np.int64)
    return tuple(int(sample) for sample in samples if low <= sample <= high)


def _period_s(pair: Sequence[int]) -> float | None:
    return (pair[1] - pair[0]) / SAMPLE_RATE_HZ if len(pair) == 2 else None
