"""Fields whose value the wheel changes only where the editor put the keyboard first: elsewhere it scrolls the form."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSlider, QSpinBox, QWidget


def _only_by_tab_or_click(field: QWidget) -> None:
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel


class GuardedComboBox(QComboBox):
    """A choice never takes the wheel: it keeps the keyboard long after the hand that clicked it went elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        _only_by_tab_or_click(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Hand it on to what lies around."""
        event.ignore()


class GuardedSpinBox(QSpinBox):
    """A whole number."""

    def __init__(self) -> None:
        super().__init__()
        _only_by_tab_or_click(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Count with the keyboard here, else hand it on."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class GuardedDoubleSpinBox(QDoubleSpinBox):
    """A number with a fraction."""

    def __init__(self) -> None:
        super().__init__()
        _only_by_tab_or_click(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Count with the keyboard here, else hand it on."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


class GuardedSlider(QSlider):
    """A slider from left to right."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        _only_by_tab_or_click(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move with the keyboard here, else hand it on."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()
