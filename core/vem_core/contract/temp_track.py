"""`TempTrack.1`: what was heard on an editor's temp track, as a direction that a score can follow."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vem_core.contract.errors import ContractError

if TYPE_CHECKING:
    from vem_core.contract.direction import Direction


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
        """The direction with what was heard wherever it leaves a choice, shot by shot for the energies."""
        energies = direction.shot_energies
        if direction.energy is None:
            own = energies or (None,) * len(self.shot_energies)
            energies = tuple(
                heard if wished is None else wished for wished, heard in zip(own, self.shot_energies, strict=True)
            )
        return dataclasses.replace(
            direction,
            tempo_bpm=direction.tempo_bpm or self.tempo_bpm,
            key=direction.key or self.key,
            style=direction.style or self.style,
            shot_energies=energies,
            temp_track=self,
        )

    def left_by(self, direction: Direction) -> Direction:
        """The direction without what was heard, where it still stands as it was heard: what `followed_by` undoes."""
        energies = direction.shot_energies
        if len(energies) == len(self.shot_energies):
            energies = tuple(
                None if wished == heard else wished for wished, heard in zip(energies, self.shot_energies, strict=True)
            )
        return dataclasses.replace(
            direction,
            tempo_bpm=None if direction.tempo_bpm == self.tempo_bpm else direction.tempo_bpm,
            key=None if direction.key == self.key else direction.key,
            style=None if direction.style == self.style else direction.style,
            shot_energies=energies if any(energy is not None for energy in energies) else (),
            temp_track=None,
        )

    @property
    def style(self) -> str | None:
        """The nearest style's id."""
        return self.styles[0] if self.styles else None
