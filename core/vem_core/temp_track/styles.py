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
    "acoustic": Traits(-0.739, -1.944, -0.79, -2.032, -0.889, -2.278, 0.116, 0.635),
    "ambient": Traits(-0.308, -3.432, -0.837, -2.424, -0.594, -3.056, 0.103, 0.578),
    "bossa-nova": Traits(-0.644, -2.424, -0.661, -2.149, -0.659, -2.52, 0.127, 0.682),
    "children": Traits(-1.063, -2.002, -0.5, -1.809, -0.831, -2.315, 0.12, 0.713),
    "chiptune": Traits(-0.347, -1.65, -0.738, -1.555, -1.13, -2.3, 0.143, 0.784),
    "cinematic": Traits(-1.081, -3.14, -0.504, -1.538, -0.047, -2.746, 0.099, 0.362),
    "comedy": Traits(-0.871, -2.089, -0.64, -2.079, -0.477, -2.588, 0.129, 0.734),
    "corporate": Traits(-0.44, -1.588, -0.644, -1.478, -0.905, -1.868, 0.118, 0.791),
    "documentary": Traits(-0.516, -2.316, -0.843, -1.933, -0.789, -2.805, 0.121, 0.53),
    "drum-and-bass": Traits(-0.322, -1.337, -0.786, -1.487, -0.803, -1.19, 0.13, 0.835),
    "fashion": Traits(-0.398, -1.82, -0.69, -1.645, -0.917, -2.114, 0.134, 0.745),
    "funk": Traits(-0.642, -1.966, -0.845, -1.789, -0.9, -1.621, 0.131, 0.605),
    "hip-hop": Traits(-0.278, -1.37, -0.854, -1.424, -1.11, -1.209, 0.13, 0.499),
    "horror": Traits(-0.493, -2.776, -0.508, -1.769, -0.217, -2.284, 0.118, 0.37),
    "house": Traits(-0.203, -1.709, -1.008, -2.065, -1.413, -1.931, 0.134, 0.765),
    "indie-pop": Traits(-0.776, -1.945, -0.578, -0.871, -0.524, -2.06, 0.104, 0.654),
    "jazz": Traits(-0.35, -2.058, -0.77, -1.753, -0.945, -1.646, 0.108, 0.658),
    "latin": Traits(-0.75, -2.153, -0.582, -1.968, -0.514, -2.337, 0.124, 0.742),
    "lo-fi": Traits(-0.161, -2.163, -1.259, -2.407, -1.211, -2.141, 0.141, 0.384),
    "news": Traits(-0.473, -2.167, -0.558, -1.823, -0.286, -2.239, 0.124, 0.656),
    "reggae": Traits(-0.554, -1.994, -0.631, -1.226, -0.696, -2.407, 0.127, 0.76),
    "rock": Traits(-0.426, -1.563, -0.774, -1.249, -0.779, -1.317, 0.12, 0.793),
    "solo-piano": Traits(-0.786, -4.1, -0.621, -2.409, -0.917, -4.432, 0.078, 0.561),
    "soul": Traits(-0.558, -2.282, -1.085, -1.665, -1.045, -2.264, 0.107, 0.5),
    "sport": Traits(-0.447, -1.78, -0.781, -1.335, -0.724, -1.401, 0.121, 0.729),
    "string-quartet": Traits(-0.656, -2.828, -0.711, -1.521, -0.313, -2.588, 0.109, 0.17),
    "synthwave": Traits(-0.269, -1.796, -0.816, -1.875, -0.948, -2.526, 0.127, 0.619),
    "techno": Traits(-0.107, -1.993, -1.25, -2.207, -1.184, -1.797, 0.13, 0.779),
    "tension": Traits(-0.52, -2.694, -0.62, -1.962, -0.145, -2.328, 0.126, 0.472),
    "trailer": Traits(-0.944, -2.909, -0.372, -1.445, -0.128, -2.411, 0.106, 0.71),
    "trap": Traits(-0.174, -1.603, -0.884, -2.006, -1.375, -1.939, 0.151, 0.686),
    "waltz": Traits(-0.926, -2.636, -0.6, -1.458, -0.188, -2.425, 0.119, 0.497),
    "world": Traits(-0.749, -1.926, -0.681, -1.969, -0.801, -2.146, 0.117, 0.639),
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
