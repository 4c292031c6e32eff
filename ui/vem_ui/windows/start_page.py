"""What an empty window shows: where to begin, what was open last, and what each style sounds like."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

_RECENT_SHOWN = 6
_NARROW_PX = 640
_STYLE_PX = 150


class StartPage(QWidget):
    """Buttons only; what they ask for leaves as signals."""

    open_wanted = Signal()
    demo_wanted = Signal()
    resolve_wanted = Signal()
    recent_wanted = Signal(object)  # Path
    style_wanted = Signal(str)  # id of a style to be heard
    install_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.open = QPushButton(self.tr("Open a timeline ..."))
        self.demo = QPushButton(self.tr("Try the demo"))
        self.demo.setToolTip(self.tr("Builds a small film of 26 shots and opens it; nothing is downloaded"))
        self.resolve = QPushButton(self.tr("Open what Resolve has open"))
        self.styles: dict[str, QPushButton] = {}
        self.recent: list[QPushButton] = []
        self._styles_note = QLabel()
        self.install = QPushButton(self.tr("Install the core ..."))
        self.install.setProperty("primary", True)
        self._recent_note = QLabel(self.tr("Timelines that you open are listed here."))
        self._style_grid, self._recent_list = QGridLayout(), QVBoxLayout()
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._playing = ""
        self._lay_out()
        self.open.clicked.connect(self.open_wanted)
        self.demo.clicked.connect(self.demo_wanted)
        self.resolve.clicked.connect(self.resolve_wanted)
        self.install.clicked.connect(self.install_wanted)
        self.show_missing_core(False)

    def show_recent(self, timelines: Iterable[str]) -> None:
        """Offer these timelines again; those that are gone are left out."""
        for button in self.recent:
            button.deleteLater()
        paths = [Path(timeline) for timeline in timelines]
        self.recent = []
        for path in [path for path in paths if path.is_file()][:_RECENT_SHOWN]:
            button = QPushButton(f"{path.parent.name}/{path.name}")
            button.setObjectName("quiet")
            button.setToolTip(str(path))
            button.clicked.connect(lambda checked=False, path=path: self.recent_wanted.emit(path))
            self._recent_list.addWidget(button)
            self.recent.append(button)
        self._recent_note.setVisible(not self.recent)

    def show_missing_core(self, missing: bool) -> None:
        """Offer to install the core, where there is none."""
        soon = self.tr("The styles are here as soon as the core has started.")
        none = self.tr("What makes the music is not installed yet. It runs on this machine, and nothing leaves it.")
        self._styles_note.setText(none if missing else soon)
        self.install.setVisible(missing)

    def show_styles(self, styles: Iterable[tuple[str, str]]) -> None:
        """Offer these styles to be heard, as (id, name) pairs."""
        for button in self.styles.values():
            button.deleteLater()
        self.styles = {}
        for style, name in styles:
            button = QPushButton(f"▶  {name}")
            button.setToolTip(self.tr("Hear ten seconds of it"))
            button.setAccessibleName(self.tr("Hear {style}").format(style=name))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda checked=False, style=style: self.style_wanted.emit(style))
            self.styles[style] = button
        self._place_styles()
        self._styles_note.setVisible(not self.styles)

    def show_playing(self, style: str) -> None:
        """Show which style is heard; "" none."""
        for name, button in self.styles.items():
            text = button.text()[1:]
            button.setText(("■" if name == style else "▶") + text)
        self._playing = style

    @property
    def playing(self) -> str:
        """The id of the style that is heard; "" none."""
        return self._playing

    def minimumSizeHint(self) -> QSize:
        """Small enough for a window beside an editor, in pixels."""
        return QSize(320, 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the styles below where it is narrow."""
        directions = QBoxLayout.Direction
        self._sides.setDirection(
            directions.TopToBottom if event.size().width() < _NARROW_PX else directions.LeftToRight
        )
        self._place_styles()
        super().resizeEvent(event)

    def _place_styles(self) -> None:
        wide = self.width() >= _NARROW_PX
        columns = max(1, int((self.width() * (0.6 if wide else 1.0) - 40) // _STYLE_PX))
        for index, button in enumerate(self.styles.values()):
            self._style_grid.addWidget(button, index // columns, index % columns)

    def _lay_out(self) -> None:
        self.open.setProperty("primary", True)
        left, right = QVBoxLayout(), QVBoxLayout()
        title = QLabel(self.tr("Drop a timeline here, or open one"))
        title.setObjectName("title")
        kinds = QLabel(
            self.tr("OTIO, FCP7 XML, FCPXML, AAF, EDL, or what is open in DaVinci Resolve Studio (File menu)")
        )
        for label in (kinds, self._styles_note, self._recent_note):
            label.setObjectName("facts")
            label.setWordWrap(True)
        row = QHBoxLayout()
        for button in (self.open, self.demo):
            row.addWidget(button)
        row.addStretch(1)
        left.setSpacing(8)
        left.addWidget(title)
        left.addWidget(kinds)
        left.addLayout(row)
        self.resolve.setObjectName("quiet")
        left.addWidget(self.resolve)
        left.addSpacing(12)
        left.addWidget(_caption(self.tr("Opened before")))
        left.addWidget(self._recent_note)
        left.addLayout(self._recent_list)
        left.addStretch(1)
        right.addWidget(_caption(self.tr("What the styles sound like")))
        right.addWidget(self._styles_note)
        right.addWidget(self.install, 0, Qt.AlignmentFlag.AlignLeft)
        right.addLayout(self._style_grid)
        right.addStretch(1)
        inner = QWidget()
        self._style_grid.setSpacing(8)
        self._recent_list.setSpacing(2)
        self._sides.setContentsMargins(24, 20, 24, 16)
        self._sides.setSpacing(32)
        self._sides.addLayout(left, 2)
        self._sides.addLayout(right, 3)
        inner.setLayout(self._sides)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)


def _caption(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("caption")
    return label
