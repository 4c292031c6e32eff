"""How each row of the strip is painted. Every layer paints only what is in view, and at most a mark a pixel."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPixmap, QPolygonF

from vem_core.contract.cut_sheet import Wish
from vem_ui.look.theme import Theme
from vem_ui.strip.model import CutMark, Nearness, StripModel, frames_of_samples
from vem_ui.strip.viewport import Viewport

Mark = TypeVar("Mark")
PixmapOf = Callable[[int, int], QPixmap | None]
"""The thumbnail of a shot nearest to a share of its length in percent, or None while it is not there."""

NEARNESS_ROLE = {Nearness.UNKNOWN: "cut", Nearness.HIT: "hit", Nearness.NEAR: "near", Nearness.MISSED: "missed"}
HEARD_PX = 4.0  # the height of a bar of speech, or of music that is there already
_CROWDED_PX = 4.0  # cuts nearer than this are drawn without smoothing
_PACKED_PX = 7.0  # bars shorter than this have no line: the tempo is told from what is left
_PICTURE_PX = 6.0  # narrower shots show no picture
_TEMPO_PX = 4  # points nearer than this are drawn as their mean
_STROKE_PX = {Nearness.UNKNOWN: 1.4, Nearness.HIT: 2.0, Nearness.NEAR: 1.4, Nearness.MISSED: 1.4}
_DASHES = {"near": Qt.PenStyle.DashLine, "missed": Qt.PenStyle.DotLine}
"""How near a beat is, for those who cannot tell the colours: whole, broken, dotted; and a miss has a cross."""

_BADNESS = {Nearness.UNKNOWN: 0, Nearness.HIT: 1, Nearness.NEAR: 2, Nearness.MISSED: 3}
WISH_SIGN = {Wish.HIT: "●", Wish.DROP: "▼", Wish.IGNORE: "×"}


@dataclass(frozen=True)
class Rows:
    """Where the rows lie, top down, for a given height."""

    ruler: QRectF
    shots: QRectF
    heard: QRectF  # speech and music that are there already
    cuts: QRectF
    beats: QRectF
    energy: QRectF
    waveform: QRectF

    @classmethod
    def of(cls, width: float, height: float) -> Rows:
        """Rows in fixed proportions; the rows that carry pictures and curves take what the others leave."""
        fixed = {"ruler": 20.0, "heard": 2 * HEARD_PX + 1, "cuts": 22.0, "beats": 18.0}
        rest = max(0.0, height - sum(fixed.values()))
        heights = fixed | {"shots": 0.42 * rest, "energy": 0.25 * rest, "waveform": 0.33 * rest}
        rects, top = {}, 0.0
        for name in ("ruler", "shots", "heard", "cuts", "beats", "energy", "waveform"):
            rects[name] = QRectF(0, top, width, heights[name])
            top += heights[name]
        return cls(**rects)


@dataclass(frozen=True)
class Canvas:
    """What every layer paints with."""

    painter: QPainter
    viewport: Viewport
    theme: Theme
    model: StripModel

    def pen(self, role: str, width: float = 1.0, alpha: int = 255) -> QPen:
        """A pen in one of the theme's colours."""
        return QPen(self.theme.color(role, alpha), width)

    def draw_lines(
        self, lines: Mapping[tuple[str, float], list[QLineF]], styles: Mapping[str, Qt.PenStyle] = {}
    ) -> None:
        """Lines by role and width: a call a pen is many times cheaper than a call a line. `styles` by role."""
        for (role, width), batch in lines.items():
            pen = self.pen(role, width)
            pen.setStyle(styles.get(role, Qt.PenStyle.SolidLine))
            self.painter.setPen(pen)
            self.painter.drawLines(batch)


def one_a_pixel(marks: Iterable[Mark], x_of: Callable[[Mark], float]) -> Iterator[tuple[Mark, float]]:
    """Marks with their columns, leaving out those that would fall on a column already painted."""
    last: int | None = None
    for mark in marks:
        x = x_of(mark)
        if math.floor(x) != last:
            last = math.floor(x)
            yield mark, x


