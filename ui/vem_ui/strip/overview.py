"""The strip where cuts are so near to each other that each by itself would be a line in a wall: all of them together.

Columns lie on a grid of the whole timeline, so that tiles agree about them and nothing swims while it scrolls.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QPolygonF

from vem_ui.strip.layers import NEARNESS_ROLE, Canvas, PixmapOf
from vem_ui.strip.model import Nearness, StripModel
from vem_ui.strip.viewport import Viewport

CROWDED_PX = 6.0
"""Cuts that are nearer than this on average are shown together."""

COLUMN_PX = 8  # of how cuts are met; tiles and their margins are whole columns
ENERGY_PX = 4  # of the energy
_REACH = 2  # columns on either side that a point of the energy's line is the mean of
_WIDEST_PX = 256.0  # pictures of odd shapes
_ORDER = (Nearness.HIT, Nearness.NEAR, Nearness.MISSED, Nearness.UNKNOWN)  # from the bottom up


class Spread(NamedTuple):
    """Values of the shots in a column, the mean weighed by how much of the column each fills."""

    least: float
    mean: float
    most: float


def is_crowded(viewport: Viewport, model: StripModel) -> bool:
    """Whether cuts are too near to each other to be drawn one by one."""
    return viewport.pixels_per_frame * model.sheet.duration_frames <= CROWDED_PX * (1 + len(model.cuts))


def paint_filmstrip(canvas: Canvas, rect: QRectF, pixmap_of: PixmapOf) -> None:
    """Pictures side by side, each of the shot in its middle; how many cuts there are, as a line along the bottom."""
    painter, viewport, model = canvas.painter, canvas.viewport, canvas.model
    painter.fillRect(rect, canvas.theme.color("panel"))
    shots = range(0, len(model.sheet.shots), max(1, len(model.sheet.shots) // 64))  # of crowded ones some have none
    first = next((found for shot in shots if (found := pixmap_of(shot, 0)) is not None), None)
    if first is not None and first.height() > 0:
        width = min(_WIDEST_PX, rect.height() * first.width() / first.height())
        origin_px = viewport.first_frames * viewport.pixels_per_frame
        for index in range(math.floor(origin_px / width), math.ceil((origin_px + viewport.width_px) / width)):
            if index * width >= _whole_px(canvas):
                break
            picture = _picture_of_column(canvas, index * width, (index + 1) * width, pixmap_of)
            if picture is not None:
                at = QRectF(index * width - origin_px, rect.top(), width, rect.height())
                painter.drawPixmap(at, picture, QRectF(picture.rect()))
                painter.fillRect(QRectF(at.left(), at.top(), 1, at.height()), canvas.theme.color("window", 150))
    _paint_density(canvas, rect)


def _picture_of_column(canvas: Canvas, left_px: float, right_px: float, pixmap_of: PixmapOf) -> QPixmap | None:
    """The picture in the middle of a column; of the nearest shot in it that has one, since not every shot has."""
    model, scale = canvas.model, canvas.viewport.pixels_per_frame
    last = model.sheet.duration_frames - 0.5
    middle = min((left_px + right_px) / 2 / scale, last)
    within = model.shots_between(left_px / scale, min(right_px / scale, last))
    central = model.shots_between(middle, middle + 1e-6).start
    for shot in sorted({central, *within}, key=lambda each: abs(each - central)):
        span = model.sheet.shots[shot]
        share = min(1.0, max(0.0, (middle - span.start_frames) / span.duration_frames))
        picture = pixmap_of(shot, round(100 * share))
        if picture is not None:
            return picture
    return None


def _paint_density(canvas: Canvas, rect: QRectF) -> None:
    """How many cuts a column holds: the more, the higher, on a dark foot so that any picture may lie under it."""
    most = max(1.0, 1.6 * COLUMN_PX * len(canvas.model.cuts) / max(1.0, _whole_px(canvas)))
    counts: dict[int, int] = defaultdict(int)
    for column, _ in _columns(canvas):
        counts[column] += 1
    foot = QRectF(0, rect.bottom() - 14, canvas.viewport.width_px, 14)
    canvas.painter.fillRect(foot, canvas.theme.color("window", 150))
    bars = [
        QRectF(column * COLUMN_PX, rect.bottom() - height, COLUMN_PX - 1, height)
        for column, count in counts.items()
        for height in [min(12.0, 12.0 * count / most)]
    ]
    canvas.painter.setPen(Qt.PenStyle.NoPen)
    canvas.painter.setBrush(canvas.theme.color("cut", 200))
    canvas.painter.drawRects(bars)


def _whole_px(canvas: Canvas) -> float:
    return canvas.viewport.pixels_per_frame * canvas.model.sheet.duration_frames


def paint_met(canvas: Canvas, rect: QRectF) -> None:
    """How the cuts of each column are met: from the bottom up those within a frame, those that are near, the misses."""
    found: dict[int, dict[Nearness, int]] = defaultdict(lambda: defaultdict(int))
    for column, nearness in _columns(canvas):
        found[column][nearness] += 1
    bars: dict[Nearness, list[QRectF]] = defaultdict(list)
    top, height = rect.top() + 3, rect.height() - 3
    for column, counts in found.items():
        bottom, cuts = top + height, sum(counts.values())
        for nearness in _ORDER:
            part = height * counts[nearness] / cuts
            if part > 0:
                bars[nearness].append(QRectF(column * COLUMN_PX, bottom - part, COLUMN_PX - 1, part))
            bottom -= part
    canvas.painter.setPen(Qt.PenStyle.NoPen)
    for nearness, batch in bars.items():
        solid = nearness in (Nearness.HIT, Nearness.UNKNOWN)  # told by place and fullness, not by colour alone
        canvas.painter.setBrush(canvas.theme.color(NEARNESS_ROLE[nearness], 255 if solid else 150))
        canvas.painter.drawRects(batch)


def _columns(canvas: Canvas) -> Iterator[tuple[int, Nearness]]:
    """The cuts in view by their columns of `COLUMN_PX`, counted from the left edge, which is one's beginning."""
    viewport = canvas.viewport
    for cut in canvas.model.cuts_between(viewport.first_frames, viewport.last_excl_frames):
        yield math.floor(viewport.x_of(cut.record_frames) / COLUMN_PX), cut.nearness


