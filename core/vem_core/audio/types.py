"""The types that sound has inside the core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
"""Sound at 48 kHz, shape (channels, samples), nominal range -1..1."""

Pcm = NDArray[np.int32]
"""Sound at 48 kHz as whole numbers, shape (samples, channels): 24 bits in the upper part of 32."""

Hear = Callable[[int, Audio], None]
"""Given a sample of what is asked for, and what is complete of its mix from there on, (2, T)."""


@dataclass(frozen=True)
class Rendering:
    """What a model made: the mix, and stems and MIDI where it has them. The stems sum to the mix."""

    mix: Audio  # (2, plan.duration_samples)
    stems: Mapping[str, Audio] = field(default_factory=dict)
    midi: bytes | None = None
    warnings: tuple[str, ...] = ()
    device: str = "cpu"  # where it was made
