"""The strip painted once in tiles, so that scrolling and a moving playhead only copy pixels."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap

from vem_ui.look.theme import Theme
from vem_ui.strip import layers, marks, overview, ruler
from vem_ui.strip.model import StripModel
from vem_ui.strip.viewport import Viewport

TILE_PX = 256
_MARGIN_PX = 96  # timecodes and strokes that begin in the tile before; what is drawn in spans needs none
_KEPT = 64
BUDGET_S = 0.008
Key = tuple[float, int, float, int]  # scale, height, device pixel ratio, which tile


@dataclass(frozen=True)
class _Shown:
    """A tile as it was on screen: where in the timeline, and its pixels."""

    first_frames: float
    last_frames: float
    tile: QPixmap


class Tiles:
    """A cache of painted tiles. A tile is a stretch of `TILE_PX` columns of the whole timeline at one scale."""

    def __init__(self, budget_s: float = BUDGET_S) -> None:
        self._budget_s = budget_s
        self._painted: OrderedDict[Key, QPixmap] = OrderedDict()
        self._shown: list[_Shown] = []  # by the last frames, the newest last

    def clear(self) -> None:
        """Paint all anew: the model, the theme or the pictures changed."""
        self._painted.clear()

    def forget(self, first_frames: float, last_frames: float) -> None:
        """Forget the tiles that show a span of record frames."""
        for key in list(self._painted):
            scale, _, _, index = key
            left, right = index * TILE_PX - _MARGIN_PX, (index + 1) * TILE_PX + _MARGIN_PX
            if left <= last_frames * scale and right >= first_frames * scale:
                del self._painted[key]

    def paint(
        self,
        painter: QPainter,
        viewport: Viewport,
        theme: Theme,
        model: StripModel,
        pixmap_of: layers.PixmapOf,
        height: int,
    ) -> bool:
        """Paint what is in view, from the cache where it holds it; False if the frame is not complete.

        A frame makes new tiles for `budget_s`, and one at least. In place of the others it shows what the last frame
        showed there, stretched: the next frames make them.
        """
        begin_s, shown, made, complete = time.perf_counter(), list[_Shown](), 0, True
        ratio = painter.device().devicePixelRatio() if painter.device() else 1.0
        left = viewport.first_frames * viewport.pixels_per_frame
        for index in range(int(left // TILE_PX), int((left + viewport.width_px) // TILE_PX) + 1):
            key = (viewport.pixels_per_frame, height, ratio, index)
            at = QRectF(round(index * TILE_PX - left), 0, TILE_PX, height)
            span = index * TILE_PX / viewport.pixels_per_frame, (index + 1) * TILE_PX / viewport.pixels_per_frame
            if key not in self._painted and made and time.perf_counter() - begin_s > self._budget_s:
                complete = False
                self._paint_stand_in(painter, at, *span)
                continue
            if key not in self._painted:
                made += 1
                self._painted[key] = _paint_tile(index, viewport, theme, model, pixmap_of, height, ratio)
                while len(self._painted) > _KEPT:
                    self._painted.popitem(last=False)
            self._painted.move_to_end(key)
            painter.drawPixmap(at.topLeft(), self._painted[key])
            shown.append(_Shown(*span, self._painted[key]))
        self._shown = shown if complete else (self._shown + shown)[-_KEPT:]
        return complete

    def _paint_stand_in(self, painter: QPainter, at: QRectF, first_frames: float, last_frames: float) -> None:
        scale = at.width() / (last_frames - first_frames)
        for old in self._shown:
            if old.first_frames < last_frames and first_frames < old.last_frames:
                left = at.left() + (old.first_frames - first_frames) * scale
                width = (old.last_frames - old.first_frames) * scale
                painter.save()
                painter.setClipRect(at)
                painter.drawPixmap(QRectF(left, 0, width, at.height()), old.tile, QRectF(old.tile.rect()))
                painter.restore()


def _paint_tile(
    index: int,
    viewport: Viewport,
    theme: Theme,
    model: StripModel,
    pixmap_of: layers.PixmapOf,
    height: int,
    ratio: float,
) -> QPixmap:
    tile = QPixmap(round(TILE_PX * ratio), round(height * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(theme.color("window"))
    own = replace(viewport, first_frames=index * TILE_PX / viewport.pixels_per_frame, width_px=TILE_PX)
    first_frames = (index * TILE_PX - _MARGIN_PX) / viewport.pixels_per_frame
    wider = replace(viewport, first_frames=first_frames, width_px=TILE_PX + 2 * _MARGIN_PX)
    rows = layers.Rows.of(TILE_PX, height)
    crowded = overview.is_crowded(viewport, model)
    with QPainter(tile) as painter:  # ended whatever happens: Qt dies of a painter that outlives its device
        canvas = layers.Canvas(painter, own, theme, model)
        if crowded:
            overview.paint_filmstrip(canvas, rows.shots, pixmap_of)
            overview.paint_moods(canvas, marks.mood_band(rows))
            overview.paint_energies(canvas, rows.energy)
        else:
            layers.paint_shots(canvas, rows.shots, pixmap_of)
            marks.paint_moods(canvas, rows)
            layers.paint_energy(canvas, rows.energy)
        layers.paint_waveform(canvas, rows.waveform)
        layers.paint_kept(canvas, rows.waveform)
        marks.paint_silences(canvas, rows)
        marks.paint_speech(canvas, rows)
        painter.translate(-_MARGIN_PX, 0)
        canvas = layers.Canvas(painter, wider, theme, model)
        ruler.paint_ruler(canvas, rows.ruler)
        layers.paint_beats(canvas, rows.beats)
        if crowded:
            overview.paint_met(canvas, rows.cuts)
            overview.paint_accents(canvas, rows.beats)
            layers.paint_wishes(canvas, rows.cuts)
        else:
            layers.paint_cuts(canvas, rows.cuts, rows)
            marks.paint_accents(canvas, rows)
        marks.paint_events(canvas, rows)
    return tile
