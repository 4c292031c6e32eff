"""The beats of a score, and the seed's own idea of them: another home, other section edges, other cuts to meet.

What an idea is worth is the number of goals that it meets. Only ideas worth nearly as much as the best are chosen from,
and each seed takes the one that differs most from those that the seeds before it took.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner_beats import (
    EDGE_PRICE,
    PREFERENCE,
    BeatLine,
    BeatWish,
    budgeted_line,
    line_of,
    on_beats_that_sound,
    path_problem,
    steady_line,
    without_hopeless_marks,
)
from vem_core.rhythm.planner_path import Path, Steps, find_path, steps_of
from vem_core.rhythm.planner_targets import Goal, with_close_marks_merged

PLACES = 6
"""How many places of the tempo range an idea may have its home in."""

KINDS = ((12.0, EDGE_PRICE), (4.0, EDGE_PRICE), (1.0, EDGE_PRICE), (12.0, 3 * EDGE_PRICE))
"""What it costs to be elsewhere than at an idea's home, and what a new section costs: a piece of many tempi, or few."""

IDEA_SHARE = 0.045
"""An idea may meet this share fewer of the cuts than the best one."""

ENOUGH = 4
"""How many different ideas of nearly the same worth there should be to choose from."""

SMOOTHED_AWAY = 1
"""So many goals on a path may be missed by its smoothed beats, or met by chance."""

MOST_IDEAS = 7
"""How many seeds have beats of their own; nothing else that the seed decides comes round with so many."""

MOST_COMPARED = 150
"""With more goals than this no ideas are compared: the seed's home is gently preferred, and it has whims of its own."""

OTHER_HOME_BPM, OTHER_LINES_SHARE = 3.0, 0.25
"""Tempo maps differ where homes are so far apart, or so many bar lines lie more than a beat from the other's."""


def plan_beats(goals: Sequence[Goal], rate: Fraction, duration_samples: int, wish: BeatWish) -> BeatLine:
    """The beats that meet the goals best, from the first that falls inside the score to the last.

    Of marks that no allowed grid meets together the earlier is met; the other counts as an ordinary goal. Seed 0 has
    the best of the ideas, the others nearly as good ones.
    """
    longest_s = wish.period_range_s[1]
    goals = [on_beats_that_sound(goal, duration_samples, longest_s) for goal in goals]
    if wish.is_constant:
        return steady_line(goals, duration_samples, wish)
    goals = without_hopeless_marks(with_close_marks_merged(goals, rate), wish)
    if len(goals) > MOST_COMPARED:
        return budgeted_line(goals, duration_samples, _gently_preferring(wish))
    chosen, lines, worths = _accepted(goals, duration_samples, wish)
    if wish.seed < len(lines):
        return lines[wish.seed]
    place = wish.seed % MOST_IDEAS % len(lines)
    own = dataclasses.replace(chosen[place].wish, seed=wish.seed)  # with whims about cuts that weigh the same
    line = budgeted_line(goals, duration_samples, own)
    return line if _is_of_their_worth(_worth(line.samples, goals, wish), worths, goals) else lines[place]


def _accepted(
    goals: Sequence[Goal], duration_samples: int, wish: BeatWish
) -> tuple[list[_Idea], list[BeatLine], list[int]]:
    """The ideas up to the seed's own, their beats, and what those are worth. The wish comes first, if it is.

    All are of nearly the same worth: one that turns out worth more than the share above any before it is left out, too.
    """
    first, promising, left = _ideas(goals, duration_samples, wish)
    lines = [budgeted_line(goals, duration_samples, idea.wish, idea.path) for idea in (first, promising)]
    worths = [_worth(line.samples, goals, wish) for line in lines]
    place = 0 if worths[0] >= worths[1] - IDEA_SHARE * len(goals) else 1
    chosen, lines, worths = [(first, promising)[place]], [lines[place]], [worths[place]]
    while left and len(lines) <= wish.seed % MOST_IDEAS:
        idea = max(left, key=lambda each: min(each.difference(other) for other in chosen))
        left.remove(idea)
        line = budgeted_line(goals, duration_samples, idea.wish, idea.path)
        worth = _worth(line.samples, goals, wish)
        if _is_of_their_worth(worth, worths, goals):
            chosen.append(idea)
            lines.append(line)
            worths.append(worth)
    return chosen, lines, worths


def _is_of_their_worth(worth: int, worths: Sequence[int], goals: Sequence[Goal]) -> bool:
    """Whether beats meet nearly as many cuts as the best of others, and the worst of them nearly as many as they."""
    share = IDEA_SHARE * len(goals)
    return max(worths) - share <= worth <= min(worths) + share


@dataclass(frozen=True)
class _Idea:
    """A wish that differs from the editor's in its home and sections and in what unmarked cuts are worth to it."""

    wish: BeatWish
    path: Path
    promise: int  # of goals to meet, before smoothing
    home_bpm: float  # the mean over its homes
    bar_lines: NDArray[np.int64]  # in samples, of whole bars from each home on
    beat_samples: float

    def difference(self, other: _Idea) -> float:
        """How far apart the tempo maps are: from 1 on they are two."""
        apart = np.abs(self.bar_lines[:, None] - other.bar_lines).min(axis=1) > self.beat_samples
        return max(abs(self.home_bpm - other.home_bpm) / OTHER_HOME_BPM, float(apart.mean()) / OTHER_LINES_SHARE)


