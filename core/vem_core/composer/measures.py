"""What a played piece sounds like, in numbers: the measures of `docs/styles.md`, which the tests hold.

Audio is float32 (2, T) at 48 kHz; measures of time against the plan take the plan's own sample clock.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
import pyloudnorm
from numpy.typing import NDArray

from vem_core.composer.form import EnergyCurve
from vem_core.composer.general_midi import is_kit
from vem_core.composer.keys import Key
from vem_core.composer.piece import Piece
from vem_core.contract.plan import Emphasis, Landing, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.base import Audio
from vem_core.k_weighting import k_weighting
from vem_core.rhythm.tempo_map import TempoMap

Curve = NDArray[np.float64]

HOP_SAMPLES = 480
"""Frames of the spectrogram come a hundred times a second; frame f is centred on sample 480 f."""

STEPS_PER_BEAT = 4

_WINDOW_SAMPLES = 4_096
_BANDS = 64
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 18_000.0
_COMPRESSION = 100.0
_ATTACK_FRAMES = 4  # how far from its beat the rise of an attack may lie
_SHORT_TERM_S = 3.0  # EBU Tech 3341
_SHORT_TERM_HOP_S = 0.5
_LEAST_ENERGY_SPREAD = 0.03
_ONSET_GAP_FRAMES = 6
_ONSET_SHARE = 0.25  # of a loud attack, below which a rise is not counted as a note
_CHROMA_HZ = (110.0, 3_520.0)


@dataclass(frozen=True)
class Spectrogram:
    """Magnitudes of the mono sum, (F, bins)."""

    magnitudes: NDArray[np.float32]

    @functools.cached_property
    def bands(self) -> Curve:
        """Log-compressed magnitudes in 64 bands, equally wide in octaves, (F, bands)."""
        return np.asarray(np.log1p(_COMPRESSION * (self.magnitudes @ _band_matrix())), np.float64)

    @functools.cached_property
    def onsets(self) -> Curve:
        """How much the bands rise from frame to frame, summed, (F,)."""
        rises = np.maximum(np.diff(self.bands, axis=0, prepend=self.bands[:1]), 0)
        return np.asarray(rises.sum(axis=1))

    @functools.cached_property
    def chroma(self) -> Curve:
        """Power by pitch class, 0 is C, each frame's sum 1 where anything sounds: (F, 12)."""
        bins_hz = _bins_hz()
        inside = np.flatnonzero((bins_hz >= _CHROMA_HZ[0]) & (bins_hz < _CHROMA_HZ[1]))
        classes = np.round(69 + 12 * np.log2(bins_hz[inside] / 440)).astype(int) % 12
        power = np.square(self.magnitudes[:, inside].astype(np.float64))
        folded = power @ np.eye(12)[classes]
        return np.asarray(folded / np.maximum(folded.sum(axis=1, keepdims=True), 1e-12))


def spectrogram(audio: Audio) -> Spectrogram:
    """The spectrogram of the mono sum, scaled so that a sine of full scale has a magnitude of 1."""
    window = np.hanning(_WINDOW_SAMPLES).astype(np.float32)
    window *= 2 / window.sum()
    padded = np.pad(audio.mean(axis=0, dtype=np.float32), _WINDOW_SAMPLES // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_SAMPLES)[::HOP_SAMPLES]
    blocks = [np.abs(np.fft.rfft(frames[at : at + 1_024] * window)) for at in range(0, len(frames), 1_024)]
    return Spectrogram(np.concatenate(blocks).astype(np.float32))


def _bins_hz() -> Curve:
    return np.asarray(np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ), np.float64)


@functools.cache
def _band_matrix() -> NDArray[np.float32]:
    """Triangles on a logarithmic axis of frequency that share out each bin, (bins, bands)."""
    octaves = np.log2(np.maximum(_bins_hz(), _LOWEST_HZ) / _LOWEST_HZ)
    place = octaves / np.log2(_HIGHEST_HZ / _LOWEST_HZ) * (_BANDS - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(_BANDS))), np.float32)


def tempo_bpm(plan: ScorePlan) -> float:
    """The median tempo of a plan."""
    beats = [beat.samples for beat in plan.beats]
    return 60 * SAMPLE_RATE_HZ / float(np.median(np.diff(beats)))


