"""How far a tempo may leave home, and how far it does.

A *section* has a home tempo. Inside it beats stay near home; at its edge, under a cadence, a fill, a breath or a drop,
the next section may have another home. What that allows is the budget; what a plan spends of it are its *excursion* and
its *ten-second change*, which stand in every report beside the cuts that were bought with them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.plan import Bend, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ

SHORTEST_SECTION_S = 8.0
"""A section that has a home of its own lasts at least this long."""

WINDOW_BEATS, WINDOW_S = 8, 10.0
"""The ten-second change compares tempi over so many beats, at most so far apart."""

_ROUNDING = 2e-4  # of a beat's length on the sample clock, relative


@dataclass(frozen=True)
class TempoBudget:
    """What a degree of bending allows. All are relative: 0.02 is two per cent."""

    excursion: float  # of a beat's length from its section's home
    ten_second_change: float  # of the tempo over eight beats, within ten seconds of one section
    edge_change: float  # of the home, from one section to the next
    change_per_beat: float | None = None  # from beat to beat; None: what the excursion leaves
    eighth_worth: float = 0.9  # of a cut met there, against one on a beat
    sixteenth_worth: float = 0.55

    @property
    def reaches(self) -> tuple[float, ...]:
        """Excursions to plan with: the first keeps the ten-second change nearly always, the last always does.

        At the last two beats at opposite ends differ by the ten-second change; of eight in a row not all do.
        """
        always = self.ten_second_change / (2 + self.ten_second_change)
        return tuple(max(0.0, min(self.excursion, share * always) - _ROUNDING) for share in (1.17, 1.0))


BUDGETS = {
    Bend.STEADY: TempoBudget(0.0, 0.0, 0.0),
    Bend.GROOVE: TempoBudget(0.02, 0.04, 0.08),
    Bend.RUBATO: TempoBudget(0.05, 0.08, 0.08, sixteenth_worth=0.4),
    Bend.FREE: TempoBudget(0.16, 0.5, 0.16, change_per_beat=0.08, eighth_worth=0.7, sixteenth_worth=0.3),
}


@dataclass(frozen=True)
class RhythmTraits:
    """What a style brings to the planning of its beats."""

    bend: Bend = Bend.GROOVE  # where the editor names none
    sixteenths: bool = False  # whether its groove is in sixteenths, so that one may be pushed onto a cut
    beats_per_bar: int = 4
    stop_share: float = 0.05  # of the cuts that the band may stop before; a groove has holes of its own, too
    breathes: bool = True  # whether the band can hold a beat and come in again: a recording cannot


SILENT_PERIODS = 2.0
"""Beats so many periods apart have a silence between them: that is no tempo."""

PLAIN_TRAITS = RhythmTraits()


def silent(periods: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the beat periods of one section, (beats - 1,), are silences or breaths, and no tempo."""
    return np.asarray(periods >= SILENT_PERIODS * np.median(periods) if len(periods) else np.zeros(0, bool))


def excursion(beat_samples: Sequence[int], homes: Sequence[tuple[int, float]]) -> float:
    """The largest |beat period / home period - 1| of a piece.

    `homes` holds for each section its first beat and its home period in samples; the first covers earlier beats, too.
    """
    periods = np.diff(np.asarray(beat_samples, float))
    if not len(periods) or not homes:
        return 0.0
    relative = periods / home_of_each(len(periods), homes)
    return float(np.abs(relative[relative < SILENT_PERIODS] - 1).max(initial=0.0))


def ten_second_change(beat_samples: Sequence[int], section_starts: Sequence[int]) -> float:
    """The largest max / min - 1 of the tempo over eight beats within any ten seconds of one section.

    `section_starts` are indices of beats. A section of fewer than nine beats has one tempo.
    """
    samples = np.asarray(beat_samples, float)
    edges = [0, *(start for start in section_starts if start > 0), len(samples) - 1]
    largest = 0.0
    for begin, end in itertools.pairwise(edges):
        within = samples[begin : end + 1]
        if len(within) <= WINDOW_BEATS + 1:
            continue
        periods = (within[WINDOW_BEATS:] - within[:-WINDOW_BEATS]) / WINDOW_BEATS
        starts = within[: len(periods)]
        steps = np.diff(within)
        broken = np.convolve(silent(steps), np.ones(WINDOW_BEATS), "valid") > 0
        starts, periods = starts[~broken], periods[~broken]
        until = np.searchsorted(starts, starts + WINDOW_S * SAMPLE_RATE_HZ, side="right")
        highest = _extreme_within(np.maximum, periods, until)
        largest = max(largest, float((highest / _extreme_within(np.minimum, periods, until)).max(initial=1.0)) - 1)
    return largest


def _extreme_within(extreme: np.ufunc, values: NDArray[np.float64], until: NDArray[np.intp]) -> NDArray[np.float64]:
    """The highest or lowest of values[n : until[n]] for each n, none empty: of two powers of two that cover it."""
    first = np.arange(len(values))
    lengths = until - first
    powers = [values]  # of each, over 1, 2, 4, ... values from there on
    while 2 ** len(powers) <= lengths.max(initial=0):
        half = 2 ** (len(powers) - 1)
        powers.append(extreme(powers[-1][:-half], powers[-1][half:]))
    found = np.empty(len(values))
    for power, over in enumerate(powers):
        here = first[(lengths >= 2**power) & (lengths < 2 ** (power + 1))]
        found[here] = extreme(over[here], over[until[here] - 2**power])
    return found


def home_of_each(periods: int, homes: Sequence[tuple[int, float]]) -> NDArray[np.float64]:
    """The home period of each beat interval: (periods,)."""
    starts = np.array([first for first, _ in homes])
    place = np.clip(np.searchsorted(starts, np.arange(periods), side="right") - 1, 0, None)
    return np.array([period for _, period in homes])[place]


def homes_of(plan: ScorePlan) -> list[tuple[int, float]]:
    """First beat and home period in samples of each section of a plan, neighbours of one home as one."""
    first_beats = first_beats_of(plan)
    homes: list[tuple[int, float]] = []
    for first, section in zip(first_beats, plan.sections, strict=True):
        if section.home_bpm is None:
            return []
        period = SAMPLE_RATE_HZ * 60 / section.home_bpm
        if not homes or abs(homes[-1][1] - period) > 1e-6 * period:
            homes.append((first, period))
    return homes


def first_beats_of(plan: ScorePlan) -> list[int]:
    """The first beat of each section, as indices."""
    bars = [beat.bar for beat in plan.beats]
    return [0 if at == 0 else int(np.searchsorted(bars, section.first_bar)) for at, section in enumerate(plan.sections)]


def plan_excursion(plan: ScorePlan) -> float:
    """The excursion of a plan; 0 of one that names no homes."""
    return excursion([beat.samples for beat in plan.beats], homes_of(plan))


def plan_ten_second_change(plan: ScorePlan) -> float:
    """The ten-second change of a plan, between the edges where its home changes."""
    starts = [first for first, _ in homes_of(plan)] or first_beats_of(plan)
    return ten_second_change([beat.samples for beat in plan.beats], starts)
