"""Ten signals, the same wherever they are made, for comparing our musicnn with the original. Needs numpy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

RATE_HZ = 16_000
SECONDS = 4


def _tones(*hertz: float, decay: float = 0.0) -> np.ndarray:
    time_s = np.arange(RATE_HZ * SECONDS) / RATE_HZ
    envelope = np.exp(-decay * (time_s % 0.5))
    return sum((np.sin(2 * np.pi * tone * time_s) for tone in hertz), np.zeros_like(time_s)) / len(hertz) * envelope


def _noise(seed: int, decay: float = 0.0) -> np.ndarray:
    time_s = np.arange(RATE_HZ * SECONDS) / RATE_HZ
    return np.random.default_rng(seed).uniform(-1, 1, len(time_s)) * np.exp(-decay * (time_s % 0.5))


SIGNALS: dict[str, Callable[[], np.ndarray]] = {
    "low tone": lambda: 0.5 * _tones(82.4),
    "middle tone": lambda: 0.5 * _tones(440.0),
    "high tone": lambda: 0.2 * _tones(3_520.0),
    "chord": lambda: 0.4 * _tones(220.0, 277.2, 329.6),
    "plucked": lambda: 0.6 * _tones(110.0, 220.0, 330.0, 440.0, 550.0, decay=6),
    "cluster": lambda: 0.4 * _tones(220.0, 233.1, 246.9),
    "noise": lambda: 0.3 * _noise(1),
    "quiet noise": lambda: 0.003 * _noise(2),
    "hi-hat": lambda: 0.5 * _noise(3, decay=30),
    "drum and bass": lambda: 0.4 * _noise(4, decay=40) + 0.4 * _tones(55.0, decay=4),
}
"""Each (samples,) at 16 kHz, within full scale."""
