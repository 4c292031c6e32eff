"""The wheel scrolls a form; it changes a value only where the editor put the keyboard first."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

W = TypeVar("W", bound=QWidget)


class WheelGuard(QObject):
    """Hands the wheel on to what lies around a field, unless the field has the keyboard.

    A choice never takes the wheel: it keeps the keyboard after it was clicked, long after the hand went elsewhere.
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether the event goes no further: a wheel over a field without the focus, or over any drop-down list."""
        if not isinstance(event, QWheelEvent) or not isinstance(watched, QWidget):  # its type would cost ten times that
            return False
        if watched.hasFocus() and not isinstance(watched, QComboBox):
            return False
        event.ignore()
        return True


def guarded(field: W) -> W:
    """The field, which the wheel no longer changes by accident."""
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.installEventFilter(WheelGuard(field))
    return field
