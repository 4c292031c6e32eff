"""What is said where nothing was asked otherwise: the take stays, and another piece is one click away."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractButton

from vem_ui.document.controller import Controller
from vem_ui.windows.message_bar import Deed, MessageBar, Tone


class AnotherPiece(QObject):
    """Offers to score with another seed, where scoring would make the same take once more."""

    def __init__(self, controller: Controller, dice: QAbstractButton, message: MessageBar) -> None:
        """`dice` rolls the seed, as a step of undo."""
        super().__init__(message)
        self._controller, self._dice, self._message = controller, dice, message
        controller.unchanged.connect(self._offer)

    def score(self) -> None:
        """Roll another seed, and score with it."""
        self._dice.click()
        self._controller.score()

    def _offer(self) -> None:
        text = self.tr("Nothing changed: the take stays as it is. Another seed makes another piece.")
        self._message.say(text, Tone.PLAIN, (Deed(self.tr("Another piece"), self.score),))