def paint_energies(canvas: Canvas, rect: QRectF) -> None:
    """The energy of the shots around each column: their mean as a line, the least and the most as a veil around it."""
    painter = canvas.painter
    painter.setPen(canvas.pen("line"))
    painter.drawLine(QLineF(rect.left(), rect.top(), rect.right(), rect.top()))
    scale = rect.height() - 4

    def line_of(values: Sequence[float]) -> list[QPointF]:
        return [
            QPointF((column + 0.5) * ENERGY_PX, rect.bottom() - value * scale)
            for column, value in zip(columns, values, strict=True)
        ]

    columns = range(-1, math.ceil(canvas.viewport.width_px / ENERGY_PX) + 1)  # a line goes on in the next tile
    spreads = [_spread_at(canvas, column) for column in range(columns.start - _REACH, columns.stop + _REACH)]
    known = [spread for spread in spreads if spread is not None]
    if not known:
        return
    held = [spread or known[0 if index < _REACH + 1 else -1] for index, spread in enumerate(spreads)]
    least, mean, most = (line_of(_smooth([getattr(each, name) for each in held])) for name in Spread._fields)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(canvas.theme.color("energy", 70))
    ground = [QPointF(mean[-1].x(), rect.bottom()), QPointF(mean[0].x(), rect.bottom())]
    painter.drawPolygon(QPolygonF([*mean, *ground]))
    painter.setBrush(canvas.theme.color("energy", 45))
    painter.drawPolygon(QPolygonF([*most, *reversed(least)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(canvas.pen("energy", 2.0))
    painter.drawPolyline(QPolygonF(mean))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _smooth(values: Sequence[float]) -> list[float]:
    """The mean around each but the first and the last `_REACH`, the nearer the heavier."""
    weights = [_REACH + 1 - abs(distance) for distance in range(-_REACH, _REACH + 1)]
    return [
        sum(weight * value for weight, value in zip(weights, values[first : first + len(weights)], strict=True))
        / sum(weights)
        for first in range(len(values) - 2 * _REACH)
    ]


def _spread_at(canvas: Canvas, column: int) -> Spread | None:
    span = (canvas.viewport.frame_at(edge * ENERGY_PX) for edge in (column, column + 1))
    return _spread(canvas.model, canvas.model.energies, *span)


def _spread(
    model: StripModel, values: Sequence[float | None], first_frames: float, last_frames: float
) -> Spread | None:
    """Of the values of the shots in a span; None where none of them has one."""
    known, weights = [], []
    for index in model.shots_between(first_frames, last_frames):
        value = values[index] if index < len(values) else None
        if value is not None:
            shot = model.sheet.shots[index]
            known.append(value)
            weights.append(min(last_frames, shot.end_excl_frames) - max(first_frames, shot.start_frames))
    if not known or sum(weights) <= 0:
        return None
    mean = sum(value * weight for value, weight in zip(known, weights, strict=True)) / sum(weights)
    return Spread(min(known), mean, max(known))


def paint_moods(canvas: Canvas, rect: QRectF) -> None:
    """What the director understood, as the mean of the shots in each column: blue for dark, orange for bright."""
    moods = canvas.model.moods
    valences, energies = [valence for valence, _ in moods], [energy for _, energy in moods]
    for column in range(math.ceil(canvas.viewport.width_px / ENERGY_PX)):
        left = column * ENERGY_PX
        span = canvas.viewport.frame_at(left), canvas.viewport.frame_at(left + ENERGY_PX)
        valence, energy = _spread(canvas.model, valences, *span), _spread(canvas.model, energies, *span)
        if valence is not None and energy is not None:
            role = "accent" if valence.mean >= 0 else "energy"
            alpha = round(50 + 205 * min(1.0, 0.7 * abs(valence.mean) + 0.3 * energy.mean))
            box = QRectF(left, rect.top(), ENERGY_PX, rect.height())
            canvas.painter.fillRect(box, canvas.theme.color(role, alpha))


def paint_accents(canvas: Canvas, rect: QRectF) -> None:
    """Where the band plays accents: a dot in each column that holds one, stronger the more it holds."""
    counts: dict[int, int] = defaultdict(int)
    for frames in canvas.model.accents:
        x = canvas.viewport.x_of(frames)
        if 0 <= x < canvas.viewport.width_px:
            counts[math.floor(x / COLUMN_PX)] += 1
    canvas.painter.setPen(Qt.PenStyle.NoPen)
    for column, count in counts.items():
        canvas.painter.setBrush(canvas.theme.color("text", min(255, 110 + 60 * count)))
        canvas.painter.drawEllipse(QRectF(column * COLUMN_PX + 2, rect.top() + 3, 3, 3))
