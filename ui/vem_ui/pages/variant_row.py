"""Variants in a row: pieces that were made together, switched while they play, each at the same place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from vem_ui.document.state import ScoreState
from vem_ui.document.takes import StoredTake
from vem_ui.pages.take_cards import short_facts_of


class VariantRow(QWidget):
    """One button a variant; it is there while the active take is one of several. A click makes that take the active."""

    chosen = Signal(int)  # the take's row

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        caption = QLabel(self.tr("Variants"))
        caption.setObjectName("caption")
        self.buttons: list[QPushButton] = []
        self._rows: tuple[int, ...] = ()
        self._cards = QHBoxLayout(self)
        self._cards.setContentsMargins(0, 2, 0, 2)
        self._cards.setSpacing(6)
        self._cards.addWidget(caption)
        self.hide()

    def show_state(self, state: ScoreState, takes: Sequence[StoredTake | None]) -> None:
        """Show the takes that were made together with the active one."""
        self._rows = state.variants()
        while len(self.buttons) < len(self._rows):
            self._add_button()
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(self._rows))
            if place < len(self._rows):
                self._show(button, state, takes, self._rows[place])
        self.setVisible(len(self._rows) > 1)

    def step(self, forward: bool) -> None:
        """Hear the next variant, or the one before; after the last comes the first."""
        shown = [place for place, button in enumerate(self.buttons[: len(self._rows)]) if button.isChecked()]
        if shown:
            self.chosen.emit(self._rows[(shown[0] + (1 if forward else -1)) % len(self._rows)])

    def _show(self, button: QPushButton, state: ScoreState, takes: Sequence[StoredTake | None], row: int) -> None:
        name, stored = state.takes[row].name, takes[row]
        facts = "" if stored is None else short_facts_of(stored)
        stars = "★" * state.takes[row].stars
        button.setText("\n".join((" ".join(part for part in (name, stars) if part), facts)))
        button.setToolTip(self.tr("Hear this variant, from the same place on"))
        button.setAccessibleName(f"{name}, {facts}")
        button.setChecked(row == state.active_take)

    def _add_button(self) -> None:
        place, button = len(self.buttons), QPushButton()
        button.setCheckable(True)
        button.setObjectName("variant")
        button.setProperty("narrow", True)
        button.setMinimumWidth(48)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(self.focusPolicy().TabFocus)
        button.clicked.connect(lambda: self.chosen.emit(self._rows[place]))
        self.buttons.append(button)
        self._cards.addWidget(button, 1)
