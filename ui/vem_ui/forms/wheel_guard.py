"""Fields whose value the wheel changes only where the editor put the keyboard first: elsewhere it scrolls the form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSlider, QSpinBox, QWidget

if TYPE_CHECKING:
    _Field = QWidget
else:  # a field has one of Qt's classes, its own
    _Field = object


class _Guarded(_Field):
    """Comes before the field's own class. The keyboard comes by a click or by Tab, not by the wheel."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the value with the keyboard here, else hand the wheel on to what lies around."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class GuardedComboBox(QComboBox):
    """A choice never takes the wheel: it keeps the keyboard long after the hand that clicked it went elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Hand it on to what lies around."""
        event.ignore()


class GuardedSpinBox(_Guarded, QSpinBox):
    """A whole number."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class GuardedDoubleSpinBox(_Guarded, QDoubleSpinBox):
    """A number with a fraction."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class GuardedSlider(_Guarded, QSlider):
    """A slider from left to right."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
