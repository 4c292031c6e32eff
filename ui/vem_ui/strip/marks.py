"""What the editor marked beside the cuts, and what is heard already: hits, cues, silences, speech, temp track."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPolygonF

from vem_core.contract.cut_sheet import Event, Wish
from vem_ui.strip.layers import HEARD_PX, Canvas, Rows, one_a_pixel

_MARK_PX = 4.0
_MOOD_PX = 4.0


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


def paint_moods(canvas: Canvas, rows: Rows) -> None:
    """What the director understood of each shot: a band over its picture, blue for dark, orange for bright moods.

    The livelier the shot, the stronger the colour. Blue and orange can be told apart with any kind of sight.
    """
    painter, viewport, shots = canvas.painter, canvas.viewport, canvas.model.sheet.shots
    moods = canvas.model.moods
    if len(moods) != len(shots):
        return
    visible = canvas.model.shots_between(viewport.first_frames, viewport.last_excl_frames)
    for index, left in one_a_pixel(visible, lambda index: viewport.x_of(shots[index].start_frames)):
        valence, energy = moods[index]
        role = "accent" if valence >= 0 else "energy"
        alpha = round(50 + 205 * min(1.0, 0.7 * abs(valence) + 0.3 * energy))
        width = max(1.0, shots[index].duration_frames * viewport.pixels_per_frame - 1)
        painter.fillRect(QRectF(left, rows.shots.top(), width, _MOOD_PX), canvas.theme.color(role, alpha))


def mood_band(rows: Rows) -> QRectF:
    """Where the moods stand: over the pictures."""
    return QRectF(rows.shots.left(), rows.shots.top(), rows.shots.width(), _MOOD_PX)


def paint_accents(canvas: Canvas, rows: Rows) -> None:
    """A diamond on the beats at each cut that the band plays as an accent."""
    painter, viewport = canvas.painter, canvas.viewport
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(canvas.theme.color("text"))
    y = rows.beats.top() + 5
    for _, x in one_a_pixel(canvas.model.accents, viewport.x_of):
        if -_MARK_PX <= x <= viewport.width_px + _MARK_PX:
            painter.drawPolygon(
                QPolygonF([QPointF(x, y - 4), QPointF(x + 3.5, y), QPointF(x, y + 4), QPointF(x - 3.5, y)])
            )


def _role_of(event: Event) -> str:
    return "drop" if event.wish is Wish.DROP else "faint" if event.wish is Wish.IGNORE else "playhead"
