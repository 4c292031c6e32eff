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

STYLE_TRAITS: dict[str, Traits] = {}

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
