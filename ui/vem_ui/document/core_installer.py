"""Installing a core, without any widget: one at a time, with what it writes and how much, and it can be stopped."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vem_core.contract.progress import JobState, Progress
from vem_plugin.client.core_environment import environment_folder
from vem_plugin.core_install.installing import install, room_for_network
from vem_plugin.core_install.tools import Source
from vem_ui.document.operation import Operation, Report


@dataclass(frozen=True)
class Room:
    """Where a core goes, and whether there is room for it."""

    folder: Path
    needed_bytes: int
    free_bytes: int


class CoreInstaller(QObject):
    """Runs one installation on a thread. What was fetched when it stopped or failed is kept, and gone on with."""

    progressed = Signal(object)  # Progress; its message is what the tool said last
    installed = Signal()
    failed = Signal(object)  # VemError
    stopped = Signal()
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: Operation[object] | None = None

    @property
    def running(self) -> bool:
        """Whether an installation is under way."""
        return self._running is not None

    def room(self) -> Room:
        """Where the core would go from the network."""
        folder = environment_folder()
        return Room(folder, room_for_network(), _free_bytes(folder))

    def start(self, wheels: Path | None = None) -> None:
        """Install from the network, or from a folder of wheels."""
        if self._running is not None:
            return
        folder = environment_folder()
        self._running = operation = Operation(lambda report: _install(folder, wheels, report), self)
        operation.progressed.connect(self.progressed)
        operation.succeeded.connect(lambda installed: self.installed.emit())
        operation.failed.connect(self.failed)
        operation.cancelled.connect(self.stopped)
        operation.finished.connect(self._end)
        operation.start()

    def stop(self, *, wait: bool = False) -> None:
        """Stop what runs; with `wait`, until it has ended."""
        if self._running is not None:
            self._running.cancel()
            if wait:
                self._running.wait()

    def _end(self) -> None:
        ended, self._running = self._running, None
        if ended is not None:
            ended.deleteLater()
        self.finished.emit()


def _install(folder: Path, wheels: Path | None, report: Report) -> object:
    before, needed, last = _free_bytes(folder), room_for_network(), [""]

    def tell(line: str) -> None:
        last[0] = line
        check()

    def check() -> None:
        written = max(0, before - _free_bytes(folder))  # its cache lies elsewhere, and fills this disk as a rule
        report(Progress("", JobState.RUNNING, fraction=min(0.99, written / needed), message=last[0]))

    return install(folder, Source(wheels), tell, check=check)


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
