"""What a player needs of something that makes sound."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QObject, Signal


class Sound(QObject):
    """Plays one file. `position_s` runs while it plays."""

    ended = Signal()
    failed = Signal(str)  # a sentence for the editor
    silent_because = ""  # why nothing can be heard; "" where sound comes out

    def load(self, path: Path | None, gain_db: float, position_s: float, *, play: bool) -> None:
        """Change to a file, at a gain of at most 0 dB, and go to a place in it."""
        raise NotImplementedError

    def play(self) -> None:
        """Run."""
        raise NotImplementedError

    def pause(self) -> None:
        """Stop where it is."""
        raise NotImplementedError

    def seek(self, position_s: float) -> None:
        """Go to a place."""
        raise NotImplementedError

    def position_s(self) -> float:
        """Where it is."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the file and the device go."""
        raise NotImplementedError


class SilentSound(Sound):
    """Keeps time without a sound: the playhead and the picture still run where there is no audio device."""

    def __init__(self, silent_because: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.silent_because = silent_because
        self._clock = QElapsedTimer()
        self._from_s = 0.0
        self._runs = False

    def load(self, path: Path | None, gain_db: float, position_s: float, *, play: bool) -> None:
        self._from_s, self._runs = position_s, play
        self._clock.start()

    def play(self) -> None:
        self._runs = True
        self._clock.start()

    def pause(self) -> None:
        self._from_s = self.position_s()
        self._runs = False

    def seek(self, position_s: float) -> None:
        self._from_s = position_s
        self._clock.start()

    def position_s(self) -> float:
        return self._from_s + (self._clock.elapsed() / 1000 if self._runs else 0.0)

    def close(self) -> None:
        self._runs = False
