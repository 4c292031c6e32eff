"""The shots' thumbnails as pixmaps, decoded when first asked for."""

from __future__ import annotations

import bisect
from collections import defaultdict

from PySide6.QtGui import QPixmap

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import Thumbnail, ThumbnailUse
from vem_plugin.hosts.base import ThumbnailSet


class ShotPictures:
    """Finds the picture of a shot nearest to a moment of it."""

    def __init__(self, sheet: CutSheet, thumbnails: ThumbnailSet) -> None:
        self._sheet = sheet
        self._jpegs = thumbnails.jpegs
        self._of_shot: dict[int, list[Thumbnail]] = defaultdict(list)
        for thumbnail in sorted(thumbnails.thumbnails, key=lambda entry: entry.record_frames):
            if thumbnail.use is ThumbnailUse.SHOT:
                self._of_shot[thumbnail.shot].append(thumbnail)
        self._starts = [shot.start_frames for shot in sheet.shots]
        self._decoded: dict[str, QPixmap] = {}

    def at_percent(self, shot: int, percent: int) -> QPixmap | None:
        """The picture nearest to a share of the shot's length; None if there is none."""
        span = self._sheet.shots[shot]
        return self._nearest(shot, span.start_frames + span.duration_frames * percent / 100)

    def at_frame(self, record_frames: float) -> QPixmap | None:
        """The picture nearest to a moment of the timeline, of the shot that it lies in."""
        return self._nearest(self.shot_at(record_frames), record_frames)

    def shot_at(self, record_frames: float) -> int:
        """The shot that is on show at a moment of the timeline."""
        return max(0, bisect.bisect_right(self._starts, record_frames) - 1)

    def _nearest(self, shot: int, record_frames: float) -> QPixmap | None:
        candidates = self._of_shot.get(shot)
        if not candidates:
            return None
        nearest = min(candidates, key=lambda entry: abs(entry.record_frames - record_frames))
        if nearest.sha256 not in self._decoded:
            pixmap = QPixmap()
            pixmap.loadFromData(self._jpegs.get(nearest.sha256, b""))
            self._decoded[nearest.sha256] = pixmap
        return self._decoded[nearest.sha256]
