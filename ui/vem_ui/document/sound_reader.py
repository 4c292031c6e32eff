"""The sound that is already on the timeline: who speaks, and what is heard on the temp track. No widgets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from PySide6.QtCore import QObject, Signal

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import VemError
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.temp_track import TempTrack
from vem_plugin.client.base import OpenCore
from vem_plugin.hosts.base import Host
from vem_plugin.scoring.resolving import Resolved
from vem_plugin.scoring.temp_track import listen_to
from vem_plugin.sound.lanes import AudioLane
from vem_plugin.sound.speech import SpeechReading
from vem_plugin.sound.temp_track import TempTrackUse, find_temp_track
from vem_ui.document.document import Document
from vem_ui.document.operation import Operation, Report
from vem_ui.document.state import TempTrackChoice

_POLL_S = 0.1


@dataclasses.dataclass(frozen=True)
class SoundReading:
    """The audio lanes that are heard, and who speaks on them."""

    lanes: tuple[AudioLane, ...]
    speech: SpeechReading


class SoundReader(QObject):
    """Reads the sound of a document's timeline beside everything else; `with_speech` waits for it."""

    changed = Signal()  # what was read, or whether the temp track is being listened to
    progressed = Signal(object)  # Progress of the listening
    failed = Signal(object)  # VemError

    def __init__(self, document: Document, open_core: OpenCore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.reading: SoundReading | None = None  # None: not yet
        self._document = document
        self._open_core = open_core
        self._host: Host | None = None
        self._read: Future[SoundReading] = Future()
        self._listening: Operation[TempTrack] | None = None
        self._running: set[Operation[Any]] = set()
        self._spoken: tuple[CutSheet, SoundReading, CutSheet] | None = None
        self._closed = False

    @property
    def listening(self) -> bool:
        """Whether the temp track is being listened to."""
        return self._listening is not None

    def start(self, host: Host) -> None:
        """Read the sound of a timeline that was just read."""
        self._host, self.reading = host, None
        read = self._read = Future[SoundReading]()

        def work(report: Report) -> SoundReading:
            found = SoundReading((), SpeechReading(()))
            try:
                found = SoundReading(host.read_lanes(), host.read_speech())
            finally:
                read.set_result(found)
            return found

        def keep(found: object) -> None:
            if read is self._read and isinstance(found, SoundReading):
                self.reading = found
                self._check_lane()
                for notice in found.speech.notices:
                    self._document.noticed.emit(notice)
                self.changed.emit()

        self._run(Operation(work, self), keep)
        self.changed.emit()

    def with_speech(self, sheet: CutSheet, wanted: Resolved, report: Report) -> CutSheet:
        """The sheet with who speaks when, where the music shall make room. For a worker; waits until it is read."""
        if wanted.direction.room.depth_db == 0:
            return sheet
        read = self._read
        while True:
            report(Progress("", JobState.RUNNING, Stage.PARSE))
            try:
                return dataclasses.replace(sheet, speech=read.result(_POLL_S).speech.spans)
            except NotYet:
                continue

    def spoken(self, sheet: CutSheet) -> CutSheet:
        """The sheet with the speech that is known by now; the same one for the same sheet."""
        if self.reading is None:
            return sheet
        if self._spoken is None or self._spoken[0] is not sheet or self._spoken[1] is not self.reading:
            spoken = dataclasses.replace(sheet, speech=self.reading.speech.spans)
            self._spoken = (sheet, self.reading, spoken)
        return self._spoken[2]

    def use(self, use: TempTrackUse, lane: int | None = None) -> None:
        """Leave, mute or follow the temp track: the lane of that number, or the first that says music.

        Following listens to it first; its tempo, key, energies and style then become the direction, as a step of undo.
        """
        if use is TempTrackUse.LEAVE:
            self._choose(self.tr("Leave the temp track"), TempTrackChoice(lane=lane))
            return
        try:
            found = find_temp_track(self.reading.lanes if self.reading else (), None if lane is None else str(lane))
        except VemError as error:
            self.failed.emit(error)
            self.changed.emit()  # what is shown goes back to what is
            return
        choice = TempTrackChoice(use, found.number, found.name)
        if use is TempTrackUse.MUTE:
            self._choose(self.tr("Mute the temp track"), choice)
        else:
            self._follow(found, choice)

    def stop_listening(self) -> None:
        """Stop listening to the temp track at the next step; the direction stays as it is."""
        if self._listening is not None:
            self._listening.cancel()

    def shut_down(self) -> None:
        """Wait for what is being read; stop listening."""
        self._closed = True
        self.stop_listening()
        for operation in list(self._running):
            operation.wait()

    def _follow(self, lane: AudioLane, choice: TempTrackChoice) -> None:
        host, reading = self._host, self._document.reading
        if host is None or reading is None or self.listening:
            return
        sheet = reading.sheet
        listening = Operation(lambda report: listen_to(host, lane, sheet, 0, self._open_core, report), self)
        listening.progressed.connect(self.progressed)
        self._listening = listening

        def keep(heard: object) -> None:
            assert isinstance(heard, TempTrack)
            now = self._document.reading
            if now is not None and now.sheet == sheet:
                self._choose(self.tr("Follow the temp track"), dataclasses.replace(choice, heard=heard))

        listening.finished.connect(self._stop_listening)
        self._run(listening, keep)
        self.changed.emit()

    def _check_lane(self) -> None:
        """The temp track keeps its name when lanes come and go; where it is gone, there is none to use."""
        chosen = self._document.state.temp_track
        lanes = {lane.number: lane.name for lane in self.reading.lanes} if self.reading else {}
        if chosen.use is TempTrackUse.LEAVE or lanes.get(chosen.lane or 0) == chosen.name:
            return
        number = next((number for number, name in lanes.items() if name == chosen.name), None)
        if number is not None:
            self._choose(self.tr("Temp track"), dataclasses.replace(chosen, lane=number))
        else:
            self._choose(self.tr("Temp track"), TempTrackChoice())
            self._document.noticed.emit(self.tr("The temp track {0} is no longer there.").format(chosen.name))

    def _choose(self, title: str, choice: TempTrackChoice) -> None:
        self._document.change(title, self._document.state.with_temp_track(choice))

    def _stop_listening(self) -> None:
        self._listening = None
        self.changed.emit()

    def _run(self, operation: Operation[Any], then: Callable[[object], None]) -> None:
        if self._closed:
            return
        self._running.add(operation)
        operation.succeeded.connect(then)
        operation.failed.connect(self.failed)
        operation.finished.connect(lambda: self._forget(operation))
        operation.start()

    def _forget(self, operation: Operation[Any]) -> None:
        self._running.discard(operation)
        operation.deleteLater()
