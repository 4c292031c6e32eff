"""A piece of music that was played: what every way of making one hands on."""

from __future__ import annotations

from dataclasses import dataclass

from vem_core.audio.types import Rendering
from vem_core.contract.plan import ScorePlan
from vem_core.contract.result import Refit
from vem_core.delivery.files import MasteredSound
from vem_core.rhythm.tracking.base import TrackedBeats


@dataclass(frozen=True)
class PlayedPiece:
    """Its plan, its sound, and the beats that were heard on it."""

    plan: ScorePlan
    sound: Rendering | MasteredSound  # mastered: joined to an earlier take's sound, which was
    tracked: TrackedBeats
    corrected_ms: float = 0.0  # largest local shift that the correction applied
    device: str = "cpu"  # where it was made
    warnings: tuple[str, ...] = ()
    refit: Refit | None = None  # what it keeps of an earlier take

    @property
    def rendering(self) -> Rendering:
        """The sound of a piece that was not mastered yet."""
        assert isinstance(self.sound, Rendering)
        return self.sound
