"""`TempTrack.1`: what was heard on an editor's temp track, as a direction that a score can follow."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.errors import ContractError
from vem_core.contract.request import Direction


@dataclass(frozen=True)
class TempTrack:
    """The tempo, key, energy and style of a piece of music under a cut. None where it has none that can be told.

    Raises ContractError for an energy outside 0..1.
    """

    schema_label: ClassVar[str] = "TempTrack.1"

    tempo_bpm: tuple[float, float] | None  # the range in which nearly all of it lies
    key: str | None  # "A minor"
    key_clarity: float  # how much better that key fits than the next, 0..1
    shot_energies: tuple[float | None, ...]  # one a shot; None where it is silent
    styles: tuple[str, ...]  # ids, the nearest first

    def __post_init__(self) -> None:
        if any(energy is not None and not 0 <= energy <= 1 for energy in self.shot_energies):
            raise ContractError("an energy lies between 0 and 1")

    def followed_by(self, direction: Direction) -> Direction:
        """The direction with what was heard wherever it leaves a choice."""
        return dataclasses.replace(
            direction,
            tempo_bpm=direction.tempo_bpm or self.tempo_bpm,
            key=direction.key or self.key,
            style=direction.style or (self.styles[0] if self.styles else None),
            shot_energies=direction.shot_energies or (self.shot_energies if direction.energy is None else ()),
        )
