"""Music that is heard while it is made."""

from __future__ import annotations

import threading

import numpy as np

from vem_ui.playback.sound import SAMPLE_RATE_HZ, Samples

_FULL_SCALE = np.float32(32_768)


class GrowingSound:
    """A `Source` that begins at a sample of the timeline and grows at its end; what is not there yet is silent.

    It may be added to from another thread.
    """

    def __init__(self, start_samples: int = 0) -> None:
        self._start = start_samples
        self._pieces: list[np.ndarray[tuple[int, int], np.dtype[np.int16]]] = []
        self._ends = [0]  # in samples, of the pieces so far
        self._lock = threading.Lock()

    def append(self, pcm: bytes) -> None:
        """What comes next: 16-bit little-endian PCM of both sides, 48 kHz."""
        piece = np.frombuffer(pcm, "<i2").reshape(-1, 2)
        with self._lock:
            self._pieces.append(piece)
            self._ends.append(self._ends[-1] + len(piece))

    @property
    def samples(self) -> int:
        """How much there is."""
        with self._lock:
            return self._ends[-1]

    @property
    def start_s(self) -> float:
        """Where it begins in the timeline, in seconds."""
        return self._start / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        """How far it reaches in the timeline, in seconds."""
        return (self._start + self.samples) / SAMPLE_RATE_HZ

    def read(self, first_samples: int, count: int) -> Samples:
        sound = np.zeros((count, 2), np.float32)
        first = first_samples - self._start
        with self._lock:
            for begin, piece in zip(self._ends[:-1], self._pieces, strict=True):
                left, right = max(first, begin), min(first + count, begin + len(piece))
                if left < right:
                    sound[left - first : right - first] = piece[left - begin : right - begin] / _FULL_SCALE
        return sound

    def close(self) -> None:
        """Nothing to let go: whoever makes the music may still add to it."""
