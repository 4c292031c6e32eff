"""`TempTrack.1`: what was heard on an editor's temp track, as a direction that a score can follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.errors import ContractError


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

    @property
    def style(self) -> str | None:
        """The nearest style's id."""
        return self.styles[0] if self.styles else None
