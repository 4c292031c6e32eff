"""Which part of the timeline the strip shows: record frames against pixels, zoom and scroll."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

MAX_PIXELS_PER_FRAME = 24.0


@dataclass(frozen=True)
class Viewport:
    """A window of `width_px` pixels onto `duration_frames` record frames, `first_frames` at its left edge.

    Immutable; zooming and scrolling give a new one that never shows more than the timeline.
    """

    duration_frames: int
    width_px: int
    pixels_per_frame: float
    first_frames: float = 0.0

    @classmethod
    def fitting(cls, duration_frames: int, width_px: int) -> Viewport:
        """The viewport that shows the whole timeline."""
        return cls(duration_frames, max(1, width_px), max(1, width_px) / max(1, duration_frames))

    def x_of(self, frames: float) -> float:
        """The pixel column of a record frame."""
        return (frames - self.first_frames) * self.pixels_per_frame

    def frame_at(self, x: float) -> float:
        """The record frame under a pixel column."""
        return self.first_frames + x / self.pixels_per_frame

    @property
    def last_excl_frames(self) -> float:
        """The record frame at the right edge."""
        return self.frame_at(self.width_px)

    @property
    def span_frames(self) -> float:
        """How many record frames are visible."""
        return self.width_px / self.pixels_per_frame

    def zoomed(self, factor: float, around_x: float) -> Viewport:
        """Zoomed in by a factor, keeping what lies under `around_x` where it is."""
        fitting = self.width_px / max(1, self.duration_frames)
        scale = min(max(self.pixels_per_frame * factor, fitting), max(MAX_PIXELS_PER_FRAME, fitting))
        first = self.frame_at(around_x) - around_x / scale
        return dataclasses.replace(self, pixels_per_frame=scale, first_frames=first)._inside()

    def scrolled(self, frames: float) -> Viewport:
        """Moved to the right by a number of record frames."""
        return dataclasses.replace(self, first_frames=self.first_frames + frames)._inside()

    def resized(self, width_px: int) -> Viewport:
        """The same part of the timeline in another width; all of it where all was shown, or where there is room."""
        width = max(1, width_px)
        if self.span_frames >= self.duration_frames - 0.5 / self.pixels_per_frame:
            return Viewport.fitting(self.duration_frames, width)
        scale = max(self.pixels_per_frame, width / max(1, self.duration_frames))
        return dataclasses.replace(self, width_px=width, pixels_per_frame=scale)._inside()

    def showing(self, frames: float) -> Viewport:
        """Scrolled by as little as brings a record frame into view."""
        if self.first_frames <= frames < self.last_excl_frames:
            return self
        return dataclasses.replace(self, first_frames=frames - self.span_frames / 2)._inside()

    def _inside(self) -> Viewport:
        last_first = max(0.0, self.duration_frames - self.span_frames)
        return dataclasses.replace(self, first_frames=min(max(0.0, self.first_frames), last_first))
