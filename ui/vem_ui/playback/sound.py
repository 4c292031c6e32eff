"""What a player needs of something that makes sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, Signal

SAMPLE_RATE_HZ = 48_000
Samples = NDArray[np.float32]
"""Sound of both sides, (samples, 2), in -1..1."""
Render = Callable[[int], Samples]
"""Gives the next so many samples."""


class AudioOutput(QObject):
    """An output that asks for sound while it runs, and knows how much of it was heard."""

    failed = Signal(str)  # a sentence for the editor
    silent_because = ""  # why nothing can be heard; "" where sound comes out

    def start(self, render: Render) -> None:
        """Run, from no sample heard."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop at once, and forget what was not heard yet."""
        raise NotImplementedError

    def heard_samples(self) -> int:
        """How many samples were heard since it was started."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the device go."""
        raise NotImplementedError


class SilentOutput(AudioOutput):
    """Keeps time without a sound: the playhead and the picture still run where there is no audio device."""

    def __init__(self, silent_because: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.silent_because = silent_because
        self._clock = QElapsedTimer()
        self._runs = False

    def start(self, render: Render) -> None:
        self._runs = True
        self._clock.start()

    def stop(self) -> None:
        self._runs = False

    def heard_samples(self) -> int:
        return round(self._clock.nsecsElapsed() * SAMPLE_RATE_HZ / 1e9) if self._runs else 0

    def close(self) -> None:
        self._runs = False
