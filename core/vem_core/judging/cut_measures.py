"""What the nine measures cannot see: whether cuts are met, and what that costs, measured on the sound.

Rates are shares of the cuts, 0..1, each beside chance: the share of the time that lies within the tolerance of the
measured grid, which is what music that never saw the film hits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.result import AlignmentReport, AlignmentTotals
from vem_core.contract.time import sample_of_frame
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats

TIGHT_MS = 10.0
ACCENT_DB = 3.0
"""How far a cut must rise above the beats around it to be heard as an accent."""

GRIDS = ("beats", "eighths", "sixteenths")
TOLERANCES = ("10_ms", "1_frame", "70_ms", "100_ms")
_NEIGHBOURS = 4
_BEFORE_SAMPLES, _AFTER_SAMPLES = 480, 3_840  # what is counted as an attack's level
_SMOOTHED_BEATS = 4  # tracked beats jitter by a few milliseconds; a tempo is that of four
_FLOOR = 1e-12


@dataclass(frozen=True)
class HitRate:
    """The share of cuts that are met, and what chance gives on that grid."""

    rate: float
    chance: float


@dataclass(frozen=True)
class CutFigures:
    """How a piece of music meets a film's cuts."""

    hits: dict[str, dict[str, HitRate]]  # by grid, then tolerance
    signed_error_ms: float  # median on beats, positive: the sound is late; nan without beats
    abs_error_ms: float  # median on beats
    tempo_bpm: float  # measured; nan without beats
    tempo_excursion: float  # how far the tempo of four beats leaves the median's, 95 % of them, as a share
    accent_share: float  # of the cuts, at which the level rises by 3 dB over the four beats around


def cut_figures(sheet: CutSheet, audio: Audio, tracked: TrackedBeats, tracker: BeatTracker) -> CutFigures:
    """The figures of music (2, T) whose beats are `tracked`, against a sheet with at least one cut."""
    report = measure_alignment(sheet, tracked, tracker, tolerance_ms=TIGHT_MS, sixteenths=True)
    beats = np.array(tracked.beats_samples, np.int64)
    cuts = np.array([sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts], np.int64)
    return CutFigures(
        hits={grid: _rates(totals) for grid, totals in zip(GRIDS, _totals(report), strict=True)},
        signed_error_ms=_or_nan(report.beats_only.median_signed_error_ms),
        abs_error_ms=_or_nan(report.beats_only.median_abs_error_ms),
        tempo_bpm=_or_nan(report.measured_bpm),
        tempo_excursion=tempo_excursion(beats),
        accent_share=accent_share(audio, cuts, beats),
    )


def tempo_excursion(beats: np.ndarray) -> float:
    """How far the tempo leaves its median, as a share of it: the 95th percentile over runs of four beats.

    nan for fewer than eight beats.
    """
    if len(beats) < 2 * _SMOOTHED_BEATS:
        return math.nan
    periods = (beats[_SMOOTHED_BEATS:] - beats[:-_SMOOTHED_BEATS]) / _SMOOTHED_BEATS
    return float(np.quantile(np.abs(np.median(periods) / periods - 1), 0.95))


def accent_share(audio: Audio, cuts: np.ndarray, beats: np.ndarray) -> float:
    """The share of the cuts at which the level exceeds the median of the four beats around by 3 dB; 0 without beats."""
    if not len(cuts) or len(beats) <= _NEIGHBOURS:
        return 0.0
    total = np.concatenate([[0.0], np.cumsum(np.square(audio, dtype=np.float64).sum(axis=0))])
    levels = np.array([_level_db(total, int(beat)) for beat in beats])
    accents = 0
    for cut in cuts:
        apart = np.abs(beats - cut)
        order = np.argsort(apart, kind="stable")
        around = [int(beat) for beat in order if apart[beat] > _AFTER_SAMPLES][:_NEIGHBOURS]
        accents += _level_db(total, int(cut)) >= float(np.median(levels[around])) + ACCENT_DB
    return accents / len(cuts)


def _level_db(total: np.ndarray, samples: int) -> float:
    begin = min(max(0, samples - _BEFORE_SAMPLES), len(total) - 1)
    end = min(samples + _AFTER_SAMPLES, len(total) - 1)
    return float(10 * np.log10((total[end] - total[begin]) / max(1, end - begin) + _FLOOR))


def _totals(report: AlignmentReport) -> tuple[AlignmentTotals, AlignmentTotals, AlignmentTotals]:
    assert report.with_sixteenths is not None  # asked for
    return report.beats_only, report.with_off_beats, report.with_sixteenths


def _rates(totals: AlignmentTotals) -> dict[str, HitRate]:
    return {
        "10_ms": HitRate(totals.hit_rate_tolerance or 0.0, totals.chance_tolerance or 0.0),
        "1_frame": HitRate(totals.hit_rate_1_frame, totals.chance_1_frame),
        "70_ms": HitRate(totals.hit_rate_70_ms, totals.chance_70_ms),
        "100_ms": HitRate(totals.hit_rate_100_ms, totals.chance_100_ms),
    }


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
