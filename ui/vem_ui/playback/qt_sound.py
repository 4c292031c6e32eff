"""Sound through Qt Multimedia. Its libraries may be missing (libpulse on Linux): whoever imports this catches that."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QIODevice, QObject, QTimer
from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices, QtAudio

from vem_ui.playback.clock import SmoothClock
from vem_ui.playback.sound import SAMPLE_RATE_HZ, AudioOutput, Render

_BUFFER_S = 0.5  # a window that waits for its processor longer than this is heard, and moves sound against picture
_FILL_MS = 20
_BYTES = 4  # of a sample of both sides, 16 bit each


class QtOutput(AudioOutput):
    """Plays through the system's default output, and follows it when another becomes the default."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices = QMediaDevices(self)
        self._devices.audioOutputsChanged.connect(self._follow_device)
        self._clock = SmoothClock()
        self._render: Render | None = None
        self._sink: QAudioSink | None = None
        self._pipe: QIODevice | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_FILL_MS)
        self._timer.timeout.connect(self._fill)

    def start(self, render: Render) -> None:
        self.stop()
        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            self._tell_gone()
            return
        form = QAudioFormat()
        form.setSampleRate(SAMPLE_RATE_HZ)
        form.setChannelCount(2)
        form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self._render = render
        self._clock.restart()
        self._sink = QAudioSink(device, form, self)
        self._sink.setBufferSize(round(_BUFFER_S * SAMPLE_RATE_HZ) * _BYTES)
        self._pipe = self._sink.start()
        if self._sink.error() != QtAudio.Error.NoError:
            self.stop()
            self.failed.emit(self.tr("The audio device cannot be opened. Choose another one in the system's settings."))
            return
        self._fill()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        sink, self._sink, self._pipe, self._render = self._sink, None, None, None
        if sink is not None:
            sink.reset()
            sink.deleteLater()

    def heard_samples(self) -> int:
        if self._sink is None:
            return 0
        return round(self._clock.read(self._sink.processedUSecs() / 1e6, time.monotonic()) * SAMPLE_RATE_HZ)

    def close(self) -> None:
        self.stop()
        self._devices.blockSignals(True)

    def _fill(self) -> None:
        if self._sink is None or self._pipe is None or self._render is None:
            return
        wanted = self._sink.bytesFree() // _BYTES
        if wanted > 0:
            sound = np.clip(self._render(wanted), -1.0, 1.0)
            self._pipe.write((sound * 32767).astype("<i2").tobytes())

    def _follow_device(self) -> None:
        if QMediaDevices.defaultAudioOutput().isNull():
            self._tell_gone()

    def _tell_gone(self) -> None:
        self.stop()
        self.failed.emit(self.tr("The audio device is gone. Connect one, then press Play; nothing else was lost."))


def has_audio_output() -> bool:
    """Whether there is a device to play on."""
    return not QMediaDevices.defaultAudioOutput().isNull()
