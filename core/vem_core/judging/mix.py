"""A mix in the figures that a mixing engineer reads: tilt, low end, width, loudness range, accents. Audio is (2, T)."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import welch

from vem_core.contract.errors import AudioError

Samples = NDArray[np.floating]

_TILT_HZ = (100.0, 6_000.0)  # above, low-bitrate references say nothing
_LOW_HZ = 60.0
_WINDOW_S = 0.17
_BANDS_HZ = (20.0, 120.0, 500.0, 2_000.0, 6_000.0)
_LEAST_RANGE_S = 4.0
_FLOOR = 1e-12


@dataclass(frozen=True)
class MixFigures:
    """Figures of one mix."""

    tilt_db_per_octave: float  # of the long-term spectrum in octaves, 100 Hz to 6 kHz; pink noise has 0
    low_end_db: float  # power below 60 Hz against the whole
    side_db: float  # power of the sides against the middle; mono: very low
    side_db_by_band: tuple[float, ...]  # the same in 20-120, 120-500, 500-2000, 2000-6000 Hz
    loudness_lufs: float
    loudness_range_lu: float  # EBU Tech 3342
    crest_db: float  # peak against RMS


def mix_figures(sound: Samples, sample_rate_hz: int) -> MixFigures:
    """The figures of a mix of at least four seconds (2, T). Raises AudioError for less, and for silence."""
    if sound.shape[1] < _LEAST_RANGE_S * sample_rate_hz or not np.any(sound):
        raise AudioError("A mix is judged from four seconds of sound on.")
    middle, side = (sound[0] + sound[1]) / 2, (sound[0] - sound[1]) / 2
    hertz, middle_power = _spectrum(middle, sample_rate_hz)
    _, side_power = _spectrum(side, sample_rate_hz)
    power = middle_power + side_power
    edges = list(itertools.pairwise(_BANDS_HZ))
    loudness, loudness_range = _loudness(sound, sample_rate_hz)
    return MixFigures(
        tilt_db_per_octave=_tilt(hertz, power),
        low_end_db=_db(power[hertz < _LOW_HZ].sum(), power.sum()),
        side_db=_db(side_power.sum(), middle_power.sum()),
        side_db_by_band=tuple(
            _db(side_power[inside].sum(), middle_power[inside].sum())
            for inside in ((hertz >= low) & (hertz < high) for low, high in edges)
        ),
        loudness_lufs=loudness,
        loudness_range_lu=loudness_range,
        crest_db=2 * _db(float(np.abs(sound).max()), float(np.sqrt(np.square(sound).mean()))),
    )


def _spectrum(mono: Samples, sample_rate_hz: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    window = 1 << round(np.log2(_WINDOW_S * sample_rate_hz))
    hertz, power = welch(mono, sample_rate_hz, nperseg=window, detrend=False)
    return np.asarray(hertz), np.asarray(power, np.float64)


def _tilt(hertz: NDArray[np.float64], power: NDArray[np.float64]) -> float:
    """Slope of the power in third octaves over octaves, a straight line fitted."""
    edges = _TILT_HZ[0] * 2 ** (np.arange(0, 3 * np.log2(_TILT_HZ[1] / _TILT_HZ[0]) + 1) / 3)
    levels = [
        10 * np.log10(power[(hertz >= low) & (hertz < high)].sum() + _FLOOR) for low, high in itertools.pairwise(edges)
    ]
    return float(3 * np.polyfit(np.arange(len(levels)), levels, 1)[0])


def _loudness(sound: Samples, sample_rate_hz: int) -> tuple[float, float]:
    meter = pyloudnorm.Meter(sample_rate_hz)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of inputs that clip, which is not what is asked
        return float(meter.integrated_loudness(sound.T)), float(meter.loudness_range(sound.T))


def _db(part: float, whole: float) -> float:
    return float(10 * np.log10((part + _FLOOR) / (whole + _FLOOR)))
