"""Which home tempo holds where in a refitted plan: what is kept and what is new have to keep one budget together.

A gap of a few beats is rarely a whole number of them at its neighbours' tempo. Beats of the bars beside it may be a
little on one side of a home, and its own a little on the other, as long as that home holds for a section's length. So
homes are not those of the earlier plan: they are found again, by dynamic programming over kept bars and gaps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import SHORTEST_SECTION_S, SILENT_PERIODS, TempoBudget, ten_second_change

_EDGE_PRICE = 1.0
"""What another home costs, against `_AWAY_PRICE` for each stretch at the end of its excursion, and `_OTHER_PRICE` for
each that had another home before."""
_AWAY_PRICE, _OTHER_PRICE = 0.1, 0.05

_STEPS = 4  # homes that are tried in one excursion
_MOST_HOMES = 160
_HAIR = 1e-6  # of the excursion that is left over, for the last digit
_SAME = 1e-4  # relative: homes nearer than this are one


@dataclass(frozen=True)
class Stretch:
    """Beats that have one home: those of a kept bar, or of a gap. The last goes on to the next stretch's first."""

    beats_samples: tuple[int, ...]  # in order, with the first of the next stretch if there is one
    home: float  # that it had, or was planned with: a period in samples
    is_last: bool = False  # the score ends with it

    @property
    def start_samples(self) -> int:
        """Where its first beat falls."""
        return self.beats_samples[0]

    @property
    def beats(self) -> int:
        """How many of its beats last until another of them."""
        return max(0, len(self.beats_samples) - 1)

    @property
    def periods(self) -> NDArray[np.float64]:
        """How long each beat lasts, in samples, without those that are held for a breath."""
        lasting = np.diff(np.asarray(self.beats_samples, float))
        return np.asarray(lasting[lasting < SILENT_PERIODS * self.home])


def common_homes(stretches: Sequence[Stretch], excursion: float) -> tuple[float, float] | None:
    """The shortest and the longest home, in samples, within whose excursion all beats are; None: there is none."""
    excursion -= _HAIR
    periods = np.concatenate([stretch.periods for stretch in stretches]) if stretches else np.zeros(0)
    if not len(periods):
        return None
    shortest, longest = float(periods.max()) / (1 + excursion), float(periods.min()) / (1 - excursion)
    return (shortest, longest) if shortest <= longest else None


def settled_homes(
    stretches: Sequence[Stretch],
    budget: TempoBudget,
    *,
    open_start: bool = False,
    open_end: bool = False,
) -> list[float] | None:
    """The home of each stretch, a period in samples, so that the budget is kept; None where no homes do that.

    With an open start or end the music goes on there, and its first or last section may be longer than what is seen.
    """
    stretches = [stretch for stretch in stretches if stretch.beats_samples]
    found = _Search(stretches, budget, open_start, open_end).run() if stretches else []
    if not found:
        return None
    edges = [at for at in range(1, len(found)) if found[at] != found[at - 1]]
    firsts = np.cumsum([0, *(stretch.beats for stretch in stretches)])
    beats = [beat for stretch in stretches for beat in stretch.beats_samples[: stretch.beats]]
    beats.append(stretches[-1].beats_samples[-1])
    change = ten_second_change(beats, [int(firsts[at]) for at in edges])
    return found if change <= budget.ten_second_change else None


