"""A document: one timeline open in a window, observable and with undo, without any widget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import VemError
from vem_core.contract.parse import Parse
from vem_core.contract.request import ScoreRequest
from vem_core.contract.wishes import Wishes
from vem_plugin.hosts.base import ThumbnailSet, TimelineReading
from vem_plugin.scoring.resolving import Resolved, inherited
from vem_plugin.scoring.soundfonts import KNOWN_SOUNDS
from vem_plugin.takes.names import OutputNames
from vem_ui.document.operation import Operation
from vem_ui.document.recut import adapted, fits, without_shots
from vem_ui.document.state import ScoreState
from vem_ui.document.storage import Stored, save_state

_SAVE_MS = 300


class Document(QObject):
    """What is known of a timeline, and what the editor decided about it.

    `state` changes only through `change`, which makes each change one step of undo. Signals say what changed; views
    bind to them and never keep copies. The state is stored a moment after each change, and by `save`.
    """

    reading_changed = Signal()
    thumbnails_changed = Signal()
    state_replaced = Signal()  # before that is told: which take is followed may change with it
    state_changed = Signal()
    parsed_changed = Signal()
    noticed = Signal(str)  # a sentence for the editor
    save_failed = Signal(object)  # VemError

    def __init__(
        self,
        folder: Path,
        initial: ScoreState | None = None,
        library: OutputNames | None = None,
        parent: QObject | None = None,
    ) -> None:
        """`folder` is where the state is kept, `library` where the takes lie: by default the same."""
        super().__init__(parent)
        self.folder = folder
        self.library = library or OutputNames(folder, folder.stem)
        self.reading: TimelineReading | None = None
        self.thumbnails = ThumbnailSet((), {})
        self.parsed: Parse | None = None  # as the core read the shots, before the editor's changes
        self.undo_stack = QUndoStack(self)
        self._initial = initial or ScoreState()
        self._state = self._initial
        self._saved: ScoreState | None = None
        self._epoch = 0
        self._followed: ScoreRequest | None = None
        self._made_by = ""
        self._base: tuple[CutSheet | None, Resolved] | None = None
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(_SAVE_MS)
        self._saving.timeout.connect(self.save_beside)
        self._writing: Operation[ScoreState] | None = None
        self._settling = False
        self._shown: tuple[Resolved, Wishes, Resolved] | None = None

    @property
    def shown(self) -> Resolved:
        """The values that controls show: what is asked, else as the take had it that is followed, else the default."""
        base, asked = self._inherited(), self._state.asked
        if self._shown is None or self._shown[0] is not base or self._shown[1] is not asked:
            self._shown = (base, asked, base.with_wishes(asked))
        return self._shown[2]  # each control asks for it

    def follow(self, request: ScoreRequest | None, made_by: str = "") -> None:
        """Show what a take had wherever nothing else is asked; None: no take is followed."""
        if request is not self._followed:
            self._followed, self._made_by = request, made_by
            self._base = None
            if not self._settling:
                self.state_changed.emit()

    @property
    def followed_name(self) -> str:
        """What the take is called that is followed; "" where none is."""
        active = self._state.active_take
        return "" if self._followed is None or active is None else self._state.takes[active].name

    def lent_by(self, request: ScoreRequest) -> Resolved | None:
        """What the followed take lends to the timeline as it is; None of a request that is not that take's."""
        return self._inherited() if request is self._followed else None

    def _inherited(self) -> Resolved:
        """What the followed take lends, its shots brought to the cut as it is; worked out once."""
        sheet = self.sheet
        if self._base is None or self._base[0] is not sheet:
            base = Resolved()
            if sheet is not None and self._followed is not None:
                base = inherited(self._followed, sheet, self._made_by, KNOWN_SOUNDS)
            self._base = (sheet, base)
        return self._base[1]

    @property
    def sheet(self) -> CutSheet | None:
        """The timeline as the host read it last."""
        return None if self.reading is None else self.reading.sheet

    @property
    def state(self) -> ScoreState:
        """What the editor decided."""
        return self._state

    def restore(self, stored: Stored) -> None:
        """Take up what was stored; it is where undo begins."""
        self._state = self._saved = (stored.state or self._initial).with_found(stored.found)
        self.undo_stack.clear()
        self._tell_state()
        if stored.notice:
            self.noticed.emit(stored.notice)

    def set_reading(self, reading: TimelineReading, before: CutSheet | None = None) -> None:
        """Take the timeline as the host read it, at first or again after it changed.

        If it was cut anew since `before`, the editor's decisions follow their shots, and undo begins anew.
        """
        state = self._state if before is None else adapted(self._state, before, reading.sheet)
        if not fits(state, reading.sheet):
            state = without_shots(state)
        if before is not None and before != reading.sheet:
            self.undo_stack.clear()
        if self.reading is None or self.reading.sheet != reading.sheet:
            self.thumbnails = ThumbnailSet((), {})  # they belong to the shots of the sheet before
            self.set_parsed(None)
        self.reading = reading
        if state != self._state:
            self._apply(state)
        self.reading_changed.emit()

    def set_thumbnails(self, thumbnails: ThumbnailSet) -> None:
        """Take the pictures of the shots."""
        self.thumbnails = thumbnails
        self.thumbnails_changed.emit()

    def set_parsed(self, parsed: Parse | None) -> None:
        """Take what the core read in the shots."""
        self.parsed = parsed
        self.parsed_changed.emit()

    @property
    def understood(self) -> Parse | None:
        """What conditions the model: what the core read, with the editor's changes."""
        return self._state.parse or self.parsed

    def change(self, title: str, state: ScoreState, *, merge: str = "") -> None:
        """Move to a new state as one step of undo. Steps with the same `merge` key in a row become one (dragging)."""
        if state != self._state:
            key = f"{merge} {self._epoch}" if merge else ""
            self.undo_stack.push(_Change(title, self._state, state, self._apply, key))

    def settle(self) -> None:
        """End what is being dragged or typed: the next change is a step of its own."""
        self._epoch += 1

    def save(self) -> None:
        """Store the state now, if it changed since it was stored."""
        self._saving.stop()
        if self._writing is not None:
            self._writing.wait()
        if self._state == self._saved:
            return
        try:
            self._saved = save_state(self.folder, self._state)
        except VemError as error:
            self.save_failed.emit(error)

    def save_beside(self) -> None:
        """Store the state on a thread, since a disk may be slow."""
        if self._writing is not None:
            self._saving.start()  # after the one before
            return
        folder, state = self.folder, self._state
        self._writing = writing = Operation(lambda report: save_state(folder, state), self)
        writing.succeeded.connect(self._note_saved)
        writing.failed.connect(self.save_failed)
        writing.finished.connect(self._end_writing)
        writing.start()

    def _note_saved(self, state: object) -> None:
        assert isinstance(state, ScoreState)
        self._saved = state

    def _end_writing(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.deleteLater()

    def _apply(self, state: ScoreState) -> None:
        self._state = state
        self._tell_state()
        self._saving.start()

    def _tell_state(self) -> None:
        """Tell once of a new state and of what is followed with it: each telling draws everything anew."""
        self._settling = True
        self.state_replaced.emit()
        self._settling = False
        self.state_changed.emit()


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
