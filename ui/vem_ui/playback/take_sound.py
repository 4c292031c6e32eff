"""The sound of a take's file, read as it is played."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from vem_ui.playback.sound import SAMPLE_RATE_HZ, Samples

_AHEAD = 4_096  # samples decoded beyond what is wanted stay for the next call


class TakeSound:
    """A `Source` of one audio file whose first sample stands at `start_samples` of the timeline.

    A file that cannot be read is silent: the window says what is wrong with it when the take is loaded.
    """

    def __init__(self, path: Path, start_samples: int = 0, level_db: float = 0.0) -> None:
        self._path, self._start = path, start_samples
        self._gain = np.float32(10 ** (level_db / 20))
        self._container: av.container.InputContainer | None = None
        self._frames: object = None
        self._buffer = np.zeros((0, 2), np.float32)
        self._at = 0  # where in the file the buffer begins

    def read(self, first_samples: int, count: int) -> Samples:
        first = first_samples - self._start
        sound = np.zeros((count, 2), np.float32)
        lead = min(count, max(0, -first))
        wanted = count - lead
        if wanted > 0:
            found = self._decoded(first + lead, wanted)
            sound[lead : lead + len(found)] = found * self._gain
        return sound

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def _decoded(self, first: int, count: int) -> Samples:
        if self._container is None or not self._at <= first <= self._at + len(self._buffer) + _AHEAD:
            self._seek(first)
        while self._at + len(self._buffer) < first + count and self._decode_more():
            pass
        skipped = max(0, first - self._at)
        self._buffer, self._at = self._buffer[skipped:], self._at + skipped
        return self._buffer[max(0, first - self._at) :][:count]

    def _seek(self, first: int) -> None:
        self._buffer, self._at = np.zeros((0, 2), np.float32), first
        try:
            if self._container is None:
                self._container = av.open(str(self._path))
            stream = self._container.streams.audio[0]
            self._container.seek(max(0, first) * av.time_base // SAMPLE_RATE_HZ)
            self._frames = self._container.decode(stream)
            self._resampler = AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE_HZ)
            self._begun = False
        except (av.FFmpegError, OSError, IndexError):
            self._frames = iter(())

    def _decode_more(self) -> bool:
        """Decode one more frame; False at the end."""
        try:
            frame = next(self._frames, None)  # type: ignore[call-overload]
        except (av.FFmpegError, OSError):
            frame = None
        if frame is None:
            return False
        if not self._begun:
            self._at = round((frame.pts or 0) * frame.time_base * SAMPLE_RATE_HZ)
            self._begun = True
        pieces = [piece.to_ndarray().reshape(-1, 2) for piece in self._resampler.resample(frame)]
        self._buffer = np.concatenate([self._buffer, *pieces]).astype(np.float32, copy=False)
        return True
