"""Ten seconds of each style, made when first asked for and kept while the window is there."""

from __future__ import annotations

import itertools
import tempfile
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.wishes import Wishes
from vem_plugin.client.base import OpenCore
from vem_ui.document.asking import Asked
from vem_ui.document.operation import Operation, Report
from vem_ui.document.state import ScoreState

PREVIEW_S = 10.0
_SHOT_FRAMES = (48, 36, 60, 40, 56)  # of a film that nobody sees, at 24 frames a second
_MODEL = "sketch"


class StylePreviews(QObject):
    """Has the core play a style to a small film."""

    heard = Signal(str, object)  # the style's id, Path of its WAV
    failed = Signal(object)  # VemError

    def __init__(self, open_core: OpenCore, parent: QObject) -> None:
        super().__init__(parent)
        self._open_core = open_core
        self._folder = tempfile.TemporaryDirectory(prefix="vem-styles-")
        self._made: dict[str, Path] = {}
        self._running: Operation[Path] | None = None

    def hear(self, style: str) -> None:
        """Make it, or take it as it was made; `heard` says where. One at a time."""
        if style in self._made:
            self.heard.emit(style, self._made[style])
            return
        if self._running is not None:
            return
        folder = Path(self._folder.name) / style
        request = Asked(_film(), ScoreState(Wishes(style=style, model=_MODEL))).request()

        def work(report: Report) -> Path:
            with self._open_core() as client:
                result = client.score(request, {}, folder, report)
            mix = result.file("mix")
            assert mix is not None
            return folder / mix.name

        self._running = operation = Operation(work, self)
        operation.succeeded.connect(lambda path: self._keep(style, path))
        operation.failed.connect(self.failed)
        operation.finished.connect(self._end)
        operation.start()

    def shut_down(self) -> None:
        """Stop what is being made, and delete what was."""
        if self._running is not None:
            self._running.cancel()
            self._running.wait()
        self._folder.cleanup()

    def _keep(self, style: str, path: Path) -> None:
        self._made[style] = path
        self.heard.emit(style, path)

    def _end(self) -> None:
        ended, self._running = self._running, None
        if ended is not None:
            ended.deleteLater()


def _film() -> CutSheet:
    starts = list(itertools.accumulate(_SHOT_FRAMES, initial=0))
    shots = tuple(Shot(start, length) for start, length in zip(starts[:-1], _SHOT_FRAMES, strict=True))
    cuts = tuple(Cut(start) for start in starts[1:-1])
    return CutSheet("", Fraction(24), 0, starts[-1], shots, cuts)
