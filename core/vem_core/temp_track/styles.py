"""Which of our styles a piece of music is nearest to, by how its sound is spread over pitch and time.

The traits of the styles were measured on their own renderings; `benchmarks/style_traits.py` prints the table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ


class Traits(NamedTuple):
    """What one hears of a style before knowing any notes."""

    low: float  # share of the power below 150 Hz, as its logarithm to base 10
    high: float  # the same above 4 kHz
    middle: float  # the same from 500 Hz to 2 kHz
    upper: float  # the same from 2 to 4 kHz
    side: float  # power of the sides against the middle, as its logarithm to base 10
    flatness: float  # of the spectrum from 200 Hz to 8 kHz, as its logarithm to base 10: noise 0, tones below
    attacks: float  # how much the spectrum rises from moment to moment, against its size
    regularity: float  # how strongly the rises repeat between 0.25 and 1 s


SILENT = Traits(*(0.0,) * len(Traits._fields))

STYLE_TRAITS: dict[str, Traits] = {
    "acoustic": Traits(-0.391, -2.329, -0.794, -2.062, -1.014, -2.439, 0.128, 0.575),
    "ambient": Traits(-0.381, -2.92, -0.582, -1.859, -0.533, -3.219, 0.101, 0.6),
    "bossa-nova": Traits(-0.586, -2.929, -0.76, -2.606, -0.646, -2.709, 0.141, 0.8),
    "children": Traits(-1.013, -2.203, -0.466, -1.987, -0.791, -2.619, 0.125, 0.685),
    "chiptune": Traits(-0.355, -1.678, -0.752, -1.465, -1.091, -2.377, 0.142, 0.744),
    "cinematic": Traits(-0.807, -3.067, -0.627, -1.743, -0.109, -2.707, 0.113, 0.274),
    "comedy": Traits(-0.963, -2.389, -0.609, -1.85, -0.431, -2.382, 0.126, 0.523),
    "corporate": Traits(-0.377, -1.921, -0.635, -2.193, -1.172, -2.361, 0.129, 0.706),
    "documentary": Traits(-0.52, -2.296, -0.705, -1.826, -0.788, -2.727, 0.117, 0.422),
    "drum-and-bass": Traits(-0.285, -1.257, -0.758, -1.543, -0.801, -1.224, 0.13, 0.774),
    "fashion": Traits(-0.291, -1.712, -0.758, -1.767, -0.887, -1.986, 0.137, 0.676),
    "funk": Traits(-0.642, -1.966, -0.844, -1.791, -0.9, -1.622, 0.131, 0.605),
    "hip-hop": Traits(-0.278, -1.37, -0.852, -1.44, -1.11, -1.219, 0.131, 0.5),
    "horror": Traits(-0.426, -2.834, -0.699, -1.984, -0.198, -2.342, 0.123, 0.429),
    "house": Traits(-0.203, -1.709, -1.008, -2.065, -1.413, -1.93, 0.134, 0.765),
    "indie-pop": Traits(-0.708, -2.233, -0.489, -1.687, -0.656, -2.071, 0.115, 0.776),
    "jazz": Traits(-0.327, -2.048, -0.774, -2.027, -0.994, -1.596, 0.105, 0.714),
    "latin": Traits(-0.476, -2.449, -0.8, -2.391, -0.596, -2.549, 0.128, 0.637),
    "lo-fi": Traits(-0.163, -2.173, -1.232, -2.418, -1.195, -2.151, 0.141, 0.388),
    "news": Traits(-0.472, -2.254, -0.675, -1.983, -0.261, -2.29, 0.133, 0.736),
    "reggae": Traits(-0.48, -2.24, -0.56, -2.194, -0.655, -2.806, 0.132, 0.786),
    "rock": Traits(-0.469, -1.914, -0.84, -1.404, -0.475, -1.363, 0.125, 0.844),
    "solo-piano": Traits(-0.842, -4.226, -0.622, -2.441, -0.879, -4.39, 0.077, 0.615),
    "soul": Traits(-0.703, -2.175, -0.571, -2.041, -0.816, -2.517, 0.123, 0.657),
    "sport": Traits(-0.467, -1.786, -0.803, -1.423, -0.72, -1.414, 0.121, 0.741),
    "string-quartet": Traits(-0.656, -3.078, -0.63, -1.641, -0.52, -2.731, 0.105, 0.128),
    "synthwave": Traits(-0.241, -1.917, -0.932, -2.011, -1.021, -2.48, 0.133, 0.613),
    "techno": Traits(-0.107, -1.993, -1.25, -2.206, -1.181, -1.794, 0.13, 0.779),
    "tension": Traits(-0.46, -2.835, -0.842, -2.401, -0.178, -2.474, 0.135, 0.555),
    "trailer": Traits(-0.558, -2.706, -0.667, -1.541, -0.173, -2.33, 0.123, 0.729),
    "trap": Traits(-0.174, -1.604, -0.884, -2.007, -1.375, -1.941, 0.151, 0.686),
    "waltz": Traits(-0.992, -2.563, -0.564, -1.845, -0.157, -2.59, 0.133, 0.651),
    "world": Traits(-0.619, -2.691, -0.856, -2.064, -0.81, -2.878, 0.123, 0.668),
}

_HOP = 480
_FRAME = 2_048
_TEMPO_COST = 3.0  # an octave away from a style's own range of tempo, against a spread of one trait


def traits_of(audio: Audio) -> Traits:
    """The traits of sound (2, T); zeros for silence."""
    mono = audio.mean(0).astype(np.float64)
    if len(mono) < SAMPLE_RATE_HZ or not np.any(mono):
        return SILENT
    frames = np.lib.stride_tricks.sliding_window_view(mono, _FRAME)[::_HOP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1))
    hertz = np.fft.rfftfreq(_FRAME, 1 / SAMPLE_RATE_HZ)
    power = (spectrum**2).sum(0)
    total = power.sum() + 1e-12
    compressed = np.log1p(spectrum * 10)
    rises = np.maximum(np.diff(compressed, axis=0), 0).sum(1)
    return Traits(
        low=float(np.log10(power[hertz < 150].sum() / total + 1e-6)),
        high=float(np.log10(power[hertz > 4000].sum() / total + 1e-6)),
        middle=float(np.log10(power[(hertz > 500) & (hertz <= 2000)].sum() / total + 1e-6)),
        upper=float(np.log10(power[(hertz > 2000) & (hertz <= 4000)].sum() / total + 1e-6)),
        side=_side(audio),
        flatness=_flatness(spectrum[:, (hertz > 200) & (hertz < 8000)]),
        attacks=float(rises.mean() / (compressed.sum(1).mean() + 1e-9)),
        regularity=_regularity(rises),
    )


def _side(audio: Audio) -> float:
    middle, side = (np.square(audio[0] + sign * audio[1], dtype=np.float64).mean() for sign in (1, -1))
    return float(np.log10((side + 1e-9) / (middle + 1e-9) + 1e-3))


def _flatness(spectrum: NDArray[np.float64]) -> float:
    """The geometric mean against the arithmetic one, in the median frame."""
    power = spectrum**2 + 1e-9
    return float(np.median(np.mean(np.log10(power), axis=1) - np.log10(power.mean(axis=1))))


def nearest_styles(traits: Traits, tempo_bpm: float | None) -> tuple[str, ...]:
    """The ids of all styles, the nearest first. None of them for silence."""
    from vem_core.composer.styles import style_by_id, tempo_range

    if traits == SILENT or not STYLE_TRAITS:
        return ()
    table = np.array(list(STYLE_TRAITS.values()))
    spread = table.std(0) + 1e-9
    costs = {}
    for style_id, own in STYLE_TRAITS.items():
        distance = float(np.sqrt(np.mean(((np.array(traits) - own) / spread) ** 2)))
        if tempo_bpm is not None:
            low, high = tempo_range(style_by_id(style_id))
            away = max(0.0, np.log2(low / tempo_bpm), np.log2(tempo_bpm / high))
            distance += _TEMPO_COST * float(away)
        costs[style_id] = distance
    return tuple(sorted(costs, key=lambda style_id: costs[style_id]))


def _regularity(rises: NDArray[np.float64]) -> float:
    centred = rises - rises.mean()
    if not np.any(centred):
        return 0.0
    size = 1 << (2 * len(centred) - 1).bit_length()
    correlation = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[: len(centred)]
    rate_hz = SAMPLE_RATE_HZ / _HOP
    lags = correlation[int(0.25 * rate_hz) : int(1.0 * rate_hz) + 1]
    return float(lags.max(initial=0.0) / correlation[0])
