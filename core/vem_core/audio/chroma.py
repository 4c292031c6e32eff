"""Pitch classes: their names, and how much of each sounds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""The twelve pitch classes by number, named as musicians name the tonics of common keys."""

_CONCERT_A_HZ, _CLASS_OF_A = 440.0, 9


def pitch_class_of(hertz: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """The pitch class nearest to each frequency above 0: 0 is C."""
    return (np.rint(12 * np.log2(hertz / _CONCERT_A_HZ)).astype(np.int64) + _CLASS_OF_A) % 12


def pitch_class_matrix(bins_hz: NDArray[np.floating[Any]], low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """Which bins of a spectrum count for which pitch class: (bins, 12), ones between two frequencies (high exclusive).

    A spectrum (frames, bins) times this is its chroma (frames, 12).
    """
    inside = np.flatnonzero((bins_hz >= low_hz) & (bins_hz < high_hz))
    matrix = np.zeros((len(bins_hz), 12))
    matrix[inside, pitch_class_of(bins_hz[inside])] = 1
    return matrix
