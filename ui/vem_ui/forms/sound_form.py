"""The form of the sound that is there already: room for speech, the temp track, and where beats fall against cuts."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QWidget

from vem_core.contract.progress import Progress
from vem_core.contract.temp_track import TempTrack
from vem_plugin.sound.temp_track import TempTrackUse
from vem_ui.document.document import Document
from vem_ui.document.sound_reader import SoundReader
from vem_ui.document.state import ScoreState
from vem_ui.forms.form_fields import BoundForm, choice, number, offer, row

_LARGEST_OFFSET_MS = 500.0
_TOLERANCES_MS = (4.0, 200.0)  # the lowest stands for one frame


class SoundForm(BoundForm):
    """Room for speech; leave, mute or follow the temp track; beats early or late, and how far off is still a hit."""

    def __init__(self, document: Document, sound: SoundReader, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self._sound = sound
        self.speech = _note()
        self.room_depth = number(0, 40, 1, " dB")
        self.room_depth.setSpecialValueText(self.tr("No room"))
        self.room_attack = number(0.05, 5, 0.1, " s", decimals=2)
        self.room_release = number(0.05, 10, 0.1, " s", decimals=2)
        self.level_only = QCheckBox(self.tr("Only the level: keep all parts playing"))
        self.temp_use = choice(
            [
                (TempTrackUse.LEAVE, self.tr("Leave it")),
                (TempTrackUse.MUTE, self.tr("Switch it off")),
                (TempTrackUse.FOLLOW, self.tr("Follow it, then switch it off")),
            ]
        )
        self.temp_lane = choice([(None, self.tr("The one called music"))])
        self.heard = _note()
        self.stop = QPushButton(self.tr("Stop listening"))
        self.offset = number(-_LARGEST_OFFSET_MS, _LARGEST_OFFSET_MS, 5, " ms", decimals=0)
        self.earlier = QPushButton(self.tr("Earlier"))
        self.later = QPushButton(self.tr("Later"))
        self.tolerance = number(*_TOLERANCES_MS, 5, " ms", decimals=0)
        self.tolerance.setSpecialValueText(self.tr("one frame"))
        self._lay_out()
        self._connect()
        sound.changed.connect(self.refresh)
        sound.progressed.connect(self._show_progress)
        document.reading_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the document's state and what was read of the sound."""
        super().refresh()
        room = self.document.shown.direction.room.depth_db > 0
        for part in (self.room_attack, self.room_release, self.level_only):
            part.setEnabled(room)
        self.speech.setText(self._speech_in_words())
        self._show_temp_track(self.document.state)

    def _lay_out(self) -> None:
        self.section(self.tr("Room for speech"))
        self.form.addRow(self.speech)
        self.field(
            self.tr("&Depth"), self.room_depth, self.tr("How much softer the music is under speech than outside it")
        )
        self.field(
            self.tr("&Attack"), self.room_attack, self.tr("How long it takes to go down; it is down when speech begins")
        )
        self.field(self.tr("&Release"), self.room_release, self.tr("How long it takes to come back, to a beat"))
        self.field("", self.level_only)
        self.section(self.tr("Temp track"))
        self.field(self.tr("&Use"), self.temp_use, self.tr("Only the scored timeline changes, never your own"))
        self.field(self.tr("&Lane"), self.temp_lane)
        self.form.addRow(self.heard)
        self.form.addRow(self.stop)
        self.section(self.tr("Beats against cuts"))
        self.field(
            self.tr("&Offset"),
            row(self.offset, self.earlier, self.later),
            self.tr("How far from its cut a beat falls; negative is early"),
        )
        self.field(self.tr("&Tolerance"), self.tolerance, self.tr("How far off a beat may be and still meet its cut"))
        self.earlier.setToolTip(self.tr("A frame earlier"))
        self.later.setToolTip(self.tr("A frame later"))

    def _connect(self) -> None:
        room = ("direction", "room")
        self.bind_number(self.room_depth, self.tr("Room for speech"), (*room, "depth_db"))
        self.bind_number(self.room_attack, self.tr("Attack"), (*room, "attack_s"))
        self.bind_number(self.room_release, self.tr("Release"), (*room, "release_s"))
        self.bind_tick(self.level_only, self.tr("Only the level"), (*room, "thin"), inverted=True)
        self.bind_number(self.offset, self.tr("Offset of the beats"), ("direction", "beat_offset_ms"))
        self.bind_number(
            self.tolerance, self.tr("Tolerance"), ("direction", "hit_tolerance_ms"), none_at=_TOLERANCES_MS[0]
        )
        self.earlier.clicked.connect(lambda: self._nudge(-1))
        self.later.clicked.connect(lambda: self._nudge(1))
        self.stop.clicked.connect(self._sound.stop_listening)
        self.temp_use.currentIndexChanged.connect(self._use)
        self.temp_lane.currentIndexChanged.connect(self._use)

    def _use(self) -> None:
        self._sound.use(TempTrackUse(self.temp_use.currentData()), self.temp_lane.currentData())

    def _nudge(self, frames: int) -> None:
        """Move the beats by whole frames: early or late by taste."""
        reading = self.document.reading
        if reading is not None:
            frame_ms = 1000 / float(reading.sheet.rate)
            self.document.settle()
            self.offset.setValue(round(self.document.shown.direction.beat_offset_ms + frames * frame_ms))

    def _show_temp_track(self, state: ScoreState) -> None:
        lanes = self._sound.reading.lanes if self._sound.reading else ()
        ready = bool(lanes) and not self._sound.listening
        chosen = state.temp_track
        offer(
            self.temp_lane,
            [(None, self.tr("The one called music")), *((lane.number, f"{lane.number} {lane.name}") for lane in lanes)],
        )
        blockers = [QSignalBlocker(self.temp_use), QSignalBlocker(self.temp_lane)]
        self.temp_use.setCurrentIndex(self.temp_use.findData(chosen.use))
        self.temp_lane.setCurrentIndex(max(0, self.temp_lane.findData(chosen.lane)))
        del blockers
        self.temp_use.setEnabled(ready)
        self.temp_lane.setEnabled(ready)
        if self._sound.listening:
            self.heard.setText(self.tr("Listening ..."))
        elif chosen.heard is not None:
            self.heard.setText(self._heard_in_words(chosen.heard))
        self.heard.setVisible(self._sound.listening or chosen.heard is not None)
        self.stop.setVisible(self._sound.listening)

    def _show_progress(self, progress: object) -> None:
        assert isinstance(progress, Progress)
        if self._sound.listening:
            self.heard.setText(self.tr("Listening ... {0:.0f} %").format(100 * progress.fraction))

    def _speech_in_words(self) -> str:
        reading, timeline = self._sound.reading, self.document.reading
        if reading is None or timeline is None:
            return self.tr("The audio lanes are being read ...") if timeline is not None else ""
        spans = reading.speech.spans
        if not reading.lanes:
            return self.tr("There are no audio lanes.")
        if not spans:
            return self.tr("Nobody speaks on the audio lanes.")
        seconds = float(sum(span.duration_frames for span in spans) / timeline.sheet.rate)
        places = self.tr("one place") if len(spans) == 1 else self.tr("{0} places").format(len(spans))
        return self.tr("Speech for {seconds:.1f} s in {places}.").format(seconds=seconds, places=places)

    def _heard_in_words(self, heard: TempTrack) -> str:
        """What the direction took over; it is changed there like everything else."""
        tempo = self.tr("no steady tempo") if heard.tempo_bpm is None else f"{sum(heard.tempo_bpm) / 2:.0f} BPM"
        parts = [tempo, heard.key or self.tr("no clear key"), heard.style or ""]
        energies = [energy for energy in heard.shot_energies if energy is not None]
        if energies:
            parts.append(self.tr("energy {0:.2f} to {1:.2f}").format(min(energies), max(energies)))
        return self.tr("Heard: {0}. It is the direction now; change it there and in the strip.").format(
            ", ".join(part for part in parts if part)
        )


def _note() -> QLabel:
    note = QLabel()
    note.setObjectName("facts")
    note.setWordWrap(True)
    return note
