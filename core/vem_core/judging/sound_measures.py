"""Levels, lengths and obedience: what an editor hears at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.loudness import block_powers, measure_loudness
from vem_core.audio.true_peak import measure_true_peak
from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ

Curve = NDArray[np.float64]

TEMPO_TOLERANCE = 0.04
"""Of a tempo that was asked for, as in MIREX' tempo task; half and double count as met (VIBE, arXiv 2608.30125)."""

CURVE_RATE_HZ = 2.0
_BLOCKS_A_STEP = 5  # of a tenth of a second
_SILENT_DB = -90.0
_OFFSET_LU = -0.691


@dataclass(frozen=True)
class LevelFigures:
    """How loud a piece of music is, and how quiet."""

    loudness_lufs: float  # integrated, ITU-R BS.1770-4; minus infinity for silence
    true_peak_dbtp: float
    quiet_floor_db: float  # the level that 95 % of the half-seconds exceed, against the loudest 5 %


def level_figures(audio: Audio) -> LevelFigures:
    """The levels of (2, T) sound."""
    curve = loudness_curve(audio)
    quiet, loud = (float(np.quantile(curve, share)) for share in (0.05, 0.95)) if len(curve) else (math.nan,) * 2
    return LevelFigures(measure_loudness(audio), measure_true_peak(audio), quiet - loud)


def loudness_curve(audio: Audio) -> Curve:
    """K-weighted level of each half second in LUFS, silence as -90."""
    powers = block_powers(audio)
    steps = powers[: len(powers) // _BLOCKS_A_STEP * _BLOCKS_A_STEP].reshape(-1, _BLOCKS_A_STEP).mean(axis=1)
    return np.asarray(np.maximum(_OFFSET_LU + 10 * np.log10(steps + 1e-12), _SILENT_DB))


def event_correlation(picture: Curve, sound: Curve) -> float:
    """How far two curves at 2 Hz go together over the time that they share, -1..1; nan where one stands still."""
    count = min(len(picture), len(sound))
    one, other = picture[:count], sound[:count]
    if count < 4 or one.std() < 1e-9 or other.std() < 1e-9:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def held_curve(shots_s: Sequence[tuple[float, float]], values: Sequence[float]) -> Curve:
    """A value for each shot as a curve at 2 Hz over the whole film."""
    ends = np.array([end for _, end in shots_s])
    instants = (np.arange(max(1, int(ends[-1] * CURVE_RATE_HZ))) + 0.5) / CURVE_RATE_HZ
    places = np.minimum(np.searchsorted(ends, instants, side="right"), len(values) - 1)
    return np.asarray(values, np.float64)[places]


def obeys_tempo(asked_bpm: float, measured_bpm: float) -> float:
    """1 where a measured tempo is the one asked for, its half or its double, within 4 %; else 0."""
    met = any(abs(measured_bpm * octave / asked_bpm - 1) <= TEMPO_TOLERANCE for octave in (0.5, 1.0, 2.0))
    return float(met)


def length_error_ms(audio: Audio, film_s: float) -> float:
    """How much longer the music lasts than the film, in milliseconds; negative: it stops before."""
    return 1000 * (audio.shape[1] / SAMPLE_RATE_HZ - film_s)
