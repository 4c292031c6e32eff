"""The report of a take: the headline in words, each cut in a table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QLabel, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.result import CutAlignment, ScoreResult
from vem_core.contract.time import timecode

COLUMNS = 4


class ReportView(QWidget):
    """Shows how the measured beats meet the cuts; a click on a row asks to go there."""

    cut_chosen = Signal(int)  # row of the sheet's cuts

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.headline = QLabel()
        self.headline.setWordWrap(True)
        self.table = QTableWidget(0, COLUMNS)
        self.table.setHorizontalHeaderLabels([self.tr("Cut"), self.tr("Error"), self.tr("Frames"), self.tr("Lands on")])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAccessibleName(self.tr("Cuts and their beats"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.headline)
        layout.addWidget(self.table)
        self.table.cellClicked.connect(lambda row, _: self.cut_chosen.emit(row))
        self.show_result(None, None)

    def show_result(self, sheet: CutSheet | None, result: ScoreResult | None) -> None:
        """Show the report of a result, made for this sheet; None clears it."""
        if sheet is None or result is None:
            self.headline.setText(self.tr("No take yet."))
            self.table.setRowCount(0)
            return
        self.headline.setText(self._headline(result))
        cuts = [cut for cut in result.report.cuts if not cut.event]
        self.table.setRowCount(len(cuts))
        for row, cut in enumerate(cuts):
            frame = sheet.start_frames + sheet.cuts[cut.index].record_frames
            texts = (timecode(frame, sheet.rate, drop_frame=sheet.drop_frame), *_texts(cut, float(sheet.rate)))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if 0 < column < COLUMNS - 1:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)

    def _headline(self, result: ScoreResult) -> str:
        report, mix = result.report, result.file("mix")
        totals = report.with_off_beats
        loudness = "" if mix is None or mix.loudness_lufs is None else f", {mix.loudness_lufs:.1f} LUFS"
        tempo = self.tr("no steady tempo") if report.measured_bpm is None else f"{report.measured_bpm:.1f} BPM"
        if not report.cuts:
            return f"{tempo}{loudness}"
        return self.tr("{hits:.0%} of the cuts within one frame (chance {chance:.0%}), {tempo}{loudness}").format(
            hits=totals.hit_rate_1_frame, chance=totals.chance_1_frame, tempo=tempo, loudness=loudness
        )


def _texts(cut: CutAlignment, rate: float) -> tuple[str, str, str]:
    errors = [error for error in (cut.error_ms, cut.off_beat_error_ms) if error is not None]
    if not errors:
        return "-", "-", cut.landing.value
    nearest = min(errors, key=abs)
    return f"{nearest:+.1f} ms", f"{nearest / 1000 * rate:+.2f}", cut.landing.value
