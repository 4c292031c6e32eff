"""What the panel's tables share: rows that are chosen whole, quiet headers, columns that fill the width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from vem_ui.look.theme import DARK, Theme

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
_ROW_PX = 22


class RowModel(QAbstractTableModel):
    """Columns with titles. What the rows are and say is for the class that derives from it."""

    def __init__(self, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self._titles = tuple(titles)

    def columnCount(self, parent: Index = ROOT) -> int:
        """One column a title; rows have no children."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles along the top, aligned as their columns are; nothing at the side."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(section)
        return None

    def alignment(self, column: int) -> Qt.AlignmentFlag:
        """How a column's title stands, and its texts if the model says so."""
        return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RowTable(QTableView):
    """A table of a `RowModel`. A click on a row, or Return, chooses it; Tab leaves the table."""

    row_chosen = Signal(int)

    def __init__(self, model: RowModel, name: str, widths_px: Sequence[int | None]) -> None:
        """`name` is for screen readers; a column without a width takes what the others leave."""
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in enumerate(widths_px):
            modes = QHeaderView.ResizeMode
            header.setSectionResizeMode(column, modes.Stretch if width is None else modes.Interactive)
            if width is not None:
                header.resizeSection(column, width)
        for chosen in (self.clicked, self.activated):
            chosen.connect(lambda index: self.row_chosen.emit(index.row()))

    def show_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._model.theme = theme
        self.viewport().update()
