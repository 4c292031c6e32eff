"""Bars and sections of a refitted plan: kept bars stay who they were, new ones continue what stands around them."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vem_core.composer.form import read_form
from vem_core.contract.plan import Beat, ScorePlan, Section, SectionPart, SectionRole
from vem_core.refit.bars import EarlierBars
from vem_core.rhythm.form import DOWNBEAT_REWARD

_ODD_PRICES = {-2: 1.2, -1: 1.3, 1: 1.4, 2: 1.6}
_LONELY_PRICE = 4.0
"""The price of a bar by the beats that it has more than the others, and of a bar of one beat; between kept bars an odd
one may be all that fits."""

_LONE_BPM = 100.0


@dataclass(frozen=True)
class BarIdentity:
    """Which bar of which section of the piece a bar is: what its notes follow from."""

    role: SectionRole
    occurrence: int
    number: int
    of: int
    energy: float  # of its section
    seed: int

    def moved(self, bars: int) -> BarIdentity:
        """The bar so many bars later in the same section; beyond its ends, one of those that it has, not the last."""
        number = self.number + bars
        return replace(self, number=number if 0 <= number < self.of else number % max(1, self.of - 1))

    @property
    def section(self) -> tuple[SectionRole, int, int]:
        """What makes its section play as it does: role, how many times before, seed."""
        return (self.role, self.occurrence, self.seed)


@dataclass(frozen=True)
class NewBar:
    """A bar of the refitted plan."""

    beats_samples: tuple[int, ...]
    identity: BarIdentity
    first_number: int = 1  # of its first beat: more than 1 in a pick-up
    home_s: float = 0.0  # the home period of its beats; 0: not known yet


def identities_of(plan: ScorePlan) -> tuple[BarIdentity, ...]:
    """Every bar of a plan, as the composer reads it."""
    read = {bar.index: bar for bar in read_form(plan, _LONE_BPM).bars}
    found: list[BarIdentity] = []
    for index in range(plan.bar_count):
        bar = read.get(index)
        if bar is None:  # beyond the final hit, where nothing new is played
            found.append(found[-1].moved(1) if found else _alone(plan.seed))
            continue
        found.append(BarIdentity(bar.role, bar.occurrence, bar.number, bar.of, bar.section_energy, bar.seed))
    return tuple(found)


def bar_sizes(
    weights: NDArray[np.float64], beats_per_bar: int, forced: frozenset[int] = frozenset(), *, open_end: bool
) -> list[int]:
    """How many beats each bar of a stretch has: whole bars where they fit, bars beginning on the heaviest hits else.

    `weights` holds the weight of the hit on each beat of the stretch; `forced` beats begin a bar. With an open end the
    last bar may be cut short by the end of the score.
    """
    count = len(weights)
    prices = {beats_per_bar: 0.0} | {beats_per_bar + more: price for more, price in _ODD_PRICES.items()}
    prices = {size: price for size, price in prices.items() if size > 1} | {1: _LONELY_PRICE}
    best = np.full(count + 1, np.inf)
    best[count] = 0.0
    choice = np.zeros(count + 1, dtype=np.int64)
    for start in range(count - 1, -1, -1):
        for size, price in prices.items():
            end = start + size
            if end > count:
                if not open_end or size != beats_per_bar:
                    continue
                end = count
            if any(start < beat < end for beat in forced):
                continue
            value = best[end] + price - DOWNBEAT_REWARD * (weights[end] if end < count else 0.0)
            if value < best[start]:
                best[start], choice[start] = value, end - start
    sizes = []
    at = 0
    while at < count:
        sizes.append(int(choice[at]))
        at += sizes[-1]
    return sizes


def continued(identities: Sequence[BarIdentity], before: int | None, after: int | None, bars: int) -> list[BarIdentity]:
    """Who the new bars between two kept ones are, by their numbers in the earlier plan (None: none there).

    As many as there were stay who they were. More or fewer share the sections that stood there between them: the first
    half goes on from the bar before, the second leads into the bar after.
    """
    first = -1 if before is None else before
    last = len(identities) if after is None else after
    gone = list(range(first + 1, last))
    if len(gone) == bars:
        return [identities[number] for number in gone]
    return [_shared(identities, before, after, gone, place, bars) for place in range(bars)]


def _shared(
    identities: Sequence[BarIdentity],
    before: int | None,
    after: int | None,
    gone: Sequence[int],
    place: int,
    bars: int,
) -> BarIdentity:
    from_before = None if before is None else identities[before].moved(place + 1)
    to_after = None if after is None else identities[after].moved(place - bars)
    nearest = from_before if to_after is None or (from_before and 2 * place < bars) else to_after
    if not gone:
        return nearest or identities[0]
    there = identities[gone[place * len(gone) // bars]]
    for neighbour in (nearest, from_before, to_after):
        if neighbour is not None and neighbour.section == there.section:
            return neighbour
    first = next(other for other in range(bars) if identities[gone[other * len(gone) // bars]].section == there.section)
    start = identities[gone[first * len(gone) // bars]]
    return start.moved(place - first)


def beats_of(bars: Sequence[NewBar]) -> tuple[Beat, ...]:
    """The beats of all bars, numbered."""
    return tuple(
        Beat(samples, index, number)
        for index, bar in enumerate(bars)
        for number, samples in enumerate(bar.beats_samples, bar.first_number)
    )


def sections_of_bars(
    bars: Sequence[NewBar], shot_starts_samples: Sequence[int], duration_samples: int, tolerance_samples: int
) -> tuple[Section, ...]:
    """The bars in runs that go on within one section of the piece."""
    runs: list[tuple[int, list[NewBar]]] = []
    for index, bar in enumerate(bars):
        previous = runs[-1][1][-1].identity if runs else None
        goes_on = previous is not None and bar.identity == replace(previous, number=previous.number + 1)
        if goes_on and abs(runs[-1][1][-1].home_s - bar.home_s) < 1e-9:
            runs[-1][1].append(bar)
        else:
            runs.append((index, [bar]))
    starts = [run[0].beats_samples[0] for _, run in runs]
    shots = np.asarray(shot_starts_samples)
    sections = []
    for (index, run), start, end in zip(runs, starts, [*starts[1:], duration_samples], strict=True):
        first = max(0, int(np.searchsorted(shots, start + tolerance_samples, side="right")) - 1)
        end_shot = int(np.searchsorted(shots, end - tolerance_samples, side="left"))
        who = run[0].identity
        part = SectionPart(who.occurrence, who.number, who.of, who.seed)
        sections.append(
            Section(
                who.role,
                index,
                len(run),
                who.energy,
                first,
                max(1, end_shot - first),
                part,
                start_samples=start if index else 0,
                home_bpm=60 / run[0].home_s,
            )
        )
    return tuple(sections)


def kept_bar(bars: EarlierBars, identities: Sequence[BarIdentity], bar: int, shift_samples: int) -> NewBar:
    """A bar of the earlier plan where it now stands."""
    line = bars.lines[bar]
    beats = bars.beats[line.first_beat : line.end_beat]
    samples = tuple(beat.samples + shift_samples for beat in beats)
    return NewBar(samples, identities[bar], beats[0].number)


def new_bars(
    beats_samples: Sequence[int],
    sizes: Sequence[int],
    identities: Sequence[BarIdentity],
    first_number: int = 1,
) -> list[NewBar]:
    """Beats in bars of those sizes."""
    edges = [0, *itertools.accumulate(sizes)]
    return [
        NewBar(tuple(beats_samples[begin:end]), who, first_number if begin == 0 else 1)
        for (begin, end), who in zip(itertools.pairwise(edges), identities, strict=True)
    ]


def with_homes(bars: Sequence[NewBar], homes_s: Sequence[tuple[int, float]]) -> list[NewBar]:
    """The bars, each with the home that holds at its first beat. `homes_s`: from which sample on, which period."""
    starts = [start for start, _ in homes_s]
    places = [max(0, bisect.bisect_right(starts, bar.beats_samples[0]) - 1) for bar in bars]
    return [replace(bar, home_s=homes_s[place][1]) for bar, place in zip(bars, places, strict=True)]


def _alone(seed: int) -> BarIdentity:
    return BarIdentity(SectionRole.GROOVE, 0, 0, 1, 0.5, seed)


def with_climaxes(who: Sequence[BarIdentity], drops: Sequence[bool], head: int) -> list[BarIdentity]:
    """A bar that begins on a drop opens a climax, which lasts as long as the section it stands in."""
    found = list(who)
    for number, dropped in enumerate(drops, head):
        if not dropped or (found[number].role is SectionRole.CLIMAX and found[number].number == 0):
            continue
        length = _run_length([bar.section for bar in found[number:]])
        occurrence = 1 + max((bar.occurrence for bar in found if bar.role is SectionRole.CLIMAX), default=0)
        for place in range(length):
            old = found[number + place]
            found[number + place] = BarIdentity(SectionRole.CLIMAX, occurrence, place, length, old.energy, old.seed)
    return found


def _run_length(values: Sequence[object]) -> int:
    """How many of the first values are equal."""
    return next((place for place, value in enumerate(values) if value != values[0]), len(values))
