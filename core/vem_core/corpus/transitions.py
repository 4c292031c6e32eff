"""Where a film's picture changes: cuts to the frame, and dissolves with their extent.

Cuts are found as PySceneDetect's adaptive detector does: a frame differs from the one before it by far more than its
neighbours do. A dissolve is found as what it is (Zhang, Kankanhalli and Smoliar, "Automatic partitioning of full-motion
video", Multimedia Systems 1, 1993; Alattar 1993): a run of frames, each the mix of the picture before and the picture
after it in proportions that change evenly, between two pictures that are not alike. A long one during which the camera
travels is missed.

TransNetV2 would find more of them. Its weights are not ours to ship and none could be had to try it with, so it is not
called from here; what it finds comes in as an edit list or timeline, which `vem` reads everywhere else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pictures = NDArray[np.uint8]

ADAPTIVE_RATIO = 3.0
"""How many times more than its neighbours a frame must change to be a cut."""

LEAST_CHANGE = 15.0
"""Of hue, saturation and lightness together, of 255."""

NEIGHBOURS = 2
SHORTEST_SHOT_S = 0.25

SHORTEST_DISSOLVE_S, LONGEST_DISSOLVE_S = 0.2, 2.0
LEAST_DIFFERENCE = 12.0
"""Between the pictures at the ends of a dissolve, mean of red, green and blue, of 255."""

MOST_ALIKE = 0.8
"""Correlation of those two pictures: above it one picture grew brighter or darker."""

MOST_LEFT = 0.3
"""What a mix of the two may leave unexplained in the frames between them, against their difference."""

MOST_LEFT_IN_DETAIL = 0.35
"""The same of the pixels of the middle frame (see `_left_in_detail`)."""

MOST_MOVED, MOST_LEFT_MOVED = (5, 12), 0.6
"""How far down and to the right, of 36 by 64 pixels, a movement is looked for, and what it may leave unexplained."""

MOST_OUTSIDE = 0.6
"""How much the pictures may change before and after, as long again as half the dissolve each, against that
difference. A camera that moves on changes them as much outside as inside."""

OUTSIDE_SHARE = 0.5  # what that counts when two fits are compared

_BLOCKS = (16, 9)
_INSIDE = (0.25, 0.5, 0.75)
_HALF_STEPS = 12  # extents that are tried


class Transition(NamedTuple):
    """A change of picture. A dissolve's frame is the middle of its extent."""

    frame: int
    extent_frames: int = 0  # 0: a cut


def find_transitions(changes: Floats, pictures: Pictures, rate_hz: float) -> tuple[Transition, ...]:
    """All transitions in order. `changes`: (F,) of `picture_change`; `pictures`: (F, 36, 64, 3)."""
    cuts = find_cuts(changes, rate_hz)
    dissolves = find_dissolves(pictures, cuts, rate_hz)
    return tuple(sorted([*map(Transition, cuts), *dissolves]))


def find_cuts(changes: Floats, rate_hz: float) -> tuple[int, ...]:
    """The frames that change by far more than those around them. `changes`: (F,) from the frame before, 0..255."""
    cuts: list[int] = []
    for frame in range(1, len(changes)):
        around = [
            changes[other]
            for other in range(max(1, frame - NEIGHBOURS), min(len(changes), frame + NEIGHBOURS + 1))
            if other != frame
        ]
        beside = float(np.mean(around)) if around else 0.0
        far = changes[frame] >= ADAPTIVE_RATIO * max(beside, 1e-6)
        begun = cuts[-1] if cuts else 0
        if far and changes[frame] >= LEAST_CHANGE and frame - begun >= SHORTEST_SHOT_S * rate_hz:
            cuts.append(frame)
    return tuple(cuts)


