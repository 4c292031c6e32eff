"""Fills the gaps between kept bars; bars beside one give way where nothing fills it, or a wider one meets more cuts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.errors import DirectionError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.bars import EarlierBars, KeptBars
from vem_core.refit.gap_fill import GapFiller
from vem_core.refit.gaps import Gap, GapBeats
from vem_core.rhythm.planner_beats import BeatWish
from vem_core.rhythm.planner_targets import Goal
from vem_core.rhythm.tempo_map import TempoMap

MOST_WIDENED_BARS = 3
"""How many bars more than it must a gap may take for the cuts that it then meets."""

MOST_BESIDE_S = 0.010
"""How far beside its picture a run may stand to go straight on after another: what a cut that is met may be off."""

_PRICE_OF_A_BAR = 0.9
"""What a bar that stays is worth, in cuts on beats. At 0.4 a point of the kept music goes for half a point of cuts."""

_PRICE_OF_A_BREATH = 0.5
"""What it costs, in cuts on beats, that the band stops in a gap: less than a bar that goes for want of it."""

_SHORT_BARS = 6  # of a run that may go so that the gaps on both sides are one
_MOST_SEARCHED_BARS = 8  # that must go; where more would have to, the shorter run goes whole

_Sides = tuple[KeptBars | None, KeptBars | None]
"""The runs before and after a gap."""


@dataclass(frozen=True)
class _Filled:
    """One way to fill a gap, and its value: cuts met, less what bars and a breath cost."""

    runs: _Sides
    given: int  # bars
    inside: GapBeats
    value: float
    breathes: bool = False


class GapSearch:
    """The gaps of one refit. `goals` are those of the whole score, `wish` is what is asked of its beats."""

    def __init__(
        self,
        bars: EarlierBars,
        goals: Sequence[Goal],
        duration_samples: int,
        wish: BeatWish,
    ) -> None:
        self._bars = bars
        self._goals = goals
        self._marks = np.array([goal.samples for goal in goals if not goal.name])  # cuts and events
        self._duration = duration_samples
        self._wish = wish
        self._filler = GapFiller(bars, goals, duration_samples, wish)

    def settled(self, kept: Sequence[KeptBars]) -> tuple[KeptBars, ...]:
        """What of the kept runs stays, so that every gap between them can be filled. Nothing where no bar can stay.

        Raises DirectionError where locked bars on both sides of a gap leave no tempo for it.
        """
        kept, place = tuple(kept), 0
        while kept:
            if kept[-1].end == len(self._bars) and not self._bars.holds_final(kept[-1]):
                kept = kept[:-1]
                continue
            place = next((number for number in self._places(kept) if number >= place), -1)
            if place < 0:
                break
            joined = self._joined(kept, place)
            if joined is not None:
                kept, place = joined, place + 1
                continue
            fitted = self._with_more_bars(self._fitted(kept, place), self._without_next(kept, place), place)
            if fitted is not None:
                kept, place = fitted, place + 1
                continue
            gone = _shorter_beside(kept, place)
            kept, place = (*kept[:gone], *kept[gone + 1 :]), gone  # of two gaps one is left, with that number
        return kept

    def _with_more_bars(
        self, fitted: tuple[KeptBars, ...] | None, merged: tuple[KeptBars, ...] | None, place: int
    ) -> tuple[KeptBars, ...] | None:
        """Of two ways to fill a gap the one that keeps more, once the gap after it is filled, too."""
        if fitted is None or merged is None:
            return fitted or merged
        following: tuple[KeptBars, ...] | None = fitted
        if place + 1 in self._places(fitted):
            following = self._joined(fitted, place + 1) or self._fitted(fitted, place + 1)
        return merged if following is None or _bars_of(merged) > _bars_of(following) else fitted

    def _without_next(self, kept: Sequence[KeptBars], place: int) -> tuple[KeptBars, ...] | None:
        """The runs without a short one after the gap, whose two gaps may be easier to fill as one."""
        right = kept[place] if place + 1 < len(kept) else None
        if right is None or right.locked or right.bars > _SHORT_BARS:
            return None
        return self._fitted((*kept[:place], *kept[place + 1 :]), place)

    def gaps(self, kept: Sequence[KeptBars]) -> Iterator[tuple[int, Gap]]:
        """The gaps with the number of the run after each."""
        for place in self._places(kept):
            gap = self._filler.between(*_beside(kept, place))
            if len(gap.edges) < 2 or gap.start_samples < gap.end_samples:
                yield place, gap

    def _places(self, kept: Sequence[KeptBars]) -> list[int]:
        """The numbers of the runs before which something ends or begins, and that after the last if the end is new."""
        first = 1 if kept and self._bars.span(kept[0])[0] == 0 else 0
        end_stays = bool(kept) and kept[-1].end == len(self._bars)
        return list(range(first, len(kept) + (not end_stays)))

    def _joined(self, kept: Sequence[KeptBars], place: int) -> tuple[KeptBars, ...] | None:
        """The runs where the one with that number goes straight on after the one before it; None where it cannot.

        It may stand a hair beside its picture for that, where it meets as many cuts there.
        """
        left, right = _beside(kept, place)
        if left is None or right is None:
            return None
        off = self._bars.span(left)[1] - self._bars.span(right)[0]
        if off and (right.locked or right.end == len(self._bars) or abs(off) > MOST_BESIDE_S * SAMPLE_RATE_HZ):
            return None
        if left.locked and right.shift_samples != left.shift_samples:
            return None  # the joint is made of the end of the run before
        moved = replace(right, shift_samples=right.shift_samples + off)
        if self._met_by(moved) < self._met_by(right) or not self._filler.joins(kept[:place], moved):
            return None
        return (*kept[:place], moved, *kept[place + 1 :])

    def _met_by(self, run: KeptBars) -> float:
        """What a run meets of the marks that lie in it."""
        start, end = self._bars.span(run)
        slack = MOST_BESIDE_S * SAMPLE_RATE_HZ
        marks = self._marks[(start - slack <= self._marks) & (self._marks <= end + slack)]
        return self._met(marks, np.unique(np.array([*self.beat_samples(run), end], np.float64)))

    def beats_in(self, gap: Gap) -> GapBeats | None:
        """The beats inside a gap between runs that are settled."""
        return self._filler.settled(gap)

    def entrance_samples(self, gap: Gap) -> int | None:
        """Where the band comes in again, in a settled gap that holds a breath, if not on the kept bar line."""
        beats = self._filler.settled(gap)
        if beats is None or beats.entrance is None or beats.entrance == len(beats.samples):
            return None
        return beats.samples[beats.entrance]

    def homes_s(self, kept: Sequence[KeptBars]) -> list[tuple[int, float]]:
        """From which beat on, in samples, which home period holds, in seconds."""
        return self._filler.homes_s(kept, dict(self.gaps(kept)))

    def beat_samples(self, run: KeptBars) -> tuple[int, ...]:
        """The beats of kept bars where they now stand."""
        lines = self._bars.lines
        beats = self._bars.beats[lines[run.first].first_beat : lines[run.end - 1].end_beat]
        return tuple(beat.samples + run.shift_samples for beat in beats)

    def _fitted(self, kept: Sequence[KeptBars], place: int) -> tuple[KeptBars, ...] | None:
        """The runs with the gap before run number `place` as wide as meets most; None where no width will do."""
        left, right = _beside(kept, place)
        window = self._window(left, right)
        marks = self._marks[(window[0] <= self._marks) & (self._marks <= window[1])]
        earlier = kept[: max(0, place - 1)]
        best: _Filled | None = None
        filled: list[_Filled] = []
        last = _MOST_SEARCHED_BARS
        for given in range(_MOST_SEARCHED_BARS + MOST_WIDENED_BARS + 1):
            if given > last or (best is not None and len(marks) - _PRICE_OF_A_BAR * given <= best.value):
                break
            for runs in _giving(left, right, given):
                found = self._filled(earlier, runs, given, marks)
                found = found or self._filled(earlier, runs, given, marks, breathes=True)
                if found is None:
                    continue
                if best is None:
                    last = given + MOST_WIDENED_BARS
                filled.append(found)
                best = found if best is None or found.value > best.value else best
        if best is None:
            return None
        for other in filled:  # a breath, rather than bars that go for cuts
            if other.given < best.given and not other.breathes:
                found = self._filled(earlier, other.runs, other.given, marks, breathes=True)
                best = found if found is not None and found.value > best.value else best
        self._filler.settle(self._filler.between(*best.runs), best.inside)
        return (*earlier, *(run for run in best.runs if run is not None), *kept[place + 1 :])

    def _filled(
        self,
        earlier: Sequence[KeptBars],
        runs: _Sides,
        given: int,
        marks: NDArray[np.int64],
        *,
        breathes: bool = False,
    ) -> _Filled | None:
        """The gap between two runs that gave so many bars, filled with a breath or without."""
        before = (*earlier, *((runs[0],) if runs[0] else ()))
        fill = self._filler.breathe if breathes else self._filler.fill
        inside = fill(before, runs[1])
        if inside is None:
            return None
        price = _PRICE_OF_A_BAR * given + (_PRICE_OF_A_BREATH if breathes else 0)
        return _Filled(runs, given, inside, self._met(marks, self._line(*runs, inside)) - price, breathes=breathes)

    def _window(self, left: KeptBars | None, right: KeptBars | None) -> tuple[int, int]:
        """Where beats may change however wide the gap becomes, [start, end] in samples."""
        reach = _MOST_SEARCHED_BARS + MOST_WIDENED_BARS
        start, end = 0, self._duration
        if left is not None:
            start = self._bars.start_samples(max(left.first, left.end - reach)) + left.shift_samples
        if right is not None:
            end = self._bars.end_samples(min(right.end, right.first + reach) - 1) + right.shift_samples
        return start, end

    def _line(self, left: KeptBars | None, right: KeptBars | None, inside: GapBeats) -> NDArray[np.float64]:
        """The beats of two runs and of what lies between them."""
        before, after = (() if run is None else self.beat_samples(run) for run in (left, right))
        line = () if left is None else (self._bars.span(left)[1],)
        return np.array([*before, *line, *inside.samples, *after], np.float64)

    def _met(self, marks: NDArray[np.int64], beats: NDArray[np.float64]) -> float:
        """How many marks the grid meets, each at the worth of its place in the beat."""
        tolerance = self._wish.tolerance_s * SAMPLE_RATE_HZ + 1
        worths = self._wish.worths
        worth = np.zeros(len(marks))
        tempo = TempoMap(tuple(beats.astype(np.int64).tolist()), self._wish.preferred_s * SAMPLE_RATE_HZ)
        begins, steps = (np.delete(part, tempo.breaths) for part in (beats[:-1], np.diff(beats)))
        for place, of_place in enumerate(worths):
            beside = [at.samples for at in tempo.breath_places if at.fraction == Fraction(place, len(worths))]
            grid = np.concatenate([begins + steps * place / len(worths), beside]) if place else beats
            worth = np.maximum(worth, of_place * (_distances(marks, grid) <= tolerance))
        return float(worth.sum())


def _bars_of(kept: Sequence[KeptBars]) -> int:
    return sum(run.bars for run in kept)


def _beside(kept: Sequence[KeptBars], place: int) -> _Sides:
    """The runs before and after the gap before run number `place`."""
    return kept[place - 1] if place else None, kept[place] if place < len(kept) else None


def _shorter_beside(kept: Sequence[KeptBars], place: int) -> int:
    """The number of the run with fewer bars of those beside a gap; locked ones stay.

    Raises DirectionError where both are locked.
    """
    sides = [number for number in (place - 1, place) if 0 <= number < len(kept) and not kept[number].locked]
    if not sides:
        raise DirectionError(
            "The bars that are locked leave no tempo that leads from one to the next.",
            hint="Unlock one of them, or allow the tempo to bend more.",
        )
    return min(sides, key=lambda number: kept[number].bars)


def _giving(left: KeptBars | None, right: KeptBars | None, bars: int) -> Iterator[_Sides]:
    """Every way in which two runs give so many bars to the gap between them and keep one each."""
    for from_left in range(bars + 1):
        from_right = bars - from_left
        if from_left > _spare(left) or from_right > _spare(right):
            continue
        yield (
            left and replace(left, end=left.end - from_left),
            right and replace(right, first=right.first + from_right),
        )


def _spare(run: KeptBars | None) -> int:
    return 0 if run is None or run.locked else run.bars - 1


def _distances(points: NDArray[np.int64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.abs(points[:, None] - grid[None, :]).min(axis=1, initial=np.inf)
