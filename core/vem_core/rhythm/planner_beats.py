"""Where every beat of the score falls: goals in, beats on the sample clock out."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import ContradictoryHits
from vem_core.contract.plan import Bend
from vem_core.contract.time import SAMPLE_RATE_HZ, timecode
from vem_core.rhythm.planner_bend import BendProblem, Infeasible, Stop, solve
from vem_core.rhythm.planner_smooth import Pin, smooth_beats
from vem_core.rhythm.planner_steady import best_steady_grid
from vem_core.rhythm.planner_targets import Goal, with_close_marks_merged
from vem_core.rhythm.tempo_map import change_per_beat

OFF_BEAT_REWARD = 0.5
"""What a cut on an off-beat is worth, against one on a beat, where the tempo may bend: dearer than a small change."""

NARROWEST_RANGE = 1.01
"""Tempo ranges narrower than this leave nothing to bend."""

DENSE_GAP_S = 1.0
"""Goals nearer to a neighbour than this are dense: seldom can all of them be met exactly."""

MOST_SOFT, MOST_DENSE = 400, 800
"""With more goals than the first only dense ones may be met a little early or late, and with more dense ones than the
second none: the choice costs four to seven times the time, and as much memory."""

UNNOTICED_S = 0.007
"""An error that is not noticed."""

PIN_TOLERANCE_S = 0.0025
"""A beat that the smoother cannot bring nearer to its goal than this has missed it."""


REPAIR_REACH = 6
"""Pins on each side that a beat's failure to reach its goal may be the fault of."""


@dataclass(frozen=True)
class BendLimits:
    """What a degree of bending allows, and how much it charges for a change of tempo."""

    change_limit: float  # from beat to beat
    mean_limit: float  # of the change over the whole score
    price: float  # see planner_costs


BEND_LIMITS = {
    Bend.NATURAL: BendLimits(0.05, 0.01, 1.0),
    Bend.FREE: BendLimits(0.08, 0.02, 0.6),
}


@dataclass(frozen=True)
class BeatLine:
    """The beats of a score, and the period of one that is too short to have two."""

    samples: tuple[int, ...]
    period_samples: float


def plan_beats(
    goals: Sequence[Goal],
    sheet: CutSheet,
    duration_samples: int,
    tempo_range_bpm: tuple[float, float],
    bend: Bend,
    pull: float = 0.5,
    tolerance_s: float | None = None,
) -> BeatLine:
    """The beats that meet the goals best, from the first that falls inside the score to the last.

    `tolerance_s` is how far off a beat may be and still meet a goal (default: a frame). `pull` says which tempo wins
    where all are equal: 0 the slowest of the range, 1 the fastest.
    Raises ContradictoryHits if two goals that must be hit exclude each other.
    """
    slowest, fastest = tempo_range_bpm
    tolerance_s = tolerance_s or 1 / float(sheet.rate)
    period_range_s = 60 / fastest, 60 / slowest
    goals = [on_beats_that_sound(goal, duration_samples, period_range_s[1]) for goal in goals]
    if bend is Bend.STEADY or fastest <= slowest * NARROWEST_RANGE:
        return _steady_line(goals, sheet, duration_samples, period_range_s, tolerance_s)
    preferred_s = period_range_s[1] * (period_range_s[0] / period_range_s[1]) ** pull
    goals = with_close_marks_merged(goals, sheet.rate)
    return _bent_line(goals, sheet, duration_samples, period_range_s, BEND_LIMITS[bend], preferred_s, tolerance_s)


def on_beats_that_sound(goal: Goal, duration_samples: int, longest_s: float) -> Goal:
    """No off-beats near the ends of the score, where one might lie next to a beat that does not sound."""
    from_edge_s = min(goal.samples, duration_samples - goal.samples) / SAMPLE_RATE_HZ
    if goal.full_beat_only or from_edge_s >= longest_s / 2 + 1 / SAMPLE_RATE_HZ:
        return goal
    return dataclasses.replace(goal, full_beat_only=True, name=goal.name or "the hit")


def _steady_line(
    goals: Sequence[Goal],
    sheet: CutSheet,
    duration_samples: int,
    period_range_s: tuple[float, float],
    tolerance_s: float,
) -> BeatLine:
    tolerance = SAMPLE_RATE_HZ * tolerance_s - 1
    period_range = period_range_s[0] * SAMPLE_RATE_HZ, period_range_s[1] * SAMPLE_RATE_HZ
    grid = best_steady_grid(
        np.array([goal.samples for goal in goals]),
        np.array([goal.weight for goal in goals]),
        np.array([goal.full_beat_only for goal in goals]),
        np.array([goal.must_hit for goal in goals]),
        period_range,
        tolerance,
    )
    if isinstance(grid, int):
        must = [goal for goal in goals if goal.must_hit]
        raise _contradiction(must[grid - 1], must[grid], sheet, period_range_s)
    return _line(np.array([grid.phase_samples, grid.phase_samples + grid.period_samples]), duration_samples)


