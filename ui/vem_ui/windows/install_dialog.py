"""Installing the core from the window: where it goes, how big it is, what it does, stopped and gone on with."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vem_core.contract.errors import VemError
from vem_core.contract.progress import Progress
from vem_ui.document.core_installer import CoreInstaller
from vem_ui.document.wording import for_window
from vem_ui.look.theme import Theme

_GB = 10**9
_KEPT_LINES = 500


class InstallDialog(QDialog):
    """Asks nothing that has an answer: one button installs. Closing the dialog stops; what was fetched is kept."""

    installed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.installer = CoreInstaller(self)
        self.setWindowTitle(self.tr("Install the core"))
        self.setStyleSheet(theme.style_sheet())
        self.setPalette(theme.palette())
        self.intro, self.state = QLabel(), QLabel()
        for label in (self.intro, self.state):
            label.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setMaximumBlockCount(_KEPT_LINES)
        self.details.setAccessibleName(self.tr("What the installer says"))
        self.install = QPushButton(self.tr("Install"))
        self.install.setProperty("primary", True)
        self.from_folder = QPushButton(self.tr("From a folder of wheels ..."))
        self.from_folder.setToolTip(self.tr("Without a network: a folder that was made on a machine like this one"))
        self.close_ = QPushButton(self.tr("Close"))
        self._lay_out()
        self.install.clicked.connect(lambda: self.start())
        self.from_folder.clicked.connect(self._ask_folder)
        self.close_.clicked.connect(self.close)
        installer = self.installer
        installer.progressed.connect(self._show_progress)
        installer.installed.connect(self._show_installed)
        installer.failed.connect(self._show_failure)
        installer.stopped.connect(lambda: self.state.setText(self._kept()))
        installer.finished.connect(self._show_buttons)
        self._show_room()
        self._show_buttons()

    def start(self, wheels: Path | None = None) -> None:
        """Install from the network, or from a folder of wheels; while it runs, stop."""
        if self.installer.running:
            self.installer.stop()
            return
        self.details.clear()
        self.state.setText(self.tr("It begins ..."))
        self.installer.start(wheels)
        self._show_buttons()

    def reject(self) -> None:
        """Closed, or left with Escape: stop what runs, and wait for it. A tool that goes on alone would write on."""
        self.installer.stop(wait=True)
        super().reject()

    def _lay_out(self) -> None:
        layout, row = QVBoxLayout(self), QHBoxLayout()
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(10)
        for part in (self.intro, self.progress, self.state, self.details):
            layout.addWidget(part)
        for button in (self.install, self.from_folder):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.close_)
        layout.addLayout(row)
        self.resize(560, 380)

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("The folder of wheels"))
        if chosen:
            self.start(Path(chosen))

    def _show_room(self) -> None:
        room = self.installer.room()
        text = self.tr(
            "The core makes the music, on this machine; nothing leaves it. It goes to {folder} and needs up to "
            "{needed:.0f} GB; {free:.1f} GB are free."
        )
        self.intro.setText(text.format(folder=room.folder, needed=room.needed_bytes / _GB, free=room.free_bytes / _GB))

    def _show_progress(self, progress: Progress) -> None:
        self.progress.setValue(round(1000 * progress.fraction))
        said = for_window(progress.message)
        if said and said != self.state.text():
            self.state.setText(said)
            self.details.appendPlainText(said)

    def _show_installed(self) -> None:
        self.progress.setValue(1000)
        self.state.setText(self.tr("The core is installed. You can close this window and score."))
        self.installed.emit()

    def _show_failure(self, error: VemError) -> None:
        said = " ".join(part for part in (for_window(error.message), for_window(error.hint)) if part)
        self.state.setText(f"{said} {self._kept()}")
        reason = error.details.get("reason")
        if reason:
            self.details.appendPlainText(str(reason))

    def _kept(self) -> str:
        return self.tr("What was fetched is kept: Install goes on from there.")

    def _show_buttons(self) -> None:
        running = self.installer.running
        self.install.setText(self.tr("Stop") if running else self.tr("Install"))
        self.from_folder.setEnabled(not running)
