"""What the editor marked beside the cuts, and what is heard already: hits, cues, silences, speech, temp track."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPolygonF

from vem_core.contract.cut_sheet import Event, Wish
from vem_ui.strip.layers import HEARD_PX, Canvas, Rows, one_a_pixel

_MARK_PX = 4.0


def paint_events(canvas: Canvas, rows: Rows) -> None:
    """A triangle at each moment inside a shot that the music shall meet, a line down to the beats; cues as lines."""
    painter, viewport, sheet = canvas.painter, canvas.viewport, canvas.model.sheet
    top, bottom = rows.cuts.top() + 2, rows.beats.bottom()
    for event, x in one_a_pixel(sheet.events, lambda event: viewport.x_of(event.record_frames)):
        if not -_MARK_PX <= x <= viewport.width_px + _MARK_PX:
            continue
        role = _role_of(event)
        painter.setPen(canvas.pen(role, 1.0, 130))
        painter.drawLine(QLineF(x, top, x, bottom))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(canvas.theme.color(role))
        painter.drawPolygon(
            QPolygonF([QPointF(x - _MARK_PX, top), QPointF(x + _MARK_PX, top), QPointF(x, top + 2 * _MARK_PX)])
        )
    for _, x in one_a_pixel(sheet.cue_starts, lambda cue: viewport.x_of(cue.record_frames)):
        painter.setPen(canvas.pen("accent", 1.4))
        painter.drawLine(QLineF(x, rows.shots.top(), x, rows.waveform.bottom()))


def paint_silences(canvas: Canvas, rows: Rows) -> None:
    """Where there shall be no music: hatched over what the music does."""
    painter = canvas.painter
    painter.setPen(Qt.PenStyle.NoPen)
    for span in canvas.model.sheet.silences:
        left, right = canvas.viewport.x_of(span.start_frames), canvas.viewport.x_of(span.end_excl_frames)
        box = QRectF(left, rows.beats.top(), right - left, rows.waveform.bottom() - rows.beats.top())
        painter.fillRect(box, canvas.theme.color("window", 150))
        painter.setBrush(QBrush(canvas.theme.color("faint", 110), Qt.BrushStyle.BDiagPattern))
        painter.drawRect(box)


def paint_speech(canvas: Canvas, rows: Rows) -> None:
    """A bar under the pictures while somebody speaks, and a thin one where music lies already."""
    painter = canvas.painter
    for spans, role, drop in ((canvas.model.speech, "tempo", 0.0), (canvas.model.temp_music, "waveform", HEARD_PX)):
        for first_frames, last_frames in spans:
            left, right = canvas.viewport.x_of(first_frames), canvas.viewport.x_of(last_frames)
            top = rows.heard.top() + 1 + drop
            painter.fillRect(QRectF(left, top, max(1.0, right - left), HEARD_PX - 1), canvas.theme.color(role))


def _role_of(event: Event) -> str:
    return "drop" if event.wish is Wish.DROP else "faint" if event.wish is Wish.IGNORE else "playhead"