def _bent_line(
    goals: Sequence[Goal],
    sheet: CutSheet,
    duration_samples: int,
    period_range_s: tuple[float, float],
    limits: BendLimits,
    preferred_s: float,
    tolerance_s: float,
) -> BeatLine:
    """Bend as little as the mean limit asks: where the first price is too low for this edit, raise it."""
    line = None
    for price in limits.price * 1.6 ** np.arange(8):
        beats = _beats_at_price(goals, sheet, period_range_s, limits, preferred_s, float(price), tolerance_s)
        line = _line(beats, duration_samples)
        changes = change_per_beat(line.samples)
        if len(changes) == 0 or float(changes.mean()) <= limits.mean_limit:
            break
    assert line is not None
    return line


def _beats_at_price(
    goals: Sequence[Goal],
    sheet: CutSheet,
    period_range_s: tuple[float, float],
    limits: BendLimits,
    preferred_s: float,
    price: float,
    tolerance_s: float,
) -> NDArray[np.float64]:
    """Beats in samples, not yet rounded, from the first goal that is met to the last: two or more."""
    required = frozenset(group for group, goal in enumerate(goals) if goal.must_hit)
    failed: Infeasible | None = None
    for give_s in (0.0, 0.45 * tolerance_s, 0.9 * tolerance_s):
        stops = stops_for(goals, give_s, tolerance_s)
        solution = solve(
            BendProblem(stops, period_range_s, limits.change_limit, price, required, preferred_period_s=preferred_s)
        )
        if isinstance(solution, Infeasible):
            failed = failed or solution
            continue
        beats, missed = smooth_through(
            [(stops[met.stop], met.half_beats) for met in solution.met],
            solution.met[0].period_s,
            period_range_s,
            limits.change_limit,
            required,
        )
        if missed is None:
            return beats
        failed = failed or Infeasible(missed, max((group for group in required if group < missed), default=-1))
        if not required:
            break
    assert failed is not None
    raise _contradiction(goals[max(failed.previous, 0)], goals[failed.group], sheet, period_range_s)


def stops_for(goals: Sequence[Goal], give_s: float, frame_s: float) -> list[Stop]:
    """The ways to meet each goal: exactly, or a little early or late, which is worth less.

    A goal that must be hit has only the first, or with `give_s` the same early and late.
    """
    mean = float(np.mean([goal.weight for goal in goals]))
    gaps_s = np.diff([goal.samples for goal in goals], prepend=-math.inf, append=math.inf) / SAMPLE_RATE_HZ
    nearest_s = np.minimum(gaps_s[:-1], gaps_s[1:])
    dense = nearest_s < DENSE_GAP_S
    soft = dense if len(goals) > MOST_SOFT else np.full(len(goals), True)
    if dense.sum() > MOST_DENSE:
        soft = np.full(len(goals), False)
    stops = []
    for group, goal in enumerate(goals):
        gives = [(0.0, 1.0)]
        if goal.must_hit:
            room_s = max(0.0, give_s - goal.spread_samples / SAMPLE_RATE_HZ)
            gives += [(sign * room_s, 0.9) for sign in (-1, 1) if room_s]
        elif soft[group]:
            ways = _soft_gives(frame_s, dense=bool(dense[group]))
            gives += [(sign * give, share) for give, share in ways for sign in (-1, 1)]
        for give, share in sorted(gives):
            time_s, worth = goal.samples / SAMPLE_RATE_HZ + give, share * goal.weight / mean
            stops.append(Stop(time_s, False, worth, group))
            if not goal.full_beat_only:
                stops.append(Stop(time_s, True, OFF_BEAT_REWARD * worth, group))
    return stops


def _soft_gives(frame_s: float, *, dense: bool) -> list[tuple[float, float]]:
    """How far beside a cut a beat may fall, and what that is worth: unnoticeably, and just within a frame.

    With room around the cut a beat at the frame's edge is worth no more than an exact off-beat.
    """
    at_the_edge = 0.85 * frame_s, 0.6 if dense else OFF_BEAT_REWARD
    return [(UNNOTICED_S, 0.95)] + ([at_the_edge] if at_the_edge[0] > 2 * UNNOTICED_S else [])


