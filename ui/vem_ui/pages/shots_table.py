"""The shots in a table: their words, which can be edited, and their energy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from vem_core.contract.cut_sheet import Shot
from vem_core.contract.time import timecode
from vem_ui.document.document import Document
from vem_ui.look.theme import Theme
from vem_ui.pages.row_table import ROOT, Index, RowModel, RowTable

WORDS, ENERGY = 2, 3
FIGURE_SPACE = "\u2007"  # as wide as a digit
_ENERGIES = (None, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


class ShotsModel(RowModel):
    """A row a shot, bound to the document. Words and energy are edited in place, each edit a step of undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__((self.tr("Shot"), self.tr("From"), self.tr("Words"), self.tr("Energy")), parent)
        self.chosen: Callable[[], list[int]] = list  # the rows that are selected
        self._document = document
        document.reading_changed.connect(self._reset)
        document.state_changed.connect(self._tell_changed)

    @property
    def _shots(self) -> tuple[Shot, ...]:
        return self._document.reading.sheet.shots if self._document.reading else ()

    def rowCount(self, parent: Index = ROOT) -> int:
        """One row a shot; rows have no children."""
        return 0 if parent.isValid() else len(self._shots)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Words and energy can be edited; the rest comes from the timeline."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() in (WORDS, ENERGY) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell, fainter where nobody but the timeline said it."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() in (WORDS, ENERGY):
            own = self._own_words(index.row()) if index.column() == WORDS else self._own_energy(index.row())
            return QColor(self.theme.color("faint" if own in ("", None) else "text"))
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == WORDS:
            return self.tr("What this shot shows or should sound like. Grey: what the timeline says itself.")
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take over what was typed as one step of the undo history; False for an energy that is no number."""
        shots, row, text = len(self._shots), index.row(), str(value).strip()
        state, shown = self._document.state, self._document.shown.direction
        if index.column() == WORDS:
            words = "" if text == self._found_words(row) else text
            self._document.change(self.tr("Words of a shot"), state.with_shot_words(shots, row, words, shown))
            return True
        try:
            energy = _energy(text)
        except ValueError:
            return False
        self.set_energy(row, energy)
        return True

    def set_energy(self, row: int, energy: float | None) -> None:
        """Give a shot an energy of 0..1, or the tool's choice; where it is one of those selected, all of them."""
        selected = self.chosen()
        chosen, shown = selected if row in selected else [row], self._document.shown.direction
        state = self._document.state.with_shot_energy(len(self._shots), chosen, energy, shown)
        self._document.change(self.tr("Energy of a shot"), state)

    def _text(self, row: int, column: int) -> str:
        shot = self._shots[row]
        if column == 0:
            number = str(row + 1).rjust(len(str(len(self._shots))), FIGURE_SPACE)
            return f"{number}  {shot.name}".rstrip()
        if column == 1:
            sheet = self._document.reading.sheet if self._document.reading else None
            assert sheet is not None
            return timecode(sheet.start_frames + shot.start_frames, sheet.rate, drop_frame=sheet.drop_frame)
        if column == WORDS:
            return self._own_words(row) or self._found_words(row)
        energy = self._own_energy(row)
        return self.tr("auto") if energy is None else f"{energy:.0%}"

    def _own_words(self, row: int) -> str:
        words = self._document.shown.direction.shot_words
        return words[row] if row < len(words) else ""

    def _found_words(self, row: int) -> str:
        return ", ".join(self._shots[row].words)

    def _own_energy(self, row: int) -> float | None:
        energies = self._document.shown.direction.shot_energies
        return energies[row] if row < len(energies) else None

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _tell_changed(self) -> None:
        if self._shots:
            self.dataChanged.emit(self.index(0, WORDS), self.index(len(self._shots) - 1, ENERGY))


class ShotsTable(QWidget):
    """The table. Choosing a row asks to go to the shot; several rows, chosen with Shift or Ctrl, get one energy."""

    shot_chosen = Signal(int)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ShotsModel(document, self)
        self.table = RowTable(self.model, self.tr("Shots, their words and energy"), (160, 96, None, 64))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self.table)
        self.table.row_chosen.connect(self.shot_chosen)
        self.table.setSelectionMode(RowTable.SelectionMode.ExtendedSelection)
        self.model.chosen = self._chosen
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._offer)

    def _chosen(self) -> list[int]:
        return [index.row() for index in self.table.selectionModel().selectedRows()]

    def _offer(self, at: QPoint) -> None:
        """Energies for the rows that are selected, under the pointer."""
        row = self.table.rowAt(at.y())
        if row < 0:
            return
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for energy in _ENERGIES:
            text = self.tr("Energy {level}").format(level=self.tr("auto") if energy is None else f"{energy:.0%}")
            action = menu.addAction(text)
            action.triggered.connect(lambda checked=False, energy=energy: self.model.set_energy(row, energy))
        menu.popup(self.table.viewport().mapToGlobal(at))

    def edit_words(self, shot: int) -> None:
        """Begin to edit the words of a shot."""
        index = self.model.index(shot, WORDS)
        self.show_shot(shot)
        self.table.setFocus()
        self.table.edit(index)

    def show_shot(self, shot: int) -> None:
        """Bring a shot into view and select it."""
        index = self.model.index(shot, WORDS)
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)

    def show_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.table.show_theme(theme)


def _energy(text: str) -> float | None:
    """An energy of 0..1 in what was typed ("70", "70%", "0.7"); None, the tool's own choice, where there is no digit.

    Raises ValueError for another number.
    """
    if not any(sign.isdigit() for sign in text):
        return None
    value = float(text.removesuffix("%").strip().replace(",", "."))
    value = value / 100 if value > 1 or text.endswith("%") else value
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value
