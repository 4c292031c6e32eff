"""Garbage collection on the UI thread only.

Python collects cycles on whatever thread happens to allocate. A cycle that holds a QObject would then be torn down on a
worker thread while Qt uses it on the UI thread, and the process dies.

A collection stops the window for as long as there is to look at. What comes by the thousand is a timeline or a take:
values without cycles, which stay as long as their window. They are set aside, and so is what outlived a second look.
All of it is looked at when the editor works in another program, at most once a minute unless a window was closed:
that takes a tenth of a second.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

_INTERVAL_MS = 500
_MANY = 5_000  # objects that came since the last look
_REST_S = 60.0  # between two looks at all


class UiCollector(QObject):
    """While it lives, cycles are collected from a timer of the thread that made it, and nowhere else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        gc.freeze()  # what was imported stays: each collection then looks only at what came since
        self._all_due = False  # now, or else after _REST_S where something was set aside
        self._is_aside, self._looked_s = False, time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def look_at_all(self) -> None:
        """Collect what was set aside too, once no window is in use: one is gone, and with it what it showed."""
        self._all_due = True

    def collect(self) -> None:
        """Collect what is due, as Python would, and set aside what came by the thousand and what is old."""
        in_use = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        if not in_use and self._is_all_due():
            self._all_due = self._is_aside = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._looked_s = time.monotonic()
        elif gc.get_count()[0] > _MANY:
            self._set_aside()
        else:
            self._collect_due()

    def _is_all_due(self) -> bool:
        return self._all_due or (self._is_aside and time.monotonic() - self._looked_s > _REST_S)

    def _collect_due(self) -> None:
        ages = [age for age, count in enumerate(gc.get_count()) if count > self._thresholds[age]]
        if not ages:
            return
        gc.collect(min(ages[-1], 1))
        if ages[-1] > 0:
            self._set_aside()  # before the oldest generation grows: to look at it takes as long as there is in it

    def _set_aside(self) -> None:
        gc.freeze()
        self._is_aside = True

    def close(self) -> None:
        """Give collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