class _Search:
    """The cheapest homes. Tables are (stretches + 1, homes): what lies before a stretch, in a section long enough."""

    def __init__(self, stretches: Sequence[Stretch], budget: TempoBudget, open_start: bool, open_end: bool) -> None:
        self._count = len(stretches)
        self._open_start, self._open_end = open_start, open_end
        self._starts = np.array([*(stretch.start_samples for stretch in stretches), stretches[-1].beats_samples[-1]])
        shortest = np.array([stretch.periods.min(initial=np.inf) for stretch in stretches])
        longest = np.array([stretch.periods.max(initial=0.0) for stretch in stretches])
        own = np.array([stretch.home for stretch in stretches])
        self._homes = _candidates(own, shortest, longest, budget.excursion - 2 * _HAIR)
        excursion = budget.excursion - _HAIR
        fits = (longest[:, None] <= self._homes * (1 + excursion)) & (
            shortest[:, None] >= self._homes * (1 - excursion)
        )
        away = np.maximum(longest[:, None] / self._homes - 1, 1 - shortest[:, None] / self._homes).clip(0)
        other = np.abs(own[:, None] / self._homes - 1) > _SAME
        prices = _AWAY_PRICE * (away / max(excursion, 1e-6)) ** 2 + _OTHER_PRICE * other
        self._misfits = np.cumsum(np.vstack([np.zeros(len(self._homes)), ~fits]), axis=0)
        self._prices = np.cumsum(np.vstack([np.zeros(len(self._homes)), np.where(fits, prices, 0.0)]), axis=0)
        logs = np.log(self._homes)
        self._follows = np.abs(logs[:, None] - logs) <= math.log1p(budget.edge_change) + 1e-9  # (new, old)

    def run(self) -> list[float] | None:
        size = len(self._homes)
        best = np.full((self._count + 1, size), np.inf)
        came = np.full((self._count + 1, size, 2), -1)  # stretch, and home before it
        if self._open_start:
            best[0] = 0.0
        else:
            self._take(best, came, 0, self._end_of_section(0) or self._count, np.zeros(size), np.full(size, -1))
        for at in range(self._count):
            self._take(best, came, at, at + 1, best[at], np.arange(size))
            end = self._end_of_section(at)
            if at and end is not None:
                before = np.where(self._follows, best[at], np.inf)
                self._take(best, came, at, end, before.min(axis=1) + _EDGE_PRICE, before.argmin(axis=1))
        if not np.isfinite(best[-1]).any():
            return None
        found: list[float] = []
        at, home = self._count, int(best[-1].argmin())
        while at > 0:
            first, home_before = int(came[at, home, 0]), int(came[at, home, 1])
            found = [float(self._homes[home])] * (at - first) + found
            at, home = first, home_before
        return found

    def _end_of_section(self, first: int) -> int | None:
        """The stretch before which a section that begins with `first` is long enough; None: the score ends before."""
        until = self._starts[first] + SHORTEST_SECTION_S * SAMPLE_RATE_HZ
        end = int(np.searchsorted(self._starts, until))
        if end <= self._count:
            return end
        return self._count if self._open_end else None

    def _take(
        self,
        best: NDArray[np.float64],
        came: NDArray[np.int64],
        first: int,
        end: int,
        value: NDArray[np.float64],
        home_before: NDArray[np.int64],
    ) -> None:
        """Let each home hold from `first` to `end`, where that is allowed and cheaper than what was found."""
        allowed = self._misfits[end] == self._misfits[first]
        total = np.where(allowed, value + self._prices[end] - self._prices[first], np.inf)
        better = total < best[end]
        best[end][better] = total[better]
        came[end][better] = np.stack([np.full(len(total), first), home_before], axis=1)[better]


def _candidates(
    own: NDArray[np.float64], shortest: NDArray[np.float64], longest: NDArray[np.float64], excursion: float
) -> NDArray[np.float64]:
    """The homes to choose from: those that stretches had, the ends of what each allows, and a grid."""
    sound = longest > 0
    ends = np.concatenate([longest[sound] / (1 + excursion), shortest[sound] / (1 - excursion)])
    if not len(ends):
        return np.unique(own)
    steps = math.ceil(math.log(ends.max() / ends.min()) / max(excursion / _STEPS, 1e-4)) + 1
    grid = np.geomspace(ends.min(), ends.max(), min(max(steps, 2), _MOST_HOMES // 2))
    kept = np.unique(own)
    more = np.unique(np.concatenate([ends, grid]))
    more = more[np.r_[True, np.diff(more) > _SAME * more[1:]]]
    room = max(2, _MOST_HOMES - len(kept))
    return np.unique(np.concatenate([kept, more[:: -(-len(more) // room)]]))
