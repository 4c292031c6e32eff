"""What a window does about a failure: the sentence, and the button that mends it. Installing a core is one of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from vem_core.contract.errors import CoreError, CoreMissing, VemError
from vem_ui.document.controller import Controller
from vem_ui.pages.takes_panel import TakesPanel
from vem_ui.windows.body import WindowBody
from vem_ui.windows.install_dialog import InstallDialog
from vem_ui.windows.message_bar import Deed, Tone
from vem_ui.windows.problems import Remedy, problem_of


class Failures(QObject):
    """Says what went wrong in a window's message bar."""

    settings_wanted = Signal()

    def __init__(self, controller: Controller, body: WindowBody, takes: TakesPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._controller, self._body = controller, body
        self.installing: InstallDialog | None = None  # while it is open
        self._remedies: dict[Remedy, Callable[[], None]] = {
            Remedy.TRY_AGAIN: controller.try_again,
            Remedy.SETTINGS: self.settings_wanted.emit,
            Remedy.USE_SKETCH: self._use_sketch,
            Remedy.READ_AGAIN: lambda: controller.read_again() if controller.document.reading else controller.open(),
            Remedy.DELETE_TAKE: takes.delete_active,
            Remedy.INSTALL_CORE: self.install_core,
        }
        body.start.install_wanted.connect(self.install_core)
        controller.core_answered.connect(lambda info: body.start.show_missing_core(False))

    def show(self, error: VemError) -> None:
        """Say it, with the one thing to do about it."""
        problem = problem_of(error)
        if isinstance(error, CoreError):
            self._body.core_status.setText(self.tr("No core"))
        if isinstance(error, CoreMissing):
            self._body.start.show_missing_core(True)
        deeds = (Deed(problem.action, self._remedies[problem.remedy]),) if problem.action else ()
        self._body.message.say(problem.text, Tone.FAILURE, deeds)

    def install_core(self) -> None:
        """Open the installer; once the core is there, ask it."""
        window = self._body.window()
        self.installing = dialog = InstallDialog(window.theme, window)  # type: ignore[attr-defined]  # a MainWindow
        dialog.installed.connect(self._controller.ask_core)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _use_sketch(self) -> None:
        document = self._controller.document
        document.change(self.tr("Model"), document.state.asking(model="sketch"))
        self._controller.score()
