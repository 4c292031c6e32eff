"""How a window is laid out: facts, the strip, messages and transport; below that forms, pages and takes."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollBar,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vem_ui.forms.form_tabs import FormTabs
from vem_ui.pages.monitor import Monitor
from vem_ui.pages.takes_panel import TakesPanel
from vem_ui.pages.variant_row import VariantRow
from vem_ui.strip.view import StripView
from vem_ui.windows.lower_part import COMPACT_BELOW_PX, LowerPart
from vem_ui.windows.message_bar import MessageBar
from vem_ui.windows.start_page import StartPage
from vem_ui.windows.transport import Transport

_SMALLEST_PX = QSize(400, 480)


class WindowBody(QWidget):
    """Everything inside a window. Narrow windows, as beside an editor, show the lower part one page at a time."""

    def __init__(self, forms: FormTabs, tabs: QTabWidget, takes: TakesPanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.facts = QLabel(), QLabel()
        self.open_button = QPushButton(self.tr("Open ..."))
        self.open_button.setToolTip(self.tr("Open a timeline (Ctrl+O), or drop one on the window"))
        self.core_status = QPushButton(self.tr("The core is starting ..."))
        self.core_status.setObjectName("quiet")
        self.core_status.setToolTip(self.tr("What makes the music, on this machine; click for more"))
        self.start = StartPage()
        self.strip = StripView()
        self._stage = QStackedWidget()
        self.scroll_bar = QScrollBar(Qt.Orientation.Horizontal)
        self.progress = QProgressBar()
        self.message = MessageBar()
        self.variants = VariantRow()
        self.transport = Transport()
        self.monitor = Monitor()
        self._right = self._picture_and_takes(takes)
        parts = (
            (self.tr("Music"), forms, 300),
            (self.tr("Cuts"), tabs, 260),
            (self.tr("Takes"), self._right, 230),
        )
        self.below = LowerPart(parts)
        self._halves = QSplitter(Qt.Orientation.Vertical)
        self._lay_out()

    def minimumSizeHint(self) -> QSize:
        """In pixels; less than its parts would ask for by themselves."""
        return _SMALLEST_PX

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Change to the compact layout, and back, at COMPACT_BELOW_PX."""
        self.show_compact(event.size().width() < COMPACT_BELOW_PX)
        super().resizeEvent(event)

    def show_start(self, empty: bool) -> None:
        """Show where to begin, while there is no timeline; else the timeline."""
        if self._stage.currentWidget() is not (self.start if empty else self.strip):
            self._stage.setCurrentWidget(self.start if empty else self.strip)
            (self.start.open if empty else self.strip).setFocus(Qt.FocusReason.OtherFocusReason)
        for part in (self.below, self.transport, self.scroll_bar):
            part.setVisible(not empty)
        for label in (self.title, self.facts, self.open_button):
            label.setVisible(not empty)

    def show_building(self, building: bool) -> None:
        """Show that the demo is being built, which can take a minute, or that this is over."""
        self.start.demo.setEnabled(not building)
        self.progress.setRange(0, 0 if building else 1000)

    def layout_text(self) -> str:
        """How the parts share the window, to be kept."""
        return bytes(self._halves.saveState().toBase64().data()).decode()

    def restore_layout(self, text: str) -> None:
        """Share the window as it was kept."""
        if text:
            self._halves.restoreState(QByteArray.fromBase64(text.encode()))

    def show_compact(self, compact: bool) -> None:
        """Arrange for a narrow window, or for a wide one."""
        self.below.show_compact(compact)
        self.transport.show_compact(compact)
        self.core_status.setVisible(not compact)

    def _lay_out(self) -> None:
        self.title.setObjectName("title")
        self.facts.setObjectName("facts")
        for label in (self.title, self.facts):  # long names end at the window's edge and do not move it
            label.setMinimumWidth(40)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.scroll_bar.setEnabled(False)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress"))
        self._halves.addWidget(self._upper())
        self._halves.addWidget(self.below)
        self._halves.setStretchFactor(0, 1)
        self._halves.setHandleWidth(10)
        self._halves.setChildrenCollapsible(False)
        self._halves.setSizes([560, 320])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(self._halves)

    def _upper(self) -> QWidget:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title)
        head.addWidget(self.facts, 1)
        head.addWidget(self.core_status)
        head.addWidget(self.open_button)
        upper = QWidget()
        layout = QVBoxLayout(upper)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        self._stage.addWidget(self.strip)
        self._stage.addWidget(self.start)
        layout.addWidget(self._stage, 1)
        for part in (self.scroll_bar, self.progress, self.message, self.variants, self.transport):
            layout.addWidget(part)
        return upper

    def _picture_and_takes(self, takes: TakesPanel) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(_captioned(self.tr("Picture"), self.monitor), 3)
        column.addWidget(_captioned(self.tr("Takes"), takes), 4)
        return right


def _captioned(title: str, widget: QWidget) -> QWidget:
    holder = QWidget()
    caption = QLabel(title)
    caption.setObjectName("caption")
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(6)
    layout.addWidget(caption)
    layout.addWidget(widget, 1)
    return holder
