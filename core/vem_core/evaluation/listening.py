"""One sound against the piece that it should be: beats, cuts, chords, energy, style, and how each shot sounds."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import mir_eval
import numpy as np

from vem_core.audio.features import HOP_SAMPLES, Spectrogram, spectrogram
from vem_core.audio.loudness import weighted
from vem_core.audio.types import Audio
from vem_core.composer import measures
from vem_core.contract.plan import ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.corpus.labels import CorpusLabels
from vem_core.evaluation.fidelity import contrast_over_noise_db
from vem_core.evaluation.held_out import shuffled_cuts
from vem_core.evaluation.noise_floor import quiet_floor_db
from vem_core.evaluation.styles import Array, stretch_features
from vem_core.models.features import chord_intervals
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking import BeatTracker, tracker_by_id

_LOUDNESS_WINDOW_S, _LOUDNESS_HOP_S = 0.8, 0.2
_LEAST_ENERGY_S = 5.0  # of music, for its energy to be judged


class CutHits(NamedTuple):
    """Shares of the cuts that a measured beat meets, and what chance gives on that grid of beats."""

    one_frame: float
    one_frame_chance: float
    ms_70: float
    ms_70_chance: float


@dataclass(frozen=True)
class TrackedFigures:
    """What one beat tracker makes of a sound."""

    beat_f: float  # against the plan, at 70 ms, up to the last beat that anything plays on
    hits: CutHits
    shuffled_hits: CutHits  # against the same shots in another order


class ShotSound(NamedTuple):
    """How a shot's span of the sound is."""

    level_db: float
    activity: float  # rises of the spectrum's bands, mean over frames
    brightness: float  # centre of the bands, 0 low .. 1 high


@dataclass(frozen=True)
class SoundFigures:
    """All that is measured of one sound; nan where there is nothing to measure."""

    tracked: dict[str, TrackedFigures]
    chords: float  # correlation of each beat's chroma with the tones of its chord, mean
    energy: float  # correlation of loudness with the planned energy
    contrast_db: float  # of tones to what lies between them, over noise's
    quiet_db: Array  # how quiet each band gets, against the whole's mean power
    loudness_curve: Array  # momentary, dB
    stretches: Array
    shots: tuple[ShotSound, ...]


def listen(audio: Audio, labels: CorpusLabels, trackers: tuple[str, ...]) -> SoundFigures:
    """Measure a sound of the piece's length."""
    plan = labels.plan
    heard = spectrogram(audio)
    return SoundFigures(
        tracked={tracker: _track(audio, labels, tracker) for tracker in trackers},
        chords=chord_agreement(heard, labels),
        energy=_energy(audio, plan),
        contrast_db=contrast_over_noise_db(audio.mean(axis=0, dtype=np.float64)),
        quiet_db=quiet_floor_db(audio),
        loudness_curve=loudness_curve(audio),
        stretches=stretch_features(heard),
        shots=_shots(audio, heard, plan),
    )


def chord_agreement(heard: Spectrogram, labels: CorpusLabels) -> float:
    """Mean over the beats of the correlation between their chroma and the tones of their chord, -1..1."""
    plan, correlations = labels.plan, []
    beats = [beat.samples for beat in plan.beats[: plan.final_beat + 1]]
    for start, end in itertools.pairwise(beats):
        middle = (start + end) // 2
        chord = next(
            (
                chord
                for chord in labels.chords
                if chord.start_samples <= middle < chord.start_samples + chord.duration_samples
            ),
            None,
        )
        frames = heard.chroma[start // HOP_SAMPLES : max(start // HOP_SAMPLES + 1, end // HOP_SAMPLES)]
        if chord is None or not frames.any():
            continue
        tones = np.zeros(12)
        tones[[(chord.root + interval) % 12 for interval in chord_intervals(chord.quality)]] = 1.0
        correlations.append(np.corrcoef(frames.mean(axis=0), tones)[0, 1])
    return float(np.mean(correlations)) if correlations else math.nan


def loudness_curve(audio: Audio) -> Array:
    """The level in windows of 0.8 s, every 0.2 s, in dB, K-weighted."""
    window, hop = round(_LOUDNESS_WINDOW_S * SAMPLE_RATE_HZ), round(_LOUDNESS_HOP_S * SAMPLE_RATE_HZ)
    power = np.square(weighted(audio)).sum(axis=0)
    total = np.concatenate([[0.0], np.cumsum(power)])
    starts = np.arange(0, audio.shape[1] - window, hop)
    return np.asarray(10 * np.log10((total[starts + window] - total[starts]) / window + 1e-7))


def _track(audio: Audio, labels: CorpusLabels, tracker_id: str) -> TrackedFigures:
    tracker = _tracker(tracker_id)
    tracked, plan = tracker.track(audio), labels.plan
    planned_s = np.array([beat.samples for beat in plan.beats[: plan.final_beat + 1]]) / SAMPLE_RATE_HZ
    found_s = np.array(tracked.beats_samples, float) / SAMPLE_RATE_HZ
    shuffled = shuffled_cuts(labels.sheet, labels.piece.index)
    totals = [measure_alignment(sheet, tracked, tracker).beats_only for sheet in (labels.sheet, shuffled)]
    own, other = (
        CutHits(total.hit_rate_1_frame, total.chance_1_frame, total.hit_rate_70_ms, total.chance_70_ms)
        if total.count
        else CutHits(*[math.nan] * 4)
        for total in totals
    )
    found = len(found_s) > 0 and len(planned_s) > 0
    return TrackedFigures(float(mir_eval.beat.f_measure(planned_s, found_s)) if found else 0.0, own, other)


@lru_cache(maxsize=4)
def _tracker(tracker_id: str) -> BeatTracker:
    return tracker_by_id(tracker_id)


def _energy(audio: Audio, plan: ScorePlan) -> float:
    if plan.beats[plan.final_beat].samples < _LEAST_ENERGY_S * SAMPLE_RATE_HZ:
        return math.nan
    return measures.energy_correlation(audio, plan)


def _shots(audio: Audio, heard: Spectrogram, plan: ScorePlan) -> tuple[ShotSound, ...]:
    bounds = [*plan.shot_starts_samples, plan.duration_samples]
    place = np.linspace(0, 1, heard.bands.shape[1])
    shots = []
    for start, end in itertools.pairwise(bounds):
        frames = slice(start // HOP_SAMPLES, max(start // HOP_SAMPLES + 1, end // HOP_SAMPLES))
        power = float(np.square(audio[:, start:end], dtype=np.float64).mean())
        bands = heard.bands[frames].mean(axis=0)
        brightness = float((bands * place).sum() / max(float(bands.sum()), 1e-9))
        shots.append(ShotSound(10 * math.log10(power + 1e-10), float(heard.onsets[frames].mean()), brightness))
    return tuple(shots)
