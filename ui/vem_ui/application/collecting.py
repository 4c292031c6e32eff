"""Garbage collection on the UI thread only.

Python collects cycles on whatever thread happens to allocate. A cycle that holds a QObject would then be torn down on a
worker thread while Qt uses it on the UI thread, and the process dies.

A collection stops the window for as long as there is to look at. What comes by the thousand is a timeline or a take:
values without cycles, which stay as long as their window. They are set aside, and looked at when a window was closed
and the editor works in another program: that takes a tenth of a second.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

_INTERVAL_MS = 500
_MANY = 5_000  # objects that came since the last look


class UiCollector(QObject):
    """While it lives, cycles are collected from a timer of the thread that made it, and nowhere else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        gc.freeze()  # what was imported stays: each collection then looks only at what came since
        self._all_due = False
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def look_at_all(self) -> None:
        """Collect what was set aside too, once no window is in use: one is gone, and with it what it showed."""
        self._all_due = True

    def collect(self) -> None:
        """Collect the oldest generation that is due, as Python would, or set aside what came by the thousand."""
        in_use = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        if self._all_due and not in_use:
            self._all_due = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()
        elif gc.get_count()[0] > _MANY:
            gc.freeze()
        else:
            self._collect_due()

    def _collect_due(self) -> None:
        due = [age for age, count in enumerate(gc.get_count()) if count > self._thresholds[age]]
        if due:
            gc.collect(max(due))

    def close(self) -> None:
        """Give collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
