"""A decoded frame, and small upright images of it in square pixels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
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
        scaled = self.frame.reformat(width=width, height=height, format="rgb24", interpolation=Interpolation.AREA)
        pixels = scaled.to_ndarray()
        return Image.fromarray(np.ascontiguousarray(np.rot90(pixels, quarter_turns)) if quarter_turns else pixels)
