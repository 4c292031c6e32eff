"""The fields that forms are made of, and forms that are bound to a document's state."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from vem_core.contract.wishes import ROOM_PREFIX
from vem_plugin.scoring.resolving import Resolved
from vem_ui.document.document import Document
from vem_ui.document.state import ScoreState
from vem_ui.forms.wheel_guard import GuardedComboBox, GuardedDoubleSpinBox

Path = tuple[str, ...]
"""Names of fields of what is resolved: ("direction", "room", "depth_db")."""


def value_at(state: object, path: Path) -> Any:
    """The value at a path."""
    return functools.reduce(getattr, path, state)


def wish_at(path: Path) -> str:
    """The name of the wish for the value at a path."""
    return (ROOM_PREFIX if "room" in path[:-1] else "") + path[-1]


class BoundForm(QWidget):
    """Sections of fields bound to a document: they show its state, and each change in them is a step of undo."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._shown: list[Callable[[Resolved], None]] = []
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 8, 0, 0)
        self.form.setVerticalSpacing(6)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        document.state_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the document's state."""
        blockers = [QSignalBlocker(child) for child in self.findChildren(QWidget)]
        for show in self._shown:
            show(self.document.shown)
        del blockers

    def change(self, title: str, state: ScoreState, merge: str = "") -> None:
        """Move the document to a state, as one step of undo."""
        self.document.change(title, state, merge=merge)

    def ask(self, title: str, merge: str = "", **wishes: Any) -> None:
        """Set wishes, as one step of undo."""
        self.change(title, self.document.state.asking(**wishes), merge)

    def section(self, title: str) -> None:
        """Begin a section."""
        caption = QLabel(title)
        caption.setObjectName("caption")
        caption.setContentsMargins(0, 8 if self.form.rowCount() else 0, 0, 0)
        self.form.addRow(caption)

    def field(self, label: str, field: QWidget, tip: str = "") -> None:
        """Add a field under its name; a holder of several names the first."""
        self.form.addRow(label, field)
        named = (field.findChild(QWidget) or field) if type(field) is QWidget else field
        named.setAccessibleName(label.replace("&", ""))
        if tip:
            field.setToolTip(tip)

    def show_with(self, show: Callable[[Resolved], None]) -> None:
        """Have something done with the values whenever they are shown."""
        self._shown.append(show)

    def bind_number(
        self, box: QDoubleSpinBox | QSpinBox, title: str, path: Path, *, none_at: float | None = None
    ) -> None:
        """Let a box show and change the number at a path; at `none_at` it is None."""

        def show(shown: Resolved) -> None:
            value: Any = value_at(shown, path)
            at: Any = none_at if value is None else value
            box.setValue(at)

        def change(value: float) -> None:
            meant = None if value == none_at else value
            self.ask(title, ".".join(path), **{wish_at(path): meant})

        self.show_with(show)
        box.valueChanged.connect(change)
        box.editingFinished.connect(self.document.settle)

    def bind_choice(self, box: QComboBox, title: str, path: Path) -> None:
        """Let a box show and change the choice at a path."""
        self.show_with(lambda shown: box.setCurrentIndex(max(0, box.findData(value_at(shown, path)))))
        box.currentIndexChanged.connect(lambda index: self.ask(title, "", **{wish_at(path): box.itemData(index)}))

    def bind_tick(self, box: QCheckBox, title: str, path: Path, *, inverted: bool = False) -> None:
        """Let a box show and change the truth at a path, or its opposite."""
        self.show_with(lambda shown: box.setChecked(value_at(shown, path) is not inverted))
        box.toggled.connect(lambda ticked: self.ask(title, "", **{wish_at(path): ticked is not inverted}))


def choice(entries: Iterable[tuple[object, str]]) -> QComboBox:
    """A box of (value, text) entries that may be narrower than its texts."""
    box = GuardedComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    offer(box, entries)
    return box


def offer(box: QComboBox, entries: Iterable[tuple[object, str]]) -> None:
    """Put other entries into a box, without a word to whom it is connected."""
    blocker = QSignalBlocker(box)
    box.clear()
    for value, text in entries:
        box.addItem(text, value)
    del blocker


def number(low: float, high: float, step: float, suffix: str, decimals: int = 1) -> QDoubleSpinBox:
    """A box for numbers with a unit."""
    box = GuardedDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setSuffix(suffix)
    box.lineEdit().setTextMargins(5, 0, 0, 0)
    return box


def row(*widgets: QWidget) -> QWidget:
    """Widgets side by side; buttons keep their width."""
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    for widget in widgets:
        layout.addWidget(widget, 0 if isinstance(widget, QPushButton) else 1)
    return holder
