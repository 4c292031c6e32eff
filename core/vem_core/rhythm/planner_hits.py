"""Which beat meets which cut, and in words why none does."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from vem_core.contract.plan import Hit, Landing
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner_targets import Target
from vem_core.rhythm.tempo_map import TempoMap

SUBDIVISIONS = (Fraction(1, 4), Fraction(3, 4), Fraction(1, 3), Fraction(2, 3))


def hits_of(
    targets: Sequence[Target], tempo: TempoMap, beats: int, downbeats: frozenset[int], frame_samples: float
) -> tuple[Hit, ...]:
    """One hit for each target, cuts first, each in the sheet's order.

    `beats` is the number of beats of the plan, `downbeats` the indices of those that begin a bar. A target is met if a
    beat, else an eighth, else another subdivision lies within a frame of it.
    """
    hits = [_hit(target, tempo, beats, downbeats, frame_samples) for target in targets]
    met = [hit.landing not in (Landing.MISS, Landing.SUBDIVISION) for hit in hits]
    order = sorted(range(len(hits)), key=lambda position: (hits[position].event, hits[position].index))
    return tuple(
        hits[position]
        if met[position]
        else _explained(hits[position], _reason(targets, met, position, frame_samples, tempo))
        for position in order
    )


def _hit(target: Target, tempo: TempoMap, beats: int, downbeats: frozenset[int], frame_samples: float) -> Hit:
    position = float(tempo.beats_at(target.samples))
    for candidates, kind in (
        ([Fraction(0)], Landing.BEAT),
        ([Fraction(1, 2)], Landing.OFF_BEAT),
        (SUBDIVISIONS, Landing.SUBDIVISION),
    ):
        beat, error = _nearest(candidates, position, target.samples, tempo)
        if abs(error) <= frame_samples and 0 <= beat <= max(beats - 1, 0) and beats:
            landing = Landing.DOWNBEAT if kind is Landing.BEAT and int(beat) in downbeats else kind
            return Hit(target.index, target.event, target.samples, landing, beat, error, target.weight)
    _, error = _nearest([Fraction(0), Fraction(1, 2)], position, target.samples, tempo)
    return Hit(target.index, target.event, target.samples, Landing.MISS, None, error, target.weight)


def _nearest(fractions: Sequence[Fraction], position: float, samples: int, tempo: TempoMap) -> tuple[Fraction, int]:
    """The nearest position in beats whose fraction is one of those, and its error in samples."""
    whole = int(np.floor(position))
    places = [whole + shift + fraction for fraction in fractions for shift in (-1, 0, 1)]
    errors = [tempo.sample_at(float(place)) - samples for place in places]
    best = min(range(len(places)), key=lambda index: abs(errors[index]))
    return places[best], errors[best]


def _explained(hit: Hit, reason: str) -> Hit:
    return Hit(hit.index, hit.event, hit.target_samples, hit.landing, hit.beat, hit.error_samples, hit.weight, reason)


def _reason(
    targets: Sequence[Target], met: Sequence[bool], position: int, frame_samples: float, tempo: TempoMap
) -> str:
    target = targets[position]
    if target.weight == 0:
        return "marked to be ignored"
    served = [other for other, is_met in zip(targets, met, strict=True) if is_met]
    if not served:
        return "no tempo in the range brings a beat here"
    nearest = min(served, key=lambda other: abs(other.samples - target.samples))
    frames = round((target.samples - nearest.samples) / frame_samples)
    period = float(tempo.period_at(tempo.beats_at(target.samples)))
    side = "after" if frames > 0 else "before"
    if abs(target.samples - nearest.samples) < period:
        rank = "a heavier" if nearest.weight > target.weight else "another"
        noun = "event" if nearest.event else "cut"
        count = f"{abs(frames)} frame{'s' if abs(frames) != 1 else ''}"
        return f"{count} {side} {rank} {noun} that the beat serves"
    bpm = SAMPLE_RATE_HZ * 60 / period
    return f"no steady enough change of tempo around {bpm:.0f} BPM brings a beat here"
