"""Procedural footage for the demo edit: reels of moving light and shapes, drawn with numpy, encoded with PyAV."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 180
RATE = Fraction(24)

Frame = NDArray[np.uint8]
Field = NDArray[np.float32]


class Motif(enum.Enum):
    """What moves in a reel."""

    WAVES = "waves"
    STRIPES = "stripes"
    DISCS = "discs"
    RAYS = "rays"


@dataclass(frozen=True)
class Reel:
    """One camera original: a sky, a ground, and something that moves over them."""

    name: str
    motif: Motif
    sky: tuple[int, int, int]
    ground: tuple[int, int, int]
    light: tuple[int, int, int]
    speed: float  # of the motif, 0 still .. 4 hectic
    seed: int


REELS = (
    Reel("A001_dawn_sea", Motif.WAVES, (46, 52, 92), (236, 156, 110), (255, 226, 180), 0.5, 1),
    Reel("A002_road", Motif.RAYS, (120, 150, 176), (62, 66, 70), (236, 236, 222), 1.6, 2),
    Reel("A003_forest", Motif.STRIPES, (34, 64, 44), (16, 30, 24), (160, 208, 120), 1.2, 3),
    Reel("A004_market", Motif.DISCS, (178, 92, 52), (94, 40, 36), (255, 206, 96), 2.2, 4),
    Reel("A005_city_night", Motif.DISCS, (12, 14, 34), (26, 20, 46), (120, 200, 255), 2.8, 5),
    Reel("A006_dancers", Motif.RAYS, (52, 8, 62), (12, 4, 20), (255, 72, 148), 3.6, 6),
    Reel("A007_summit", Motif.WAVES, (98, 150, 210), (226, 234, 242), (255, 255, 255), 0.8, 7),
)


def write_reel(reel: Reel, duration_frames: int, path: Path) -> None:
    """Encode a reel as an H.264 movie, atomically; leaves an existing file alone."""
    if path.exists():
        return
    partial = path.with_name(f".{path.name}.part")
    with av.open(str(partial), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "26"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for image in draw_frames(reel, duration_frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    partial.replace(path)


def draw_frames(reel: Reel, duration_frames: int) -> Iterator[Frame]:
    """The reel's frames in order, each (HEIGHT, WIDTH, 3)."""
    draw = _DRAW[reel.motif]
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : WIDTH / HEIGHT : WIDTH * 1j].astype(np.float32)
    base = _mix(np.asarray(reel.sky, np.float32), np.asarray(reel.ground, np.float32), y)
    light = np.asarray(reel.light, np.float32)
    for frame in range(duration_frames):
        glow = draw(x, y, reel.speed * frame / float(RATE), np.random.default_rng(reel.seed))
        yield np.clip(_mix(base, light, glow), 0, 255).astype(np.uint8)


def _mix(start: Field, end: Field, amount: Field) -> Field:
    mixed: Field = start + (end - start) * amount[..., None]
    return mixed


def _waves(x: Field, y: Field, phase: float, rng: np.random.Generator) -> Field:
    heights, lengths, drifts = rng.uniform(0.02, 0.06, 4), rng.uniform(3, 11, 4), rng.uniform(0.6, 1.8, 4)
    glow = np.zeros_like(y)
    for index, (height, length, drift) in enumerate(zip(heights, lengths, drifts, strict=True)):
        crest = 0.45 + 0.13 * index + height * np.sin(length * x + drift * phase * 2)
        glow = np.maximum(glow, np.exp(-(((y - crest) / 0.03) ** 2)))
    return glow.astype(np.float32)


def _stripes(x: Field, y: Field, phase: float, rng: np.random.Generator) -> Field:
    glow = np.zeros_like(x)
    for depth in (0.3, 0.6, 1.0):
        trunks = np.sin((x + depth * phase * 0.4) * rng.uniform(9, 15) / depth)
        glow = np.maximum(glow, depth * (trunks > 0.8) * (0.4 + 0.6 * y))
    return glow.astype(np.float32)


def _discs(x: Field, y: Field, phase: float, rng: np.random.Generator) -> Field:
    glow = np.zeros_like(x)
    for centre_x, centre_y, radius, rate in rng.uniform((0, 0.2, 0.03, 0.5), (1.78, 1.0, 0.12, 2.5), (16, 4)):
        centre_x = (centre_x + 0.12 * phase * rate) % 2.0 - 0.1
        centre_y = centre_y + 0.06 * np.sin(rate * phase * 3)
        glow = np.maximum(glow, ((x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2) * (0.4 + 0.6 * rate / 2.5))
    return glow.astype(np.float32)


def _rays(x: Field, y: Field, phase: float, rng: np.random.Generator) -> Field:
    angle = np.arctan2(y - 0.45, x - 0.89) + 0.2 * np.sin(phase)
    depth = 0.25 / (np.hypot(x - 0.89, y - 0.45) + 0.05)
    spokes = rng.integers(5, 9)
    glow: Field = 0.5 * (np.sin(spokes * angle) > 0.6) + 0.5 * (np.sin(6 * depth + 5 * phase) > 0.5)
    return np.asarray(glow, np.float32)


_DRAW = {Motif.WAVES: _waves, Motif.STRIPES: _stripes, Motif.DISCS: _discs, Motif.RAYS: _rays}
