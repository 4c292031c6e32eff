"""A gap that holds a breath: what is no whole number of beats is taken up at once, where the band stops and comes in.

The music before goes on at its own tempo to a beat that is held, for two to three beats; the band comes in again on the
beat of the music after. Between the two there is no pulse, so no tempo is bent; a cut there may be met by a note right
after the beat that is held, or by a pick-up. Few bars are as short as such a gap may be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.gaps import Gap, GapBeats
from vem_core.rhythm.budget import SILENT_PERIODS
from vem_core.rhythm.planner_beats import BeatWish
from vem_core.rhythm.planner_targets import Goal

SHORTEST_BEATS, LONGEST_BEATS = 1.05 * SILENT_PERIODS, 3.2
"""How long a beat may be held, in beats of the music around it: by five per cent more than what counts as a silence."""

MOST_BEATS = 16
"""How many beats are tried on each side."""

_INTO_BAR = 0.3
"""What it is worth, in cuts, that the band comes in on a bar line. A cut that it comes in on is worth one more."""

_BEND_SHARE = 0.75  # of the excursion: what the beats beside a breath may bend, so that kept bars share their home


@dataclass(frozen=True)
class _Side:
    """Beats of one length from a kept bar line towards the breath, and what they meet."""

    beats: NDArray[np.float64]  # samples, the bar line and the held beat, or the entrance, among them, in order of time
    period: float
    worth: float


def breath_gap(gap: Gap, goals: Sequence[Goal], wish: BeatWish) -> GapBeats | None:
    """A gap with one breath in it; None where it is too short, or a mark in it is not met so.

    Where the score begins or ends with the gap, the band holds a beat, or comes in again, on a cut.
    """
    known = [home for home in (gap.home_before_s, gap.home_after_s) if home is not None]
    if not wish.traits.breathes or not known:
        return None
    homes = [(home or known[0]) * SAMPLE_RATE_HZ for home in (gap.home_before_s, gap.home_after_s)]
    inside = [goal for goal in goals if gap.start_samples < goal.samples < gap.end_samples]
    befores = _sides_of(gap, gap.before_samples, homes[0], 1, inside, wish)
    afters = _sides_of(gap, gap.after_samples, homes[1], -1, inside, wish)
    shortest, longest = SHORTEST_BEATS * max(homes), LONGEST_BEATS * max(homes)
    best: tuple[float, _Side, _Side] | None = None
    for before, after in itertools.product(befores, afters):
        held = float(after.beats[0] - before.beats[-1])
        if not shortest <= held <= longest or not _meets_marks(before, after, inside, wish):
            continue
        into_bar = gap.after_samples is None or (len(after.beats) - 1) % wish.traits.beats_per_bar == 0
        value = before.worth + after.worth + _INTO_BAR * into_bar + _entrance(after, inside, wish) - held / longest
        if best is None or value > best[0]:
            best = value, before, after
    if best is None:
        return None
    _, before, after = best
    held_beats = before.beats if gap.before_samples is None else before.beats[1:]
    entered = after.beats if gap.after_samples is None else after.beats[:-1]
    return GapBeats(
        tuple(int(at) for at in np.round(np.concatenate([held_beats, entered])).astype(np.int64)),
        before.period / SAMPLE_RATE_HZ,
        entrance=len(held_beats),
        home_after_s=after.period / SAMPLE_RATE_HZ,
    )


def _sides_of(
    gap: Gap, at: int | None, home: float, direction: int, inside: Sequence[Goal], wish: BeatWish
) -> list[_Side]:
    """Beats on one side of the breath, from a kept bar line or from where the score begins or ends."""
    if at is not None:
        return list(_sides(at, home, direction, inside, wish))
    end = gap.start_samples if direction > 0 else gap.end_samples - 1
    return [side for goal in inside for side in _open_sides(goal.samples, end, home, direction, inside, wish)]


def _open_sides(
    anchor: int, end: int, home: float, direction: int, inside: Sequence[Goal], wish: BeatWish
) -> Iterator[_Side]:
    """Beats between a goal and an end of the score, a bar of them at least."""
    away = -direction
    for period in _periods(anchor, home, away, math.inf, inside, wish):
        count = math.floor(away * (end - anchor) / period)
        if count < wish.traits.beats_per_bar:
            continue
        beats = anchor + away * period * np.arange(count + 1, dtype=np.float64)
        worth = _worth(float(beats[-1]), direction * period, count, inside, wish)
        yield _Side(beats[::away], period, worth)


def _sides(at: int, home: float, direction: int, inside: Sequence[Goal], wish: BeatWish) -> Iterator[_Side]:
    """Beats on one side of the breath: at home, or bent evenly so that a goal is met exactly."""
    for count in range(MOST_BEATS + 1):
        if direction < 0 and count == 1:
            continue  # a bar of one beat
        for period in _periods(at, home, direction, (count + 1) * wish.divisions, inside, wish):
            beats = at + direction * period * np.arange(count + 1, dtype=np.float64)
            yield _Side(beats[::direction], period, _worth(at, direction * period, count, inside, wish))


def _periods(
    at: int, home: float, direction: int, most_units: float, inside: Sequence[Goal], wish: BeatWish
) -> list[float]:
    """The home period, and those near it with which a goal in fewer than so many units is met exactly."""
    periods = {home}
    for goal in inside:
        away = direction * (goal.samples - at)
        units = away / home * wish.divisions
        if 1 <= round(units) < most_units and abs(units / round(units) - 1) <= _BEND_SHARE * wish.excursion:
            periods.add(away * wish.divisions / round(units))
    return sorted(periods)


def _worth(at: float, step: float, count: int, inside: Sequence[Goal], wish: BeatWish) -> float:
    """How many of the goals the beats and what is between them meet, each at the worth of its place.

    Within the breath the pulse reaches less than a beat: to notes after the one that is held, or to a pick-up.
    """
    places = np.arange((count + 1) * wish.divisions)
    grid = at + step * places / wish.divisions
    worths = np.array(wish.worths)[(places if step > 0 else -places) % wish.divisions]
    tolerance = wish.tolerance_s * SAMPLE_RATE_HZ + 1
    return sum(float(worths[np.abs(grid - goal.samples) <= tolerance].max(initial=0.0)) for goal in inside)


def _entrance(after: _Side, inside: Sequence[Goal], wish: BeatWish) -> float:
    """What a goal is worth more that the band comes in on."""
    off = min((abs(goal.samples - float(after.beats[0])) for goal in inside), default=math.inf)
    return float(off <= wish.tolerance_s * SAMPLE_RATE_HZ + 1)


def _meets_marks(before: _Side, after: _Side, inside: Sequence[Goal], wish: BeatWish) -> bool:
    beats = np.concatenate([before.beats, after.beats])
    tolerance = wish.tolerance_s * SAMPLE_RATE_HZ + 1
    return all(np.abs(beats - goal.samples).min() <= tolerance for goal in inside if goal.must_hit)
