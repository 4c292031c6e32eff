"""The panel as a program of its own on a real X server, for tests that use a real mouse and real keys.

Run as `python -m fakes.native_panel SETTINGS_FOLDER WIDTH HEIGHT [TIMELINE ...]`: the panel's application with a
scripted core. It answers one JSON line for each Python expression that it reads, so that a test can ask where a button
is and what became of a click; whatever a test *does* goes through the X server.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from fakes.panel import STYLES, HittingCore
from fakes.scripted_core import ScriptedCore
from vem_core.contract.errors import CoreMissing
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.request import ScoreRequest
from vem_plugin.client.base import CoreInfo, OnProgress
from vem_plugin.client.core_environment import CORE_HOME, environment_folder
from vem_plugin.core_install.installing import installed_in
from vem_ui.application.collecting import UiCollector
from vem_ui.application.panel import PanelApplication
from vem_ui.application.running import leave
from vem_ui.document.preferences import Preferences, PreferenceStore
from vem_ui.playback.sound import SilentOutput
from vem_ui.strip.accessible import let_strips_be_read
from vem_ui.windows.main_window import MainWindow

SCORING_S = 0.6  # long enough for a second key press to arrive while it runs


class UnhurriedCore(HittingCore):
    """A scripted core that takes a moment, and can be cancelled in it; where one must be installed first, it is."""

    def hello(self) -> CoreInfo:
        if os.environ.get(CORE_HOME) and installed_in(environment_folder()) is None:
            raise CoreMissing("No inference core is installed.")
        return super().hello()

    def score(self, request, attachments, folder, on_progress: OnProgress, job=None):  # type: ignore[no-untyped-def]
        deadline_s = time.monotonic() + SCORING_S
        while time.monotonic() < deadline_s:
            on_progress(Progress("job", JobState.RUNNING, Stage.GENERATE, 3, 8, 0.4, 12.0))
            time.sleep(0.02)
        return super().score(request, attachments, folder, on_progress, job)


class Questions(QObject):
    """Reads expressions from standard input on a thread, and answers them on the thread of the windows."""

    def __init__(self, panel: PanelApplication, core: ScriptedCore) -> None:
        super().__init__()
        self._panel, self._core = panel, core
        self._output = sys.stdout  # whoever reads a timeline on a thread redirects the process's own for a while
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._looking = QTimer(self)
        self._looking.setInterval(5)
        self._looking.timeout.connect(self._answer_all)
        self._looking.start()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._asked.put(line)

    def _answer_all(self) -> None:
        while not self._asked.empty():
            self._answer(self._asked.get())

    def _answer(self, expression: str) -> None:
        names = {"panel": self._panel, "core": self._core, "center": center, "point": point, "Path": Path}
        names |= {"QApplication": QApplication, "QToolTip": QToolTip}
        names["window"] = next(iter(reversed(self._panel.windows)), None)
        names["focus"] = QApplication.focusWidget()
        try:
            answer = {"value": eval(expression, names)}
        except Exception as error:  # whatever it is, the test shall see it
            answer = {"error": f"{type(error).__name__}: {error}"}
        self._output.write(json.dumps(answer) + "\n")
        self._output.flush()


def center(widget: QWidget) -> list[int]:
    """Where on the screen the middle of a widget is, in pixels."""
    return point(widget, widget.width() / 2, widget.height() / 2)


def point(widget: QWidget, x: float, y: float) -> list[int]:
    """Where on the screen a point of a widget is, in pixels."""
    from PySide6.QtCore import QPoint

    at = widget.mapToGlobal(QPoint(round(x), round(y)))
    return [at.x(), at.y()]


def scored(core: ScriptedCore) -> list[ScoreRequest]:
    """The requests that the core was asked to score."""
    return [call.request for call in core.calls]


def main(arguments: list[str]) -> int:
    """Run the panel until it is ended."""
    folder, width, height, *timelines = arguments
    app = QApplication(["vem", "-style", "Fusion"])
    let_strips_be_read()
    collector = UiCollector()  # as the panel does it: windows' cycles are collected on this thread only
    core = UnhurriedCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",), styles=STYLES))
    store = PreferenceStore(Path(folder) / "panel.ini")
    if not store.exists:
        store.save(Preferences(model="sketch", language="en"))
    panel = PanelApplication(store, lambda: contextlib.nullcontext(core), lambda: SilentOutput(""))
    questions = Questions(panel, core)
    windows: list[MainWindow] = [panel.open(Path(timeline)) for timeline in timelines] or [panel.open(None)]
    if width != "0":
        windows[-1].resize(int(width), int(height))
    status = app.exec()
    panel.close()
    questions.deleteLater()
    collector.close()
    return status


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
