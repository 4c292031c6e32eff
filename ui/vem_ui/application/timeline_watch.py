"""Noticing that a timeline changed on disk while it is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

_QUIET_MS = 300  # editors write in several goes


class TimelineWatch(QObject):
    """Watches a file and its folder, since editors save by putting a new file in the old one's place."""

    changed = Signal()
    gone = Signal()

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._known = self._stamp()
        self._watcher = QFileSystemWatcher(self)
        self._watch()
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(self._look)
        self._watcher.fileChanged.connect(lambda _: self._quiet.start())
        self._watcher.directoryChanged.connect(lambda _: self._quiet.start())

    def close(self) -> None:
        """Watch no more."""
        self._quiet.stop()
        self._watcher.blockSignals(True)

    def _watch(self) -> None:
        wanted = [str(path) for path in (self._path, self._path.parent) if path.exists()]
        missing = set(wanted) - set(self._watcher.files()) - set(self._watcher.directories())
        if missing:
            self._watcher.addPaths(sorted(missing))

    def _look(self) -> None:
        self._watch()
        stamp = self._stamp()
        if stamp == self._known:
            return
        self._known = stamp
        if stamp is None:
            self.gone.emit()
        else:
            self.changed.emit()

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
