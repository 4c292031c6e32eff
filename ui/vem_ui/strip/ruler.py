"""Where a timecode ruler has its ticks: at round timecodes, whatever the rate, drop frame included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.time import frame_of_timecode, nominal_rate, timecode
from vem_ui.strip.layers import Canvas

LABEL_PX = 96
_STEPS_FRAMES = (1, 5, 6, 12, 15, 30)  # those that divide a second of timecode
_STEPS_S = (1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600)
_DAY_S = 24 * 3600


class Tick(NamedTuple):
    """A mark of the ruler."""

    record_frames: int  # from the sheet's first frame
    code: str


def ticks(sheet: CutSheet, first_frames: float, last_frames: float, pixels_per_frame: float) -> Iterator[Tick]:
    """The ticks between two record frames, at least `LABEL_PX` apart.

    A second of timecode is 24 frames at 23.976, 30 at 29.97, 60 at 59.94: the ruler counts those, not seconds of the
    clock. In drop frame the minutes that begin at ;02 or ;04 have their tick there (SMPTE ST 12-1).
    """
    first, last = max(0, int(first_frames)), min(sheet.duration_frames, int(last_frames) + 1)
    base = nominal_rate(sheet.rate)
    for step in (step for step in _STEPS_FRAMES if base % step == 0 and step < base):
        if step * pixels_per_frame >= LABEL_PX:
            yield from _frame_ticks(sheet, first, last, step)
            return
    step_s = next((step for step in _STEPS_S if step * base * pixels_per_frame >= LABEL_PX), _STEPS_S[-1])
    yield from _second_ticks(sheet, first, last, step_s)


def paint_ruler(canvas: Canvas, rect: QRectF) -> None:
    """Timecodes at round intervals that leave room for their text."""
    sheet, viewport, painter = canvas.model.sheet, canvas.viewport, canvas.painter
    painter.setPen(canvas.pen("faint"))
    end = viewport.x_of(sheet.duration_frames)
    for tick in ticks(sheet, viewport.first_frames, viewport.last_excl_frames, viewport.pixels_per_frame):
        x = viewport.x_of(tick.record_frames)
        painter.drawLine(QLineF(x, rect.bottom() - 5, x, rect.bottom()))
        if x + 4 + painter.fontMetrics().horizontalAdvance(tick.code) < end:
            painter.drawText(QPointF(x + 4, rect.bottom() - 6), tick.code)


def _frame_ticks(sheet: CutSheet, first: int, last: int, step: int) -> Iterator[Tick]:
    for frame in range(first, last):
        code = timecode(sheet.start_frames + frame, sheet.rate, drop_frame=sheet.drop_frame)
        if int(code[-2:]) % step == 0:
            yield Tick(frame, code)


def _second_ticks(sheet: CutSheet, first: int, last: int, step_s: int) -> Iterator[Tick]:
    hours, minutes, seconds = (
        int(part)
        for part in timecode(sheet.start_frames + first, sheet.rate, drop_frame=sheet.drop_frame)[:8].split(":")
    )
    second = (3600 * hours + 60 * minutes + seconds) // step_s * step_s
    day_frames = frame_of_timecode(_code(sheet, _DAY_S - 1), sheet.rate) + nominal_rate(sheet.rate)
    turns = (sheet.start_frames + first) // day_frames  # timecode begins anew after 24 hours
    while True:
        days, in_day = divmod(second, _DAY_S)
        code = _code(sheet, in_day)
        frame = frame_of_timecode(code, sheet.rate) + (days + turns) * day_frames - sheet.start_frames
        if frame >= last:
            return
        if frame >= first:
            yield Tick(frame, code)
        second += step_s


def _code(sheet: CutSheet, second: int) -> str:
    minutes, seconds = divmod(second, 60)
    dropped = nominal_rate(sheet.rate) // 15 if sheet.drop_frame and seconds == 0 and minutes % 10 else 0
    sign = ";" if sheet.drop_frame else ":"
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{sign}{dropped:02d}"
