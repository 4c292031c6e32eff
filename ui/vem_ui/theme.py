"""Colours: dark and quiet beside an editor, and a light one for those who want it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette


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
            QMainWindow, QMenuBar {{ background: {self.window}; color: {self.text}; }}
            QGroupBox {{ border: 1px solid {self.line}; border-radius: 4px; margin-top: 14px; padding: 4px; }}
            QGroupBox::title {{ subcontrol-origin: margin; left: 8px; color: {self.faint}; }}
            QLabel[failure="true"] {{ color: {self.missed}; }}
            QPushButton {{ padding: 5px 12px; border: 1px solid {self.line}; border-radius: 4px;
                           background: {self.raised}; color: {self.text}; }}
            QPushButton:disabled {{ color: {self.faint}; }}
            QPushButton:focus, QLineEdit:focus, QPlainTextEdit:focus {{ border: 1px solid {self.accent}; }}
            QPushButton#main {{ background: {self.accent}; color: {self.window}; font-weight: bold; }}
            QProgressBar {{ border: none; background: {self.panel}; max-height: 4px; }}
            QProgressBar::chunk {{ background: {self.accent}; }}
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
    faint="#80858e",
    accent="#e8a33d",
    cut="#b9bec8",
    beat="#4b5058",
    downbeat="#7b828d",
    hit="#58c27d",
    near="#e0b64a",
    missed="#d9605a",
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
    faint="#7a7d83",
    accent="#b86e00",
    cut="#3c4048",
    beat="#d2d3d6",
    downbeat="#9a9ea6",
    hit="#1f8f4d",
    near="#a97700",
    missed="#c03a33",
    drop="#b83280",
    energy="#2676ab",
    tempo="#6d4fb0",
    waveform="#5d8299",
    playhead="#000000",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