def smooth_through(
    met: Sequence[tuple[Stop, int]],
    first_period_s: float,
    period_range_s: tuple[float, float],
    change_limit: float,
    required: frozenset[int],
) -> tuple[NDArray[np.float64], int | None]:
    """Beats in samples through the stops met, and the required group that could not be kept, if any.

    The grid on which stops were chosen is a little coarser than the smoother: a stop that turns out to be out of reach
    is given up and the rest smoothed again.
    """
    offset = int(met[0][0].off_beat)
    pins = [Pin(half_beats + offset, stop.time_s) for stop, half_beats in met]
    groups = [stop.group for stop, _ in met]
    while len(pins) > 1:
        # A sample of rounding on either side must not break a limit.
        inner_range = period_range_s[0] + 1 / SAMPLE_RATE_HZ, period_range_s[1] - 1 / SAMPLE_RATE_HZ
        smooth = smooth_beats(pins, inner_range, 0.99 * change_limit)
        errors = np.abs(smooth.errors_s)
        if errors.max() <= PIN_TOLERANCE_S:
            return smooth.times_s * SAMPLE_RATE_HZ, None
        given_up = _worst_of_each_place(errors, np.array([group in required for group in groups]))
        if not given_up:
            return smooth.times_s, groups[int(np.argmax(errors))]
        pins = [pin for index, pin in enumerate(pins) if index not in given_up]
        groups = [group for index, group in enumerate(groups) if index not in given_up]
    first = pins[0].time_s - first_period_s * (pins[0].half_beats % 2) / 2
    return np.array([first, first + first_period_s]) * SAMPLE_RATE_HZ, None


def _worst_of_each_place(errors: NDArray[np.float64], kept: NDArray[np.bool_]) -> frozenset[int]:
    """Of the pins that are missed and may be given up, those that none nearby misses by more: indices."""
    loose = np.where(kept, 0.0, errors)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(loose, REPAIR_REACH), 2 * REPAIR_REACH + 1)
    at_fault = (loose > PIN_TOLERANCE_S / 4) & (loose == around.max(axis=1))
    near_miss = np.lib.stride_tricks.sliding_window_view(np.pad(errors, REPAIR_REACH), 2 * REPAIR_REACH + 1)
    return frozenset(np.flatnonzero(at_fault & (near_miss.max(axis=1) > PIN_TOLERANCE_S)).tolist())


def _line(beats: NDArray[np.float64], duration_samples: int) -> BeatLine:
    """The beats carried on at their outermost tempi to both ends of the score, rounded to samples."""
    before, after = beats[1] - beats[0], beats[-1] - beats[-2]
    earlier = beats[0] - before * np.arange(math.floor(beats[0] / before + 1), 0, -1)
    later = beats[-1] + after * np.arange(1, max(0, math.floor((duration_samples - beats[-1]) / after + 1)) + 1)
    # Half-way between two samples all beats of a constant tempo must be rounded alike, whatever their last digits.
    samples = np.floor(np.concatenate([earlier, beats, later]).round(6) + 0.5).astype(np.int64)
    inside = samples[(samples >= 0) & (samples <= duration_samples)]
    return BeatLine(tuple(int(sample) for sample in inside) or (0,), float(before))


def _contradiction(one: Goal, other: Goal, sheet: CutSheet, period_range_s: tuple[float, float]) -> ContradictoryHits:
    def place(goal: Goal) -> str:
        stamp = timecode(sheet.start_frames + goal.frames, sheet.rate, drop_frame=sheet.drop_frame)
        kind = goal.name or ("the drop" if goal.full_beat_only else "the hit")
        return f"{kind} at {stamp}"

    apart_s = (other.samples - one.samples) / SAMPLE_RATE_HZ
    frames = other.frames - one.frames
    share = 1.0 if one.full_beat_only and other.full_beat_only else 0.5
    needed_bpm = 60 * share / apart_s if apart_s > 0 else math.inf
    fastest_bpm = 60 / period_range_s[0]
    if needed_bpm > fastest_bpm:
        grid = "beats" if share == 1 else "off-beats"
        why = f"only {frames} frames apart: {grid} so close need {needed_bpm:.0f} BPM, and {fastest_bpm:.0f} is allowed"
    else:
        why = f"{frames} frames apart, and no tempo that is allowed reaches from one to the other"
    hint = "Remove one of the two marks, widen the tempo range, or allow the tempo to bend more."
    if needed_bpm <= 400 and needed_bpm > fastest_bpm:
        hint = f"Remove one of the two marks, or allow a tempo of {math.ceil(needed_bpm)} BPM."
    return ContradictoryHits(
        f"{place(one).capitalize()} and {place(other)} cannot both be met: they are {why}.",
        hint=hint,
        first_frames=one.frames,
        second_frames=other.frames,
    )