def _ideas(goals: Sequence[Goal], duration_samples: int, wish: BeatWish) -> tuple[_Idea, _Idea, list[_Idea]]:
    """The wish as an idea, the one that promises most, and all that promise nearly as much and are not the wish.

    A lucky idea that promises more than the wish and has too few others near it is left out: if it were the measure,
    every seed would have the same beats.
    """
    plain = dataclasses.replace(wish, seed=0)
    wishes = [plain, dataclasses.replace(plain, preference=0.0), *_variants(wish)]
    steps = steps_of(path_problem(goals, duration_samples / SAMPLE_RATE_HZ, plain))
    ideas = [_idea(each, goals, duration_samples, steps) for each in wishes]
    share = IDEA_SHARE * len(goals)
    levels = sorted({idea.promise for idea in ideas if idea.promise >= ideas[0].promise}, reverse=True)
    near = {level: [idea for idea in ideas if level - share <= idea.promise <= level] for level in levels}
    level = next((level for level in levels if _different(near[level]) >= ENOUGH), levels[0])
    others = [idea for idea in ideas[1:] if level - share - SMOOTHED_AWAY <= idea.promise <= level]
    best = max([ideas[0], *others], key=lambda idea: idea.promise)
    return ideas[0], best, [idea for idea in others if idea.difference(ideas[0]) > 0]


def _different(ideas: Sequence[_Idea]) -> int:
    """How many of the ideas are tempo maps that differ from one another."""
    kept: list[_Idea] = []
    for idea in ideas:
        if len(kept) < ENOUGH and all(idea.difference(other) >= 1 for other in kept):
            kept.append(idea)
    return len(kept)


def _variants(wish: BeatWish) -> Iterator[BeatWish]:
    """The wish with a home in each place of the tempo range, as far as the energy allows, and with whims."""
    kinds = itertools.product(KINDS, range(PLACES))
    for number, ((preference, edge_price), place) in enumerate(kinds, start=1):
        pull = (place + 0.5) / PLACES + 0.5 * (wish.pull - 0.5)
        yield dataclasses.replace(
            wish, pull=min(1.0, max(0.0, pull)), preference=preference, edge_price=edge_price, seed=number
        )


def _gently_preferring(wish: BeatWish) -> BeatWish:
    """The wish with a home that its seed prefers no more than others prefer theirs."""
    if wish.seed == 0:
        return wish
    variants = list(_variants(wish))
    return dataclasses.replace(variants[wish.seed % len(variants)], preference=PREFERENCE, seed=wish.seed)


def _idea(wish: BeatWish, goals: Sequence[Goal], duration_samples: int, steps: Steps) -> _Idea:
    """What a wish comes to, on the beats of its path before they are smoothed."""
    path = find_path(path_problem(goals, duration_samples / SAMPLE_RATE_HZ, wish), steps)
    line = line_of(_beats_on(path, wish.divisions), path.homes, duration_samples, wish.divisions)
    beats = np.array(line.samples)
    edges = [*(first for first, _ in line.homes), len(beats)]
    lines = np.concatenate([beats[first : end : wish.traits.beats_per_bar] for first, end in itertools.pairwise(edges)])
    home_bpm = sum(60 / home.period_s for home in path.homes) / len(path.homes)
    return _Idea(wish, path, _worth(line.samples, goals, wish), home_bpm, lines, 60 * SAMPLE_RATE_HZ / home_bpm)


def _worth(beat_samples: Sequence[int], goals: Sequence[Goal], wish: BeatWish) -> int:
    """How many cuts and events lie on the beats or on what is between them; a mark outweighs all that are none.

    Of cuts nearer together than two places of the grid, some are met by any grid: they do not count.
    """
    places = np.arange((len(beat_samples) - 1) * wish.divisions + 1) / wish.divisions
    grid = np.interp(places, np.arange(len(beat_samples)), beat_samples)
    at = np.array([goal.samples for goal in goals])
    met = np.abs(at[:, None] - grid).min(axis=1) <= wish.tolerance_s * SAMPLE_RATE_HZ
    gaps = np.diff(at, prepend=-np.inf, append=np.inf) / SAMPLE_RATE_HZ
    apart = np.minimum(gaps[1:], gaps[:-1]) >= wish.period_range_s[0] / wish.divisions
    cuts = apart & ~np.array([bool(goal.name) for goal in goals])
    marks = np.array([goal.must_hit for goal in goals])
    return int(np.where(marks, len(goals), cuts)[met].sum())


def _beats_on(path: Path, divisions: int) -> NDArray[np.float64]:
    """The beats of a path in seconds, even between the goals that it meets, from beat 0 on."""
    units, times = np.array([(met.units, met.time_s) for met in path.met]).T
    beats = divisions * np.arange(math.ceil(units[-1] / divisions) + 1)
    first_s, last_s = (path.homes[at].period_s / divisions for at in (0, -1))
    outside = np.minimum(beats - units[0], 0) * first_s + np.maximum(beats - units[-1], 0) * last_s
    return np.asarray(np.interp(beats, units, times) + outside)
