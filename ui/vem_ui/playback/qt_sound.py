"""Sound through Qt Multimedia. Its libraries may be missing (libpulse on Linux): whoever imports this catches that."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtMultimedia import QAudioOutput, QMediaDevices, QMediaPlayer

from vem_ui.playback.sound import Sound

_LOADED = (QMediaPlayer.MediaStatus.LoadedMedia, QMediaPlayer.MediaStatus.BufferedMedia)


class QtSound(Sound):
    """Plays through the system's default output, and follows it when another becomes the default."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices = QMediaDevices(self)
        self._output = QAudioOutput(self)
        self._player = QMediaPlayer(self)
        self._player.setAudioOutput(self._output)
        self._player.errorOccurred.connect(self._tell_error)
        self._player.mediaStatusChanged.connect(self._on_status)
        self._devices.audioOutputsChanged.connect(self._follow_device)
        self._pending_s: float | None = None
        self._plays = False

    def load(self, path: Path | None, gain_db: float, position_s: float, *, play: bool) -> None:
        self._pending_s, self._plays = position_s, play
        self._output.setVolume(min(1.0, 10 ** (gain_db / 20)))
        self._player.setSource(QUrl.fromLocalFile(str(path)) if path else QUrl())

    def play(self) -> None:
        self._plays = True
        self._player.play()

    def pause(self) -> None:
        self._plays = False
        self._player.pause()

    def seek(self, position_s: float) -> None:
        if self._pending_s is None:
            self._player.setPosition(round(position_s * 1000))
        else:
            self._pending_s = position_s

    def position_s(self) -> float:
        return self._player.position() / 1000 if self._pending_s is None else self._pending_s

    def close(self) -> None:
        self._player.stop()
        self._player.setSource(QUrl())

    def _on_status(self, status: QMediaPlayer.MediaStatus) -> None:
        if status in _LOADED and self._pending_s is not None:
            self._player.setPosition(round(self._pending_s * 1000))
            self._pending_s = None
            if self._plays:
                self._player.play()
        elif status == QMediaPlayer.MediaStatus.EndOfMedia:
            self._plays = False
            self.ended.emit()

    def _follow_device(self) -> None:
        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            self._player.pause()
            self.failed.emit(self.tr("The audio device is gone. Connect one, then press Play; nothing else was lost."))
        else:
            self._output.setDevice(device)

    def _tell_error(self, error: QMediaPlayer.Error, text: str) -> None:
        self.failed.emit(self.tr("The take cannot be played: {reason}.").format(reason=text.rstrip(".")))


def has_audio_output() -> bool:
    """Whether there is a device to play on."""
    return not QMediaDevices.defaultAudioOutput().isNull()