def find_dissolves(pictures: Pictures, cuts: tuple[int, ...], rate_hz: float) -> tuple[Transition, ...]:
    """The dissolves between the cuts, none nearer to a cut or another dissolve than a shot may be short."""
    coarse = np.stack([_means(picture) for picture in pictures])
    found: list[tuple[float, Transition]] = []
    halves = np.unique(
        np.geomspace(SHORTEST_DISSOLVE_S / 2 * rate_hz, LONGEST_DISSOLVE_S / 2 * rate_hz, _HALF_STEPS)
        .round()
        .astype(int)
    )
    bounds = np.array([0, *cuts, len(coarse)])
    for half in halves[halves >= 2]:
        middles = np.arange(2 * half, len(coarse) - 2 * half)
        shot = np.searchsorted(bounds, middles, side="right")
        inside = (middles - 2 * half >= bounds[shot - 1]) & (middles + 2 * half < bounds[shot])
        found += _mixes(coarse, pictures, middles[inside], int(half))
    chosen: list[Transition] = []
    for _, each in sorted(found, key=lambda rated: rated[0]):
        apart = SHORTEST_SHOT_S * rate_hz
        free = all(abs(each.frame - other.frame) >= apart + (each.extent_frames + other.extent_frames) / 2
                   for other in chosen)  # fmt: skip
        if free and all(abs(each.frame - cut) >= apart for cut in cuts) and not _moved(pictures, each):
            chosen.append(each)
    return tuple(sorted(chosen))


def _mixes(frames: Floats, pictures: Pictures, middles: NDArray[np.int64], half: int) -> list[tuple[float, Transition]]:
    """Those middles around which 2 `half` frames are a mix of their ends, each with how badly it fits."""
    before, after = frames[middles - half], frames[middles + half]
    difference = np.maximum(_apart(before, after), 1e-6)
    left = np.zeros(len(middles))
    for share in _INSIDE:
        between = frames[middles - half + np.rint(2 * half * share).astype(int)]
        left += _apart(between, (1 - share) * before + share * after) / len(_INSIDE)
    outside = _apart(frames[middles - 2 * half], before) + _apart(after, frames[middles + 2 * half])
    misfit = (left + OUTSIDE_SHARE * outside) / difference
    fitting = (
        (difference >= LEAST_DIFFERENCE) & (left <= MOST_LEFT * difference) & (outside <= MOST_OUTSIDE * difference)
    )
    return [
        (float(misfit[place]), Transition(int(middles[place]), 2 * half))
        for place in np.flatnonzero(fitting)
        if _alike(before[place], after[place]) <= MOST_ALIKE
        and _left_in_detail(pictures[middles[place] - half : middles[place] + half + 1]) <= MOST_LEFT_IN_DETAIL
    ]


def _left_in_detail(run: Pictures) -> float:
    """What a mix of its ends leaves unexplained in the middle of a run of pictures, pixel by pixel.

    Where something moves, a pixel shows the one thing or the other and never half of both: that leaves 0.5.
    """
    before, middle, after = run[0].astype(float), run[len(run) // 2].astype(float), run[-1].astype(float)
    return float(np.abs(middle - (before + after) / 2).mean() / max(np.abs(after - before).mean(), 1e-6))


def _apart(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.abs(one - other).mean(axis=1))


def _moved(pictures: Pictures, each: Transition) -> bool:
    """Whether the picture after is the one before, some pixels further: a camera's movement mixes neighbours, too."""
    half = each.extent_frames // 2
    before, after = pictures[each.frame - half].astype(float), pictures[each.frame + half].astype(float)
    down, right = MOST_MOVED
    middle = after[down:-down, right:-right]
    rows, columns = middle.shape[:2]
    shifted = (
        before[top : top + rows, left : left + columns] for top in range(2 * down + 1) for left in range(2 * right + 1)
    )
    still = np.abs(middle - before[down:-down, right:-right]).mean()
    return bool(min(np.abs(middle - part).mean() for part in shifted) < MOST_LEFT_MOVED * still)


def _alike(one: Floats, other: Floats) -> float:
    """The correlation of two pictures; 1 where one is of a single colour, since it cannot be told from a fade."""
    if min(one.std(), other.std()) < 1.0:
        return 1.0
    return float(np.corrcoef(one, other)[0, 1])


def picture_change(before: Floats, after: Floats) -> float:
    """Mean difference of two pictures (height, width, 3) of hue (a circle), saturation and lightness, 0..255."""
    difference = np.abs(after - before)
    difference[..., 0] = np.minimum(difference[..., 0], 256 - difference[..., 0])
    return float(difference.mean())


def _means(picture: Pictures) -> Floats:
    """A picture (36, 64, 3) as the means of 9 by 16 blocks, (432,): what moves a little inside them does not show."""
    width, height = _BLOCKS
    rows, columns = picture.shape[0] // height, picture.shape[1] // width
    return np.asarray(picture.reshape(height, rows, width, columns, 3).mean(axis=(1, 3)).reshape(-1), np.float64)
