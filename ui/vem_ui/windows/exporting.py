"""Exporting a take's music, stems or MIDI to where the editor says."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from vem_core.contract.processes import start_child
from vem_ui.document.takes import StoredTake, export_file, export_stems


def show_in_folder(file: Path) -> None:
    """Open a file's folder in the system's file manager, the file selected where the system can do that."""
    if sys.platform == "win32":
        start_child(["explorer", "/select,", str(file)])
    elif sys.platform == "darwin":
        start_child(["open", "-R", str(file)])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))


class Exporter(QObject):
    """Asks where to, and writes."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def export(self, stored: StoredTake, kind: str) -> Path | None:
        """Write "mix", "stems" or "midi"; where it went, or None if the editor changed their mind.

        Raises OutputError, AudioError.
        """
        if kind == "stems":
            folder = self.ask_folder(self.tr("Export the stems into"), stored.take.folder)
            if folder is not None:
                export_stems(stored, folder)
            return folder
        suffix, text = (".wav", self.tr("Music (*.wav)")) if kind == "mix" else (".mid", self.tr("MIDI (*.mid)"))
        target = self.ask_file(self.tr("Export to"), stored.take.folder / f"{stored.file_name}{suffix}", text)
        if target is not None:
            export_file(stored, kind, target)
        return target

    def ask_file(self, title: str, suggested: Path, kinds: str) -> Path | None:
        """Where to write a file."""
        name, _ = QFileDialog.getSaveFileName(self._window, title, str(suggested), kinds)
        return Path(name) if name else None

    def ask_folder(self, title: str, suggested: Path) -> Path | None:
        """Where to write several files."""
        name = QFileDialog.getExistingDirectory(self._window, title, str(suggested))
        return Path(name) if name else None
