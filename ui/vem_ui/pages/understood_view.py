"""What a music model is conditioned on, in words: read by the core, changed by the editor."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vem_core.contract.parse import GlobalCues, Parse, VisualContent
from vem_ui.document.document import Document
from vem_ui.look.theme import Theme
from vem_ui.pages.row_table import ROOT, Index, RowModel, RowTable

DESCRIPTION = 1
OVERALL = ("theme", "atmosphere", "emotion", "style", "tags")


class StoryboardModel(RowModel):
    """A row a shot: what it shows, in words that can be edited, and how it looks."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__((self.tr("Shot"), self.tr("Shows"), self.tr("Looks")), parent)
        self._document = document

    def reset(self) -> None:
        """Show the parse as it is now."""
        self.beginResetModel()
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """One row a shot, none before a director has read the film; rows have no children."""
        parse = self._document.understood
        return 0 if parent.isValid() or parse is None else len(parse.storyboard)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Descriptions can be edited; the look is what was seen."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == DESCRIPTION else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell, fainter where it is not the editor's own."""
        parse = self._document.understood
        if parse is None:
            return None
        cue = parse.storyboard[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            return (str(index.row() + 1), cue.description, look_in_words(cue.visual))[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self.theme.color("text" if self._is_own(parse, index) else "faint"))
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a description over as one step of the undo history; False where nothing was read yet."""
        parse = self._document.understood
        if parse is None:
            return False
        edited = parse.with_description(index.row(), str(value).strip())
        state = dataclasses.replace(self._document.state, parse=edited)
        self._document.change(self.tr("What a shot shows"), state)
        return True

    def _is_own(self, parse: Parse, index: Index) -> bool:
        """Whether the editor wrote it."""
        read = self._document.parsed
        if index.column() != DESCRIPTION or self._document.state.parse is None:
            return False
        return read is None or read.storyboard[index.row()].description != parse.storyboard[index.row()].description


class UnderstoodView(QWidget):
    """The whole in a form, the shots in a table; the editor's words are bright, the reader's grey."""

    read_wanted = Signal()
    shot_chosen = Signal(int)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.read = QPushButton(self.tr("Read the shots"))
        self.read.setToolTip(self.tr("See the words that condition a music model, shot by shot; no music is made"))
        self.forget = QPushButton(self.tr("Forget my changes"))
        self.note = QLabel()
        self.note.setObjectName("facts")
        self.note.setWordWrap(True)
        self.fields = {name: QLineEdit() for name in OVERALL}
        self.model = StoryboardModel(document, self)
        self.table = RowTable(self.model, self.tr("What each shot shows"), (52, None, 170))
        self._form = QWidget()
        self._lay_out()
        self.read.clicked.connect(self.read_wanted)
        self.forget.clicked.connect(self._forget)
        self.table.row_chosen.connect(self.shot_chosen)
        for name, field in self.fields.items():
            field.editingFinished.connect(self._changer(name, field))
        document.state_changed.connect(self.refresh)
        document.parsed_changed.connect(self.refresh)
        document.reading_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the parse as it is now."""
        parse, own = self._document.understood, self._document.state.parse is not None
        self.read.setEnabled(self._document.reading is not None)
        self.read.setText(self.tr("Read the shots") if parse is None else self.tr("Read again"))
        self.forget.setVisible(own)
        self._form.setVisible(parse is not None)
        self.table.setVisible(parse is not None)
        if parse is None:
            self.note.setText(self.tr("What each shot shows conditions a music model. Read the shots to see it."))
            return
        self.note.setText(
            self.tr("Conditioning for models that listen to words, with your changes.")
            if own
            else self.tr("Read by {parser}. Click a text to change it.").format(parser=parse.parser)
        )
        for name, field in self.fields.items():
            text = _field_text(parse.overall, name)
            if field.text() != text:
                field.setText(text)
                field.setCursorPosition(0)
        self.model.reset()

    def show_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.table.show_theme(theme)

    def _lay_out(self) -> None:
        labels = {
            "theme": self.tr("Theme"),
            "atmosphere": self.tr("Atmosphere"),
            "emotion": self.tr("Emotion"),
            "style": self.tr("Style"),
            "tags": self.tr("Tags"),
        }
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for name, field in self.fields.items():
            form.addRow(labels[name], field)
            field.setAccessibleName(labels[name])
        row = QHBoxLayout()
        row.addWidget(self.note, 1)
        row.addWidget(self.forget)
        row.addWidget(self.read)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self._form)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)

    def _changer(self, name: str, field: QLineEdit) -> Callable[[], None]:
        def change() -> None:
            parse = self._document.understood
            if parse is None or field.text() == _field_text(parse.overall, name):
                return
            edited = parse.with_overall(_changed(parse.overall, name, field.text().strip()))
            state = dataclasses.replace(self._document.state, parse=edited)
            self._document.change(self.tr("What the film is about"), state)

        return change

    def _forget(self) -> None:
        self._document.change(self.tr("Forget changes"), dataclasses.replace(self._document.state, parse=None))


def _field_text(overall: GlobalCues, name: str) -> str:
    value = getattr(overall, name)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _changed(overall: GlobalCues, name: str, text: str) -> GlobalCues:
    if name == "tags":
        return dataclasses.replace(overall, tags=tuple(tag.strip() for tag in text.split(",") if tag.strip()))
    values: dict[str, Any] = {name: text}
    return dataclasses.replace(overall, **values)


def look_in_words(visual: VisualContent) -> str:
    """How a shot looks in two or three words; what is middling is not said."""
    if not visual.known:
        return QCoreApplication.translate("Look", "no picture")
    words = [
        (visual.light < 0.3, QCoreApplication.translate("Look", "dark")),
        (visual.light > 0.65, QCoreApplication.translate("Look", "bright")),
        (visual.warmth > 0.15, QCoreApplication.translate("Look", "warm")),
        (visual.warmth < -0.15, QCoreApplication.translate("Look", "cold")),
        (visual.saturation < 0.15, QCoreApplication.translate("Look", "pale")),
        (visual.saturation > 0.55, QCoreApplication.translate("Look", "colourful")),
        (visual.motion < 0.03, QCoreApplication.translate("Look", "still")),
        (visual.motion > 0.2, QCoreApplication.translate("Look", "fast")),
    ]
    said = [word for holds, word in words if holds]
    return ", ".join(said) or QCoreApplication.translate("Look", "even")
