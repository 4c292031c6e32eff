"""Small requests with thumbnails, for tests of what carries them."""

from __future__ import annotations

import functools
import hashlib
import io
from fractions import Fraction

from PIL import Image

from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.request import Direction, ScoreRequest, Thumbnail


@functools.cache
def small_jpeg(shade: int, width: int = 64, height: int = 36) -> bytes:
    """A JPEG of one grey."""
    buffer = io.BytesIO()
    Image.new("L", (width, height), shade % 256).save(buffer, "JPEG")
    return buffer.getvalue()


def small_request(
    prompt: str = "", *, seed: int = 0, shots: int = 3, shot_frames: int = 24
) -> tuple[ScoreRequest, dict[str, bytes]]:
    """A request of equal shots with a thumbnail each, and the JPEGs by their SHA-256."""
    sheet = CutSheet(
        name="small",
        rate=Fraction(24),
        start_frames=0,
        duration_frames=shots * shot_frames,
        shots=tuple(Shot(index * shot_frames, shot_frames, name=f"shot {index}") for index in range(shots)),
        cuts=tuple(Cut(index * shot_frames) for index in range(1, shots)),
    )
    pictures = [small_jpeg(index * 9) for index in range(shots)]
    names = [hashlib.sha256(picture).hexdigest() for picture in pictures]
    thumbnails = tuple(Thumbnail(name, index, index * shot_frames) for index, name in enumerate(names))
    request = ScoreRequest(sheet, Direction(prompt=prompt), model="sketch", seed=seed, thumbnails=thumbnails)
    return request, dict(zip(names, pictures, strict=True))
