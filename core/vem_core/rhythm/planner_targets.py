"""What the planner aims at: the cuts and marked events of a sheet as weighted instants on the sample clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.errors import ContractError
from vem_core.contract.time import sample_of_frame

EVENT_WEIGHTS = {Wish.AUTO: 0.6, Wish.HIT: 1.0, Wish.DROP: 1.0, Wish.IGNORE: 0.0}


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
        return self.wish in (Wish.HIT, Wish.DROP)

    @property
    def is_drop(self) -> bool:
        return self.wish is Wish.DROP


def targets_of(sheet: CutSheet, weights: Sequence[float]) -> tuple[Target, ...]:
    """The sheet's cuts and events as targets in order of time, cuts before events on the same frame.

    `weights` has one number in 0..1 for each cut. An ignored cut or event weighs nothing.
    Raises ContractError if the weights do not fit the cuts.
    """
    if len(weights) != len(sheet.cuts):
        raise ContractError(f"there are {len(sheet.cuts)} cuts and {len(weights)} weights")
    if any(not 0 <= weight <= 1 for weight in weights):
        raise ContractError("the weight of a cut lies between 0 and 1")
    cuts = [
        Target(
            index=index,
            event=False,
            frames=cut.record_frames,
            samples=sample_of_frame(cut.record_frames, sheet.rate),
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
            samples=sample_of_frame(event.record_frames, sheet.rate),
            weight=EVENT_WEIGHTS[event.wish],
            wish=event.wish,
        )
        for index, event in enumerate(sheet.events)
    ]
    return tuple(sorted(cuts + events, key=lambda target: (target.samples, target.event)))


def _wished(wish: Wish, weight: float) -> float:
    if wish is Wish.IGNORE:
        return 0.0
    return 1.0 if wish in (Wish.HIT, Wish.DROP) else weight
