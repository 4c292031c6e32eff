"""Garbage collection on the UI thread only.

Python collects cycles on whatever thread happens to allocate. A cycle that holds a QObject would then be torn down on a
worker thread while Qt uses it on the UI thread, and the process dies.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL_MS = 500


class UiCollector(QObject):
    """While it lives, cycles are collected from a timer of the thread that made it, and nowhere else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        gc.freeze()  # what was imported stays: each collection then looks only at what came since
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect the oldest generation that is due, as Python would."""
        due = [age for age, count in enumerate(gc.get_count()) if count > self._thresholds[age]]
        if due:
            gc.collect(max(due))

    def close(self) -> None:
        """Give collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