def onset_density(heard: Spectrogram) -> float:
    """Audible attacks a second: peaks of the onset curve above a share of the loud ones."""
    curve = heard.onsets
    threshold = _ONSET_SHARE * float(np.quantile(curve, 0.98))
    reach = _ONSET_GAP_FRAMES
    padded = np.pad(curve, reach, constant_values=-1)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    peaks = np.count_nonzero((curve == highest) & (curve > threshold))
    return float(peaks * SAMPLE_RATE_HZ / (len(curve) * HOP_SAMPLES))


def spectral_centroid_hz(heard: Spectrogram) -> float:
    """The centre of the mean magnitude spectrum."""
    mean = heard.magnitudes.mean(axis=0, dtype=np.float64)
    return float((mean * _bins_hz()).sum() / max(mean.sum(), 1e-12))


def spectral_slope_db(heard: Spectrogram) -> float:
    """How the long-term spectrum falls, in dB an octave, fitted to octaves' thirds from 100 Hz to 10 kHz."""
    power = np.square(heard.magnitudes.astype(np.float64)).mean(axis=0)
    bins_hz = _bins_hz()
    centres = 100 * 2 ** (np.arange(0, 20) / 3)
    levels = [
        10 * np.log10(power[(bins_hz >= at * 2 ** (-1 / 6)) & (bins_hz < at * 2 ** (1 / 6))].sum() + 1e-15)
        for at in centres
    ]
    return float(np.polyfit(np.log2(centres), levels, 1)[0])


def crest_factor_db(audio: Audio) -> float:
    """Peak against RMS."""
    rms = float(np.sqrt(np.square(audio, dtype=np.float64).mean()))
    return float(20 * np.log10(max(float(np.abs(audio).max()), 1e-9) / max(rms, 1e-9)))


def loudness_range_lu(audio: Audio) -> float:
    """The loudness range (EBU Tech 3342) of at least four seconds of sound."""
    return float(pyloudnorm.Meter(SAMPLE_RATE_HZ).loudness_range(audio.T.astype(np.float64)))


def share_in_scale(piece: Piece, key: str) -> float:
    """The share of pitched notes that belong to the key, 0..1."""
    scale = Key.parse(key).pitch_classes
    pitched = [
        note.pitch % 12 in scale
        for part in piece.parts
        if not is_kit(part.patch) and not part.patch.startswith("fx.")
        for note in part.notes
    ]
    return sum(pitched) / max(len(pitched), 1)


def repetition(heard: Spectrogram, plan: ScorePlan) -> float:
    """How much bars return: the mean over whole bars of the correlation with the most similar bar, -1..1.

    A bar is its bands at each sixteenth, without the mean of all bars' loudness in each band. 0: no bar resembles
    another; 1: each is exact repetition.
    """
    steps = _at_steps(heard.bands, plan)
    rows = []
    for _, group in itertools.groupby(enumerate(plan.beats[: plan.final_beat]), key=lambda item: item[1].bar):
        beats = [index for index, _ in group]
        rows.append(steps[beats[0] * STEPS_PER_BEAT : (beats[-1] + 1) * STEPS_PER_BEAT])
    commonest = max({len(row) for row in rows}, key=[len(row) for row in rows].count)
    centred = np.stack([row for row in rows if len(row) == commonest])
    centred = (centred - steps.mean(axis=0)).reshape(len(centred), -1)
    likeness = np.corrcoef(centred)
    np.fill_diagonal(likeness, -1)
    return float(likeness.max(axis=1).mean())


def chroma_similarity(one: Spectrogram, other: Spectrogram, plan: ScorePlan) -> float:
    """How alike two renderings of one plan are in harmony: the correlation of their chroma by beat, -1..1."""
    return _correlation(_at_beats(one.chroma, plan), _at_beats(other.chroma, plan))


def onset_similarity(one: Spectrogram, other: Spectrogram, plan: ScorePlan, *, between_hits: bool = False) -> float:
    """How alike two renderings of one plan are in rhythm: the correlation of their attacks by sixteenth.

    What every piece of that metre does (the mean of each sixteenth of the beat over both) is taken out first. Hits are
    in the plan and so in both; `between_hits` leaves out their sixteenths and the beat before each. -1..1.
    """
    grids = [_attacks_at_steps(heard, plan).reshape(-1, STEPS_PER_BEAT) for heard in (one, other)]
    common = np.mean([grid / max(float(grid.mean()), 1e-9) for grid in grids], axis=(0, 1))
    rows = [(grid / max(float(grid.mean()), 1e-9) - common).ravel() for grid in grids]
    kept = _between_hits(plan, len(rows[0])) if between_hits else np.ones(len(rows[0]), bool)
    return _correlation(*(row[kept] for row in rows))


