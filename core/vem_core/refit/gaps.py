"""The beats between kept bars: within the same budget as the rest, and from one kept beat to the next exactly.

A gap keeps to the home tempo of the bars beside it, or to one that it can share with them: see `homes`. One that is as
long as a section may have a home of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import SHORTEST_SECTION_S
from vem_core.rhythm.planner_beats import BeatWish, beats_along, on_beats_that_sound, path_problem
from vem_core.rhythm.planner_path import find_path, home_grid
from vem_core.rhythm.planner_targets import Goal

FEWEST_BEATS = 2
"""A shorter gap is not a place for music of its own."""

_EDGE_TOLERANCE_SAMPLES = 6.0  # an eighth of a millisecond: what the smoother may leave at a kept beat
_EDGE_NAME = "a bar that stays"
_ROOM = 0.6  # of the shortest beat: a goal nearer than this to a kept beat is not met by another


@dataclass(frozen=True)
class Gap:
    """A stretch without beats yet, on the new score's sample clock.

    `start_samples` is the bar line where kept music before it ends, `end_samples` that where kept music after it begins
    (None: the gap begins or ends with the score). `home_before_s` and `home_after_s` are that music's home periods.
    """

    before_samples: int | None
    after_samples: int | None
    duration_samples: int
    home_before_s: float | None = None
    home_after_s: float | None = None

    @property
    def start_samples(self) -> int:
        return 0 if self.before_samples is None else self.before_samples

    @property
    def end_samples(self) -> int:
        return self.duration_samples if self.after_samples is None else self.after_samples

    @property
    def edges(self) -> tuple[int, ...]:
        """Where kept music begins or ends."""
        return tuple(at for at in (self.before_samples, self.after_samples) if at is not None)

    @property
    def homes_s(self) -> tuple[float, ...]:
        """The home periods of the kept music around it, earlier first: none, one or two."""
        return tuple(home for home in (self.home_before_s, self.home_after_s) if home is not None)

    @property
    def duration_s(self) -> float:
        """Its length in seconds; a gap at an edge reaches to the score's own start or end."""
        return (self.end_samples - self.start_samples) / SAMPLE_RATE_HZ


@dataclass(frozen=True)
class GapBeats:
    """The beats inside a gap, without those of the kept music, and its home period.

    Of a gap with a breath `entrance` is the place in `samples` where the band comes in again, at the home
    `home_after_s`; it is behind the last one where that is the kept bar line itself.
    """

    samples: tuple[int, ...]
    home_s: float
    entrance: int | None = None
    home_after_s: float | None = None


def plan_gap(
    gap: Gap, goals: Sequence[Goal], wish: BeatWish, shared_s: tuple[float, ...] | None = None
) -> GapBeats | None:
    """The beats of a gap; None where no tempo that is allowed fills it, or a mark in it is not met.

    `goals` are those of the whole score. `shared_s` are the homes to choose from, in seconds; the one that is chosen
    then holds to the letter (None: those that `Gap` allows, and the chosen one is moved to the middle of the beats).
    The first beat of the gap is the bar line where it begins, if music stands before it.
    """
    wish = _with_kept_tempi(wish, gap)
    room = _ROOM * wish.period_range_s[0] * SAMPLE_RATE_HZ
    if not _whole_beats_fit(gap, shared_s, wish):
        return None
    if any(goal.must_hit and _too_near(goal, gap, room, wish.tolerance_s) for goal in goals):
        return None
    ordered = sorted(
        [*(_edge(at) for at in gap.edges), *_goals_inside(gap, goals, room, wish)], key=lambda goal: goal.samples
    )
    if not ordered:
        ordered = [Goal(gap.start_samples, 0.5, full_beat_only=True)]
    problem = path_problem(ordered, gap.end_samples / SAMPLE_RATE_HZ, wish)
    homes = shared_s or _homes(gap, wish, home_grid(problem))
    if not homes:
        return None
    path = find_path(replace(problem, edge_change=0.0, mark_reach=problem.reach, homes_s=homes))
    if any(goal.must_hit and number not in {met.goal for met in path.met} for number, goal in enumerate(ordered)):
        return None
    beats, settled, failed = beats_along(path, ordered, wish, settle=shared_s is None)
    if failed is not None:
        return None
    if any(np.abs(beats * SAMPLE_RATE_HZ - at).min() > _EDGE_TOLERANCE_SAMPLES for at in gap.edges):
        return None
    home_s = settled[0].period_s
    return GapBeats(_inside(gap, beats * SAMPLE_RATE_HZ, home_s * SAMPLE_RATE_HZ), home_s)


