"""The takes of a timeline: choose one to hear and to place, compare, rename, delete, export."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QInputDialog, QListWidgetItem, QMenu, QPushButton, QVBoxLayout, QWidget

from vem_plugin.takes.differences import differences
from vem_ui.document.document import Document
from vem_ui.document.takes import StoredTake
from vem_ui.look.theme import Theme
from vem_ui.pages.take_cards import CARD, MOST_STARS, DragHandle, TakeCard, TakeList, facts_of

_VARIANTS = (2, 3, 4, 6)


class TakesPanel(QWidget):
    """Cards bound to the document's takes. A click makes a take the active one, F2 renames it, a drag carries it out.

    A/B goes back and forth between the last two that were active. Deleting is a step of undo: the take's files stay.
    """

    export_wanted = Signal(str)  # "mix", "stems" or "midi"
    settings_wanted = Signal(int)  # of the take in a row
    variants_wanted = Signal(int)  # so many
    folder_wanted = Signal(object)  # Path of a file to be shown in its folder

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._now: str | None = None  # folders of the take that is active, and of the one before
        self._before: str | None = None
        self._told: dict[tuple[str, str], tuple[str, ...]] = {}  # how the second of two folders' takes differs
        self._cards: dict[str, TakeCard] = {}  # by key, as they are shown
        self.list = TakeList()
        self.list.setAccessibleName(self.tr("Takes"))
        self.list.setEditTriggers(TakeList.EditTrigger.EditKeyPressed | TakeList.EditTrigger.DoubleClicked)
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
        self.variants = QPushButton(self.tr("Variants"))
        self.variants.setToolTip(self.tr("Make several clearly different pieces at once, to choose from"))
        self.variants_menu = QMenu(self.variants)
        for count in _VARIANTS:
            action = self.variants_menu.addAction(self.tr("Make {count} variants").format(count=count))
            action.triggered.connect(lambda checked=False, count=count: self.variants_wanted.emit(count))
        self.variants.setMenu(self.variants_menu)
        self.wave_handle = DragHandle(self.tr("WAV"), self.tr("Once there is a take, drag its WAV from here"))
        none_placed = self.tr("Once a take is placed, drag the scored timeline from here")
        self.timeline_handle = DragHandle(self.tr("Timeline"), none_placed)
        self._why_no_file = {
            "stems": self.tr("Made only where the delivery asks for stems: tick them there and score again"),
            "midi": self.tr("Made only where the delivery asks for MIDI: tick it there and score again"),
        }
        self._buttons = (
            self.wave_handle, self.timeline_handle, self.variants, self.compare, self.export, self.delete
        )  # fmt: skip
        self._rows = QGridLayout()
        self._lay_out()
        self.list.currentRowChanged.connect(self._choose)
        self.list.itemChanged.connect(self._rename)
        self.delete.clicked.connect(self.delete_active)
        self.compare.clicked.connect(self.switch)
        for kind, action in self.exports.items():
            action.triggered.connect(lambda checked=False, kind=kind: self.export_wanted.emit(kind))
        self.list.rated.connect(self._rate)
        self.wave_handle.clicked.connect(lambda: self.folder_wanted.emit(self.wave_handle.file))
        self.timeline_handle.clicked.connect(lambda: self.folder_wanted.emit(self.timeline_handle.file))
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

    def show_takes(self, takes: Sequence[StoredTake | None], earlier: set[str]) -> None:
        """Fill the cards with what is loaded; `earlier` are the keys of those made for an earlier cut."""
        blocker = QSignalBlocker(self.list)
        before = ""
        for row, (record, stored) in enumerate(zip(self._document.state.takes, takes, strict=True)):
            flag = self.tr("earlier cut") if record.key in earlier else ""
            card = TakeCard(record.stars, record.notes, flag, "" if stored is None else facts_of(stored), stored)
            item = self.list.item(row)
            if card != self._cards.get(record.key) or item.data(CARD) is None:
                self._cards[record.key] = card
                item.setData(CARD, card)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, card.in_words(record.name))
            made = self.tr("{model}, seed {seed}").format(model=record.model, seed=record.seed)
            lines = [made, *([stored.mix.name] if stored is not None else [])]
            lines += [self.tr("Made for an earlier cut of this timeline")] if flag else []
            lines += self._told.get((before, record.key), ())
            item.setToolTip("\n".join(lines))
            before = record.key
        del blocker
        active = self._document.state.active_take
        shown = None if active is None else takes[active]
        self.wave_handle.show_file(None if shown is None else shown.mix)

    def show_timeline(self, scored: Path | None) -> None:
        """Let the scored timeline be dragged out, once there is one."""
        self.timeline_handle.show_file(scored)

    def show_theme(self, theme: Theme) -> None:
        """Change the colours of the cards."""
        self.list.show_theme(theme)

    def show_files(self, roles: set[str]) -> None:
        """Offer only what the active take has."""
        self.exports["mix"].setEnabled("mix" in roles)
        self.exports["midi"].setEnabled("midi" in roles)
        self.exports["stems"].setEnabled(any(role.startswith("stem:") for role in roles))
        for kind, reason in self._why_no_file.items():
            action = self.exports[kind]
            action.setToolTip("" if action.isEnabled() else reason)

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the texts of the buttons readable."""
        super().resizeEvent(event)
        self._arrange_buttons()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self.wave_handle.setAccessibleName(self.tr("The take's WAV: drag it into your editor, click to see its folder"))
        self.timeline_handle.setAccessibleName(
            self.tr("The scored timeline: drag it into your editor, click to see its folder")
        )
        self.export_menu.setToolTipsVisible(True)
        for button in self._buttons:
            button.setMinimumWidth(28)
            button.setProperty("narrow", True)
        self._rows.setSpacing(4)
        layout.addLayout(self._rows)

    def _arrange_buttons(self) -> None:
        """In one row where all their texts can be read, else in two."""
        hints_px = [button.sizeHint().width() for button in self._buttons]
        needed_px = sum(hints_px) + self._rows.spacing() * (len(hints_px) - 1)
        columns = len(hints_px) if needed_px <= self.width() else (len(hints_px) + 1) // 2
        for place, button in enumerate(self._buttons):
            self._rows.addWidget(button, *divmod(place, columns))

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
        record = self._document.state.takes[row]
        rate = menu.addMenu(self.tr("Stars"))
        for stars in range(MOST_STARS + 1):
            action = rate.addAction("★" * stars or self.tr("None"))
            action.triggered.connect(lambda checked=False, stars=stars: self._rate(row, stars))
        menu.addAction(self.tr("Note ...")).triggered.connect(lambda: self._ask_note(row, record.notes))
        shown = self._cards.get(record.key)
        if shown is not None and shown.take is not None:
            file = shown.take.mix
            menu.addAction(self.tr("Show in folder")).triggered.connect(lambda: self.folder_wanted.emit(file))
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

    def _ask_note(self, row: int, notes: str) -> None:
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Note"))
        dialog.setLabelText(self.tr("What is to be said of this take"))
        dialog.setTextValue(notes)
        dialog.textValueSelected.connect(lambda text: self._mark(row, self.tr("Note"), notes=text.strip()))
        dialog.open()

    def _rate(self, row: int, stars: int) -> None:
        self._mark(row, self.tr("Stars"), stars=stars)

    def _mark(self, row: int, title: str, **values: object) -> None:
        state = self._document.state
        takes = list(state.takes)
        takes[row] = dataclasses.replace(takes[row], **values)  # type: ignore[arg-type]
        self._document.change(title, dataclasses.replace(state, takes=tuple(takes)))
