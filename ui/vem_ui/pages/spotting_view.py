"""What the timeline says about its music: hits inside shots, silences, cues and speech, as they were read."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.time import timecode
from vem_ui.document.document import Document
from vem_ui.document.sound_reader import SoundReader
from vem_ui.pages.row_table import ROOT, Index, RowModel, RowTable


class Spot(NamedTuple):
    """One thing that was read; `end_excl_frames` is None for a moment."""

    start_frames: int
    end_excl_frames: int | None
    what: str
    words: str


class SpottingModel(RowModel):
    """A row a spot, in order of time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__((self.tr("From"), self.tr("To"), self.tr("What"), self.tr("Words")), parent)
        self._sheet: CutSheet | None = None
        self.spots: list[Spot] = []
        self._wishes = {
            Wish.AUTO: self.tr("mark"),
            Wish.HIT: self.tr("hit"),
            Wish.DROP: self.tr("drop"),
            Wish.IGNORE: self.tr("ignored"),
        }

    def show_sheet(self, sheet: CutSheet | None) -> None:
        """Show what a sheet holds, its speech included."""
        self.beginResetModel()
        self._sheet = sheet
        self.spots = [] if sheet is None else self._spots(sheet)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """One row a spot, none without a sheet; rows have no children."""
        return 0 if parent.isValid() else len(self.spots)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell; times are record timecode, the end exclusive."""
        if role != Qt.ItemDataRole.DisplayRole or self._sheet is None:
            return None
        spot = self.spots[index.row()]
        return (self._code(spot.start_frames), self._code(spot.end_excl_frames), spot.what, spot.words)[index.column()]

    def _code(self, frames: int | None) -> str:
        assert self._sheet is not None
        if frames is None:
            return ""
        return timecode(self._sheet.start_frames + frames, self._sheet.rate, drop_frame=self._sheet.drop_frame)

    def _spots(self, sheet: CutSheet) -> list[Spot]:
        silence, speech, cue = self.tr("no music"), self.tr("speech"), self.tr("cue")
        spots = [Spot(event.record_frames, None, self._wishes[event.wish], event.label) for event in sheet.events]
        spots += [Spot(start.record_frames, None, cue, start.label) for start in sheet.cue_starts]
        spots += [Spot(span.start_frames, span.end_excl_frames, silence, span.label) for span in sheet.silences]
        spots += [Spot(span.start_frames, span.end_excl_frames, speech, span.label) for span in sheet.speech]
        return sorted(spots, key=lambda spot: spot.start_frames)


class SpottingView(QWidget):
    """The table. Choosing a row asks to go there."""

    frame_chosen = Signal(int)  # record frames

    def __init__(self, document: Document, sound: SoundReader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._sound = document, sound
        self.model = SpottingModel(self)
        self.advice = QLabel(
            self.tr(
                "Markers on the timeline say where: hit or drop inside a shot, music out, music in, cue: and words. "
                "Speech is heard on its audio lanes."
            )
        )
        self.advice.setObjectName("facts")
        self.advice.setWordWrap(True)
        self.table = RowTable(self.model, self.tr("Hits, silences, cues and speech"), (96, 96, 80, None))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self.advice)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        self.table.row_chosen.connect(lambda row: self.frame_chosen.emit(self.model.spots[row].start_frames))
        document.reading_changed.connect(self.refresh)
        sound.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what was read."""
        reading = self._document.reading
        self.model.show_sheet(None if reading is None else self._sound.spoken(reading.sheet))
        self.table.setVisible(bool(self.model.spots))
