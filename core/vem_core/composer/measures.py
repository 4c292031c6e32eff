"""What a played piece sounds like, in numbers: the measures of `docs/editors/styles.md`, which the tests hold.

Audio is float32 (2, T) at 48 kHz; measures of time against the plan take the plan's own sample clock.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.features import HOP_SAMPLES, Curve, Spectrogram, attack_at
from vem_core.audio.loudness import weighted
from vem_core.audio.types import Audio
from vem_core.composer.form import EnergyCurve
from vem_core.composer.general_midi import is_kit
from vem_core.composer.keys import Key
from vem_core.composer.piece import Piece
from vem_core.contract.plan import Emphasis, Landing, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tempo_map import TempoMap

STEPS_PER_BEAT = 4

_SHORT_TERM_S = 3.0  # EBU Tech 3341
_SHORT_TERM_HOP_S = 0.5
_LEAST_ENERGY_SPREAD = 0.03


def tempo_bpm(plan: ScorePlan) -> float:
    """The median tempo of a plan."""
    beats = [beat.samples for beat in plan.beats]
    return 60 * SAMPLE_RATE_HZ / float(np.median(np.diff(beats)))


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
    correlation = np.corrcoef(centred)
    np.fill_diagonal(correlation, -1)
    return float(correlation.max(axis=1).mean())


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
