"""How intense the music is over each shot: the editor's word, the pace of the cuts, and the arc of the piece."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import Arc
from vem_core.contract.request import Direction

PLAIN = 0.55
PACE_SHARE = 0.22
"""How much energy twice the usual pace adds (in both directions up to four times the pace)."""

ARC_SHARE = 0.3
"""How much lower than its height a piece is at its lowest."""

_CORNERS: dict[Arc, tuple[tuple[float, float], ...]] = {
    Arc.FALL_AND_RISE: ((0.0, 0.75), (0.45, 0.15), (0.85, 1.0), (1.0, 0.8)),
    Arc.PLATEAU: ((0.0, 0.4), (0.18, 0.85), (0.9, 0.85), (1.0, 0.65)),
    Arc.LATE_BLOOM: ((0.0, 0.15), (0.6, 0.3), (0.72, 1.0), (1.0, 1.0)),
    Arc.ARCH: ((0.0, 0.2), (0.5, 1.0), (1.0, 0.2)),
    Arc.STEADY: ((0.0, 0.55), (1.0, 0.55)),
}
"""Corners of each arc, as shares of the piece and of its height."""

_CLIMB = ((0.0, 0.0), (0.75, 1.0), (1.0, 1.0))
"""What Arc.RISE is like where words ask for it."""

_PLACES = np.linspace(0, 1, 41)
_FLAT, _ALIKE = 0.1, 0.8
"""Energies that move less than the first are steady; a shape correlates at least so well with the arc it is called."""

NEIGHBOURS = 2
"""Shots on each side that the pace of a shot is averaged over."""


def arc_of(seed: int, sheet: CutSheet) -> Arc:
    """The arc that a seed would give a piece; a drop is climbed to."""
    return Arc.RISE if _drops(sheet) else tuple(Arc)[seed % len(Arc)]


def nearest_arc(points: Sequence[tuple[float, float]]) -> Arc | None:
    """The arc that a curve of energy is most like, from (share of the piece, energy) in order; None: like none."""
    at, energies = np.array(points, float).T
    curve = np.interp(_PLACES, at, energies)
    if np.ptp(curve) < _FLAT:
        return Arc.STEADY
    shapes = {Arc.RISE: _CLIMB} | {arc: corners for arc, corners in _CORNERS.items() if arc is not Arc.STEADY}
    alike = {
        arc: float(np.corrcoef(curve, np.interp(_PLACES, *np.array(corners).T))[0, 1])
        for arc, corners in shapes.items()
    }
    nearest = max(alike, key=lambda arc: alike[arc])
    return nearest if alike[nearest] >= _ALIKE else None


def shot_energies(
    sheet: CutSheet, direction: Direction, motion: Sequence[float] | None = None, arc: Arc = Arc.RISE
) -> tuple[float, ...]:
    """The energy of each shot, 0..1.

    `motion` says how much moves in each shot, 0..1, where that is known. Without the editor's own number for a shot,
    the energy follows the pace of the cuts around it against that of the whole, its motion, and the arc of the piece.
    An arc that rises climbs to the drop if there is one, else to three quarters of the way.
    """
    base = PLAIN if direction.energy is None else direction.energy
    found = base + _height(sheet, arc) + PACE_SHARE * _pace(sheet) / 2
    if motion is not None:
        found = found + 0.2 * (np.asarray(motion) - np.mean(motion))
    wished = direction.shot_energies or (None,) * len(sheet.shots)
    return tuple(
        float(np.clip(energy, 0.05, 1.0)) if wish is None else wish for energy, wish in zip(found, wished, strict=True)
    )


def _pace(sheet: CutSheet) -> NDArray[np.float64]:
    """Cuts a second around each shot against the whole, in octaves within -2..2: (shots,)."""
    lengths = np.array([shot.duration_frames for shot in sheet.shots], float)
    window = np.ones(2 * NEIGHBOURS + 1)
    around = (
        np.convolve(lengths, window)[NEIGHBOURS:-NEIGHBOURS]
        / np.convolve(np.ones_like(lengths), window)[NEIGHBOURS:-NEIGHBOURS]
    )
    return np.asarray(np.clip(math.log2(lengths.mean()) - np.log2(np.sqrt(around * lengths)), -2, 2))


def _drops(sheet: CutSheet) -> list[int]:
    """Record frames of the drops."""
    drops = [cut.record_frames for cut in sheet.cuts if cut.wish is Wish.DROP]
    return drops + [event.record_frames for event in sheet.events if event.wish is Wish.DROP]


def _height(sheet: CutSheet, arc: Arc) -> NDArray[np.float64]:
    """What the place in the piece adds, -ARC_SHARE / 2 .. ARC_SHARE / 2: (shots,)."""
    starts = np.array([shot.start_frames for shot in sheet.shots], float)
    if arc is not Arc.RISE:
        at, height = np.array(_CORNERS[arc]).T
        return ARC_SHARE * (np.interp(starts / max(1, sheet.duration_frames), at, height) - 0.5)
    drops = _drops(sheet)
    if drops:
        # A steady climb to a little over half-way, and the height from the drop on.
        drop = max(1, min(drops))
        return ARC_SHARE * (np.where(starts >= drop, 1.0, 0.6 * starts / drop) - 0.5)
    height_frames = 0.75 * sheet.duration_frames
    rising = 0.3 + 0.7 * np.sin(np.pi / 2 * starts / height_frames)
    return ARC_SHARE * (np.where(starts < height_frames, rising, 0.85) - 0.5)