def _between_hits(plan: ScorePlan, steps: int) -> NDArray[np.bool_]:
    """Which sixteenths are neither a hit, nor in the beat before one, nor the one after it: (steps,)."""
    kept = np.ones(steps, bool)
    for hit in plan.hits:
        if hit.beat is not None:
            at = round(hit.beat * STEPS_PER_BEAT)
            kept[max(at - STEPS_PER_BEAT, 0) : at + 2] = False
    return kept


def hit_strength(heard: Spectrogram, plan: ScorePlan) -> float:
    """How much accents stand out: the median attack at accents on beats against the median attack of all beats.

    Raises ValueError for a plan that accents no beat before the final one.
    """
    beats = np.array([beat.samples for beat in plan.beats[: plan.final_beat + 1]])
    attacks = attack_at(heard, beats)
    hits = [
        int(hit.beat)
        for hit in plan.hits
        if hit.landing in (Landing.DOWNBEAT, Landing.BEAT)
        and hit.beat is not None
        and hit.beat < len(beats)
        and hit.emphasis is not Emphasis.PASSING
    ]
    if not hits:
        raise ValueError("the plan accents no beat")
    return float(np.median(attacks[sorted(set(hits))]) / max(float(np.median(attacks)), 1e-9))


def attack_at(heard: Spectrogram, samples: NDArray[np.int64]) -> Curve:
    """The strongest attack within 40 ms of each instant."""
    frames = np.round(samples / HOP_SAMPLES).astype(int)
    padded = np.pad(heard.onsets, _ATTACK_FRAMES)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _ATTACK_FRAMES + 1)
    return np.asarray(around[np.clip(frames, 0, len(around) - 1)].max(axis=1))


def energy_correlation(audio: Audio, plan: ScorePlan) -> float:
    """How well the sound follows the plan: the correlation of short-term loudness with the energy planned there, -1..1.

    Short-term is three seconds (EBU Tech 3341), every half second, up to the final hit. nan where the energy planned
    there hardly moves (a standard deviation under 0.03): a flat plan leaves nothing to follow.
    """
    curve = EnergyCurve(plan.shot_starts_samples, plan.shot_energies)
    last = plan.beats[plan.final_beat].samples
    window, hop = round(_SHORT_TERM_S * SAMPLE_RATE_HZ), round(_SHORT_TERM_HOP_S * SAMPLE_RATE_HZ)
    starts = range(0, last - window, hop)
    power = np.square(weighted(audio)).sum(axis=0)
    total = np.concatenate([[0.0], np.cumsum(power)])
    loudness = [10 * np.log10((total[start + window] - total[start]) / window + 1e-12) for start in starts]
    planned = [curve.mean(start, start + window) for start in starts]
    if len(planned) < 2 or np.std(planned) < _LEAST_ENERGY_SPREAD:
        return math.nan
    return float(np.corrcoef(loudness, planned)[0, 1])


def weighted(audio: Audio) -> Curve:
    """Audio as loud as it is heard: the K-weighting of ITU-R BS.1770, (2, T)."""
    import scipy.signal

    return np.asarray(scipy.signal.sosfilt(k_weighting(), audio.astype(np.float64), axis=-1))


def _at_steps(frames: Curve, plan: ScorePlan) -> Curve:
    """The frames' means over each sixteenth up to the final beat, (steps, ...)."""
    return _means(frames, plan, STEPS_PER_BEAT)


def _at_beats(frames: Curve, plan: ScorePlan) -> Curve:
    return _means(frames, plan, 1)


def _means(frames: Curve, plan: ScorePlan, parts: int) -> Curve:
    tempo = TempoMap.of_plan(plan)
    edges = [tempo.sample_at(step / parts) // HOP_SAMPLES for step in range(plan.final_beat * parts + 1)]
    return np.stack([frames[start : max(end, start + 1)].mean(axis=0) for start, end in itertools.pairwise(edges)])


def _attacks_at_steps(heard: Spectrogram, plan: ScorePlan) -> Curve:
    tempo = TempoMap.of_plan(plan)
    steps = range(plan.final_beat * STEPS_PER_BEAT)
    return attack_at(heard, np.array([tempo.sample_at(step / STEPS_PER_BEAT) for step in steps]))


def _correlation(one: Curve, other: Curve) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
