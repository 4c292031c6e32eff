"""Spectrograms as pictures with few colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vem_core.audio.features import Spectrogram


def draw_bands(sound: Spectrogram, path: Path, size: tuple[int, int] = (560, 160)) -> None:
    """The bands over time, low notes at the bottom, as a PNG."""
    level = sound.bands / max(float(np.quantile(sound.bands, 0.999)), 1e-9)
    dots = np.round(np.clip(level.T[::-1], 0, 1) * 23).astype(np.uint8)
    picture = Image.fromarray(dots).resize(size, Image.Resampling.BOX)
    picture.putpalette([round(255 * part) for step in range(24) for part in _colour(step / 23)])
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)


def _colour(level: float) -> tuple[float, float, float]:
    """From night blue over violet and orange to pale yellow."""
    stops = ((0.04, 0.04, 0.12), (0.36, 0.12, 0.45), (0.87, 0.35, 0.28), (0.99, 0.95, 0.72))
    red, green, blue = (float(np.interp(level * 3, range(4), channel)) for channel in zip(*stops, strict=True))
    return red, green, blue
