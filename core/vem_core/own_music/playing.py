"""A song played as a plan has it: stretched within what the tempo may do, joined where the plan jumps, ended."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.plan import Ending, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.own_music.song import Song
from vem_core.rhythm.warping import CLOSEST_ANCHORS_SAMPLES, Stretch, play_stretches

_TOLERANCE_SAMPLES = SAMPLE_RATE_HZ // 500
"""Time runs at one factor as long as no beat is farther off than this: every change of it is a joint."""

_HELD_S, _LOST_DB = 0.25, 60.0  # of a last hit that the song did not end with: then it dies away until the end
_FADE_SHARE, _LONGEST_FADE_S = 0.15, 8.0
_DECLICK_SAMPLES = SAMPLE_RATE_HZ // 200

Anchor = tuple[int, int]
"""An instant of the score, and the one of the song that plays there."""


def play_song(sound: Audio, song: Song, plan: ScorePlan) -> Audio:
    """The song's sound (2, T), or a stem of it, as the plan has it: (2, the plan's length)."""
    stretches = list(stretches_of(plan, song))
    played = play_stretches(sound, stretches, plan.duration_samples)
    for start, gain in ending(plan, song):
        played[:, start : start + len(gain)] *= gain
    return played


def stretches_of(plan: ScorePlan, song: Song) -> Iterator[Stretch]:
    """What of the song plays when; each begins where the one before ends."""
    runs = list(_runs(plan, song))
    for number, run in enumerate(runs):
        (start, source), (end, source_end) = run[0], run[-1]
        if number == 0 and start > 0:
            run = [(0, source - start), *run]
        if number == len(runs) - 1 and end < plan.duration_samples:
            run = [*run, (plan.duration_samples, source_end + plan.duration_samples - end)]
        for (at, from_), (until, to) in itertools.pairwise(_straightened(run)):
            yield Stretch(from_, to, at, until)


def largest_stretch(plan: ScorePlan, song: Song) -> float:
    """The most that the song's own speed is changed by anywhere, relative."""
    factors = [
        (stretch.source_end_excl - stretch.source_start) / (stretch.target_end_excl - stretch.target_start)
        for stretch in stretches_of(plan, song)
    ]
    return max((abs(factor - 1) for factor in factors), default=0.0)


def jumps(plan: ScorePlan, song: Song) -> tuple[int, ...]:
    """The instants at which the song does not go on as it does."""
    return tuple(run[0][0] for run in itertools.islice(_runs(plan, song), 1, None))


def _runs(plan: ScorePlan, song: Song) -> Iterator[list[Anchor]]:
    """Runs of beats that the song plays in its own order; each ends where the next begins."""
    run: list[Anchor] = []
    number = 0
    for beat in plan.beats:
        source = beat.source_samples if beat.source_samples is not None else round(song.at(0))
        if run:
            going_on = round(song.at(number + 1))
            if abs(going_on - source) > _TOLERANCE_SAMPLES:
                yield [*run, (beat.samples, going_on)]
                run = []
        run.append((beat.samples, source))
        number = song.nearest_beat(source)
    if run:
        yield run if len(run) > 1 else [*run, (run[0][0] + 1, run[0][1] + 1)]


def _straightened(run: Sequence[Anchor]) -> list[Anchor]:
    """The anchors without which some beat would be off by more than the tolerance; none too close to another."""
    targets, sources = (np.array(side, np.float64) for side in zip(*run, strict=True))
    kept, first = [0], 0
    for last in range(2, len(run)):
        if not _is_straight(targets[first : last + 1], sources[first : last + 1]):
            first = last - 1
            kept.append(first)
    kept.append(len(run) - 1)
    anchors = [run[kept[0]]]
    for place in kept[1:]:
        near = min(run[place][0] - anchors[-1][0], run[place][1] - anchors[-1][1]) < CLOSEST_ANCHORS_SAMPLES
        if near and place != kept[-1]:
            continue
        if near and len(anchors) > 1:
            anchors.pop()
        anchors.append(run[place])
    return anchors


def _is_straight(targets: NDArray[np.float64], sources: NDArray[np.float64]) -> bool:
    line = np.interp(targets, targets[[0, -1]], sources[[0, -1]])
    return bool(np.abs(line - sources).max() <= _TOLERANCE_SAMPLES)


def ending(plan: ScorePlan, song: Song) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """What is done to the end of the sound: where it begins, and its gain."""
    end = plan.duration_samples
    final = plan.beats[plan.final_beat] if plan.beats else None
    if plan.ending is Ending.FADE:
        length = round(min(_FADE_SHARE * end, _LONGEST_FADE_S * SAMPLE_RATE_HZ))
        yield end - length, np.cos(np.linspace(0, np.pi / 2, length)).astype(np.float32)
    elif plan.ending is Ending.RING_OUT and final is not None and not _ends_itself(final.source_samples, song):
        start = min(end, final.samples + round(_HELD_S * SAMPLE_RATE_HZ))
        yield start, (10 ** (np.linspace(0, -_LOST_DB, end - start) / 20)).astype(np.float32)
    length = min(_DECLICK_SAMPLES, end)
    yield end - length, np.linspace(1, 0, length, dtype=np.float32)
    yield 0, np.linspace(0, 1, length, dtype=np.float32)


def _ends_itself(source_samples: int | None, song: Song) -> bool:
    return song.final_beat is not None and source_samples == round(song.at(song.final_beat))
