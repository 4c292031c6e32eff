"""A decoded frame, and small upright images of it in square pixels."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image


@dataclass(frozen=True)
class Picture:
    """A frame as its medium holds it, and the shape of its pixels (width over height)."""

    frame: VideoFrame
    pixel_aspect: Fraction = Fraction(1)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as an audience sees them: upright, in square pixels."""
        width, height = round(self.frame.width * self.pixel_aspect), self.frame.height
        return (height, width) if self.frame.rotation % 180 else (width, height)

    def fitted(self, width: int, height: int) -> Image.Image:
        """The picture in RGB, as large as fits into width x height with its own shape, never enlarged."""
        own_width, own_height = self.size
        scale = min(Fraction(1), Fraction(width, own_width), Fraction(height, own_height))
        return self._scaled(max(1, round(own_width * scale)), max(1, round(own_height * scale)))

    def square(self, side: int) -> Image.Image:
        """The middle of the picture in RGB, as large as its shorter side allows, side x side."""
        width, height = self.size
        scale = Fraction(side, min(width, height))
        image = self._scaled(round(width * scale), round(height * scale))
        left, top = (image.width - side) // 2, (image.height - side) // 2
        return image.crop((left, top, left + side, top + side))

    def letterboxed(self, width: int, height: int) -> Image.Image:
        """The picture in RGB on black, width x height; enlarged where it is smaller."""
        own_width, own_height = self.size
        scale = min(Fraction(width, own_width), Fraction(height, own_height))
        image = self._scaled(max(1, round(own_width * scale)), max(1, round(own_height * scale)))
        if image.size == (width, height):
            return image
        canvas = Image.new("RGB", (width, height))
        canvas.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
        return canvas

    def _scaled(self, width: int, height: int) -> Image.Image:
        quarter_turns = self.frame.rotation // 90 % 4
        if quarter_turns % 2:
            width, height = height, width
        scaler = _scaler(threading.get_ident(), self.frame.width, self.frame.height, width, height)
        scaled = scaler.reformat(self.frame, width, height, "rgb24", interpolation=Interpolation.AREA, threads=1)
        pixels = scaled.to_ndarray()
        return Image.fromarray(np.ascontiguousarray(np.rot90(pixels, quarter_turns)) if quarter_turns else pixels)


@functools.lru_cache(maxsize=32)
def _scaler(_thread: int, _from_width: int, _from_height: int, _width: int, _height: int) -> VideoReformatter:
    """A scaler for each pair of sizes: it prepares tables, which costs more than scaling a small picture itself."""
    return VideoReformatter()
