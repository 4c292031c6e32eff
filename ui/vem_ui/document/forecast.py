"""What would be made, before it is: the brief, what bending the tempo costs, and what of a take would stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from vem_core.contract.brief import MusicBrief
from vem_core.contract.errors import VemError
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.tempo_options import TempoOptions
from vem_plugin.client.base import OpenCore
from vem_plugin.scoring.foresight import foresee, known_outlook
from vem_ui.document.asking import Asked
from vem_ui.document.document import Document
from vem_ui.document.operation import Operation, Report

_QUIET_MS = 500  # what is typed or dragged is asked about when it rests
Asking = Callable[[], Asked | None]


@dataclass(frozen=True)
class Foreseen:
    """What a core said would be made."""

    brief: MusicBrief
    options: TempoOptions


class Forecast(QObject):
    """Asks the core beside everything else, and only for what is looked at. What nobody sees is not worked out; what
    the editor's words mean always is, for it is said beside them.

    A failure is no message: whoever scores hears of it, and here it only means that nothing is foreseen.
    """

    changed = Signal()
    foretold = Signal()  # another brief

    def __init__(
        self, document: Document, asked: Asking, refits: Callable[[], bool], open_core: OpenCore, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.foreseen: Foreseen | None = None
        self.words: MusicBrief | None = None  # what is made of the words alone, where they are the editor's
        self.outlook: RecutOutlook | None = None
        self.problem: VemError | None = None
        self._document, self._asked, self._refits, self._open_core = document, asked, refits, open_core
        self._watched = False
        self._known: tuple[object, ...] | None = None  # what `foreseen` was asked for
        self._words_known: tuple[str, str | None] = ("", None)
        self._outlook_known: tuple[object, ...] | None = None
        self._running: set[Operation[Any]] = set()
        self._closed = False
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(self._ask)
        for happened in (document.state_changed, document.reading_changed, document.thumbnails_changed):
            happened.connect(self._wait)

    @property
    def asking(self) -> bool:
        """Whether a core is being asked."""
        return bool(self._running)

    def watch(self, watched: bool) -> None:
        """Work out the brief and the tempo from now on, because somebody looks; or no longer."""
        self._watched = watched
        self._wait()

    def ask_again(self) -> None:
        """Ask once more when it rests: more is known of what is asked for."""
        self._wait()

    def shut_down(self) -> None:
        """Ask no more, and wait for the answer that is under way."""
        self._closed = True
        self._quiet.stop()
        for operation in list(self._running):
            operation.cancel()
            operation.wait()

    def _wait(self) -> None:
        if not self._closed:
            self._quiet.start()

    def _ask(self) -> None:
        asked = self._asked()
        if asked is None or self._closed:
            return
        key = (asked.sheet, asked.state.asked, asked.state.wishes, asked.state.selection, asked.state.parse)
        of_take = (*key, asked.state.locked, None if asked.take is None else asked.take.record.key)
        refits = self._refits()
        self._forget_outlook(of_take if refits else None)
        if self._running:
            self._quiet.start()
            return
        direction = asked.resolved().direction
        words = (direction.prompt, direction.mood)
        if words != self._words_known:
            self._words_known = words
            if any(words) and not self._watched:  # whoever watches hears it with the rest
                self._run(lambda report: self._read_words(asked, report), self._keep_words)
            elif not any(words):
                self._keep_words(None)
        if self._watched and key != self._known:
            self._known = key
            self._run(lambda report: self._read_brief(asked, report), self._keep)
        if refits and of_take != self._outlook_known:
            self._outlook_known = of_take
            self._run(
                lambda report: self._read_outlook(asked, report), lambda found: self._keep_outlook(found, of_take)
            )

    def _forget_outlook(self, of_take: tuple[object, ...] | None) -> None:
        """Say nothing of a state that is no more: `of_take` is what would be asked for now, None where nothing is."""
        if of_take == self._outlook_known:
            return
        self._outlook_known = None
        if self.outlook is not None:
            self.outlook = None
            self.changed.emit()

    def _read_words(self, asked: Asked, report: Report) -> MusicBrief:
        """The brief without the pictures: it costs little, and says which words were not understood."""
        with self._open_core() as client:
            return client.brief(asked.request(), {}, report)

    def _keep_words(self, brief: object) -> None:
        assert brief is None or isinstance(brief, MusicBrief)
        self.words = brief
        self.changed.emit()

    def _read_brief(self, asked: Asked, report: Report) -> Foreseen:
        thumbnails = self._document.thumbnails
        pictures = dict(thumbnails.jpegs) if asked.state.selection is None else {}
        request = asked.request(thumbnails) if pictures else asked.request()
        with self._open_core() as client:
            return Foreseen(client.brief(request, pictures, report), client.tempo_options(request, pictures, report))

    def _read_outlook(self, asked: Asked, report: Report) -> RecutOutlook:
        following = asked.following(self._document.thumbnails)
        known = known_outlook(following)
        if known is not None:
            return known
        with self._open_core() as client:
            return foresee(client, following, report)

    def _keep(self, found: object) -> None:
        assert isinstance(found, Foreseen)
        self.foreseen, self.words, self.problem = found, found.brief, None
        self.changed.emit()
        self.foretold.emit()

    def _keep_outlook(self, found: object, of_take: tuple[object, ...]) -> None:
        assert isinstance(found, RecutOutlook)
        if of_take == self._outlook_known:  # what was asked for may be something else by now
            self.outlook = found
            self.changed.emit()

    def _fail(self, error: object) -> None:
        assert isinstance(error, VemError)
        self.problem, self._known = error, None
        self.changed.emit()

    def _run(self, work: Callable[[Report], object], then: Callable[[object], None]) -> None:
        operation: Operation[Any] = Operation(work, self)
        self._running.add(operation)
        operation.succeeded.connect(then)
        operation.failed.connect(self._fail)
        operation.finished.connect(lambda: self._forget(operation))
        operation.start()
        self.changed.emit()

    def _forget(self, operation: Operation[Any]) -> None:
        self._running.discard(operation)
        operation.deleteLater()
        self.changed.emit()
