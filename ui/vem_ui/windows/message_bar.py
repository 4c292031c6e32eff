"""The bar in which the window says what happened and what can be done about it, and what it said before."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

_KEPT = 200
_MOST_ACTIONS = 3


class Tone(enum.StrEnum):
    """How serious a message is."""

    PLAIN = "plain"
    DONE = "done"
    WARNING = "warning"
    FAILURE = "failure"


class Said(NamedTuple):
    """A message that was shown."""

    at: datetime
    tone: Tone
    text: str


class Deed(NamedTuple):
    """Something to do about a message: the button's text, and what it does."""

    text: str
    act: Callable[[], None]


class MessageBar(QFrame):
    """One message, with at most three things to do about it. `history` holds what was said, but for progress."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history: list[Said] = []
        self.setObjectName("message")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.actions_ = tuple(QPushButton() for _ in range(_MOST_ACTIONS))
        self.action = self.actions_[0]
        self.dismiss = QToolButton()
        self.dismiss.setText("×")
        self.dismiss.setAutoRaise(True)
        self.dismiss.setAccessibleName(self.tr("Dismiss the message"))
        self.dismiss.setToolTip(self.tr("Dismiss"))
        self._deeds: tuple[Deed, ...] = ()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self.text, 1)
        for number, button in enumerate(self.actions_):
            layout.addWidget(button)
            button.clicked.connect(lambda checked=False, number=number: self._act(number))
        layout.addWidget(self.dismiss)
        for part in (self, self.action):  # no message, with a button or without, moves the strip under the pointer
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            part.setSizePolicy(policy)
        self.dismiss.clicked.connect(self.clear)
        self.clear()

    def say(self, text: str, tone: Tone = Tone.PLAIN, deeds: Sequence[Deed] = (), *, passing: bool = False) -> None:
        """Show a message with buttons; an empty one shows no bar. One that is `passing` is not in the history."""
        if not text and not deeds:
            self.clear()
            return
        if text and not passing:
            self.history = [*self.history[1 - _KEPT :], Said(datetime.now(), tone, text)]
        self.text.setText(text)
        self.text.setAccessibleName(text)
        self.setProperty("tone", tone.value)
        self.style().polish(self)
        self._deeds = tuple(deeds)[:_MOST_ACTIONS]
        for number, button in enumerate(self.actions_):
            button.setText(self._deeds[number].text if number < len(self._deeds) else "")
            button.setVisible(number < len(self._deeds))
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        self.text.clear()
        for button in self.actions_[1:]:
            button.hide()
        self.hide()

    def _act(self, number: int) -> None:
        deed = self._deeds[number]
        self.clear()
        deed.act()
