"""Several clearly different pieces for one timeline: planned together, so that each differs from the others.

A variant is an ordinary score of an ordinary request: `VariantPlan.of` makes that request.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.errors import ContractError
from vem_core.contract.request import ScoreRequest

MOST_VARIANTS = 12


@dataclass(frozen=True)
class VariantsRequest:
    """Which pieces would suit this timeline, and differ? The answer is a `Variants.1`."""

    schema_label: ClassVar[str] = "VariantsRequest.1"

    score: ScoreRequest  # of which they are variants; what it settles (style, tempo, key) all of them keep
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_VARIANTS:
            raise ContractError(f"there are 1 to {MOST_VARIANTS} variants")
        if self.score.recut is not None:
            raise ContractError("variants are new pieces, and follow no take")


@dataclass(frozen=True)
class VariantPlan:
    """One piece as planned."""

    style: str
    tempo_bpm: tuple[float, float]  # lowest and highest that its planner may choose from
    seed: int
    key: str
    home_bpm: float  # its home tempo; the first section's, where there are several
    brief: float  # 0..1: how well its style suits what was asked, 1 is the best there is
    met: int  # cuts and events within the tolerance, on whatever the style may play
    counted: int

    def of(self, request: ScoreRequest) -> ScoreRequest:
        """The request for this variant of a score."""
        direction = dataclasses.replace(request.direction, style=self.style, tempo_bpm=self.tempo_bpm)
        return dataclasses.replace(request, direction=direction, seed=self.seed)


@dataclass(frozen=True)
class Variants:
    """Pieces to choose from, the most promising first."""

    schema_label: ClassVar[str] = "Variants.1"

    variants: tuple[VariantPlan, ...]