def paint_shots(canvas: Canvas, rect: QRectF, pixmap_of: PixmapOf) -> None:
    """Each shot's picture at its left, its name over it where there is room."""
    viewport, shots = canvas.viewport, canvas.model.sheet.shots
    visible = canvas.model.shots_between(viewport.first_frames, viewport.last_excl_frames)
    boxes: tuple[list[QRectF], list[QRectF]] = ([], [])
    wide: list[tuple[int, QRectF]] = []
    for index, left in one_a_pixel(visible, lambda index: viewport.x_of(shots[index].start_frames)):
        width = max(1.0, shots[index].duration_frames * viewport.pixels_per_frame)
        box = QRectF(left, rect.top(), width, rect.height())
        boxes[index % 2].append(box)
        if width >= _PICTURE_PX:
            wide.append((index, box))
    canvas.painter.setPen(Qt.PenStyle.NoPen)
    for role, batch in zip(("panel", "raised"), boxes, strict=True):
        canvas.painter.setBrush(canvas.theme.color(role))
        canvas.painter.drawRects(batch)
    for index, box in wide:
        canvas.painter.save()
        canvas.painter.setClipRect(box.intersected(rect))
        _paint_pictures(canvas, index, box, pixmap_of)
        if box.width() > 48 and shots[index].name:
            _paint_name(canvas, box, shots[index].name)
        canvas.painter.restore()


