"""The lower part of a window: forms, pages and takes; side by side, or one at a time where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

COMPACT_BELOW_PX = 860
"""A window narrower than this shows one part at a time."""
_WIDTHS_PX = (320, 520, 320)
_STRETCHES = (2, 3, 2)
_HANDLE_PX = 14


class LowerPart(QWidget):
    """Three parts with names. `show_compact` puts them behind tabs, or side by side again."""

    def __init__(self, parts: Sequence[tuple[str, QWidget, int]], parent: QWidget | None = None) -> None:
        """`parts`: name, widget, and its smallest width in pixels where it stands beside others."""
        super().__init__(parent)
        self._parts = tuple(parts)
        self.compact: bool | None = None
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)  # as wide as the window, and unlike the tabs that stand in the parts
        self.pages.tabBar().setObjectName("parts")
        self.pages.tabBar().setExpanding(True)
        self.pages.tabBar().setDrawBase(False)
        self._columns = QSplitter(Qt.Orientation.Horizontal)
        self._columns.setHandleWidth(_HANDLE_PX)
        self._columns.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._columns)
        layout.addWidget(self.pages)
        self.show_compact(False)

    def show_compact(self, compact: bool) -> None:
        """Change the arrangement, if it is another."""
        if compact == self.compact:
            return
        self.compact = compact
        for index, (name, part, width_px) in enumerate(self._parts):
            part.setMinimumWidth(0 if compact else width_px)
            if compact:
                self.pages.addTab(part, name)
            else:
                self._columns.addWidget(part)
                self._columns.setStretchFactor(index, _STRETCHES[index])
            part.show() if not compact else None
        self.pages.setVisible(compact)
        self._columns.setVisible(not compact)
        if not compact:
            self._columns.setSizes(list(_WIDTHS_PX))

    def bring(self, part: QWidget) -> None:
        """Show a part that may lie behind another."""
        if self.compact:
            self.pages.setCurrentWidget(part)
