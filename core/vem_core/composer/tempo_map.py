"""From positions in beats to ticks of the sample clock."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from vem_core.contract.time import SAMPLE_RATE_HZ


class TempoMap:
    """Time of every position in the music: linear between beats, the outermost beats' tempo beyond them.

    Position 0 is the first beat; positions before it are negative.
    """

    def __init__(self, beat_samples: Sequence[int], fallback_bpm: float) -> None:
        beats = list(beat_samples) or [0]
        if len(beats) == 1:
            beats.append(beats[0] + round(60 * SAMPLE_RATE_HZ / fallback_bpm))
        self._beats = beats

    def samples(self, position: float) -> int:
        """The sample at a position in beats, rounded to the nearest (halves go up)."""
        index = min(max(math.floor(position), 0), len(self._beats) - 2)
        start, end = self._beats[index], self._beats[index + 1]
        return math.floor(start + (end - start) * (position - index) + 0.5)

    def position(self, samples: float) -> float:
        """The position in beats of a sample: the inverse of `samples`."""
        index = min(max(bisect.bisect_right(self._beats, samples) - 1, 0), len(self._beats) - 2)
        start, end = self._beats[index], self._beats[index + 1]
        return index + (samples - start) / (end - start)
