"""The takes of a timeline: choose one to hear and to place, rename, delete."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from vem_ui.document.document import Document


class TakesList(QWidget):
    """A list bound to the document's takes. A click makes a take the active one, F2 renames it, Delete removes it.

    Deleting is a step of undo: the take's files stay until the timeline's folder is cleaned up.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Takes"))
        self.delete = QPushButton(self.tr("Delete take"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        layout.addWidget(self.delete)
        self.list.currentRowChanged.connect(self._choose)
        self.list.itemChanged.connect(self._rename)
        self.delete.clicked.connect(self._delete)
        document.state_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the document's takes."""
        state = self._document.state
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for record in state.takes:
            item = QListWidgetItem(record.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(self.tr("{model}, seed {seed}").format(model=record.model, seed=record.seed))
            self.list.addItem(item)
        self.list.setCurrentRow(-1 if state.active_take is None else state.active_take)
        self.delete.setEnabled(state.active_take is not None)
        del blocker

    def _choose(self, row: int) -> None:
        state = self._document.state
        if 0 <= row < len(state.takes):
            self._document.change(self.tr("Choose take"), dataclasses.replace(state, active_take=row))

    def _rename(self, item: QListWidgetItem) -> None:
        state, row, name = self._document.state, self.list.row(item), item.text().strip()
        if not name:
            self.refresh()
            return
        takes = list(state.takes)
        takes[row] = dataclasses.replace(takes[row], name=name)
        self._document.change(self.tr("Rename take"), dataclasses.replace(state, takes=tuple(takes)))

    def _delete(self) -> None:
        state = self._document.state
        if state.active_take is not None:
            self._document.change(self.tr("Delete take"), state.without_take(state.active_take))
