"""The takes of a timeline: choose one to hear and to place, compare, rename, delete, export."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from vem_plugin.takes.differences import differences
from vem_ui.document.document import Document
from vem_ui.document.takes import StoredTake

_NOTE = Qt.ItemDataRole.UserRole


class TakesPanel(QWidget):
    """A list bound to the document's takes. A click makes a take the active one, F2 renames it, Delete removes it.

    A/B goes back and forth between the last two that were active. Deleting is a step of undo: the take's files stay.
    """

    export_wanted = Signal(str)  # "mix", "stems" or "midi"
    settings_wanted = Signal(int)  # of the take in a row

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._now: str | None = None  # folders of the take that is active, and of the one before
        self._before: str | None = None
        self._told: dict[tuple[str, str], tuple[str, ...]] = {}  # how the second of two folders' takes differs
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Takes"))
        self.list.setItemDelegate(_TakeDelegate(self.list))
        self.list.setEditTriggers(QListWidget.EditTrigger.EditKeyPressed | QListWidget.EditTrigger.DoubleClicked)
        self.compare = QPushButton(self.tr("A/B"))
        self.compare.setToolTip(
            self.tr("Hear the other of the last two takes, at the same place and loudness (Ctrl+B)")
        )
        self.delete = QPushButton(self.tr("Delete"))
        self.delete.setToolTip(self.tr("Take this take off the list; undo brings it back"))
        self.export = QPushButton(self.tr("Export"))
        self.export.setToolTip(self.tr("Write the take's music, stems or MIDI where you want them"))
        self.export_menu = QMenu(self.export)
        self.exports = {
            kind: self.export_menu.addAction(text)
            for kind, text in (
                ("mix", self.tr("Music (WAV) ...")),
                ("stems", self.tr("Stems (WAV) ...")),
                ("midi", self.tr("MIDI ...")),
            )
        }
        self.export.setMenu(self.export_menu)
        self._lay_out()
        self.list.currentRowChanged.connect(self._choose)
        self.list.itemChanged.connect(self._rename)
        self.delete.clicked.connect(self.delete_active)
        self.compare.clicked.connect(self.switch)
        for kind, action in self.exports.items():
            action.triggered.connect(lambda checked=False, kind=kind: self.export_wanted.emit(kind))
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._offer)
        document.state_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the document's takes."""
        state = self._document.state
        blocker = QSignalBlocker(self.list)
        if [self.list.item(row).text() for row in range(self.list.count())] != [take.name for take in state.takes]:
            self.list.clear()
            for record in state.takes:
                item = QListWidgetItem(record.name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                self.list.addItem(item)
        self.list.setCurrentRow(-1 if state.active_take is None else state.active_take)
        del blocker
        active = None if state.active_take is None else state.takes[state.active_take].key
        if active != self._now:
            self._before, self._now = self._now, active
        self.delete.setEnabled(active is not None)
        self.export.setEnabled(active is not None)
        self.compare.setEnabled(self._other() is not None)

    def show_differences(self, takes: Sequence[StoredTake | None]) -> None:
        """Say of each loaded take how it differs from the one before it on the list."""
        for before, after in itertools.pairwise(takes):
            if before is not None and after is not None:
                key = (before.record.key, after.record.key)
                if key not in self._told:
                    self._told[key] = differences(
                        (before.take.request, before.take.result), (after.take.request, after.take.result)
                    )

    def show_earlier(self, folders: set[str]) -> None:
        """Mark the takes that were made for an earlier cut."""
        blocker = QSignalBlocker(self.list)
        before = ""
        for row, record in enumerate(self._document.state.takes):
            note = self.tr("earlier cut") if record.key in folders else ""
            item = self.list.item(row)
            item.setData(_NOTE, note)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{record.name}, {note}" if note else record.name)
            made = self.tr("{model}, seed {seed}").format(model=record.model, seed=record.seed)
            lines = [made, *([self.tr("Made for an earlier cut of this timeline")] if note else [])]
            lines += self._told.get((before, record.key), ())
            item.setToolTip("\n".join(lines))
            before = record.key
        del blocker

    def show_files(self, roles: set[str]) -> None:
        """Offer only what the active take has."""
        self.exports["mix"].setEnabled("mix" in roles)
        self.exports["midi"].setEnabled("midi" in roles)
        self.exports["stems"].setEnabled(any(role.startswith("stem:") for role in roles))

    def switch(self) -> None:
        """Make the other of the last two takes the active one."""
        other = self._other()
        if other is not None:
            self.choose(other)

    def choose(self, row: int) -> None:
        """Make a take the active one."""
        self.list.setCurrentRow(row)

    def delete_active(self) -> None:
        """Take the active take off the list."""
        state = self._document.state
        if state.active_take is not None:
            self._document.change(self.tr("Delete take"), state.without_take(state.active_take))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        row = QHBoxLayout()
        for button in (self.compare, self.export, self.delete):
            row.addWidget(button)
        layout.addLayout(row)

    def _other(self) -> int | None:
        """The row of the take that was active before; else any other."""
        state = self._document.state
        rows = {record.key: row for row, record in enumerate(state.takes)}
        if self._before in rows and self._before != self._now:
            return rows[self._before]
        return next((row for row in rows.values() if row != state.active_take), None)

    def _choose(self, row: int) -> None:
        state = self._document.state
        if 0 <= row < len(state.takes):
            self._document.change(self.tr("Choose take"), dataclasses.replace(state, active_take=row), merge="take")

    def _offer(self, at: QPoint) -> None:
        """What can be done with a take, under the pointer."""
        row = self.list.indexAt(at).row()
        if row < 0:
            return
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        use = menu.addAction(self.tr("Use these settings"))
        use.triggered.connect(lambda: self.settings_wanted.emit(row))
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.list.editItem(self.list.item(row)))
        menu.addAction(self.tr("Delete")).triggered.connect(self.delete_active)
        menu.popup(self.list.viewport().mapToGlobal(at))

    def _rename(self, item: QListWidgetItem) -> None:
        state, row, name = self._document.state, self.list.row(item), item.text().strip()
        if not name:
            item.setText(state.takes[row].name)
            return
        takes = list(state.takes)
        takes[row] = dataclasses.replace(takes[row], name=name)
        self._document.change(self.tr("Rename take"), dataclasses.replace(state, takes=tuple(takes)))


class _TakeDelegate(QStyledItemDelegate):
    """A name at the left, and at the right in grey what is to be known of the take."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        note = index.data(_NOTE)
        if note:
            box = option.rect.adjusted(6, 0, -8, 0)
            painter.save()
            painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, note)
            painter.restore()
