"""How intense the music is over each shot: the editor's word, the pace of the cuts, and the arc of the piece."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.request import Direction

PLAIN = 0.55
PACE_SHARE = 0.22
"""How much energy twice the usual pace adds (in both directions up to four times the pace)."""

ARC_SHARE = 0.3
"""How much lower than its height the piece begins."""

NEIGHBOURS = 2
"""Shots on each side that the pace of a shot is averaged over."""


def shot_energies(sheet: CutSheet, direction: Direction, motion: Sequence[float] | None = None) -> tuple[float, ...]:
    """The energy of each shot, 0..1.

    `motion` says how much moves in each shot, 0..1, where that is known. Without the editor's own number for a shot,
    the energy follows the pace of the cuts around it against that of the whole, its motion, and an arc that climbs to
    the drop if there is one, else to three quarters of the way.
    """
    base = PLAIN if direction.energy is None else direction.energy
    found = base + _arc(sheet) + PACE_SHARE * _pace(sheet) / 2
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


def _arc(sheet: CutSheet) -> NDArray[np.float64]:
    """What the place in the piece adds, -ARC_SHARE / 2 .. ARC_SHARE / 2: (shots,)."""
    drops = [cut.record_frames for cut in sheet.cuts if cut.wish is Wish.DROP]
    drops += [event.record_frames for event in sheet.events if event.wish is Wish.DROP]
    starts = np.array([shot.start_frames for shot in sheet.shots], float)
    if drops:
        # A steady climb to a little over half-way, and the height from the drop on.
        drop = max(1, min(drops))
        return ARC_SHARE * (np.where(starts >= drop, 1.0, 0.6 * starts / drop) - 0.5)
    height = 0.75 * sheet.duration_frames
    return ARC_SHARE * (np.where(starts < height, 0.3 + 0.7 * np.sin(np.pi / 2 * starts / height), 0.85) - 0.5)
