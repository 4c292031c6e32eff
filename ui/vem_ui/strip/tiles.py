"""The strip painted once in tiles, so that scrolling and a moving playhead only copy pixels."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import replace

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPixmap

from vem_ui.strip import layers
from vem_ui.strip.model import StripModel
from vem_ui.strip.viewport import Viewport
from vem_ui.theme import Theme

TILE_PX = 256
_MARGIN_PX = 96  # timecodes and strokes that begin in the tile before; what is drawn in spans needs none
_KEPT = 64
_BUDGET_S = 0.010
Key = tuple[float, int, float, int]  # scale, height, device pixel ratio, which tile


class Tiles:
    """A cache of painted tiles. A tile is a stretch of `TILE_PX` columns of the whole timeline at one scale."""

    def __init__(self) -> None:
        self._painted: OrderedDict[Key, QPixmap] = OrderedDict()
        self._stale: dict[Key, QPixmap] = {}

    def clear(self) -> None:
        """Paint all anew: the model, the theme or the pictures changed. The old tiles stand in for a frame or two."""
        self._stale = dict(self._painted)
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
        """Paint what is in view, from the cache where it holds it; False if old tiles had to stand in for new ones.

        A frame makes new tiles for `_BUDGET_S` at most where there are old ones to show meanwhile.
        """
        begin_s, complete = time.perf_counter(), True
        ratio = painter.device().devicePixelRatio() if painter.device() else 1.0
        left = viewport.first_frames * viewport.pixels_per_frame
        for index in range(int(left // TILE_PX), int((left + viewport.width_px) // TILE_PX) + 1):
            key = (viewport.pixels_per_frame, height, ratio, index)
            at = QPointF(round(index * TILE_PX - left), 0)
            if key not in self._painted and key in self._stale and time.perf_counter() - begin_s > _BUDGET_S:
                painter.drawPixmap(at, self._stale[key])
                complete = False
                continue
            if key not in self._painted:
                self._painted[key] = _paint_tile(index, viewport, theme, model, pixmap_of, height, ratio)
                while len(self._painted) > _KEPT:
                    self._painted.popitem(last=False)
            self._painted.move_to_end(key)
            painter.drawPixmap(at, self._painted[key])
        if complete:
            self._stale.clear()
        return complete


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
    with QPainter(tile) as painter:  # ended whatever happens: Qt dies of a painter that outlives its device
        canvas = layers.Canvas(painter, own, theme, model)
        layers.paint_shots(canvas, rows.shots, pixmap_of)
        layers.paint_energy(canvas, rows.energy)
        layers.paint_waveform(canvas, rows.waveform)
        painter.translate(-_MARGIN_PX, 0)
        canvas = layers.Canvas(painter, wider, theme, model)
        layers.paint_ruler(canvas, rows.ruler)
        layers.paint_beats(canvas, rows.beats)
        layers.paint_cuts(canvas, rows.cuts, rows)
    return tile
