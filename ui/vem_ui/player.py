"""Listening to takes: one player, any take, the same place and the same loudness."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtMultimedia import QAudioOutput, QMediaPlayer

_TICK_MS = 20


class Player(QObject):
    """Plays one audio file at a time. Changing the file keeps the position, so that takes are compared in place."""

    position_changed = Signal(float)  # seconds
    playing_changed = Signal(bool)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._output = QAudioOutput(self)
        self._player = QMediaPlayer(self)
        self._player.setAudioOutput(self._output)
        self._player.playbackStateChanged.connect(self._tell_state)
        self._player.errorOccurred.connect(lambda _, text: self.failed.emit(text))
        self._player.mediaStatusChanged.connect(self._on_status)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(lambda: self.position_changed.emit(self.position_s))
        self._pending_s: float | None = None

    @property
    def position_s(self) -> float:
        """Where the music is."""
        return self._player.position() / 1000 if self._pending_s is None else self._pending_s

    @property
    def playing(self) -> bool:
        """Whether the music is running."""
        return self._player.playbackState() == QMediaPlayer.PlaybackState.PlayingState

    def load(self, path: Path | None, gain_db: float = 0.0) -> None:
        """Change to another file at the same place; a gain of at most 0 dB brings takes to one loudness."""
        was_playing, position = self.playing, self.position_s
        self._player.setSource(QUrl.fromLocalFile(str(path)) if path else QUrl())
        self._output.setVolume(min(1.0, 10 ** (gain_db / 20)))
        self._pending_s = position
        if was_playing and path is not None:
            self._player.play()

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self._player.pause()
        elif not self._player.source().isEmpty():
            self._player.play()

    def pause(self) -> None:
        """Pause."""
        self._player.pause()

    def seek(self, seconds: float) -> None:
        """Go to a place."""
        if self._player.mediaStatus() in (QMediaPlayer.MediaStatus.NoMedia, QMediaPlayer.MediaStatus.LoadingMedia):
            self._pending_s = seconds
        else:
            self._player.setPosition(round(seconds * 1000))

    def close(self) -> None:
        """Stop and let the file go."""
        self._clock.stop()
        self._player.stop()
        self._player.setSource(QUrl())

    def _tell_state(self) -> None:
        if self.playing:
            self._clock.start()
        else:
            self._clock.stop()
        self.playing_changed.emit(self.playing)

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        loaded = (QMediaPlayer.MediaStatus.LoadedMedia, QMediaPlayer.MediaStatus.BufferedMedia)
        if status in loaded and self._pending_s is not None:
            self._player.setPosition(round(self._pending_s * 1000))
            self._pending_s = None


def matched_gains_db(loudness_lufs: list[float | None]) -> list[float]:
    """How far each take is turned down so that all sound as loud as the quietest."""
    known = [loudness for loudness in loudness_lufs if loudness is not None]
    quietest = min(known, default=0.0)
    return [0.0 if loudness is None else quietest - loudness for loudness in loudness_lufs]