def _paint_name(canvas: Canvas, box: QRectF, name: str) -> None:
    painter = canvas.painter
    painter.fillRect(QRectF(box.left(), box.bottom() - 16, box.width(), 16), canvas.theme.color("window", 170))
    painter.setPen(canvas.pen("text"))
    name_box = QRectF(box.left() + 5, box.bottom() - 16, box.width() - 8, 16)
    elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(name_box.width()))
    painter.drawText(name_box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


def _paint_pictures(canvas: Canvas, shot: int, box: QRectF, pixmap_of: PixmapOf) -> None:
    """Pictures side by side over the whole shot, the last one cut off where it ends."""
    first = pixmap_of(shot, 0)
    if first is None or first.height() == 0:
        return
    width = box.height() * first.width() / first.height()
    first_seen = max(0, math.floor(-box.left() / width))
    last_seen = math.ceil((min(box.right(), canvas.viewport.width_px) - box.left()) / width)
    for index in range(first_seen, last_seen):
        share = min(1.0, (index + 0.5) * width / box.width())
        picture = pixmap_of(shot, round(100 * share)) or first
        at = QRectF(box.left() + index * width, box.top(), width, box.height())
        canvas.painter.drawPixmap(at, picture, QRectF(picture.rect()))


def paint_cuts(canvas: Canvas, rect: QRectF, rows: Rows) -> None:
    """A line at each cut through the shots, its wish as a sign, and a stroke to the beat that serves it."""
    viewport = canvas.viewport
    cuts = canvas.model.cuts_between(viewport.first_frames, viewport.last_excl_frames)
    space_px = viewport.pixels_per_frame * canvas.model.sheet.duration_frames / (1 + len(canvas.model.cuts))
    lines: list[QLineF] = []
    strokes: dict[tuple[str, float], list[QLineF]] = defaultdict(list)
    for cut, x in worst_a_pixel(cuts, lambda cut: viewport.x_of(cut.record_frames)):
        lines.append(QLineF(x, rows.shots.top(), x, rows.shots.bottom()))
        stroke = (NEARNESS_ROLE[cut.nearness], 1.0 if space_px <= _CROWDED_PX else _STROKE_PX[cut.nearness])
        end = (x, rect.bottom()) if cut.beat_frames is None else (viewport.x_of(cut.beat_frames), rows.beats.top() + 6)
        strokes[stroke].append(QLineF(x, rect.top() + 12, *end))
    canvas.painter.setPen(canvas.pen("cut", 1.0, round(min(255.0, 24 + 10 * space_px))))  # crowded cuts are no wall
    canvas.painter.drawLines(lines)
    canvas.painter.setRenderHint(QPainter.RenderHint.Antialiasing, space_px > _CROWDED_PX)
    canvas.draw_lines(strokes, _DASHES)
    canvas.painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_misses(canvas, rect, cuts, space_px)
    paint_wishes(canvas, rect)


def paint_wishes(canvas: Canvas, rect: QRectF) -> None:
    """A sign over each cut that somebody wished something of."""
    viewport = canvas.viewport
    cuts = canvas.model.cuts_between(viewport.first_frames, viewport.last_excl_frames)
    wished = [cut for cut in cuts if cut.wish is not Wish.AUTO]
    for cut, x in one_a_pixel(wished, lambda cut: viewport.x_of(cut.record_frames)):
        canvas.painter.setPen(canvas.pen("drop" if cut.wish is Wish.DROP else "text"))
        canvas.painter.drawText(QPointF(x - 4, rect.top() + 11), WISH_SIGN[cut.wish])


def _paint_misses(canvas: Canvas, rect: QRectF, cuts: Iterable[CutMark], space_px: float) -> None:
    """A small cross where no beat is near."""
    if space_px <= _CROWDED_PX:
        return
    crosses = []
    for cut in cuts:
        if cut.nearness is Nearness.MISSED:
            x, y = canvas.viewport.x_of(cut.record_frames), rect.bottom() - 3
            crosses += [QLineF(x - 3, y - 3, x + 3, y + 3), QLineF(x - 3, y + 3, x + 3, y - 3)]
    canvas.painter.setPen(canvas.pen("missed", 1.4))
    canvas.painter.drawLines(crosses)


def worst_a_pixel(cuts: Iterable[CutMark], x_of: Callable[[CutMark], float]) -> Iterator[tuple[CutMark, float]]:
    """Cuts with their columns, of each column the one that was met worst: a miss must not hide behind a hit."""
    for _, group in itertools.groupby(((cut, x_of(cut)) for cut in cuts), lambda pair: math.floor(pair[1])):
        yield max(group, key=lambda pair: _BADNESS[pair[0].nearness])


def paint_beats(canvas: Canvas, rect: QRectF) -> None:
    """The plan's beats, downbeats taller; beats alone vanish where they would touch. The tempo runs over them."""
    viewport = canvas.viewport
    beats = canvas.model.beats_between(viewport.first_frames, viewport.last_excl_frames)
    crowded = len(beats) * 4 > viewport.width_px
    packed = sum(beat.downbeat for beat in beats) * _PACKED_PX > viewport.width_px
    lines: dict[tuple[str, float], list[QLineF]] = defaultdict(list)
    for beat, x in one_a_pixel(beats, lambda beat: viewport.x_of(beat.frames)):
        if beat.downbeat and not packed:
            lines["downbeat", 1.5].append(QLineF(x, rect.top() + 2, x, rect.bottom()))
        elif not (beat.downbeat or crowded):
            lines["beat", 1.0].append(QLineF(x, rect.top() + 8, x, rect.bottom()))
    canvas.draw_lines(lines)
    _paint_curve(canvas, rect, "tempo")


def _paint_curve(canvas: Canvas, rect: QRectF, role: str) -> None:
    """The tempo, scaled to its own range but to no less than 10 % of its mean, so that small drifts look small."""
    low, high = canvas.model.tempo_range_bpm
    if low == 0:
        return
    middle = (low + high) / 2
    half_range = max((high - low) / 2, 0.05 * middle)
    viewport = canvas.viewport
    points = canvas.model.tempo_between(viewport.first_frames, viewport.last_excl_frames)
    canvas.painter.setPen(QPen(canvas.theme.color(role, 150), 1.0, Qt.PenStyle.DotLine))
    for first_frames, last_frames, bpm in canvas.model.homes:
        y = rect.center().y() - (bpm - middle) / half_range * rect.height() * 0.45
        canvas.painter.drawLine(QLineF(viewport.x_of(first_frames), y, viewport.x_of(last_frames), y))
    line = []
    for _, group in itertools.groupby(points, lambda point: math.floor(viewport.x_of(point[0]) / _TEMPO_PX)):
        near = list(group)
        bpm = sum(value for _, value in near) / len(near)
        line.append(
            QPointF(viewport.x_of(near[0][0]), rect.center().y() - (bpm - middle) / half_range * rect.height() * 0.45)
        )
    canvas.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    canvas.painter.setPen(canvas.pen(role, 1.4))
    canvas.painter.drawPolyline(QPolygonF(line))
    canvas.painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_energy(canvas: Canvas, rect: QRectF) -> None:
    """Each shot's energy as a bar that can be dragged."""
    painter, viewport, model = canvas.painter, canvas.viewport, canvas.model
    painter.setPen(canvas.pen("line"))
    painter.drawLine(QLineF(rect.left(), rect.top(), rect.right(), rect.top()))
    if not model.energies:
        return
    shots = model.sheet.shots
    visible = model.shots_between(viewport.first_frames, viewport.last_excl_frames)
    bars: list[QRectF] = []
    lines: list[QLineF] = []
    open_lines: list[QLineF] = []  # of shots whose energy is the tool's choice, until there is a take
    for index, left in one_a_pixel(visible, lambda index: viewport.x_of(shots[index].start_frames)):
        energy = model.energies[index]
        width = max(1.0, shots[index].duration_frames * viewport.pixels_per_frame - 1)
        if energy is None:
            open_lines.append(QLineF(left, rect.center().y(), left + width, rect.center().y()))
            continue
        top = rect.bottom() - energy * (rect.height() - 4)
        bars.append(QRectF(left, top, width, rect.bottom() - top))
        lines.append(QLineF(left, top, left + width, top))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(canvas.theme.color("energy", 60))
    painter.drawRects(bars)
    painter.setPen(canvas.pen("line"))
    painter.drawLines(open_lines)
    painter.setPen(canvas.pen("energy", 2.0))
    painter.drawLines(lines)


def paint_waveform(canvas: Canvas, rect: QRectF) -> None:
    """The take's peaks, a column a pixel."""
    model, viewport = canvas.model, canvas.viewport
    if model.waveform is None:
        return
    columns = int(rect.width())
    samples_per_frame = 1 / frames_of_samples(1, model.sheet.rate)
    first = (viewport.first_frames - model.waveform_frames) * samples_per_frame
    last = (viewport.last_excl_frames - model.waveform_frames) * samples_per_frame
    peaks = model.waveform.between(first, last, columns)
    middle, half = rect.center().y(), rect.height() / 2 - 2
    canvas.painter.setPen(canvas.pen("waveform"))
    canvas.painter.drawLines(
        [
            QLineF(x + 0.5, middle - high * half, x + 0.5, middle - low * half + 0.5)
            for x, (low, high) in enumerate(peaks.tolist())
        ]
    )


def paint_kept(canvas: Canvas, rect: QRectF) -> None:
    """A line under what a refitted take has from the one before."""
    canvas.painter.setPen(Qt.PenStyle.NoPen)
    canvas.painter.setBrush(canvas.theme.color("hit"))
    for first_frames, last_frames in canvas.model.kept:
        left, right = canvas.viewport.x_of(first_frames), canvas.viewport.x_of(last_frames)
        canvas.painter.drawRect(QRectF(left, rect.bottom() - 2, max(1.0, right - left - 1), 2))


def paint_span(canvas: Canvas, rect: QRectF, first_frames: float, last_frames: float) -> None:
    """A selected range as a wash over all rows."""
    left, right = canvas.viewport.x_of(first_frames), canvas.viewport.x_of(last_frames)
    canvas.painter.fillRect(QRectF(left, rect.top(), right - left, rect.height()), canvas.theme.color("accent", 36))


def paint_playhead(canvas: Canvas, rect: QRectF, frames: float) -> None:
    """Where the music is."""
    x = canvas.viewport.x_of(frames)
    canvas.painter.setPen(canvas.pen("playhead", 1.2))
    canvas.painter.drawLine(QLineF(x, rect.top(), x, rect.bottom()))


def paint_labels(canvas: Canvas, rows: Rows) -> None:
    """What the rows are, at their left: the tempo's range, the energy, the music."""
    low, high = canvas.model.tempo_range_bpm
    excursion = canvas.model.excursion
    tempo = "" if low == 0 else f"{low:.0f} BPM" if round(low) == round(high) else f"{low:.0f}–{high:.0f} BPM"
    if tempo and excursion is not None:
        tempo = f"{tempo} ±{excursion:.1%}"
    painter = canvas.painter
    font = painter.font()
    font.setPixelSize(10)
    painter.setFont(font)
    for text, rect in (
        (tempo, rows.beats),
        (QCoreApplication.translate("Strip", "Energy"), rows.energy),
        (QCoreApplication.translate("Strip", "Music"), rows.waveform),
    ):
        if text:
            width = painter.fontMetrics().horizontalAdvance(text) + 8
            painter.fillRect(QRectF(rect.left(), rect.top() + 1, width, 14), canvas.theme.color("window"))
            painter.setPen(canvas.pen("faint"))
            painter.drawText(QPointF(rect.left() + 4, rect.top() + 12), text)


def paint_locked(canvas: Canvas, rows: Rows, start_frames: float, end_excl_frames: float) -> None:
    """A stretch of the music that stays: bracketed and hatched, so that it is told without its colour."""
    left, right = canvas.viewport.x_of(start_frames), canvas.viewport.x_of(end_excl_frames)
    box = QRectF(left, rows.waveform.top(), right - left, rows.waveform.height() - 1)
    canvas.painter.setPen(canvas.pen("accent", 1.4))
    canvas.painter.setBrush(QBrush(canvas.theme.color("accent", 60), Qt.BrushStyle.FDiagPattern))
    canvas.painter.drawRect(box)


def paint_hover(canvas: Canvas, rows: Rows, frames: float, role: str = "accent") -> None:
    """The cut under the pointer, or a mark that cannot be met."""
    x = canvas.viewport.x_of(frames)
    canvas.painter.fillRect(
        QRectF(x - 2, rows.shots.top(), 4, rows.beats.bottom() - rows.shots.top()), canvas.theme.color(role, 110)
    )
