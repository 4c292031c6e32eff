"""The takes of a document, loaded in the background when first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.runner import Runner, run_here
from vem_plugin.takes.names import OutputNames
from vem_ui.document.operation import Operation
from vem_ui.document.state import TakeRecord
from vem_ui.document.takes import StoredTake, load_take, sharing_parts


class TakeShelf(QObject):
    """Gives loaded takes at once, and loads the others; `run` is where they are decoded."""

    loaded = Signal(object)  # StoredTake
    failed = Signal(object)  # VemError

    def __init__(
        self,
        folder: Path,
        library: OutputNames,
        sheet: Callable[[], CutSheet | None],
        run: Runner = run_here,
        parent: QObject | None = None,
    ) -> None:
        """`sheet` gives the timeline as it is, whose parts loaded takes share."""
        super().__init__(parent)
        self._elsewhere = run
        self._sheet = sheet
        self._folder, self._library = folder, library
        self._takes: dict[str, StoredTake] = {}
        self._loading: dict[str, Operation[StoredTake]] = {}
        self._damaged: set[str] = set()
        self._closed = False

    def put(self, stored: StoredTake) -> None:
        """Keep a take that was just made."""
        self._takes[stored.record.key] = stored

    def get(self, record: TakeRecord) -> StoredTake | None:
        """The take, or None while it is being loaded; `loaded` or `failed` tells of its end."""
        key = record.key
        if not (self._closed or key in self._takes or key in self._loading or key in self._damaged):
            operation = Operation(lambda report: self._load(record), self)
            self._loading[key] = operation
            operation.succeeded.connect(self._keep)
            operation.failed.connect(lambda error: self._give_up(key, error))
            operation.finished.connect(lambda: self._loading.pop(key).deleteLater())
            operation.start()
        return self._takes.get(key)

    def _load(self, record: TakeRecord) -> StoredTake:
        return sharing_parts(self._elsewhere(load_take, self._folder, self._library, record), self._sheet())

    def shut_down(self) -> None:
        """Wait for what is being loaded, and load no more."""
        self._closed = True
        for operation in list(self._loading.values()):
            operation.wait()

    def _keep(self, stored: object) -> None:
        assert isinstance(stored, StoredTake)
        self._takes[stored.record.key] = stored
        self.loaded.emit(stored)

    def _give_up(self, key: str, error: object) -> None:
        self._damaged.add(key)
        self.failed.emit(error)
