"""A piece of music that was played: what every way of making one hands on."""

from __future__ import annotations

from dataclasses import dataclass

from vem_core.audio.types import Rendering
from vem_core.contract.plan import ScorePlan
from vem_core.contract.result import PlayedPart, Refit
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
    parts: tuple[PlayedPart, ...] = ()  # the pieces that it was joined of

    def as_part(self, start_frames: int, end_excl_frames: int, *, entrance: bool = False) -> PlayedPart:
        """What a later re-cut needs to know of it, where it plays frames [start, end) of range and handles."""
        beats, downbeats = self.tracked.beats_samples, self.tracked.downbeats_samples
        return PlayedPart(start_frames, end_excl_frames, self.plan, beats, downbeats, entrance)

    @property
    def rendering(self) -> Rendering:
        """The sound of a piece that was not mastered yet."""
        assert isinstance(self.sound, Rendering)
        return self.sound
