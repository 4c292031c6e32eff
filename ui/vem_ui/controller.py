"""What a window can do: open, score, cancel, place. No widgets; every long call is an operation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from PySide6.QtCore import QObject, Signal

from vem_core.contract.errors import VemError
from vem_core.contract.progress import Progress
from vem_plugin.client.base import CoreClient
from vem_plugin.hosts.base import Host, Placement, ThumbnailSet, TimelineReading
from vem_ui.document.document import Document
from vem_ui.document.state import TakeRecord, request_of
from vem_ui.document.takes import StoredTake, discard_files, load_take, new_take_folder, store_take
from vem_ui.operation import Operation, Report

OpenCore = Callable[[], AbstractContextManager[CoreClient]]


class Controller(QObject):
    """Runs one operation at a time on a document, through a host and a core."""

    busy_changed = Signal(bool)
    progressed = Signal(object)  # Progress
    failed = Signal(object)  # VemError
    scored = Signal()
    placed = Signal(object)  # Placement

    def __init__(self, document: Document, host: Host, open_core: OpenCore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._host = host
        self._open_core = open_core
        self._operation: Operation[object] | None = None

    @property
    def busy(self) -> bool:
        """Whether an operation is running."""
        return self._operation is not None

    def open(self) -> None:
        """Read the timeline, then its pictures; the cuts show as soon as they are known."""
        self.document.restore()
        self._run(lambda report: self._host.read_timeline(), self._show_reading)

    def score(self) -> None:
        """Score what is selected, or everything. The take that comes of it becomes the active one."""
        reading = self.document.reading
        if reading is None:
            return
        state = self.document.state
        folder = self.document.folder
        pictures = self.document.thumbnails
        name = self._next_name()

        def work(report: Report) -> TakeRecord:
            request, in_frames = request_of(reading.sheet, state, pictures.thumbnails)
            wanted = {thumbnail.sha256 for thumbnail in request.thumbnails}
            jpegs = {sha: jpeg for sha, jpeg in pictures.jpegs.items() if sha in wanted}
            files = new_take_folder(folder)
            try:
                with self._open_core() as client:
                    result = client.score(request, jpegs, files, report)
                return store_take(folder, files, request, result, in_frames, name)
            except BaseException:
                discard_files(files)
                raise

        self._run(work, self._keep_take)

    def cancel(self) -> None:
        """Stop the running operation at its next step."""
        if self._operation is not None:
            self._operation.cancel()

    def place(self) -> None:
        """Put the active take on the timeline."""
        stored = self.active_take()
        if stored is not None:
            self._run(lambda report: self._host.place(stored.take), self._tell_placed)

    def active_take(self) -> StoredTake | None:
        """The active take with its files; None, and a message, if there is none or its files are gone."""
        state = self.document.state
        if state.active_take is None:
            return None
        try:
            return load_take(self.document.folder, state.takes[state.active_take])
        except VemError as error:
            self.failed.emit(error)
            return None

    def take_loudness(self, record: TakeRecord) -> float | None:
        """The integrated loudness of a take in LUFS; None if its files are gone."""
        try:
            mix = load_take(self.document.folder, record).take.result.file("mix")
        except VemError:
            return None
        return None if mix is None else mix.loudness_lufs

    def shut_down(self) -> None:
        """Cancel what runs and wait for it; for closing the window."""
        if self._operation is not None:
            self._operation.cancel()
            self._operation.wait()

    def _run(self, work: Callable[[Report], object], then: Callable[[object], None]) -> None:
        if self._operation is not None:
            return
        operation: Operation[object] = Operation(work, self)
        self._operation = operation
        operation.progressed.connect(self._tell_progress)
        operation.succeeded.connect(then)
        operation.failed.connect(self.failed)
        operation.finished.connect(self._finish)
        self.busy_changed.emit(True)
        operation.start()

    def _finish(self) -> None:
        finished, self._operation = self._operation, None
        if finished is not None:
            finished.deleteLater()
        self.busy_changed.emit(False)
        if self.document.reading is not None and not self.document.thumbnails.thumbnails:
            self._read_thumbnails(self.document.reading)

    def _read_thumbnails(self, reading: TimelineReading) -> None:
        if not self._pictures_wanted:
            return
        self._pictures_wanted = False
        self._run(lambda report: self._host.read_thumbnails(reading.sheet), self._show_thumbnails)

    _pictures_wanted = False

    def _show_reading(self, reading: object) -> None:
        assert isinstance(reading, TimelineReading)
        self._pictures_wanted = True
        self.document.set_reading(reading)
        for notice in reading.notices:
            self.document.noticed.emit(notice)

    def _show_thumbnails(self, thumbnails: object) -> None:
        assert isinstance(thumbnails, ThumbnailSet)
        self.document.set_thumbnails(thumbnails)
        for warning in thumbnails.warnings:
            self.document.noticed.emit(warning)

    def _keep_take(self, record: object) -> None:
        assert isinstance(record, TakeRecord)
        self.document.change(self.tr("Score"), self.document.state.with_take(record))
        self.scored.emit()

    def _tell_placed(self, placement: object) -> None:
        assert isinstance(placement, Placement)
        self.placed.emit(placement)

    def _tell_progress(self, progress: object) -> None:
        assert isinstance(progress, Progress)
        self.progressed.emit(progress)

    def _next_name(self) -> str:
        taken = {record.name for record in self.document.state.takes}
        number = len(taken) + 1
        while (name := f"Take {number}") in taken:
            number += 1
        return name
