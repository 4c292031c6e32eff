"""Noticing that Resolve's menu sent a timeline: free editions let no program in, but their Lua scripts write files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from vem_core.contract.errors import VemError
from vem_plugin.resolve.exchange import Exchange
from vem_ui.document.operation import Operation

_QUIET_MS = 400  # Resolve writes in several goes
_AGAIN_MS = 2_000  # one that is not whole yet is looked at again
_TRIES = 5


class ResolveInbox(QObject):
    """Takes each timeline out of the inbox once it is whole. Watches nothing where `vem resolve install` never ran."""

    received = Signal(Path)
    failed = Signal(VemError)

    def __init__(self, exchange: Exchange, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._exchange = exchange
        self._taking: Operation[list[Path]] | None = None
        self._tries = 0
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._take)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(lambda _: self._look_again())
        if exchange.inbox.is_dir():
            self._watcher.addPath(str(exchange.inbox))
            self._quiet.start(0)

    def close(self) -> None:
        """Watch no more."""
        self._quiet.stop()
        self._watcher.blockSignals(True)
        if self._taking is not None:
            self._taking.wait()

    def _look_again(self) -> None:
        self._tries = 0
        self._quiet.start(_QUIET_MS)

    def _take(self) -> None:
        if self._taking is not None:
            self._quiet.start(_QUIET_MS)
            return
        self._taking = taking = Operation(lambda report: self._exchange.receive_all(), self)
        taking.succeeded.connect(self._tell)
        taking.failed.connect(self.failed)
        taking.finished.connect(self._taken)
        taking.start()

    def _tell(self, timelines: list[Path]) -> None:
        for timeline in timelines:
            self.received.emit(timeline)

    def _taken(self) -> None:
        taking, self._taking = self._taking, None
        if taking is not None:
            taking.deleteLater()
        if self._exchange.unfinished() and self._tries < _TRIES:
            self._tries += 1
            self._quiet.start(_AGAIN_MS)
