"""Second-order sections over a sound that comes piece by piece."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
import scipy.signal
from numpy.typing import NDArray

Number = TypeVar("Number", np.float32, np.float64)

_FORGOTTEN = 1e-20
"""400 dB below full scale: nothing of a sound, and still a number that a processor calculates with at its speed."""


class Sections(Generic[Number]):
    """Second-order sections (S, 6) as `scipy.signal.sosfilt` takes them, and what they remember of the sound so far.

    In silence their memory would decay into numbers below 1e-38 (1e-308 in float64), with which processors calculate
    forty times slower, for as long as the silence lasts. What is forgotten is set to zero, and silence after that
    costs nothing.
    """

    def __init__(self, sections: NDArray[Number], channels: int) -> None:
        self._sections: NDArray[Number] = sections
        self._state: NDArray[Number] = np.zeros((len(sections), channels, 2), sections.dtype)

    def apply(self, piece: NDArray[Number]) -> NDArray[Number]:
        """The next of the sound filtered, (C, T)."""
        if not self._state.any() and not piece.any():
            return np.zeros_like(piece)
        filtered, self._state = scipy.signal.sosfilt(self._sections, piece, axis=-1, zi=self._state)
        self._state[np.abs(self._state) < _FORGOTTEN] = 0
        return np.asarray(filtered)
