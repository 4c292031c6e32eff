"""What a window can do: open, score, cancel, place. No widgets; every long call is an operation."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import VemError
from vem_core.contract.parse import Parse
from vem_core.contract.progress import JobState, Progress, Stage
from vem_plugin.client.attachments import Attachments
from vem_plugin.client.base import CoreInfo, OpenCore
from vem_plugin.hosts.base import Host, Placement, ThumbnailSet, TimelineReading
from vem_plugin.runner import Runner, run_here
from vem_plugin.scoring.refitting import Following
from vem_plugin.scoring.soundfonts import KNOWN_SOUNDS
from vem_ui.document.asking import Asked, as_take_was_asked
from vem_ui.document.comparisons import Comparisons
from vem_ui.document.document import Document
from vem_ui.document.forecast import Forecast
from vem_ui.document.making import TakeMaker
from vem_ui.document.operation import Operation, Report
from vem_ui.document.shelf import TakeShelf
from vem_ui.document.sound_reader import SoundReader
from vem_ui.document.state import ScoreState
from vem_ui.document.storage import Stored, load_stored, save_sheet
from vem_ui.document.style_preview import StylePreviews
from vem_ui.document.takes import StoredTake

_POLL_S = 0.1
_NO_PICTURES = ThumbnailSet((), {})
AUDITION_MODEL = "sketch"
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Opened:
    """What opening a timeline brings."""

    stored: Stored
    reading: TimelineReading


class Controller(QObject):
    """Runs one operation at a time on a document, through a host and a core; pictures and takes load beside it.

    `run` is where what takes long in Python is done, so that the window does not wait for its interpreter lock.
    """

    busy_changed = Signal(bool)
    progressed = Signal(object)  # Progress
    failed = Signal(object)  # VemError
    cancelled = Signal()
    opened = Signal()
    auditioned = Signal()  # a sketch can be heard while the model renders
    complete = Signal(int, bytes)  # more of the music that is being made: where it begins in record frames, 16-bit PCM
    scored = Signal()
    unchanged = Signal()  # nothing is asked that the active take is not already
    placed = Signal(object)  # Placement
    core_answered = Signal(object)  # CoreInfo
    varied = Signal(int)  # so many variants were made
    _sketched = Signal(object)  # StoredTake, from the worker
    _variant_made = Signal(object)  # the same
    _noticed = Signal(str)  # a sentence, from the worker

    def __init__(
        self,
        document: Document,
        make_host: Callable[[], Host],
        open_core: OpenCore,
        run: Runner = run_here,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.shelf = TakeShelf(document.folder, document.library, lambda: document.sheet, run, self)
        self.sound = SoundReader(document, open_core, self)
        self.forecast = Forecast(document, self.asked_as_heard, self.refits, open_core, self)
        self.previews = StylePreviews(open_core, self)
        self._elsewhere = run
        self.core: CoreInfo | None = None
        self.audition = True
        self._make_host = make_host
        self._host = make_host()
        self._open_core = open_core
        self._operation: Operation[object] | None = None
        self._beside: set[Operation[object]] = set()
        self._pictures: Future[ThumbnailSet] = Future()
        self._maker = TakeMaker(document.library, open_core, run)
        self._comparisons = Comparisons()
        self._closed = False
        self._again: Callable[[], None] = self.open  # what failed last
        self.shelf.failed.connect(self.failed)
        self.sound.failed.connect(self.failed)
        self.sound.changed.connect(self.forecast.ask_again)
        self._sketched.connect(self._keep_sketch)
        self._variant_made.connect(self._keep_variant)
        self._noticed.connect(document.noticed)
        document.state_replaced.connect(self._follow_active)
        document.reading_changed.connect(self._follow_active)
        self.shelf.loaded.connect(self._follow_active)

    @property
    def busy(self) -> bool:
        """Whether an operation is running."""
        return self._operation is not None

    def open(self) -> None:
        """Read the timeline and what was stored of it; the pictures come after the cuts."""
        folder, library = self.document.folder, self.document.library
        host = self._host = self._make_host()

        def work(report: Report) -> Opened:
            KNOWN_SOUNDS.default()  # found out here: a SoundFont is known by all its bytes, and the window asks for it
            return Opened(load_stored(folder, library, self._elsewhere), host.read_timeline())

        self._run(work, self._show_opened, self.open)

    def read_again(self) -> None:
        """Read the timeline anew, because it changed; the editor's decisions follow their shots."""
        host = self._make_host()

        def work(report: Report) -> TimelineReading:
            reading = host.read_timeline()
            self._host = host
            return reading

        self._run(work, self._show_reading, self.read_again)

    def ask_core(self) -> None:
        """Find out which core there is, starting it if need be."""

        def work(report: Report) -> CoreInfo:
            with self._open_core() as client:
                return client.hello()

        self._run_beside(work, self._show_core, self.ask_core)

    def asked(self) -> Asked | None:
        """What scoring would be asked for now; None without a timeline."""
        reading, document = self.document.reading, self.document
        if reading is None:
            return None
        take = self.active_take()
        lent = None if take is None else document.lent_by(take.take.request)
        return Asked(reading.sheet, document.state, take, as_read=document.parsed, lent=lent)

    def asked_as_heard(self) -> Asked | None:
        """What scoring would be asked for, with the speech that is known by now where the music makes room for it."""
        asked = self.asked()
        if asked is None or self.document.shown.direction.room.depth_db == 0:
            return asked
        return dataclasses.replace(asked, sheet=self.sound.spoken(asked.sheet))

    def vary(self) -> None:
        """Make other music for what is selected of the active take; the rest of it stays."""
        asked = self.asked()
        if asked is not None and asked.take is not None and asked.state.selection is not None:
            whole = dataclasses.replace(asked.state, selection=None)
            self.score(dataclasses.replace(asked, state=whole, varied=(asked.state.selection,)))

    def score(self, wanted: Asked | None = None) -> None:
        """Score what is selected, or everything. The take that comes of it becomes the active one.

        The piece of the active take stays where nothing contradicts it; where nothing changed at all, so does the take.
        """
        asked = wanted or self.asked()
        if asked is None:
            return
        name, sketched = self.tr("Take {number}"), self.tr("Take {number} (sketch)")
        hear = partial(self.complete.emit, asked.first_frames) if self.audition else None

        def work(report: Report) -> StoredTake | None:
            pictures = self._pictures_of(asked.sheet, asked.state, report)
            heard = dataclasses.replace(asked, sheet=self.sound.with_speech(asked.sheet, asked.resolved(), report))
            following = heard.following(pictures)
            if following.unchanged is not None:
                return None
            for notice in following.notices:
                self._noticed.emit(notice)
            if self._wants_audition(following.request.model):
                request = dataclasses.replace(heard.request(pictures), model=AUDITION_MODEL)
                sketch = Following(request, Attachments(pictures.jpegs))
                self._sketched.emit(self._maker.make(sketch, heard, sketched, report, hear))
            return self._maker.make(following, heard, name, report, hear)

        self._run(work, self._keep_take, lambda: self.score(wanted))

    def make_variants(self, count: int) -> None:
        """Make so many clearly different new pieces; the first can be heard while the others are made."""
        asked, name = self.asked(), self.tr("Take {number}")
        if asked is None:
            return

        def work(report: Report) -> int:
            pictures = self._pictures_of(asked.sheet, asked.state, report)
            heard = dataclasses.replace(asked, sheet=self.sound.with_speech(asked.sheet, asked.resolved(), report))
            return self._maker.make_variants(heard, pictures, count, name, report, self._variant_made.emit)

        self._run(work, lambda made: self.varied.emit(made), lambda: self.make_variants(count))

    def read_shots(self) -> None:
        """Find out what the model will be conditioned on, shot by shot. It costs no music."""
        reading, state = self.document.reading, self.document.state
        if reading is None:
            return
        whole = dataclasses.replace(state, selection=None, parse=None)
        asked = Asked(reading.sheet, whole)

        def work(report: Report) -> Parse:
            pictures = self._pictures_of(reading.sheet, whole, report)
            request = asked.request(pictures)
            with self._open_core() as client:
                return client.parse(request, pictures.jpegs, report)

        self._run(work, self._show_parsed, self.read_shots)

    def cancel(self) -> None:
        """Stop the running operation at its next step."""
        if self._operation is not None:
            self._operation.cancel()

    def place(self) -> None:
        """Put the active take on the timeline."""
        stored, state = self.active_take(), self.document.state
        if stored is not None:
            self._run(lambda report: self._placed(stored, state), self._tell_placed, self.place)

    def _placed(self, stored: StoredTake, state: ScoreState) -> Placement:
        """A take on the timeline: as it lies in the library, or copied there where takes are kept elsewhere."""
        muted_lane, library = state.temp_track.muted_lane, self._host.library_folder()
        if stored.take.kept is not None and library == self.document.library.folder:
            return self._host.place_kept(stored.take.kept, stem_lanes=state.stem_lanes, muted_lane=muted_lane)
        return self._host.place(dataclasses.replace(stored.take, stem_lanes=state.stem_lanes, muted_lane=muted_lane))

    def active_take(self) -> StoredTake | None:
        """The active take; None if there is none, or while it is being loaded."""
        state = self.document.state
        return None if state.active_take is None else self.shelf.get(state.takes[state.active_take])

    def use_settings(self, row: int) -> None:
        """Ask for what a take was asked for; what is marked and selected stays as it is."""
        stored = self.shelf.get(self.document.state.takes[row])
        if stored is None:
            return
        reading = self.document.reading
        state = as_take_was_asked(self.document.state, stored, None if reading is None else reading.sheet)
        self.document.change(self.tr("Use a take's settings"), state)

    def read_frame(self, record_frames: int) -> bytes | None:
        """The picture at a record frame, for a thread that waits for it. Raises TimelineError."""
        return self._host.read_frame(record_frames)

    def locate(self, address: str) -> Path | None:
        """Where the media of an address lies, for a thread that waits for it; None: nowhere."""
        return self._host.locate(address)

    def refits(self) -> bool:
        """Whether scoring keeps the piece of the active take and changes something of it."""
        asked = self.asked_as_heard()
        return asked is not None and self._comparisons.refits(asked)

    def earlier_takes(self) -> set[str]:
        """The folders of the loaded takes that were made for an earlier cut."""
        reading = self.document.reading
        loaded = [self.shelf.get(record) for record in self.document.state.takes] if reading else []
        return {
            stored.record.key
            for stored in loaded
            if stored is not None
            and reading is not None
            and not self._comparisons.is_of_this_cut(stored, reading.sheet)
        }

    def try_again(self) -> None:
        """Do once more what failed last."""
        self._again()

    def shut_down(self) -> None:
        """Store the state, cancel what runs and wait for it; for closing the window."""
        self._closed = True  # what ends from here on starts nothing new
        self.document.save()
        for operation in (*self._beside, *((self._operation,) if self._operation else ())):
            operation.cancel()
            operation.wait()
        self.sound.shut_down()
        self.forecast.shut_down()
        self.previews.shut_down()
        self.shelf.shut_down()

    def _wants_audition(self, model: str) -> bool:
        """Whether the chosen model takes long enough for a sketch to be worth hearing first."""
        neural_by_itself = model == "auto" and self.core is not None and self.core.has_gpu
        return self.audition and (model not in (AUDITION_MODEL, "auto") or neural_by_itself)

    def _pictures_of(self, sheet: CutSheet, state: ScoreState, report: Report) -> ThumbnailSet:
        """The pictures of what will be scored: those that are being read, or the selection's own."""
        if state.selection is not None:
            report(_reading_pictures())
            return self._host.read_thumbnails(sheet.crop(state.selection.start_frames, state.selection.end_excl_frames))
        while True:
            report(_reading_pictures())
            try:
                return self._pictures.result(_POLL_S)
            except NotYet:
                continue

    def _run(self, work: Callable[[Report], object], then: Callable[[object], None], again: Callable[[], None]) -> None:
        if self._operation is not None or self._closed:
            return
        operation: Operation[object] = Operation(work, self)
        self._operation = operation
        operation.progressed.connect(self._tell_progress)
        operation.succeeded.connect(then)
        operation.failed.connect(lambda error: self._tell_failure(error, again))
        operation.cancelled.connect(self.cancelled)
        operation.finished.connect(self._finish)
        self.busy_changed.emit(True)
        operation.start()

    def _run_beside(
        self, work: Callable[[Report], object], then: Callable[[object], None], again: Callable[[], None]
    ) -> None:
        if self._closed:
            return
        operation: Operation[object] = Operation(work, self)
        self._beside.add(operation)
        operation.succeeded.connect(then)
        operation.failed.connect(lambda error: self._tell_failure(error, again))
        operation.finished.connect(lambda: self._forget(operation))
        operation.start()

    def _tell_failure(self, error: VemError, again: Callable[[], None]) -> None:
        self._again = again
        self.failed.emit(error)

    def _forget(self, operation: Operation[object]) -> None:
        self._beside.discard(operation)
        operation.deleteLater()

    def _finish(self) -> None:
        finished, self._operation = self._operation, None
        if finished is not None:
            finished.deleteLater()
        self.busy_changed.emit(False)

    def _read_thumbnails(self, sheet: CutSheet) -> None:
        host, pictures = self._host, Future[ThumbnailSet]()
        self._pictures = pictures

        def work(report: Report) -> ThumbnailSet:
            try:
                save_sheet(self.document.folder, sheet)
            except VemError as error:
                _log.info("%s", error)  # the state will say the same, when there is something to lose
            read = _NO_PICTURES
            try:
                read = host.read_thumbnails(sheet)
            finally:
                pictures.set_result(read)
            return read

        self._run_beside(work, self._show_thumbnails, self.read_again)

    def _show_opened(self, opened: object) -> None:
        assert isinstance(opened, Opened)
        self.document.restore(opened.stored)
        self.document.set_reading(opened.reading, opened.stored.sheet)
        self._tell_reading(opened.reading)

    def _show_reading(self, reading: object) -> None:
        assert isinstance(reading, TimelineReading)
        before = self.document.reading
        self.document.set_reading(reading, before.sheet if before else None)
        self._tell_reading(reading)

    def _tell_reading(self, reading: TimelineReading) -> None:
        self._read_thumbnails(reading.sheet)
        self.sound.start(self._host)
        self.opened.emit()
        for notice in reading.notices:
            self.document.noticed.emit(notice)

    def _show_thumbnails(self, thumbnails: object) -> None:
        assert isinstance(thumbnails, ThumbnailSet)
        self.document.set_thumbnails(thumbnails)
        for warning in thumbnails.warnings:
            self.document.noticed.emit(warning)

    def _show_parsed(self, parsed: object) -> None:
        assert isinstance(parsed, Parse)
        self.document.set_parsed(parsed)

    def _show_core(self, info: object) -> None:
        assert isinstance(info, CoreInfo)
        self.core = info
        self.core_answered.emit(info)

    def _keep_sketch(self, stored: object) -> None:
        self._add_take(stored)
        self.auditioned.emit()

    def _keep_take(self, stored: object) -> None:
        if stored is None:
            self.unchanged.emit()
        else:
            self._add_take(stored)
            self.scored.emit()

    def _follow_active(self) -> None:
        """Let the controls show what the take had that is followed, wherever nothing else is asked."""
        asked = self.asked()
        take = None if asked is None else asked.followed
        if take is None:
            self.document.follow(None)
        else:
            self.document.follow(take.take.request, take.take.result.model)

    def _add_take(self, stored: object) -> None:
        assert isinstance(stored, StoredTake)
        self.shelf.put(stored)
        self.document.change(self.tr("Score"), self.document.state.with_take(stored.record))
        self.document.save_beside()

    def _keep_variant(self, stored: object) -> None:
        assert isinstance(stored, StoredTake)
        self.shelf.put(stored)
        self.document.change(self.tr("Variants"), self.document.state.with_variant(stored.record), merge="variants")
        self.document.save_beside()

    def _tell_placed(self, placement: object) -> None:
        assert isinstance(placement, Placement)
        self.placed.emit(placement)

    def _tell_progress(self, progress: object) -> None:
        assert isinstance(progress, Progress)
        self.progressed.emit(progress)


def _reading_pictures() -> Progress:
    return Progress("", JobState.RUNNING, Stage.PARSE)
