"""Decoded pictures for the monitor, read on a thread: always the one that is wanted now, never those in between."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from vem_core.contract.errors import VemError
from vem_ui.document.operation import WorkThread

MOST_AHEAD_FRAMES = 12
"""How far ahead of the playhead a picture may be decoded."""

_WITHIN_FRAMES = 0.01  # of a frame's beginning, the frame has begun
_LATELY = 0.2  # the weight of the last one
_log = logging.getLogger(__name__)


class FrameReader(QObject):
    """Asks for frames one at a time; while one is read, only the last that was asked for waits."""

    framed = Signal(int, QImage)  # record frames, and the picture

    def __init__(self, read: Callable[[int], bytes | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._changed = threading.Condition()
        self._wanted: int | None = None
        self._latency_s = 0.0  # how long a picture takes from being asked for, lately
        self._closed = False
        self._thread = WorkThread(self._work)

    def ask(self, record_frames: float, frames_per_s: float = 0.0) -> None:
        """Want the picture at a record frame; `framed` brings it, if there is one.

        While it plays forward, the one that will be due when it is there: decoding takes longer than a frame may last.
        """
        ahead = math.ceil(self._latency_s * frames_per_s) if frames_per_s > 0 else 0
        with self._changed:
            self._wanted = int(record_frames + _WITHIN_FRAMES) + min(ahead, MOST_AHEAD_FRAMES)
            self._changed.notify()
            if not self._closed and not self._thread.isRunning():
                self._thread.start()

    def close(self) -> None:
        """Stop, after the picture that is being read."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.wait()

    def _next(self) -> int | None:
        """The frame to read now; waits for one. None: no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._wanted is not None)
            wanted, self._wanted = self._wanted, None
            return None if self._closed else wanted

    def _work(self) -> None:
        while (frame := self._next()) is not None:
            begun_s = time.monotonic()
            try:
                jpeg = self._read(frame)
            except VemError as error:
                _log.info("No picture at frame %d: %s", frame, error)
                continue
            image = QImage.fromData(jpeg) if jpeg else QImage()
            self._latency_s += _LATELY * (time.monotonic() - begun_s - self._latency_s)
            if not image.isNull():
                self.framed.emit(frame, image)
