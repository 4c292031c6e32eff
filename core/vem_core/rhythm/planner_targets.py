"""What the planner aims at: the cuts and marked events of a sheet as weighted instants on the sample clock."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Ending
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame

EVENT_WEIGHTS = {Wish.AUTO: 0.6, Wish.HIT: 1.0, Wish.DROP: 1.0, Wish.IGNORE: 0.0}

START_WEIGHT = 0.25
"""How much a beat on the first frame is worth: the picture begins there, but nothing is cut."""


@dataclass(frozen=True)
class Target:
    """One cut or event that the beats may meet."""

    index: int  # into the sheet's cuts, or events
    event: bool
    frames: int  # record frame, from the sheet's start
    samples: int
    weight: float  # 0..1
    wish: Wish

    @property
    def must_hit(self) -> bool:
        """Whether the editor marked it as one that has to be met."""
        return self.wish in (Wish.HIT, Wish.DROP)

    @property
    def is_drop(self) -> bool:
        """Whether it is the piece's climax."""
        return self.wish is Wish.DROP


@dataclass(frozen=True)
class Goal:
    """An instant for a beat to fall on: one or more targets, or the first or last frame of the score."""

    samples: int
    weight: float
    must_hit: bool = False
    full_beat_only: bool = False
    frames: int = 0  # record frame of the first target
    name: str = ""  # for messages: what stands there, if not a mark
    spread_samples: int = 0  # how far from here the marks are that it stands for


def beat_offset_samples(direction: Direction) -> int:
    """How far from its cut a beat shall fall; negative is early."""
    return round(direction.beat_offset_ms * SAMPLE_RATE_HZ / 1000)


def targets_of(sheet: CutSheet, weights: Sequence[float], offset_samples: int = 0) -> tuple[Target, ...]:
    """The sheet's cuts and events as targets in order of time, cuts before events on the same frame.

    With an offset the targets lie as far from their cuts, as far as the sheet reaches. `weights` has one number in 0..1
    for each cut. An ignored cut or event weighs nothing.
    Raises ContractError if the weights do not fit the cuts.
    """
    if len(weights) != len(sheet.cuts):
        raise ContractError(f"there are {len(sheet.cuts)} cuts and {len(weights)} weights")
    if any(not 0 <= weight <= 1 for weight in weights):
        raise ContractError("the weight of a cut lies between 0 and 1")
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)

    def aimed(frame: int) -> int:
        return min(max(0, sample_of_frame(frame, sheet.rate) + offset_samples), duration)

    cuts = [
        Target(
            index=index,
            event=False,
            frames=cut.record_frames,
            samples=aimed(cut.record_frames),
            weight=_wished(cut.wish, weight),
            wish=cut.wish,
        )
        for index, (cut, weight) in enumerate(zip(sheet.cuts, weights, strict=True))
    ]
    events = [
        Target(
            index=index,
            event=True,
            frames=event.record_frames,
            samples=aimed(event.record_frames),
            weight=EVENT_WEIGHTS[event.wish],
            wish=event.wish,
        )
        for index, event in enumerate(sheet.events)
    ]
    return tuple(sorted(cuts + events, key=lambda target: (target.samples, target.event)))


def goals_of(targets: Sequence[Target], sheet: CutSheet, ending: Ending) -> tuple[Goal, ...]:
    """The instants to aim at, in strictly increasing order: targets that weigh something, the start and the ending.

    Targets on one frame are one goal.
    """
    goals = [Goal(0, START_WEIGHT, full_beat_only=True, name="the first frame")]
    for target in targets:
        if target.weight > 0:
            goals.append(Goal(target.samples, target.weight, target.must_hit, target.is_drop, target.frames))
    if ending is Ending.LAST_FRAME:
        last = sheet.duration_frames - 1
        goals.append(
            Goal(sample_of_frame(last, sheet.rate), 1.0, True, True, last, name="the last frame, where the score ends")
        )
    goals.sort(key=lambda goal: (goal.samples, -goal.must_hit))
    return tuple(_merged_instants(goals))


def with_close_marks_merged(goals: Sequence[Goal], rate: Fraction) -> tuple[Goal, ...]:
    """The same goals with marks up to two frames apart as one, half-way between them.

    A beat there is within a frame of both, and no tempo has two beats so close. Goals between two such marks go.
    """
    within = 2 * SAMPLE_RATE_HZ / float(rate) + 1
    merged: list[Goal] = []
    opened: Goal | None = None  # the first mark of the one that ends `merged`
    for goal in goals:
        if opened is not None and goal.must_hit and goal.samples - opened.samples <= within:
            while not merged[-1].must_hit:
                merged.pop()
            middle = (opened.samples + goal.samples) // 2
            both = _both(merged[-1], goal, middle)
            merged[-1] = dataclasses.replace(both, spread_samples=goal.samples - middle)
            continue
        merged.append(goal)
        if goal.must_hit:
            opened = goal
    return tuple(sorted(merged, key=lambda goal: goal.samples))


def _wished(wish: Wish, weight: float) -> float:
    if wish is Wish.IGNORE:
        return 0.0
    return 1.0 if wish in (Wish.HIT, Wish.DROP) else weight


def _merged_instants(goals: Sequence[Goal]) -> list[Goal]:
    merged: list[Goal] = []
    for goal in goals:
        if merged and merged[-1].samples == goal.samples:
            merged[-1] = _both(merged[-1], goal, goal.samples)
        else:
            merged.append(goal)
    return merged


def _both(one: Goal, other: Goal, samples: int) -> Goal:
    return Goal(
        samples,
        max(one.weight, other.weight),
        one.must_hit or other.must_hit,
        (one.must_hit and one.full_beat_only) or (other.must_hit and other.full_beat_only),
        one.frames if one.must_hit or not other.must_hit else other.frames,
        one.name or other.name if one.must_hit == other.must_hit else (one.name if one.must_hit else other.name),
    )
