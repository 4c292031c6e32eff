"""Tiny movies whose every frame says its number, in horizontal stripes that survive scaling, cropping and JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

BITS = 12
WIDTH, HEIGHT = 160, 96


def stripes(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """An RGB image that says `number`: one stripe a bit, the lowest on top, white for one."""
    bits = [(number >> bit) & 1 for bit in range(BITS)]
    rows = np.repeat(np.array(bits, np.uint8) * 200 + 28, height // BITS)
    return np.broadcast_to(rows[:, None, None], (height, width, 3)).copy()


def number_of(image: Image.Image | NDArray[np.uint8]) -> int:
    """The number that an image of `stripes` says, at whatever size."""
    grey = np.asarray(image if isinstance(image, Image.Image) else Image.fromarray(image)).astype(float)
    grey = grey.mean(axis=2) if grey.ndim == 3 else grey
    rows = grey[:, grey.shape[1] // 3 : -grey.shape[1] // 3].mean(axis=1)
    centres = ((np.arange(BITS) + 0.5) * len(rows) / BITS).astype(int)
    return sum(1 << bit for bit, row in enumerate(centres) if rows[row] > 128)


def write_movie(
    path: Path,
    frames: int,
    rate: Fraction = Fraction(24),
    *,
    codec: str = "libx264",
    timecode: str | None = None,
    options: dict[str, str] | None = None,
    durations: Sequence[int] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    pixel_aspect: Fraction | None = None,
    latin_title: str | None = None,
) -> Path:
    """A movie of `frames` numbered frames; `durations` (in frames at `rate`) make its rate vary. `latin_title` is
    written in Latin-1, as old cameras and tools do."""
    with av.open(str(path), "w", metadata_encoding="latin-1") as container:
        if latin_title is not None:
            container.metadata["title"] = latin_title
        if timecode is not None:
            container.metadata["timecode"] = timecode
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p" if codec != "qtrle" else "rgb24"
        stream.time_base = 1 / rate
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        begins = 0
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(stripes(number, *size), format="rgb24")
            frame.pts, frame.time_base = begins, 1 / rate
            begins += 1 if durations is None else durations[number]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_stills(
    folder: Path, numbers: Sequence[int], prefix: str = "shot.", suffix: str = ".png", pad: int = 4
) -> Path:
    """An image sequence: each file says its own number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        Image.fromarray(stripes(number)).save(folder / f"{prefix}{number:0{pad}}{suffix}")
    return folder
