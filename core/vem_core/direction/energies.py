"""The energy of each shot, and the arc over them: asked for in words, or read off pictures and pace."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.brief import ArcPoint, Source
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.plan import Arc
from vem_core.direction.places import SECONDS
from vem_core.direction.sight import ShotSight, event_curve
from vem_core.rhythm.energy import shot_energies

ARC_POINTS = 9
"""Points of an arc that nobody asked for."""

LOWEST, HIGHEST = 0.03, 1.0

_AROUSAL_SHARE = 0.4
"""How much energy a mood adds or takes, from one end of arousal to the middle."""

_SIGHT_SHARE, _EVENT_SHARE = 0.9, 0.3
"""How much a shot's own look adds to its energy against the others', and how much a great change of picture adds to
its arousal."""

_LEAST_SWING, _MOST_SWING = 0.15, 0.27
"""Standard deviation of the energies that pictures make, however alike or unlike they are: within a quiet film the
liveliest shot is its height. `_SAME` is a deviation of arousal that is noise and no course."""
_SAME = 0.04

_PACE_BESIDE_SIGHT = 0.4
"""What is left of the pace of the cuts and of the usual arc where pictures are seen: their arousal holds pace."""

_HELD, _MOVED = 0.45, 1.15
"""How much of the way to its own energy a shot goes where the picture stays what it was, and where it all changes."""

_PACE_LEFT = 0.15
"""What is left of the pace of the cuts where the arc is asked for."""


def seconds_of(points: Sequence[tuple[float, float]], duration_s: float) -> list[tuple[float, float]]:
    """An arc's points in seconds, increasing: shares of the piece as read, times as they are."""
    timed = [(at - SECONDS if at >= SECONDS - 1 else at * duration_s, energy) for at, energy in points]
    timed = sorted((min(max(at, 0.0), duration_s), energy) for at, energy in timed)
    return list(dict(timed).items())


def arc_points(timed: Sequence[tuple[float, float]], duration_s: float) -> tuple[ArcPoint, ...]:
    """An arc that was asked for, from the first frame to the last, with four points at least."""
    times, levels = zip(*timed, strict=True)
    wanted = {0.0, duration_s, *times}
    if len(wanted) < 4:
        wanted |= {duration_s / 3, 2 * duration_s / 3}
    found = sorted(round(at, 3) for at in wanted)
    return tuple(ArcPoint(at, round(float(np.interp(at, times, levels)), 3), Source.WORDS) for at in found)


def arc_of_shots(sheet: CutSheet, energies: Sequence[float], source: Source) -> tuple[ArcPoint, ...]:
    """The arc that the shots' energies make, sampled evenly from the first frame to the last."""
    duration_s = float(sheet.duration_frames / sheet.rate)
    middles = [float((shot.start_frames + shot.duration_frames / 2) / sheet.rate) for shot in sheet.shots]
    times = np.linspace(0, duration_s, ARC_POINTS)
    levels = np.interp(times, middles, energies)
    return tuple(
        ArcPoint(round(float(at), 3), round(float(level), 3), source) for at, level in zip(times, levels, strict=True)
    )


def energies_over(
    sheet: CutSheet,
    direction: Direction,
    *,
    level: float | None = None,
    arousals: Sequence[float] | None = None,
    sights: Sequence[ShotSight] = (),
    arc: Sequence[tuple[float, float]] = (),
    usual: Arc = Arc.RISE,
) -> tuple[float, ...]:
    """The energy of each shot, 0..1, without what an editor set for it.

    `level` is the energy of the whole that words ask for, `arousals` what moods say of each shot, `arc` an arc in
    seconds that words ask for; it outranks moods and pictures, which outrank the pace of the cuts and the `usual` arc.
    """
    asked = dataclasses.replace(direction, shot_energies=(), energy=direction.energy if level is None else level)
    found = np.array(shot_energies(sheet, asked, arc=usual))
    if arousals is not None and direction.energy is None and level is None:
        found = found + _AROUSAL_SHARE * np.array(arousals)
    known = [index for index, sight in enumerate(sights) if sight.visual.known]
    if known:
        left = 1 - (1 - _PACE_BESIDE_SIGHT) * len(known) / len(found)
        found = found.mean() + left * (found - found.mean()) + _seen(sights, known)
        found = _moved_by_events(found, event_curve(sights))
    if arc:
        times, levels = zip(*arc, strict=True)
        middles = [float((shot.start_frames + shot.duration_frames / 2) / sheet.rate) for shot in sheet.shots]
        found = np.interp(middles, times, levels) + _PACE_LEFT * (found - found.mean())
    return tuple(round(float(energy), 4) for energy in np.clip(found, LOWEST, HIGHEST))


def _seen(sights: Sequence[ShotSight], known: Sequence[int]) -> NDArray[np.float64]:
    """What pictures add: each seen shot's arousal and change against the mean of those that were seen."""
    added = np.zeros(len(sights))
    changes = event_curve(sights)
    stirred = np.array([sights[index].arousal + _EVENT_SHARE * (changes[index] or 0.0) for index in known])
    spread = float(stirred.std())
    swing = float(np.clip(_SIGHT_SHARE * spread, _LEAST_SWING, _MOST_SWING)) * min(1.0, spread / _SAME)
    added[known] = swing * np.clip((stirred - stirred.mean()) / max(spread, 1e-9), -2, 2)
    return added


def _moved_by_events(energies: NDArray[np.float64], changes: Sequence[float | None]) -> NDArray[np.float64]:
    """Energies that hold where the picture stays what it was and move where it changes (arXiv 2603.11042)."""
    moved = energies.copy()
    for shot in range(1, len(moved)):
        change = changes[shot]
        if change is not None:
            share = _HELD + (_MOVED - _HELD) * change
            moved[shot] = moved[shot - 1] + share * (energies[shot] - moved[shot - 1])
    return moved
