"""The picture in a window of its own, as large as one likes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vem_ui.pages.monitor import Monitor


class LargePicture(QWidget):
    """Shows what the small monitor shows. F11 fills the screen, Escape closes; play keys go to the main window."""

    closed = Signal()
    play_wanted = Signal()

    def __init__(self, monitor: Monitor, title: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(title)
        self.monitor = Monitor(self)
        self.monitor.follow(monitor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.monitor)
        self.resize(960, 540)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays, F11 fills the screen and gives it back, Escape closes."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self.play_wanted.emit()
        elif key == Qt.Key.Key_F11:
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        elif key == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say that it is gone."""
        self.closed.emit()
        super().closeEvent(event)


class LargePictures(QObject):
    """Keeps the one large picture of a main window; a double click on the small one asks for it."""

    def __init__(self, monitor: Monitor, play: Callable[[], None], window: QWidget) -> None:
        super().__init__(window)
        self._monitor, self._play, self._window = monitor, play, window
        self.shown: LargePicture | None = None
        monitor.large_wanted.connect(lambda: self.show_for(window.windowTitle()))

    def show_for(self, title: str) -> None:
        """Show it, or bring it to the front."""
        if self.shown is None:
            self.shown = LargePicture(self._monitor, title, self._window)
            self.shown.play_wanted.connect(self._play)
            self.shown.closed.connect(self._forget)
        self.shown.show()
        self.shown.raise_()

    def _forget(self) -> None:
        if self.shown is not None:
            self.shown.deleteLater()
            self.shown = None
