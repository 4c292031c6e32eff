"""Colours: dark and quiet beside an editor, and a light one for those who want it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QColor, QPalette

_ICONS = (Path(__file__).parent / "icons").as_posix()


@dataclass(frozen=True)
class Theme:
    """The colours of the whole panel, as #rrggbb."""

    name: str
    window: str
    panel: str
    raised: str
    line: str
    text: str
    faint: str
    accent: str
    on_accent: str  # text on the accent
    cut: str
    beat: str
    downbeat: str
    hit: str  # within one frame
    near: str  # within 70 ms
    missed: str
    drop: str
    energy: str
    tempo: str
    waveform: str
    playhead: str

    def color(self, role: str, alpha: int = 255) -> QColor:
        """One of the colours by its field's name."""
        color = QColor(getattr(self, role))
        color.setAlpha(alpha)
        return color

    def style_sheet(self) -> str:
        """What a palette cannot say."""
        return f"""
            QMainWindow, QDialog {{ background: {self.window}; color: {self.text}; }}
            QMenuBar {{ background: {self.window}; color: {self.text}; padding: 1px 4px; }}
            QMenuBar::item:selected, QMenu::item:selected {{ background: {self.raised}; color: {self.text}; }}
            QMenu {{ background: {self.panel}; color: {self.text}; border: 1px solid {self.line}; padding: 4px; }}
            QMenu::item {{ padding: 4px 22px 4px 12px; }}
            QMenu::item:disabled {{ color: {self.faint}; }}
            QMenu::separator {{ height: 1px; background: {self.line}; margin: 4px 8px; }}
            QToolTip {{ background: {self.raised}; color: {self.text}; border: 1px solid {self.line}; padding: 4px; }}
            QLabel, QCheckBox {{ color: {self.text}; }}
            QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
            QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {self.faint}; border-radius: 3px;
                background: {self.panel}; }}
            QCheckBox::indicator:checked {{ background: {self.accent}; border-color: {self.accent};
                image: url("{_ICONS}/check.svg"); }}
            QCheckBox::indicator:focus {{ border-color: {self.text}; }}
            QSlider::groove:horizontal {{ height: 4px; background: {self.line}; border-radius: 2px; }}
            QSlider::sub-page:horizontal {{ background: {self.accent}; border-radius: 2px; }}
            QSlider::sub-page:horizontal:disabled {{ background: {self.line}; }}
            QSlider::handle:horizontal {{ width: 12px; margin: -5px 0; border-radius: 6px; background: {self.text}; }}
            QSlider::handle:horizontal:disabled {{ background: {self.faint}; }}
            QSlider::handle:horizontal:focus {{ background: {self.accent}; }}
            QLabel#title {{ font-weight: 600; font-size: 14px; }}
            QLabel#caption, QLabel#facts {{ color: {self.faint}; }}
            QLabel#caution {{ color: {self.near}; }}
            QLabel#caption {{ font-size: 11px; font-weight: 600; }}
            QLabel#timecode {{ font-family: monospace; font-size: 14px; }}
            QLineEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ min-height: 18px;
                background: {self.panel}; color: {self.text}; border: 1px solid {self.line}; border-radius: 4px;
                padding: 3px 6px; selection-background-color: {self.accent}; selection-color: {self.window}; }}
            QSpinBox, QDoubleSpinBox {{ max-height: 18px; }}
            QAbstractSpinBox QLineEdit {{ border: none; padding: 0 6px; min-height: 0; background: transparent; }}
            QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
            QPlainTextEdit {{ min-height: 52px; }}
            QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus,
            QListWidget:focus, QTableView:focus {{ border: 1px solid {self.accent}; }}
            QComboBox::drop-down {{ border: none; width: 20px; }}
            QComboBox::down-arrow {{ image: none; width: 0; height: 0; border-left: 4px solid {self.panel};
                border-right: 4px solid {self.panel}; border-top: 5px solid {self.faint}; margin-right: 8px; }}
            QComboBox QAbstractItemView {{ background: {self.panel}; color: {self.text};
                selection-background-color: {self.raised}; selection-color: {self.text}; outline: none; }}
            QPushButton, QToolButton {{ padding: 5px 12px; border: 1px solid {self.line}; border-radius: 4px;
                background: {self.raised}; color: {self.text}; }}
            QPushButton:hover, QToolButton:hover {{ border-color: {self.faint}; }}
            QPushButton:pressed {{ background: {self.line}; }}
            QPushButton:checked {{ background: {self.panel}; color: {self.accent}; border-color: {self.accent}; }}
            QPushButton:disabled, QToolButton:disabled {{ color: {self.faint}; background: {self.window}; }}
            QPushButton:focus, QToolButton:focus {{ border: 1px solid {self.accent}; }}
            QPushButton[narrow="true"] {{ padding: 5px 5px; }}
            QPushButton::menu-indicator {{ image: none; width: 0; }}
            QPushButton[primary="true"] {{ background: {self.accent}; color: {self.on_accent}; font-weight: 600;
                border: 1px solid {self.accent}; padding: 7px 18px; }}
            QPushButton[primary="true"]:focus {{ border: 1px solid {self.text}; }}
            QPushButton[primary="true"]:disabled {{ background: {self.raised}; color: {self.faint};
                border-color: {self.line}; }}
            QPushButton#main, QPushButton#place {{ padding: 7px 16px; }}
            QPushButton#quiet {{ background: transparent; border: none; color: {self.faint}; text-align: left;
                padding: 0 2px; }}
            QPushButton#quiet:hover, QPushButton#quiet:focus {{ color: {self.accent}; }}
            QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
            QProgressBar {{ border: none; background: {self.window}; min-height: 4px; max-height: 4px; }}
            QProgressBar::chunk {{ background: {self.accent}; }}
            QListWidget, QTableView {{ background: {self.panel}; color: {self.text}; border: 1px solid {self.line};
                border-radius: 4px; outline: none; gridline-color: {self.line}; }}
            QListWidget::item {{ padding: 4px 6px; border-bottom: 1px solid {self.line};
                border-left: 3px solid transparent; color: {self.text}; }}
            QTableView::item {{ padding: 0 6px; }}
            QListWidget::item:selected, QTableView::item:selected {{ background: {self.raised}; color: {self.text}; }}
            QListWidget::item:selected {{ border-left: 3px solid {self.accent}; }}
            QHeaderView {{ background: {self.panel}; }}
            QHeaderView::section {{ background: {self.panel}; color: {self.faint}; border: none;
                border-bottom: 1px solid {self.line}; padding: 3px 8px; }}
            QTabWidget::pane {{ border: none; }}
            QTabBar::tab {{ color: {self.faint}; padding: 4px 12px 6px 12px; border: none;
                border-bottom: 2px solid transparent; }}
            QTabBar::tab:selected {{ color: {self.text}; border-bottom: 2px solid {self.accent}; }}
            QTabBar#parts::tab {{ background: {self.panel}; padding: 6px 12px; margin: 0 1px 8px 1px;
                border: 1px solid {self.panel}; border-radius: 4px; }}
            QTabBar#parts::tab:selected {{ border: 1px solid {self.accent}; color: {self.accent}; }}
            QTabBar::tab:focus {{ color: {self.accent}; }}
            QFrame#message {{ background: {self.panel}; border: none; border-left: 3px solid {self.faint}; }}
            QFrame#message[tone="done"] {{ border-left-color: {self.hit}; }}
            QFrame#message[tone="warning"] {{ border-left-color: {self.near}; }}
            QFrame#message[tone="failure"] {{ border-left-color: {self.missed}; }}
            QFrame#message QToolButton {{ border: none; background: transparent; padding: 2px 8px; }}
            QFrame#message QToolButton:focus {{ color: {self.accent}; }}
            QSplitter::handle {{ background: {self.window}; }}
            QScrollBar {{ background: {self.window}; border: none; }}
            QScrollBar:horizontal {{ height: 10px; }}
            QScrollBar:vertical {{ width: 10px; }}
            QScrollBar::handle {{ background: {self.line}; border-radius: 3px; margin: 2px; min-width: 24px;
                min-height: 24px; }}
            QScrollBar::handle:hover {{ background: {self.faint}; }}
            QScrollBar::handle:disabled {{ background: transparent; }}
            QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
            QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
        """

    def palette(self) -> QPalette:
        """The colours as Qt's own widgets take them."""
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, color in (
            (roles.Window, self.window),
            (roles.Base, self.panel),
            (roles.AlternateBase, self.raised),
            (roles.Button, self.raised),
            (roles.ToolTipBase, self.raised),
            (roles.WindowText, self.text),
            (roles.Text, self.text),
            (roles.ButtonText, self.text),
            (roles.ToolTipText, self.text),
            (roles.PlaceholderText, self.faint),
            (roles.Highlight, self.accent),
            (roles.HighlightedText, self.window),
        ):
            palette.setColor(role, QColor(color))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(self.faint))
        return palette


DARK = Theme(
    name="dark",
    window="#1d1e21",
    panel="#26282c",
    raised="#313439",
    line="#3d4047",
    text="#d8dade",
    faint="#9aa0aa",
    accent="#e8a33d",
    on_accent="#1d1e21",
    cut="#b9bec8",
    beat="#5d636d",
    downbeat="#7b828d",
    hit="#58c27d",
    near="#e0b64a",
    missed="#ef7d76",
    drop="#e86fb0",
    energy="#5aa7d6",
    tempo="#a58bd6",
    waveform="#6f93a8",
    playhead="#ffffff",
)

LIGHT = Theme(
    name="light",
    window="#f2f2f0",
    panel="#ffffff",
    raised="#e6e6e3",
    line="#c8c8c4",
    text="#25272b",
    faint="#5f6268",
    accent="#b8480c",
    on_accent="#ffffff",
    cut="#3c4048",
    beat="#b4b6bb",
    downbeat="#838790",
    hit="#187a3f",
    near="#806000",
    missed="#b5322b",
    drop="#b83280",
    energy="#2676ab",
    tempo="#6d4fb0",
    waveform="#5d8299",
    playhead="#000000",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
