"""Which bars of the earlier plan can stay, and where they now stand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Beat, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ, nearest_frame, sample_of_frame
from vem_core.refit.picture import Marks, PictureRun, marks_of
from vem_core.rhythm.budget import homes_of


@dataclass(frozen=True)
class BarLine:
    """A bar of a plan by its beats, [first_beat, end_beat)."""

    first_beat: int
    end_beat: int


@dataclass(frozen=True)
class KeptBars:
    """Neighbouring bars [first, end) of the earlier plan that stay, shifted by `shift_samples`."""

    first: int
    end: int
    shift_samples: int
    locked: bool = False

    @property
    def bars(self) -> int:
        """How many bars stay."""
        return self.end - self.first


class EarlierBars:
    """The bars of the earlier plan on the sample clock."""

    def __init__(self, plan: ScorePlan) -> None:
        groups = [
            list(group) for _, group in itertools.groupby(range(len(plan.beats)), key=lambda i: plan.beats[i].bar)
        ]
        self.lines = tuple(BarLine(group[0], group[-1] + 1) for group in groups)
        self.plan = plan
        self._homes = homes_of(plan)

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def beats(self) -> tuple[Beat, ...]:
        """The beats of the earlier plan."""
        return self.plan.beats

    def start_samples(self, bar: int) -> int:
        """Where the bar's first beat falls; bar 0 begins with the score."""
        return self.plan.beats[self.lines[bar].first_beat].samples if bar else 0

    def end_samples(self, bar: int) -> int:
        """Where the next bar begins; the last bar ends with the score."""
        return self.start_samples(bar + 1) if bar + 1 < len(self) else self.plan.duration_samples

    def home_s(self, bar: int) -> float:
        """The home period that holds in a bar; of a plan that names none, the mean of its beats."""
        line = self.lines[bar]
        home = next((period for first, period in reversed(self._homes) if first <= line.first_beat), None)
        if home is not None:
            return home / SAMPLE_RATE_HZ
        end = min(line.end_beat, len(self.beats) - 1)
        first = max(0, min(line.first_beat, end - 1))
        return (self.beats[end].samples - self.beats[first].samples) / max(1, end - first) / SAMPLE_RATE_HZ

    def span(self, kept: KeptBars) -> tuple[int, int]:
        """Where kept bars stand in the new score, [start, end) in samples."""
        return (
            self.start_samples(kept.first) + kept.shift_samples,
            self.end_samples(kept.end - 1) + kept.shift_samples,
        )

    def holds_final(self, run: KeptBars) -> bool:
        """Whether a run that ends with the score holds its last hit, too."""
        return run.first <= self.plan.beats[self.plan.final_beat].bar


def keepable_bars(
    bars: EarlierBars, runs: Sequence[PictureRun], earlier: CutSheet, new: CutSheet
) -> tuple[KeptBars, ...]:
    """The bars that lie within unchanged picture and have the same cuts and marks to meet as before.

    A bar line within a frame of a cut counts as on it. The first and the last bar hold the beginning and the end of the
    score: they stay only there.
    """
    kept: list[KeptBars] = []
    duration = sample_of_frame(new.duration_frames, new.rate)
    for run in runs:
        shift = _travel_samples(run, new)
        for bar in range(len(bars)):
            if not 0 <= bars.start_samples(bar) + shift <= bars.end_samples(bar) + shift <= duration:
                continue
            if not (_inside(bars, bar, run, earlier, new) and (run.locked or _same_task(bars, bar, run, earlier, new))):
                continue
            last = kept[-1] if kept else None
            if last and last.end == bar and last.shift_samples == shift and last.locked == run.locked:
                kept[-1] = replace(last, end=bar + 1)
            else:
                kept.append(KeptBars(bar, bar + 1, shift, run.locked))
    return _each_once(kept)


def _travel_samples(run: PictureRun, new: CutSheet) -> int:
    return sample_of_frame(run.start_frames, new.rate) - sample_of_frame(run.earlier_frames, new.rate)


def _inside(bars: EarlierBars, bar: int, run: PictureRun, earlier: CutSheet, new: CutSheet) -> bool:
    frame = SAMPLE_RATE_HZ / float(new.rate)
    begin, end = (
        sample_of_frame(at, earlier.rate) - side * frame
        for at, side in ((run.earlier_frames, 1), (run.earlier_end_excl_frames, -1))
    )
    if run.locked:  # bars that a lock touches
        begin, end = begin - _length(bars, bar), end + _length(bars, bar)
    if not (begin <= bars.start_samples(bar) and bars.end_samples(bar) <= end):
        return False
    from_first = run.start_frames == run.earlier_frames == 0
    to_last = run.end_excl_frames == new.duration_frames and run.earlier_end_excl_frames == earlier.duration_frames
    return (bar > 0 or from_first) and (bar + 1 < len(bars) or to_last)


def _length(bars: EarlierBars, bar: int) -> int:
    return bars.end_samples(bar) - bars.start_samples(bar) - 1


def _same_task(bars: EarlierBars, bar: int, run: PictureRun, earlier: CutSheet, new: CutSheet) -> bool:
    start, end_excl = (nearest_frame(at, earlier.rate) for at in (bars.start_samples(bar), bars.end_samples(bar)))
    travel = run.travel_frames
    before = marks_of(earlier, start, end_excl)
    after = marks_of(new, start + travel, end_excl + travel)
    if start == 0 or start + travel == 0:  # what was a cut may be the first frame now
        before, after = _without_first(before), _without_first(after)
    return before == after


def _without_first(marks: Marks) -> Marks:
    return tuple(mark for mark in marks if mark[:2] != ("cut", 0))


def _each_once(kept: Sequence[KeptBars]) -> tuple[KeptBars, ...]:
    """A bar that two runs touch within a frame belongs to the first of them."""
    taken: set[int] = set()
    once = []
    for run in kept:
        free = [bar for bar in range(run.first, run.end) if bar not in taken]
        taken.update(free)
        for _, group in itertools.groupby(enumerate(free), key=lambda item: item[1] - item[0]):
            numbers = [bar for _, bar in group]
            once.append(replace(run, first=numbers[0], end=numbers[-1] + 1))
    return tuple(once)
