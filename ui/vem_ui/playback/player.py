"""Listening to takes: any take, the same place and the same loudness."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from vem_ui.playback.sound import SilentSound, Sound

_TICK_MS = 20


class Player(QObject):
    """Plays one take at a time. Changing the take keeps the position, so that takes are compared in place."""

    position_changed = Signal(float)  # seconds, while it plays
    playing_changed = Signal(bool)
    failed = Signal(str)

    def __init__(self, sound: Sound | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sound = sound or open_sound()
        self._sound.setParent(self)
        self._sound.failed.connect(self._tell_failure)
        self._sound.ended.connect(self.pause)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._loaded: tuple[Path, float] | None = None
        self._duration_s = 0.0
        self.playing = False

    @property
    def position_s(self) -> float:
        """Where the music is."""
        return min(self._sound.position_s(), self._duration_s)

    @property
    def silent_because(self) -> str:
        """Why nothing can be heard; "" where sound comes out."""
        return self._sound.silent_because

    def load(self, path: Path | None, duration_s: float = 0.0, gain_db: float = 0.0, shift_s: float = 0.0) -> None:
        """Change to another file; a gain of at most 0 dB brings takes to one loudness.

        The place in the timeline stays: `shift_s` is how much later this file begins than the last one.
        """
        wanted = None if path is None else (path, gain_db)
        if wanted == self._loaded:
            return
        position_s = max(0.0, self.position_s - shift_s)
        self._loaded, self._duration_s = wanted, duration_s
        self._sound.load(path, gain_db, min(position_s, duration_s), play=self.playing and path is not None)
        if path is None:
            self.pause()

    def toggle(self) -> None:
        """Play or pause; at the end, from the beginning."""
        if self.playing:
            self.pause()
            self.position_changed.emit(self.position_s)  # where it stopped, not where the last tick was
        elif self._loaded is not None:
            if self.position_s >= self._duration_s - 0.01:
                self._sound.seek(0.0)
            self._sound.play()
            self._set_playing(True)

    def pause(self) -> None:
        """Pause."""
        self._sound.pause()
        self._set_playing(False)

    def seek(self, seconds: float) -> None:
        """Go to a place."""
        self._sound.seek(min(max(0.0, seconds), self._duration_s))

    def close(self) -> None:
        """Stop and let the file go."""
        self._set_playing(False)
        self._sound.close()

    def _set_playing(self, playing: bool) -> None:
        if playing == self.playing:
            return
        self.playing = playing
        if playing:
            self._clock.start()
        else:
            self._clock.stop()
        self.playing_changed.emit(playing)

    def _tick(self) -> None:
        self.position_changed.emit(self.position_s)
        if self._sound.position_s() >= self._duration_s:
            self.pause()

    def _tell_failure(self, text: str) -> None:
        self._set_playing(False)
        self.failed.emit(text)


def open_sound() -> Sound:
    """Qt's sound where its libraries and a device are there, else silence that keeps time and says why."""
    try:
        from vem_ui.playback.qt_sound import QtSound, has_audio_output
    except ImportError as error:
        reason = QCoreApplication.translate("Player", "Sound needs a library that is missing ({reason}).")
        return SilentSound(reason.format(reason=error))
    if not has_audio_output():
        return SilentSound(
            QCoreApplication.translate("Player", "There is no audio device: the playhead runs silently.")
        )
    return QtSound()


def matched_gains_db(loudness_lufs: list[float | None]) -> list[float]:
    """How far each take is turned down so that all sound as loud as the quietest."""
    known = [loudness for loudness in loudness_lufs if loudness is not None]
    quietest = min(known, default=0.0)
    return [0.0 if loudness is None else quietest - loudness for loudness in loudness_lufs]
