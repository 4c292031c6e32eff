"""What every beat tracker gives, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio

Curve = NDArray[np.float32]


@dataclass(frozen=True)
class TrackedBeats:
    """The beats and downbeats that were heard, in samples of the 48 kHz clock, strictly increasing.

    Every downbeat is also a beat. `activation` is how much each instant sounded like a beat, 0..1, at `rate_hz`.
    """

    beats_samples: tuple[int, ...]
    downbeats_samples: tuple[int, ...]
    activation: Curve = field(default_factory=lambda: np.zeros(0, np.float32))
    rate_hz: float = 100.0


class BeatTracker(Protocol):
    """Listens to music and says where its beats are."""

    @property
    def tracker_id(self) -> str:
        """The name that `tracker_by_id` knows it by."""
        ...

    @property
    def licence_note(self) -> str:
        """What a user has to know before relying on it in paid work; empty where there is nothing to mind."""
        ...

    def track(self, audio: Audio) -> TrackedBeats:
        """The beats of (channels, T) sound at 48 kHz. Silence, or less than a beat, gives no beats."""
        ...
