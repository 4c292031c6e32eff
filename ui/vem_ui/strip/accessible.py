"""The strip for a screen reader: a list whose items are the cuts, each with its name, its value and its place.

Where there is nothing, Qt's own implementations give a null pointer; PySide's stubs have no word for it, so that what
gives None here overrides them with an ignored type.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget

from vem_ui.strip import in_words
from vem_ui.strip.view import StripView

_made: dict[int, StripAccessible] = {}
"""By the strip's id: Qt keeps no reference to what Python made for it."""


def let_strips_be_read() -> None:
    """From now on, tell assistive programs of the cuts of every strip. Harmless where it is asked twice."""
    QAccessible.installFactory(_interface_of)


def _interface_of(name: str, thing: QObject) -> QAccessibleInterface | None:
    if not isinstance(thing, StripView):
        return None
    key = id(thing)
    if key not in _made or _made[key].strip is not thing:
        _made[key] = StripAccessible(thing)
        thing.destroyed.connect(lambda: _made.pop(key, None))
    return _made[key]


class StripAccessible(QAccessibleWidget):
    """The strip as a list. Its items are made when they are asked for."""

    def __init__(self, strip: StripView) -> None:
        super().__init__(strip, QAccessible.Role.List, strip.accessibleName())
        self.strip = strip
        self._items: dict[int, CutAccessible] = {}

    def childCount(self) -> int:
        """One a cut."""
        return 0 if self.strip.model is None else len(self.strip.model.cuts)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # see above
        """A cut by its number from 0."""
        if not 0 <= index < self.childCount():
            return None
        if index not in self._items:
            self._items[index] = CutAccessible(self, index)
        return self._items[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """The number of a cut from 0; -1 for anything else."""
        return child.index if isinstance(child, CutAccessible) else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # see above
        """The cut at a place of the screen."""
        cut = self.strip.cut_at(self.strip.mapFromGlobal(QPoint(x, y)).x())
        return None if cut is None else self.child(cut)

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # see above
        """The cut at the playhead, while the strip has the keyboard."""
        cut = self.strip.cut_at_playhead() if self.strip.hasFocus() else None
        return None if cut is None else self.child(cut)


class CutAccessible(QAccessibleInterface):
    """A cut: «cut 3 of 25» by name; its timecode, its wish and how near its beat is by value."""

    def __init__(self, whole: StripAccessible, index: int) -> None:
        super().__init__()
        self._whole, self.index = whole, index

    def isValid(self) -> bool:
        """Whether the timeline still has this cut."""
        return self.index < self._whole.childCount()

    def object(self) -> QObject | None:  # type: ignore[override]  # see above
        """A cut is no object of Qt's."""
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]  # see above
        """The strip's."""
        return self._whole.window()

    def parent(self) -> QAccessibleInterface:
        """The strip."""
        return self._whole

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # see above
        """A cut has no parts."""
        return None

    def childCount(self) -> int:
        """A cut has no parts."""
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """A cut has no parts."""
        return -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # see above
        """A cut has no parts."""
        return None

    def rect(self) -> QRect:
        """Where on the screen the cut and its wish lie, in pixels."""
        box = self._whole.strip.cut_box(self.index)
        return QRect(self._whole.strip.mapToGlobal(box.topLeft()), box.size())

    def role(self) -> QAccessible.Role:
        """An item of a list."""
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        """Whether the playhead stands on it, and whether it is in view."""
        state = QAccessible.State()
        state.focusable = state.readOnly = True
        state.focused = self._whole.strip.hasFocus() and self._whole.strip.cut_at_playhead() == self.index
        state.offscreen = not self._whole.strip.rect().intersects(self._whole.strip.cut_box(self.index))
        return state

    def text(self, kind: QAccessible.Text) -> str:
        """Its name, or everything that is known of it."""
        model = self._whole.strip.model
        if model is None or not self.isValid():
            return ""
        if kind == QAccessible.Text.Name:
            return in_words.numbered_cut(model, self.index)
        if kind in (QAccessible.Text.Value, QAccessible.Text.Description):
            return in_words.cut_in_words(model, self.index).replace("\n", ", ")
        return ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """A wish is changed with Return, not by writing."""
