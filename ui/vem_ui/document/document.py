"""A document: one timeline open in a window, observable and with undo, without any widget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from vem_core.contract.errors import VemError
from vem_plugin.hosts.base import ThumbnailSet, TimelineReading
from vem_ui.document.state import ScoreState
from vem_ui.document.storage import load_state, save_state


class Document(QObject):
    """What is known of a timeline, and what the editor decided about it.

    `state` changes only through `change`, which makes each change one step of undo. Signals say what changed; views
    bind to them and never keep copies.
    """

    reading_changed = Signal()
    thumbnails_changed = Signal()
    state_changed = Signal()
    noticed = Signal(str)  # a sentence for the editor

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.reading: TimelineReading | None = None
        self.thumbnails = ThumbnailSet((), {})
        self.undo_stack = QUndoStack(self)
        self._state = ScoreState()

    @property
    def state(self) -> ScoreState:
        """What the editor decided."""
        return self._state

    def restore(self) -> None:
        """Take up the state stored beside the timeline; it is where undo begins."""
        self._state, notice = load_state(self.folder)
        self.undo_stack.clear()
        self.state_changed.emit()
        if notice:
            self.noticed.emit(notice)

    def set_reading(self, reading: TimelineReading) -> None:
        """Take the timeline as the host read it, at first or again after it changed on disk."""
        self.reading = reading
        self.reading_changed.emit()

    def set_thumbnails(self, thumbnails: ThumbnailSet) -> None:
        """Take the pictures of the shots."""
        self.thumbnails = thumbnails
        self.thumbnails_changed.emit()

    def change(self, title: str, state: ScoreState, *, merge: str = "") -> None:
        """Move to a new state as one step of undo. Steps with the same `merge` key in a row become one (dragging)."""
        if state != self._state:
            self.undo_stack.push(_Change(title, self._state, state, self._apply, merge))

    def _apply(self, state: ScoreState) -> None:
        self._state = state
        self.state_changed.emit()
        try:
            save_state(self.folder, state)
        except VemError as error:
            self.noticed.emit(f"{error.message} {error.hint}".strip())


class _Change(QUndoCommand):
    """One step of undo: from a state to a state."""

    def __init__(
        self, title: str, before: ScoreState, after: ScoreState, apply: Callable[[ScoreState], None], merge: str
    ) -> None:
        super().__init__(title)
        self._before, self._after, self._apply, self._merge = before, after, apply, merge

    def redo(self) -> None:
        self._apply(self._after)

    def undo(self) -> None:
        self._apply(self._before)

    def id(self) -> int:
        return hash(self._merge) % 2**31 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or other._merge != self._merge:
            return False
        self._after = other._after
        return True
