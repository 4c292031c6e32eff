"""Music that can be heard while it is made: what is complete of it, in a file that grows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.progress import PREVIEW_FILE
from vem_core.contract.time import SAMPLE_RATE_HZ

PREVIEW_LEVEL_DB = 3.0
"""Of what was played, before it is mastered: how loud it is, is known at its end only. The styles that were measured
need 2.6 to 10.4 dB to come to -16 LUFS."""

MOST_PREVIEW_S = 600
"""How much is kept: what is made is made many times faster than it is heard, and an hour would be 700 MB."""

_FULL_SCALE = 32_767


class Preview:
    """Writes music as it becomes complete: 16-bit little-endian PCM, both sides, 48 kHz, `PREVIEW_FILE` in a folder.

    Nothing is written before `begin` has said where the piece that is played next begins: not everything that a model
    is asked to play is heard where it is played. Raises OSError where the disk has no room.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / PREVIEW_FILE
        self._start: int | None = None
        self._written = 0  # samples

    def begin(self, start_samples: int) -> None:
        """The next piece begins at a sample of the score, handles included. Before it there is silence."""
        self._start = start_samples

    def hear(self, at_samples: int, sound: Audio) -> None:
        """What is complete of the piece from one of its samples on, (2, T) in -1..1; what was heard already stays."""
        if self._start is None:
            return
        first = self._start + at_samples
        end = min(first + sound.shape[1], MOST_PREVIEW_S * SAMPLE_RATE_HZ)
        begin = max(first, self._written)
        if begin >= end:
            return
        part = np.clip(sound[:, begin - first : end - first] * 10 ** (PREVIEW_LEVEL_DB / 20), -1.0, 1.0)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab" if self._written else "wb") as file:
            file.write(bytes(4 * (begin - self._written)))
            file.write((part.T * _FULL_SCALE).astype("<i2").tobytes())
        self._written = end
