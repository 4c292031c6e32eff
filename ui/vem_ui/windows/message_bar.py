"""The bar in which the window says what happened and what can be done about it."""

from __future__ import annotations

import enum
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget


class Tone(enum.StrEnum):
    """How serious a message is."""

    PLAIN = "plain"
    DONE = "done"
    WARNING = "warning"
    FAILURE = "failure"


class MessageBar(QFrame):
    """One message, with at most one thing to do about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.action = QPushButton()
        self.dismiss = QToolButton()
        self.dismiss.setText("×")
        self.dismiss.setAutoRaise(True)
        self.dismiss.setAccessibleName(self.tr("Dismiss the message"))
        self.dismiss.setToolTip(self.tr("Dismiss"))
        self._then: Callable[[], None] = lambda: None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.action)
        layout.addWidget(self.dismiss)
        for part in (self, self.action):  # no message, with a button or without, moves the strip under the pointer
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            part.setSizePolicy(policy)
        self.action.clicked.connect(self._act)
        self.dismiss.clicked.connect(self.clear)
        self.clear()

    def say(
        self, text: str, tone: Tone = Tone.PLAIN, action: str = "", then: Callable[[], None] = lambda: None
    ) -> None:
        """Show a message; `action` names a button that does `then`. An empty one shows no bar."""
        if not text and not action:
            self.clear()
            return
        self.text.setText(text)
        self.text.setAccessibleName(text)
        self.setProperty("tone", tone.value)
        self.style().polish(self)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self._then = then
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        self.text.clear()
        self.hide()

    def _act(self) -> None:
        self.clear()
        self._then()
