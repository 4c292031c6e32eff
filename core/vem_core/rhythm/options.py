"""What each degree of bending would cost and meet, for one timeline, before a note is played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Bend
from vem_core.contract.request import Direction
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.budget import PLAIN_TRAITS, RhythmTraits, excursion, ten_second_change
from vem_core.rhythm.planner import beat_wish
from vem_core.rhythm.planner_beats import BeatLine, BeatWish
from vem_core.rhythm.planner_hits import MET, hits_of
from vem_core.rhythm.planner_ideas import plan_beats
from vem_core.rhythm.planner_targets import Target, beat_offset_samples, goals_of, targets_of
from vem_core.rhythm.report import chance_level
from vem_core.rhythm.tempo_map import TempoMap
from vem_core.rhythm.weights import weigh_cuts

REACHES = (
    (Bend.STEADY, 0.0),
    (Bend.GROOVE, 0.01),
    (Bend.GROOVE, 0.02),
    (Bend.RUBATO, 0.03),
    (Bend.RUBATO, 0.04),
    (Bend.RUBATO, 0.05),
)
"""Excursions that are tried, and the degree of bending that each belongs to."""


def tempo_options(
    sheet: CutSheet,
    direction: Direction,
    seed: int,
    tempo_range_bpm: tuple[float, float],
    traits: RhythmTraits = PLAIN_TRAITS,
    weights: Sequence[float] | None = None,
) -> TempoOptions:
    """Cuts met against excursion: a constant tempo, homes left by 1 to 5 %, and beats that follow every cut.

    The arguments are those of `plan_score`.
    """
    targets = targets_of(sheet, weigh_cuts(sheet) if weights is None else weights, beat_offset_samples(direction))
    goals = goals_of(targets, sheet, direction.ending)
    wish = beat_wish(sheet, direction, seed, tempo_range_bpm, traits)
    duration = sample_of_frame(sheet.duration_frames, sheet.rate)
    # A hair less than the number, so that what is promised is kept to the last sample.
    wishes = [replace(wish, bend=bend, reach=max(0.0, reach - 2e-4)) for bend, reach in REACHES]
    wishes.append(replace(wish, bend=Bend.FREE))
    return TempoOptions(
        wish.bend,
        tuple(_option(plan_beats(goals, sheet.rate, duration, wished), wished, targets, duration) for wished in wishes),
    )


def _option(line: BeatLine, wish: BeatWish, targets: Sequence[Target], duration: int) -> TempoOption:
    tempo = TempoMap(line.samples, line.homes[0][1])
    tolerance = wish.tolerance_s * SAMPLE_RATE_HZ
    hits = hits_of(targets, tempo, tolerance, wish.bend, sixteenths=wish.traits.sixteenths)
    places = np.arange((len(line.samples) - 1) * wish.divisions + 1) / wish.divisions
    grid = np.round(tempo.samples_at(places)).astype(np.int64)
    homes = [SAMPLE_RATE_HZ * 60 / period for _, period in line.homes]
    return TempoOption(
        bend=wish.bend,
        excursion=excursion(line.samples, line.homes),
        ten_second_change=ten_second_change(line.samples, [first for first, _ in line.homes]),
        met=sum(hit.landing in MET for hit in hits),
        met_10_ms=sum(hit.landing in MET and abs(hit.error_samples) <= SAMPLE_RATE_HZ // 100 for hit in hits),
        counted=len(hits),
        chance=chance_level(grid, Fraction(wish.tolerance_s), duration),
        chance_10_ms=chance_level(grid, Fraction(1, 100), duration),
        homes_bpm=tuple(round(home, 2) for home in homes),
    )
