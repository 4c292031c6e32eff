"""Which beat meets which cut, and in words why none does."""

from __future__ import annotations

import bisect
import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.plan import Bend, Hit, Landing
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner_targets import Target
from vem_core.rhythm.tempo_map import TempoMap

BEAT = (Fraction(0),)
EIGHTH = (Fraction(1, 2),)
SIXTEENTHS = (Fraction(1, 4), Fraction(3, 4))
TRIPLETS = (Fraction(1, 3), Fraction(2, 3))
ROUNDING_SAMPLES = 1
"""Two instants a frame apart may be a sample more apart on the sample clock."""

MET = (Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT, Landing.PUSH)


def hits_of(
    targets: Sequence[Target], tempo: TempoMap, frame_samples: float, bend: Bend, *, sixteenths: bool = False
) -> tuple[Hit, ...]:
    """One hit for each target: cuts first, each kind in the sheet's order. Bars are not known yet: no downbeats.

    A target is met if a beat, else the eighth between two, else with `sixteenths` a sixteenth lies within a frame of
    it; what does not sound, before the first beat, after the last or within a breath, meets nothing.
    """
    if not targets:
        return ()
    samples = np.array([target.samples for target in targets])
    grids: list[tuple[Landing, Sequence[Fraction]]] = [(Landing.BEAT, BEAT), (Landing.OFF_BEAT, EIGHTH)]
    if sixteenths:
        grids.append((Landing.PUSH, SIXTEENTHS))
    grids.append((Landing.SUBDIVISION, TRIPLETS if sixteenths else SIXTEENTHS + TRIPLETS))
    found = [(landing, *_nearest(fractions, samples, tempo)) for landing, fractions in grids]
    hits = []
    for row, target in enumerate(targets):
        choices = [(landing, positions[row], int(errors[row])) for landing, positions, errors in found]
        hits.append(_hit(target, choices, frame_samples))
    explained = _Reasons(targets, hits, tempo, frame_samples, bend)
    told = [
        hit if hit.landing in MET else dataclasses.replace(hit, reason=explained.reason(position))
        for position, hit in enumerate(hits)
    ]
    return tuple(sorted(told, key=lambda hit: (hit.event, hit.index)))


def on_downbeats(hits: Sequence[Hit], downbeats: frozenset[int]) -> tuple[Hit, ...]:
    """The same hits where the bars are known: `downbeats` holds the indices of the beats that begin one."""
    return tuple(
        dataclasses.replace(hit, landing=Landing.DOWNBEAT)
        if hit.landing is Landing.BEAT and hit.beat in downbeats
        else hit
        for hit in hits
    )


def _nearest(
    fractions: Sequence[Fraction], samples: NDArray[np.int64], tempo: TempoMap
) -> tuple[list[Fraction | None], NDArray[np.int64]]:
    """For each instant the nearest position in beats that has one of the fractions and sounds, and its error."""
    at = tempo.beats_at(samples)
    beats = len(tempo.beat_samples)
    wholes = np.stack([np.floor(at - float(f)) + shift for f in fractions for shift in (0, 1)])  # (candidates, N)
    parts = [fraction for fraction in fractions for _ in (0, 1)]
    positions = wholes + np.array([float(part) for part in parts])[:, None]
    errors = np.floor(tempo.samples_at(positions) + 0.5).astype(np.int64) - samples
    sounds = (positions >= 0) & (positions <= beats - 1)
    sounds &= ~(np.isin(np.floor(positions), tempo.breaths) & (positions % 1 > 0))
    best = np.argmin(np.where(sounds, np.abs(errors), np.iinfo(np.int64).max), axis=0)
    columns = np.arange(len(samples))
    denominator = parts[0].denominator if len(fractions) == 1 else 12
    numerators = np.rint(positions[best, columns] * denominator).astype(np.int64)
    found = [
        Fraction(int(numerator), denominator) if heard else None
        for numerator, heard in zip(numerators, sounds[best, columns], strict=True)
    ]
    errors = errors[best, columns]
    for place in tempo.breath_places:
        if place.fraction in fractions:
            off = place.samples - samples
            for row in np.flatnonzero(np.abs(off) < np.abs(errors)).tolist():
                found[row], errors[row] = place.position, off[row]
    return found, errors


def _hit(target: Target, choices: Sequence[tuple[Landing, Fraction | None, int]], frame_samples: float) -> Hit:
    to_grid = min((error for landing, _, error in choices if landing in MET), key=abs)  # the nearest place that counts
    for landing, place, error in choices:
        if place is not None and abs(error) <= frame_samples + ROUNDING_SAMPLES:
            to_grid = to_grid if landing is Landing.SUBDIVISION else error
            return Hit(target.index, target.event, target.samples, landing, place, to_grid, target.weight)
    return Hit(target.index, target.event, target.samples, Landing.MISS, None, to_grid, target.weight)


class _Reasons:
    """Why a target is not met, in words for the editor."""

    def __init__(
        self,
        targets: Sequence[Target],
        hits: Sequence[Hit],
        tempo: TempoMap,
        frame_samples: float,
        bend: Bend,
    ) -> None:
        self._targets = targets
        self._served = [target for target, hit in zip(targets, hits, strict=True) if hit.landing in MET]
        self._served_samples = [target.samples for target in self._served]
        self._hits = hits
        self._tempo = tempo
        self._frame_samples = frame_samples
        self._bend = bend

    def reason(self, position: int) -> str:
        target = self._targets[position]
        if target.weight == 0:
            return "marked to be ignored"
        if math.floor(self._tempo.beat_at(target.samples)) in self._tempo.breaths:
            return "the band holds its breath there, to come in on its own beat again"
        period = float(self._tempo.period_at(self._tempo.beats_at(target.samples)))
        neighbour = self._nearest_served(target)
        if neighbour is not None and abs(neighbour.samples - target.samples) < period:
            frames = round((target.samples - neighbour.samples) / self._frame_samples)
            count = f"{abs(frames)} frame{'' if abs(frames) == 1 else 's'}"
            side = "after" if frames > 0 else "before"
            rank = "a heavier" if neighbour.weight > target.weight else "another"
            kind = "mark" if neighbour.must_hit else "event" if neighbour.event else "cut"
            return f"{count} {side} {rank} {kind} that the beat serves"
        bpm = f"{SAMPLE_RATE_HZ * 60 / period:.0f} BPM"
        error_ms = self._hits[position].error_samples * 1000 / SAMPLE_RATE_HZ
        miss = f"{abs(error_ms):.0f} ms {'after' if error_ms > 0 else 'before'} it"
        if self._bend is Bend.STEADY:
            return f"at a constant {bpm} the nearest place to play comes {miss}"
        return f"at {bpm} the nearest place to play comes {miss}; reaching it would bend the tempo too far"

    def _nearest_served(self, target: Target) -> Target | None:
        place = bisect.bisect(self._served_samples, target.samples)
        around = self._served[max(0, place - 1) : place + 1]
        return min(around, key=lambda other: abs(other.samples - target.samples), default=None)
