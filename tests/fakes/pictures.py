"""Pictures that are drawn from numbers: of nothing that anybody knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDE = (256, 144)


def noise(seed: int, size: tuple[int, int] = WIDE, *, steepness: float) -> NDArray[np.float32]:
    """(height, width, 3), 0..1: noise in one colour that falls with frequency, to the power of `steepness`."""
    random = np.random.default_rng(seed)
    width, height = size
    spectrum = np.fft.fft2(random.standard_normal((height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    grey = np.real(np.fft.ifft2(spectrum / np.maximum(frequency, 1 / width) ** steepness))
    grey = (grey - grey.min()) / np.ptp(grey)
    return (grey[..., None] * random.random(3)).astype(np.float32)


def gradient(seed: int, size: tuple[int, int] = WIDE) -> NDArray[np.float32]:
    """(height, width, 3) a colour that comes from the left and another that comes from above."""
    random = np.random.default_rng(seed)
    down, right = np.mgrid[0 : 1 : 1j * size[1], 0 : 1 : 1j * size[0]]
    return np.clip(right[..., None] * random.random(3) + down[..., None] * random.random(3), 0, 1).astype(np.float32)


def disc(seed: int, size: tuple[int, int] = WIDE) -> NDArray[np.float32]:
    """(height, width, 3) a disc of one colour on another."""
    random = np.random.default_rng(seed)
    down, right = np.mgrid[0 : size[1], 0 : size[0]]
    inside = (right - random.uniform(60, 200)) ** 2 + (down - random.uniform(40, 100)) ** 2 < random.uniform(
        15, 60
    ) ** 2
    return np.where(inside[..., None], random.random(3), random.random(3)).astype(np.float32)


PICTURES = {
    "coarse noise": lambda size: noise(1, size, steepness=1.4),
    "fine noise": lambda size: noise(2, size, steepness=0.0),
    "gradient": lambda size: gradient(3, size),
    "disc": lambda size: disc(4, size),
}
