"""The K-weighting of ITU-R BS.1770-4: what loudness hears of a sound."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.time import SAMPLE_RATE_HZ

# The standard gives coefficients for 48 kHz only. These frequencies and this Q are those of its curves as second-order
# filters, rounded as pyloudnorm rounds them: our loudness and pyloudnorm's are one number.
_SHELF_GAIN_DB, _SHELF_HZ, _SHELF_Q = 4.0, 1500.0, math.sqrt(0.5)
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.0, 0.5


@functools.cache
def k_weighting() -> NDArray[np.float64]:
    """Its two filters as second-order sections for `scipy.signal`, a high shelf and a high-pass: (2, 6).

    The designs are those of R. Bristow-Johnson's *Cookbook formulae for audio equalizer biquad filter coefficients*.
    """
    return np.stack([_high_shelf(_SHELF_GAIN_DB, _SHELF_HZ, _SHELF_Q), _high_pass(_HIGH_PASS_HZ, _HIGH_PASS_Q)])


def _high_shelf(gain_db: float, corner_hz: float, q: float) -> NDArray[np.float64]:
    amplitude = 10 ** (gain_db / 40)
    cosine, alpha = _angle(corner_hz, q)
    more, less, slope = amplitude + 1, amplitude - 1, 2 * math.sqrt(amplitude) * alpha
    return _section(
        (
            amplitude * (more + less * cosine + slope),
            -2 * amplitude * (less + more * cosine),
            amplitude * (more + less * cosine - slope),
        ),
        (more - less * cosine + slope, 2 * (less - more * cosine), more - less * cosine - slope),
    )


def _high_pass(corner_hz: float, q: float) -> NDArray[np.float64]:
    cosine, alpha = _angle(corner_hz, q)
    return _section(
        ((1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2),
        (1 + alpha, -2 * cosine, 1 - alpha),
    )


def _angle(corner_hz: float, q: float) -> tuple[float, float]:
    """The cosine of the corner's angle, and the cookbook's alpha."""
    angle = 2 * math.pi * corner_hz / SAMPLE_RATE_HZ
    return math.cos(angle), math.sin(angle) / (2 * q)


def _section(numerator: tuple[float, ...], denominator: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array([*numerator, *denominator]) / denominator[0]
