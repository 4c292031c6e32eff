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
    "acoustic": Traits(-0.427, -2.554, -0.795, -2.221, -0.976, -2.236, 0.131, 0.563),
    "ambient": Traits(-0.379, -2.844, -0.657, -1.823, -0.487, -3.088, 0.093, 0.454),
    "bossa-nova": Traits(-0.617, -2.999, -0.751, -2.521, -0.596, -2.825, 0.137, 0.755),
    "chiptune": Traits(-0.315, -1.675, -0.726, -1.464, -1.07, -2.379, 0.14, 0.759),
    "cinematic": Traits(-0.661, -2.968, -0.792, -2.061, -0.115, -2.843, 0.116, 0.597),
    "comedy": Traits(-0.522, -2.54, -0.555, -1.998, -0.76, -2.404, 0.118, 0.599),
    "corporate": Traits(-0.45, -1.98, -0.604, -2.189, -1.162, -2.36, 0.13, 0.733),
    "documentary": Traits(-0.547, -2.398, -0.689, -2.018, -0.747, -2.875, 0.115, 0.426),
    "drum-and-bass": Traits(-0.3, -1.256, -0.796, -1.459, -0.767, -1.108, 0.124, 0.771),
    "fashion": Traits(-0.272, -1.813, -0.775, -1.923, -0.891, -2.227, 0.142, 0.672),
    "funk": Traits(-0.636, -1.767, -0.44, -1.674, -0.697, -1.876, 0.138, 0.805),
    "hip-hop": Traits(-0.29, -2.072, -0.791, -1.901, -0.942, -1.884, 0.123, 0.569),
    "house": Traits(-0.208, -1.978, -0.899, -1.924, -1.395, -2.273, 0.138, 0.723),
    "indie-pop": Traits(-0.567, -2.143, -0.516, -1.947, -0.623, -2.528, 0.127, 0.79),
    "jazz": Traits(-0.317, -2.088, -0.715, -2.057, -0.982, -1.593, 0.107, 0.704),
    "latin": Traits(-0.462, -2.718, -0.76, -2.353, -0.539, -2.664, 0.129, 0.646),
    "lo-fi": Traits(-0.262, -2.238, -1.089, -2.211, -1.156, -2.007, 0.142, 0.376),
    "reggae": Traits(-0.559, -2.584, -0.531, -2.411, -0.655, -3.181, 0.126, 0.812),
    "rock": Traits(-0.455, -1.875, -0.869, -1.365, -0.393, -1.278, 0.125, 0.852),
    "solo-piano": Traits(-0.876, -4.54, -0.576, -2.762, -0.909, -4.332, 0.074, 0.661),
    "soul": Traits(-0.481, -2.142, -0.597, -2.148, -0.679, -2.509, 0.127, 0.618),
    "string-quartet": Traits(-0.674, -2.925, -0.57, -1.368, -0.559, -2.719, 0.104, 0.069),
    "synthwave": Traits(-0.261, -1.888, -0.871, -1.911, -1.0, -2.411, 0.131, 0.635),
    "techno": Traits(-0.104, -2.052, -1.221, -2.329, -1.431, -1.721, 0.131, 0.77),
    "tension": Traits(-0.581, -2.718, -0.78, -2.454, -0.222, -2.611, 0.138, 0.596),
    "trailer": Traits(-0.522, -2.431, -0.855, -1.945, -0.175, -2.19, 0.131, 0.794),
    "trap": Traits(-0.145, -1.901, -1.134, -2.264, -1.278, -2.45, 0.151, 0.618),
    "waltz": Traits(-1.018, -2.585, -0.418, -1.779, -0.197, -2.468, 0.133, 0.672),
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
