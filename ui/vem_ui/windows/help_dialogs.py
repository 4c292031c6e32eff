"""Help: the keys, and what the window said before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vem_ui.look.theme import Theme
from vem_ui.windows.message_bar import Said, Tone


def shortcuts() -> tuple[tuple[str, str], ...]:
    """Keys, and what they do."""
    translate = QCoreApplication.translate
    return (
        ("Space", translate("Help", "Play or pause")),
        ("J  K  L", translate("Help", "Backwards, pause, forwards; again: faster")),
        ("←  →", translate("Help", "A frame back or on (in the strip)")),
        ("Shift+←  Shift+→", translate("Help", "To the cut before or after (in the strip)")),
        ("↑  ↓", translate("Help", "Energy of the shot at the playhead (in the strip)")),
        ("Return", translate("Help", "The next wish for the cut at the playhead (in the strip)")),
        ("I  O  Esc", translate("Help", "Selection from here, to here, none (in the strip)")),
        ("Shift+drag", translate("Help", "Select a range, to score, hear or change it alone (in the strip)")),
        ("+  -  0", translate("Help", "Zoom in, zoom out, everything (in the strip)")),
        ("Ctrl+Return", translate("Help", "Score, or cancel")),
        ("Ctrl+Shift+Return", translate("Help", "Place the active take on the timeline")),
        ("Ctrl+B", translate("Help", "Back and forth between the last two takes")),
        ("Ctrl+1 ... Ctrl+9", translate("Help", "Hear that take")),
        ("Ctrl+R", translate("Help", "Another seed: another piece")),
        ("Ctrl+Z  Ctrl+Shift+Z", translate("Help", "Undo, redo")),
        ("Ctrl+O  F5", translate("Help", "Open a timeline; read it again")),
        ("F11", translate("Help", "A large picture in a window of its own")),
    )


class TableDialog(QDialog):
    """Rows of texts to read."""

    def __init__(
        self, title: str, rows: Sequence[Sequence[str]], titles: Sequence[str], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setStyleSheet(theme.style_sheet())
        self.setPalette(theme.palette())
        self.table = QTableWidget(len(rows), len(titles))
        self.table.setAccessibleName(title)
        self.table.setHorizontalHeaderLabels(list(titles))
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)  # as the texts stand
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(len(titles) - 1, QHeaderView.ResizeMode.Stretch)
        self.table.resizeRowsToContents()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)  # of the dialog at once: without icons
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(600, 480)


def shortcuts_dialog(theme: Theme, parent: QWidget) -> TableDialog:
    """The keys."""
    translate = QCoreApplication.translate
    titles = (translate("Help", "Keys"), translate("Help", "What they do"))
    return TableDialog(translate("Help", "Keyboard shortcuts"), shortcuts(), titles, theme, parent)


def messages_dialog(said: Sequence[Said], theme: Theme, parent: QWidget) -> TableDialog:
    """What was said, the latest first."""
    translate = QCoreApplication.translate
    tones = {
        Tone.PLAIN: "",
        Tone.DONE: translate("Help", "done"),
        Tone.WARNING: translate("Help", "notice"),
        Tone.FAILURE: translate("Help", "failed"),
    }
    rows = [(f"{each.at:%H:%M:%S}", tones[each.tone], each.text) for each in reversed(said)]
    titles = (translate("Help", "Time"), "", translate("Help", "Message"))
    return TableDialog(translate("Help", "Messages"), rows, titles, theme, parent)
