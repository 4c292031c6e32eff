"""Trying styles by ear on the start page."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from vem_ui.document.style_preview import StylePreviews
from vem_ui.playback.player import Player
from vem_ui.windows.listening import Listening
from vem_ui.windows.start_page import StartPage


class StyleListening(QObject):
    """Lets the page's buttons play a style, and stop it."""

    def __init__(self, page: StartPage, previews: StylePreviews, listening: Listening, player: Player) -> None:
        super().__init__(page)
        self._page, self._previews, self._listening, self._player = page, previews, listening, player
        page.style_wanted.connect(self.hear)
        previews.heard.connect(self._play)
        player.playing_changed.connect(self._show_end)

    def hear(self, style: str) -> None:
        """Play ten seconds of a style; the one that is heard stops."""
        if self._page.playing == style:
            self._player.pause()
        else:
            self._previews.hear(style)

    def _play(self, style: str, wave: Path) -> None:
        self._listening.try_style(wave)
        self._page.show_playing(style)

    def _show_end(self, playing: bool) -> None:
        if not playing:
            self._page.show_playing("")
