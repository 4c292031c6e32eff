"""Beats for one gap that keep the budget together with the music round it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.bars import EarlierBars, KeptBars
from vem_core.refit.breaths import breath_gap
from vem_core.refit.gaps import Gap, GapBeats, even_gap, plan_gap
from vem_core.refit.homes import Stretch, common_homes, settled_homes
from vem_core.rhythm.budget import SHORTEST_SECTION_S
from vem_core.rhythm.planner_beats import BeatWish
from vem_core.rhythm.planner_targets import Goal

LOOK_S = 3 * SHORTEST_SECTION_S
"""How much of the music on each side has to keep the budget together with a gap."""

_GENTLE = (0.75, 0.5, 0.25)
"""Shares of the excursion to plan with where the whole of it breaks the budget together with the music around."""

_SHARED_HOMES = 5  # that are tried, of those that a gap may have in common with bars beside it


class GapFiller:
    """Fills gaps from left to right: what is before a gap is settled. Remembers the beats of those that are."""

    def __init__(self, bars: EarlierBars, goals: Sequence[Goal], duration_samples: int, wish: BeatWish) -> None:
        self._bars = bars
        self._goals = goals
        self._duration = duration_samples
        self._wish = wish
        self._filled: dict[Gap, GapBeats] = {}
        self._planned: dict[tuple[Gap, tuple[float, ...] | None, float | None], GapBeats | None] = {}

    def between(self, left: KeptBars | None, right: KeptBars | None) -> Gap:
        """The gap between two runs, or between one and the beginning or the end of the score."""
        return Gap(
            None if left is None else self._bars.span(left)[1],
            None if right is None else self._bars.span(right)[0],
            self._duration,
            None if left is None else self._bars.home_s(left.end - 1),
            None if right is None else self._bars.home_s(right.first),
        )

    def settle(self, gap: Gap, beats: GapBeats) -> None:
        """Take these as the beats of a gap."""
        self._filled[gap] = beats

    def settled(self, gap: Gap) -> GapBeats | None:
        """The beats inside a gap that is settled."""
        return self._filled.get(gap)

    def fill(self, before: Sequence[KeptBars], right: KeptBars | None) -> GapBeats | None:
        """Beats for the gap after the runs `before`, at a home that it can have together with what is round it.

        That is the home of the bars beside it, else one that it shares with bars after it, before it, or both; else
        its beats bend less, down to not at all. None where no beats fill it within the budget.
        """
        gap = self._fillable(before, right)
        if gap is None:
            return None
        earlier, later = self._before(before, gap), self._after(right)
        for shared in self._shared_homes(gap, earlier, later):
            beats = self._plan(gap, shared, self._wish)
            if beats is not None and self._keeps_budget(earlier, gap, beats, later):
                return beats
        even = even_gap(gap, self._goals, self._wish)
        if even is None or not self._keeps_budget(earlier, gap, even, later):
            return None
        for share in _GENTLE:
            gently = replace(self._wish, reach=share * self._wish.excursion)
            beats = self._plan(gap, (even.home_s,), gently)
            if beats is not None and self._keeps_budget(earlier, gap, beats, later):
                return beats
        return even

    def joins(self, before: Sequence[KeptBars], right: KeptBars) -> bool:
        """Whether a run goes straight on where the runs `before` end, within the budget."""
        gap = self.between(before[-1], right)
        if gap.start_samples != gap.end_samples:
            return False
        return self._have_homes(self._before(before, gap), (), self._after(right))

    def breathe(self, before: Sequence[KeptBars], right: KeptBars | None) -> GapBeats | None:
        """Beats for the gap after the runs `before` with one breath among them; None where it has no room for one."""
        gap = self._fillable(before, right)
        beats = None if gap is None else breath_gap(gap, self._goals, self._wish)
        if gap is None or beats is None:
            return None
        return beats if self._keeps_budget(self._before(before, gap), gap, beats, self._after(right)) else None

    def _fillable(self, before: Sequence[KeptBars], right: KeptBars | None) -> Gap | None:
        """The gap after some runs, where there is one."""
        if right is not None and right.end == len(self._bars) and not self._bars.holds_final(right):
            return None
        gap = self.between(before[-1] if before else None, right)
        return None if len(gap.edges) == 2 and gap.end_samples <= gap.start_samples else gap

    def _plan(self, gap: Gap, shared: tuple[float, ...] | None, wish: BeatWish) -> GapBeats | None:
        """The beats of a gap, looked for once."""
        key = (gap, shared, wish.reach)
        if key not in self._planned:
            self._planned[key] = plan_gap(gap, self._goals, wish, shared)
        return self._planned[key]

    def homes_s(self, kept: Sequence[KeptBars], gaps: dict[int, Gap]) -> list[tuple[int, float]]:
        """From which beat on, in samples, which home period holds, in seconds: of each kept bar, and of settled gaps.

        Where no homes keep the budget, as round locked bars, they are what they were.
        """
        stretches: list[Stretch] = []
        for place in range(len(kept) + 1):
            if place in gaps:
                stretches += self._stretches(gaps[place], self._filled[gaps[place]])
            if place < len(kept):
                stretches += [self._bar(kept[place], bar) for bar in range(kept[place].first, kept[place].end)]
        stretches = [stretch for stretch in stretches if stretch.beats_samples]
        homes = settled_homes(stretches, self._wish.budget) or [stretch.home for stretch in stretches]
        return [(stretch.start_samples, home / SAMPLE_RATE_HZ) for stretch, home in zip(stretches, homes, strict=True)]

    def _shared_homes(
        self, gap: Gap, earlier: Sequence[Stretch], later: Sequence[Stretch]
    ) -> Iterator[tuple[float, ...] | None]:
        """The homes to try, in seconds: first (None) what a gap may have by itself."""
        yield None
        missing = (SHORTEST_SECTION_S - gap.duration_s) * SAMPLE_RATE_HZ
        if missing <= 0:
            return
        after, before = _first(later, missing), _last(earlier, missing)
        for beside in (after, before, [*_last(earlier, missing / 2), *_first(later, missing / 2)]):
            homes = common_homes(beside, self._wish.budget.excursion)
            if homes is not None:
                yield tuple((np.linspace(*homes, _SHARED_HOMES) / SAMPLE_RATE_HZ).tolist())

    def _keeps_budget(self, earlier: Sequence[Stretch], gap: Gap, beats: GapBeats, later: Sequence[Stretch]) -> bool:
        return self._have_homes(earlier, self._stretches(gap, beats), later)

    def _have_homes(self, earlier: Sequence[Stretch], between: Sequence[Stretch], later: Sequence[Stretch]) -> bool:
        seen = [*earlier, *between, *later]
        begun = self._bars.beats[0].samples
        return (
            settled_homes(
                seen,
                self._wish.budget,
                open_start=bool(earlier) and earlier[0].start_samples > begun,
                open_end=bool(later) and not later[-1].is_last,
            )
            is not None
        )

    def _before(self, before: Sequence[KeptBars], gap: Gap) -> list[Stretch]:
        """What is settled before a gap, as far back as matters, in order."""
        until = gap.start_samples - LOOK_S * SAMPLE_RATE_HZ
        found: list[Stretch] = []
        for place in range(len(before) - 1, -1, -1):
            for bar in range(before[place].end - 1, before[place].first - 1, -1):
                found.append(self._bar(before[place], bar))
                if found[-1].start_samples < until:
                    return found[::-1]
            earlier = self.between(before[place - 1] if place else None, before[place])
            if earlier in self._filled:
                found += reversed(self._stretches(earlier, self._filled[earlier]))
        return found[::-1]

    def _after(self, right: KeptBars | None) -> list[Stretch]:
        """What stays after a gap, as far as matters."""
        found: list[Stretch] = []
        if right is not None:
            until = self._bars.span(right)[0] + LOOK_S * SAMPLE_RATE_HZ
            for bar in range(right.first, right.end):
                found.append(self._bar(right, bar))
                if found[-1].beats_samples[-1] > until:
                    break
        return found

    def _bar(self, run: KeptBars, bar: int) -> Stretch:
        line = self._bars.lines[bar]
        beats = [beat.samples + run.shift_samples for beat in self._bars.beats[line.first_beat : line.end_beat]]
        is_last = bar + 1 == len(self._bars)
        if not is_last:
            beats.append(self._bars.end_samples(bar) + run.shift_samples)
        return Stretch(tuple(beats), self._bars.home_s(bar) * SAMPLE_RATE_HZ, is_last)

    def _stretches(self, gap: Gap, beats: GapBeats) -> list[Stretch]:
        """The beats of a gap with the kept bar lines around it: in two parts where it holds a breath."""
        before, after = (() if at is None else (at,) for at in (gap.before_samples, gap.after_samples))
        home, is_last = beats.home_s * SAMPLE_RATE_HZ, gap.after_samples is None
        if beats.entrance is None or beats.home_after_s is None:
            return [Stretch((*before, *beats.samples, *after), home, is_last)]
        held, entered = beats.samples[: beats.entrance], beats.samples[beats.entrance :]
        parts = [Stretch((*before, *held), home)]
        return [*parts, Stretch((*entered, *after), beats.home_after_s * SAMPLE_RATE_HZ)] if entered else parts


def _first(stretches: Sequence[Stretch], samples: float) -> list[Stretch]:
    """The first of the stretches, as many as last so long."""
    found: list[Stretch] = []
    for stretch in stretches:
        if found and stretch.start_samples - found[0].start_samples >= samples:
            break
        found.append(stretch)
    return found


def _last(stretches: Sequence[Stretch], samples: float) -> list[Stretch]:
    """The last of the stretches, as many as last so long."""
    found: list[Stretch] = []
    for stretch in reversed(stretches):
        if found and found[-1].beats_samples[-1] - found[0].start_samples >= samples:
            break
        found.insert(0, stretch)
    return found
