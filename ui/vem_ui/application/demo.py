"""Building the demo for whoever has no timeline at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, Signal

from vem_core.contract.service import APP_NAME
from vem_plugin.demo.edit import build_demo
from vem_plugin.runner import Runner
from vem_ui.document.operation import Operation


class DemoBuilder(QObject):
    """Builds the demo's footage once, in the user's data folder, and says where its timeline is."""

    building = Signal(bool)  # begun, or over

    def __init__(self, run: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._elsewhere = run
        self._running: Operation[Path] | None = None

    def build(self, then: Callable[[Path], object], failed: Callable[[object], None]) -> bool:
        """Begin to build; False where that is under way already."""
        if self._running is not None:
            return False
        folder = platformdirs.user_data_path(APP_NAME) / "demo"
        self._running = operation = Operation(lambda report: self._elsewhere(build_demo, folder), self)
        operation.succeeded.connect(then)
        operation.failed.connect(failed)
        operation.finished.connect(self._end)
        operation.start()
        self.building.emit(True)
        return True

    def shut_down(self) -> None:
        """Wait for what is being built."""
        if self._running is not None:
            self._running.wait()

    def _end(self) -> None:
        ended, self._running = self._running, None
        if ended is not None:
            ended.deleteLater()
        self.building.emit(False)
