"""The report of a take: the headline in words, each cut in a table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import Landing
from vem_core.contract.result import CutAlignment, ScoreResult
from vem_core.contract.time import timecode
from vem_ui.document.takes import StoredTake
from vem_ui.document.wording import for_window
from vem_ui.look.theme import Theme
from vem_ui.pages.row_table import ROOT, Index, RowModel, RowTable
from vem_ui.strip.layers import NEARNESS_ROLE
from vem_ui.strip.model import nearness_of, totals_of


class ReportModel(RowModel):
    """A row a cut: timecode, error in milliseconds and frames, where in the bar it lands, and what was wished there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__((self.tr("Cut"), self.tr("Error"), self.tr("Frames"), self.tr("Lands on")), parent)
        self._sheet: CutSheet | None = None
        self._cuts: list[CutAlignment] = []
        self._tolerance_frames = 1.0
        self._landings = {
            Landing.DOWNBEAT: self.tr("downbeat"),
            Landing.BEAT: self.tr("beat"),
            Landing.OFF_BEAT: self.tr("off-beat"),
            Landing.PUSH: self.tr("push"),
            Landing.STROKE: self.tr("stroke"),
            Landing.SUBDIVISION: self.tr("subdivision"),
            Landing.MISS: self.tr("nothing"),
            Landing.SILENT: self.tr("silence"),
        }
        self._wishes = {
            Wish.AUTO: "",
            Wish.HIT: self.tr("your hit"),
            Wish.DROP: self.tr("your drop"),
            Wish.IGNORE: self.tr("ignored as you wish"),
        }

    def show_cuts(self, sheet: CutSheet | None, cuts: list[CutAlignment], tolerance_frames: float) -> None:
        """Show the cuts of a sheet."""
        self.beginResetModel()
        self._sheet, self._cuts, self._tolerance_frames = sheet, cuts, tolerance_frames
        self.endResetModel()

    def cut(self, row: int) -> int:
        """The index of the cut in a row."""
        return self._cuts[row].index

    def rowCount(self, parent: Index = ROOT) -> int:
        """One row a cut; rows have no children."""
        return 0 if parent.isValid() else len(self._cuts)

    def alignment(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column in (1, 2) else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text, alignment and colour of a cell; the colour says how near the music comes to the cut."""
        cut, sheet = self._cuts[index.row()], self._sheet
        if sheet is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(sheet, cut, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() > 0:
            nearness = nearness_of(cut.nearest_error_ms, sheet.rate, self._tolerance_frames)
            return QColor(self.theme.color(NEARNESS_ROLE[nearness]))
        return None

    def _text(self, sheet: CutSheet, cut: CutAlignment, column: int) -> str:
        error_ms = cut.nearest_error_ms
        if column == 0:
            frame = sheet.start_frames + sheet.cuts[cut.index].record_frames
            return timecode(frame, sheet.rate, drop_frame=sheet.drop_frame)
        if column == 3:
            asked = sheet.cuts[cut.index]
            parts = (self._landings[cut.landing], self._wishes[asked.wish], asked.label)
            return " · ".join(part for part in parts if part)
        if error_ms is None:
            return "-"
        return f"{error_ms:+.1f} ms" if column == 1 else f"{error_ms / 1000 * float(sheet.rate):+.2f}"


class ReportView(QWidget):
    """Shows how the measured beats meet the cuts; choosing a row asks to go there."""

    cut_chosen = Signal(int)  # index into the take's own sheet

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: StoredTake | None = None
        self.headline = QLabel()
        self.headline.setWordWrap(True)
        self.model = ReportModel(self)
        self.table = RowTable(self.model, self.tr("Cuts and their beats"), (104, 82, 66, None))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self.headline)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        self.table.row_chosen.connect(lambda row: self.cut_chosen.emit(self.model.cut(row)))
        self.show_take(None)

    def show_take(self, stored: StoredTake | None, tolerance_frames: float = 1.0) -> None:
        """Show the report of a take; None clears it."""
        self.shown = stored
        if stored is None:
            self.headline.setText(self.tr("Score the timeline to see how the music meets each cut."))
            self.model.show_cuts(None, [], tolerance_frames)
        else:
            result = stored.take.result
            self.headline.setText(self._headline(result))
            cuts = [cut for cut in result.report.cuts if not cut.event]
            self.model.show_cuts(stored.take.request.sheet, cuts, tolerance_frames)
        self.table.setVisible(stored is not None)

    def show_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self.table.show_theme(theme)

    def _headline(self, result: ScoreResult) -> str:
        """How well the cuts are met, the room for speech, what a refitted take kept, and what an editor should know."""
        lines = [self._measured(result), *([result.refit.summary] if result.refit else [])]
        if result.speech is not None and result.speech.measured_db is not None:
            room = self.tr("{measured:.1f} dB softer under speech ({wanted:.1f} wanted)")
            lines.append(room.format(measured=result.speech.measured_db, wanted=result.speech.wanted_db))
        return for_window("\n".join((*lines, *result.warnings)))

    def _measured(self, result: ScoreResult) -> str:
        report, mix = result.report, result.file("mix")
        totals = totals_of(report)
        loudness = "" if mix is None or mix.loudness_lufs is None else f", {mix.loudness_lufs:.1f} LUFS"
        tempo = self.tr("no steady tempo") if report.measured_bpm is None else f"{report.measured_bpm:.1f} BPM"
        if not report.cuts:
            return f"{tempo}{loudness}"
        return self.tr("{hits:.0%} of the cuts within one frame ({chance:.0%} by chance), {tempo}{loudness}").format(
            hits=totals.hit_rate_1_frame, chance=totals.chance_1_frame, tempo=tempo, loudness=loudness
        )
