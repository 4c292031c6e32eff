"""The form of the delivery: loudness, format, stems, handles, and what may be done with the music."""

from __future__ import annotations

import dataclasses

from PySide6.QtWidgets import QCheckBox, QLabel, QSpinBox, QWidget

from vem_core.contract.request import LOUDNESS_TARGETS, SAMPLE_RATES_HZ, AudioFormat
from vem_core.contract.result import ScoreResult
from vem_plugin.scoring.resolving import Resolved
from vem_ui.document.document import Document
from vem_ui.forms.form_fields import BoundForm, choice, number, row
from vem_ui.forms.wheel_guard import GuardedSpinBox

_OWN = "own"
_OWN_LUFS = -18.0  # between the named ones, where a number of one's own begins
_LONGEST_HANDLE_FRAMES = 10_000


class DeliveryForm(BoundForm):
    """In which form the music is delivered. Below stands the rights statement of the active take."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.target = choice(
            [
                ("vem", self.tr("For the edit, -16 LUFS")),
                ("ebu-r128", self.tr("EBU R 128, -23 LUFS")),
                ("streaming", self.tr("Streaming, -14 LUFS")),
                ("theatrical", self.tr("Theatrical, only the peak")),
                (_OWN, self.tr("A number of your own")),
            ]
        )
        self.loudness = number(-60, -5, 0.5, " LUFS")
        self.format = choice([(AudioFormat.WAV, "WAV"), (AudioFormat.FLAC, "FLAC")])
        self.sample_rate = choice([(rate, f"{rate / 1000:g} kHz") for rate in SAMPLE_RATES_HZ])
        for box in (self.format, self.sample_rate):
            box.setMinimumContentsLength(5)
        self.stems = QCheckBox(self.tr("Also make stems"))
        self.stem_lanes = QCheckBox(self.tr("Place stems on their own lanes"))
        self.midi = QCheckBox(self.tr("Also make MIDI"))
        self.marked = QCheckBox(self.tr("Files say that they were generated"))
        self.marked.setToolTip(
            self.tr("For machines, in the files' metadata; nothing is hidden in the sound. The law may ask for it.")
        )
        self.before, self.after = _handle_box(self.tr(" frames")), _handle_box(self.tr(" frames"))
        self.rights = QLabel()
        self.rights.setObjectName("facts")
        self.rights.setWordWrap(True)
        self._lay_out()
        self._connect()
        self.show_rights(None)
        self.refresh()

    def show_rights(self, result: ScoreResult | None) -> None:
        """Say what may be done with a take's music."""
        rights = None if result is None else result.rights
        if rights is None:
            self.rights.setText(self.tr("What may be done with the music is said here, once there is a take."))
        else:
            licence = self.tr("Licence of the model: {0}").format(rights.model_licence)
            self.rights.setText("\n".join((rights.statement, licence, *rights.notes)))

    def refresh(self) -> None:
        """Show the document's state."""
        super().refresh()
        delivery = self.document.shown.delivery
        self.loudness.setEnabled(delivery.loudness_lufs is not None)
        self.stems.setEnabled(not self.document.state.stem_lanes)

    def _lay_out(self) -> None:
        self.section(self.tr("Form"))
        self.field(self.tr("&Loudness"), self.target)
        self.field("", self.loudness)
        self.loudness.setAccessibleName(self.tr("Loudness in LUFS"))
        self.field(self.tr("&Format"), row(self.format, self.sample_rate), self.tr("The 48 kHz WAV is always made too"))
        self.sample_rate.setAccessibleName(self.tr("Sample rate"))
        for box in (self.stems, self.stem_lanes, self.midi):
            self.field("", box)
        self.stem_lanes.setToolTip(self.tr("The mix is placed too, switched off"))
        self.section(self.tr("Handles"))
        tip = self.tr("Extra music around the range, placed as trimmed media")
        self.field(self.tr("&Before"), self.before, tip)
        self.field(self.tr("&After"), self.after, tip)
        self.section(self.tr("Rights"))
        self.form.addRow(self.marked)
        self.form.addRow(self.rights)

    def _connect(self) -> None:
        self.show_with(self._show_loudness)
        self.target.currentIndexChanged.connect(self._choose_target)
        self.loudness.valueChanged.connect(lambda value: self._set_loudness(value, -1.0, "loudness"))
        self.loudness.editingFinished.connect(self.document.settle)
        self.bind_choice(self.format, self.tr("Format"), ("delivery", "format"))
        self.bind_choice(self.sample_rate, self.tr("Sample rate"), ("delivery", "sample_rate_hz"))
        self.bind_tick(self.stems, self.tr("Stems"), ("delivery", "stems"))
        self.bind_tick(self.midi, self.tr("MIDI"), ("delivery", "midi"))
        self.show_with(lambda _: self.stem_lanes.setChecked(self.document.state.stem_lanes))
        self.stem_lanes.toggled.connect(self._choose_stem_lanes)
        self.show_with(lambda _: self.marked.setChecked(self.document.state.marked))
        self.marked.toggled.connect(self._choose_mark)
        self.bind_number(self.before, self.tr("Handles"), ("delivery", "handle_before_frames"))
        self.bind_number(self.after, self.tr("Handles"), ("delivery", "handle_after_frames"))

    def _show_loudness(self, shown: Resolved) -> None:
        delivery = shown.delivery
        wanted = (delivery.loudness_lufs, delivery.true_peak_dbtp)
        name = next((name for name, target in LOUDNESS_TARGETS.items() if target == wanted), _OWN)
        self.target.setCurrentIndex(self.target.findData(name))
        if delivery.loudness_lufs is not None:
            self.loudness.setValue(delivery.loudness_lufs)

    def _choose_target(self, index: int) -> None:
        lufs, peak = LOUDNESS_TARGETS.get(self.target.itemData(index), (_OWN_LUFS, -1.0))
        self._set_loudness(lufs, peak)

    def _set_loudness(self, lufs: float | None, peak_dbtp: float, merge: str = "") -> None:
        self.ask(self.tr("Loudness"), merge, loudness_lufs=lufs, true_peak_dbtp=peak_dbtp)

    def _choose_stem_lanes(self, wanted: bool) -> None:
        """Lanes of stems need stems."""
        state = self.document.state
        state = state.asking(stems=True) if wanted else state
        self.change(self.tr("Stems on lanes"), dataclasses.replace(state, stem_lanes=wanted))

    def _choose_mark(self, wanted: bool) -> None:
        self.change(self.tr("Mark"), dataclasses.replace(self.document.state, marked=wanted))


def _handle_box(suffix: str) -> QSpinBox:
    box = GuardedSpinBox()
    box.setRange(0, _LONGEST_HANDLE_FRAMES)
    box.setSingleStep(12)
    box.setSuffix(suffix)
    box.lineEdit().setTextMargins(5, 0, 0, 0)
    return box
