"""The keys of the transport: Space, J, K and L, wherever the keyboard is, except where text is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget


def bind_transport_keys(window: QWidget, actions: Mapping[Qt.Key, Callable[[], None]]) -> None:
    """Let keys act in the whole window. A text field takes them first: Qt asks it before any shortcut."""
    for key, act in actions.items():
        shortcut = QShortcut(QKeySequence(key), window)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(act)


def keep_keyboard_off_buttons(window: QWidget) -> None:
    """A button that was clicked does not take the keyboard; one that was reached by Tab is pressed with Return."""
    for button in window.findChildren(QAbstractButton):
        if button.focusPolicy() & Qt.FocusPolicy.ClickFocus:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if isinstance(button, QPushButton):
            button.setAutoDefault(True)
