"""A mix in the figures that a mixing engineer reads: tilt, low end, width, depth, range, accents. Audio is (2, T)."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import dataclass

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, welch

from vem_core.contract.errors import AudioError

Samples = NDArray[np.floating]

_TILT_HZ = (100.0, 6_000.0)  # above, low-bitrate references say nothing
_LOW_HZ = 60.0
_WINDOW_S = 0.17
_BANDS_HZ = (20.0, 120.0, 500.0, 2_000.0, 6_000.0)
_LEAST_RANGE_S = 4.0
_FLOOR = 1e-12
_FALL_BANDS_HZ = (250.0, 500.0, 1_000.0, 2_000.0, 4_000.0)
_FALL_FRAME_S, _FALL_FRAMES = 0.02, 50


@dataclass(frozen=True)
class MixFigures:
    """Figures of one mix."""

    tilt_db_per_octave: float  # of the long-term spectrum in octaves, 100 Hz to 6 kHz; pink noise has 0
    low_end_db: float  # power below 60 Hz against the whole
    side_db: float  # power of the sides against the middle; mono: very low
    side_db_by_band: tuple[float, ...]  # the same in 20-120, 120-500, 500-2000, 2000-6000 Hz
    mono_loss_db: float  # what the band that loses most loses where both channels are summed; both alike: 0
    fall_db: float  # how far bands fall between attacks: far where a mix is dry, little where a room or strings fill it
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
    sides = tuple(
        _db(side_power[inside].sum(), middle_power[inside].sum())
        for inside in ((hertz >= low) & (hertz < high) for low, high in edges)
    )
    return MixFigures(
        tilt_db_per_octave=_tilt(hertz, power),
        low_end_db=_db(power[hertz < _LOW_HZ].sum(), power.sum()),
        side_db=_db(side_power.sum(), middle_power.sum()),
        side_db_by_band=sides,
        mono_loss_db=float(10 * np.log10(1 + 10 ** (max(sides) / 10))),
        fall_db=_fall(middle, sample_rate_hz),
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


def _fall(mono: Samples, sample_rate_hz: int) -> float:
    """The 10th against the 90th percentile of the level in frames of 20 ms within a second, in dB: the median over
    the seconds, the mean over octaves from 250 Hz to 4 kHz."""
    frame = round(_FALL_FRAME_S * sample_rate_hz)
    falls = []
    for low, high in itertools.pairwise(_FALL_BANDS_HZ):
        band = sosfilt(butter(3, (low, high), "bandpass", fs=sample_rate_hz, output="sos"), mono)
        frames = np.square(band[: len(band) // frame * frame]).reshape(-1, frame).mean(axis=1)
        seconds = np.lib.stride_tricks.sliding_window_view(10 * np.log10(frames + _FLOOR), _FALL_FRAMES)
        valleys, attacks = np.percentile(seconds[:: _FALL_FRAMES // 2], (10, 90), axis=1)
        falls.append(float(np.median(valleys - attacks)))
    return float(np.mean(falls))


def _loudness(sound: Samples, sample_rate_hz: int) -> tuple[float, float]:
    meter = pyloudnorm.Meter(sample_rate_hz)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of inputs that clip, which is not what is asked
        return float(meter.integrated_loudness(sound.T)), float(meter.loudness_range(sound.T))


def _db(part: float, whole: float) -> float:
    return float(10 * np.log10((part + _FLOOR) / (whole + _FLOOR)))