def even_gap(gap: Gap, goals: Sequence[Goal], wish: BeatWish) -> GapBeats | None:
    """A gap between two runs filled with beats of one length, which meet its cuts by chance alone.

    They change the tempo the least of all, so that they may keep a budget that the music around has nearly spent. None
    where a mark in the gap is not met so.
    """
    if len(gap.edges) < 2:
        return None
    home_s = sum(gap.homes_s) / len(gap.homes_s)
    count = round(gap.duration_s / home_s)
    if count < FEWEST_BEATS:
        return None
    line = np.linspace(gap.start_samples, gap.end_samples, count + 1)
    tolerance = wish.tolerance_s * SAMPLE_RATE_HZ + 1
    marks = [goal.samples for goal in goals if goal.must_hit and gap.start_samples <= goal.samples <= gap.end_samples]
    if any(np.abs(line - mark).min() > tolerance for mark in marks):
        return None
    return GapBeats(tuple(int(at) for at in np.round(line[1:-1])), gap.duration_s / count)


def _whole_beats_fit(gap: Gap, shared_s: tuple[float, ...] | None, wish: BeatWish) -> bool:
    """Whether a whole number of beats fits between two edges; cheaper than a search for the best."""
    if len(gap.edges) < 2:
        return True
    shortest, longest = wish.period_range_s
    homes = shared_s or (gap.homes_s if gap.duration_s < SHORTEST_SECTION_S else ())
    if homes:
        shortest = max(shortest, min(homes) * (1 - wish.excursion))
        longest = min(longest, max(homes) * (1 + wish.excursion))
    slack = 1 + _EDGE_TOLERANCE_SAMPLES / max(1.0, float(gap.end_samples - gap.start_samples))
    most = math.floor(gap.duration_s / shortest * slack)
    return most >= max(FEWEST_BEATS, math.ceil(gap.duration_s / longest / slack))


def _with_kept_tempi(wish: BeatWish, gap: Gap) -> BeatWish:
    """The wish in a range that has room for the homes beside the gap."""
    slack = 1 + 2 * wish.excursion
    slowest, fastest = wish.tempo_range_bpm
    kept = [60 / home for home in gap.homes_s]
    return replace(
        wish,
        tempo_range_bpm=(
            min([slowest, *(bpm / slack for bpm in kept if bpm < slowest)]),
            max([fastest, *(bpm * slack for bpm in kept if bpm > fastest)]),
        ),
    )


def _homes(gap: Gap, wish: BeatWish, grid: np.ndarray) -> tuple[float, ...]:
    """The homes that a gap may have: those beside it, and where it is long enough others that may follow each other."""
    beside = gap.homes_s
    if not beside:
        return tuple(grid.tolist())
    reach = math.log1p(wish.budget.edge_change) + 1e-9
    allowed = [
        home
        for home in (*grid.tolist(), *beside)
        if all(abs(math.log(home / neighbour)) <= reach for neighbour in beside)
    ]
    return tuple(sorted(set(allowed))) if gap.duration_s >= SHORTEST_SECTION_S else tuple(sorted(set(beside)))


def _goals_inside(gap: Gap, goals: Sequence[Goal], room: float, wish: BeatWish) -> list[Goal]:
    low = -1.0 if gap.before_samples is None else gap.before_samples + room
    high = gap.duration_samples + 1.0 if gap.after_samples is None else gap.after_samples - room
    inside = [goal for goal in goals if low <= goal.samples <= high]
    return [on_beats_that_sound(goal, gap.duration_samples, wish.period_range_s[1]) for goal in inside]


def _too_near(goal: Goal, gap: Gap, room: float, tolerance_s: float) -> bool:
    """Whether a mark inside the gap stands so near to a kept beat that no other can meet it, and that one does not."""
    distance = min((abs(goal.samples - beat) for beat in gap.edges), default=math.inf)
    inside = gap.start_samples <= goal.samples <= gap.end_samples
    return inside and tolerance_s * SAMPLE_RATE_HZ + 1 < distance < room


def _edge(samples: int) -> Goal:
    """A kept beat, to be met exactly."""
    return Goal(samples, 0.5, must_hit=True, full_beat_only=True, name=_EDGE_NAME, spread_samples=1)


def _inside(gap: Gap, beats: np.ndarray, home: float) -> tuple[int, ...]:
    """Those of the beats that the kept music has not, carried on at home where the score begins or ends."""
    if gap.before_samples is None:
        earlier = beats[0] - home * np.arange(max(0, math.floor(beats[0] / home + 1)), 0, -1)
        beats = np.concatenate([earlier, beats])
    if gap.after_samples is None:
        more = max(0, math.floor((gap.duration_samples - beats[-1]) / home + 1))
        beats = np.concatenate([beats, beats[-1] + home * np.arange(1, more + 1)])
    low = 0.0 if gap.before_samples is None else gap.before_samples + _EDGE_TOLERANCE_SAMPLES
    high = gap.duration_samples if gap.after_samples is None else gap.after_samples - _EDGE_TOLERANCE_SAMPLES
    samples = np.floor(beats + 0.5).astype(np.int64)
    return tuple(int(sample) for sample in samples if low <= sample <= high)
