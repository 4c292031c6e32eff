"""Long calls off the UI thread: an operation with success, failure and progress."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QThread, Signal

from vem_core.contract.errors import Cancelled, InternalError, VemError
from vem_core.contract.progress import Progress

T = TypeVar("T")
Report = Callable[[Progress], None]
_log = logging.getLogger(__name__)


class Operation(QObject, Generic[T]):
    """Runs `work(report)` on a thread of its own. `report` raises Cancelled once `cancel` was called.

    Exactly one of `succeeded`, `failed`, `cancelled` is emitted on the thread that made the operation, and `finished`
    right after it: no click comes in between, so that whoever can see the outcome can start the next operation.
    """

    progressed = Signal(object)  # Progress
    succeeded = Signal(object)  # T
    failed = Signal(object)  # VemError
    cancelled = Signal()
    finished = Signal()

    def __init__(self, work: Callable[[Report], T], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._cancel = threading.Event()
        self._thread = WorkThread(self._run)
        self._thread.finished.connect(self._deliver)
        self._outcome: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop at its next report."""
        self._cancel.set()

    def wait(self) -> None:
        """Block until the thread has ended; for closing a window."""
        self._thread.wait()

    @property
    def running(self) -> bool:
        """Whether the work has begun and not ended."""
        return self._thread.isRunning()

    def _report(self, progress: Progress) -> None:
        if self._cancel.is_set():
            raise Cancelled("Stopped.")
        self.progressed.emit(progress)

    def _run(self) -> None:
        try:
            value = self._work(self._report)
            self._outcome = lambda: self.succeeded.emit(value)
        except Cancelled:
            self._outcome = self.cancelled.emit
        except VemError as error:
            self._outcome = lambda failure=error: self.failed.emit(failure)  # type: ignore[misc]
        except Exception as error:  # the border: whatever goes wrong in a worker becomes a message
            _log.exception("an operation failed")
            internal = InternalError(f"Something went wrong inside the panel: {error}.")
            self._outcome = lambda: self.failed.emit(internal)

    def _deliver(self) -> None:
        self._thread.wait()  # it has said that it is finished; a moment later it is
        self._outcome()
        self.finished.emit()


class WorkThread(QThread):
    """Runs a function."""

    def __init__(self, body: Callable[[], None]) -> None:
        super().__init__()
        self._body = body

    def run(self) -> None:
        """Do the work, in the new thread; Qt calls it after `start`."""
        self._body()
