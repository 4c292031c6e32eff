"""Random cut sheets for tests of the planner."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from vem_core.contract.cut_sheet import Cut, CutSheet, Event, Shot, Wish


def sheet_of(
    duration_frames: int,
    cuts: Sequence[int],
    rate: Fraction = Fraction(24),
    wishes: dict[int, Wish] | None = None,
    events: Sequence[Event] = (),
    start_frames: int = 0,
) -> CutSheet:
    """A sheet with plain cuts at those frames; `wishes` by frame."""
    edges = [0, *cuts, duration_frames]
    return CutSheet(
        name="edit",
        rate=rate,
        start_frames=start_frames,
        duration_frames=duration_frames,
        shots=tuple(Shot(begin, end - begin) for begin, end in itertools.pairwise(edges)),
        cuts=tuple(Cut(frame, wish=(wishes or {}).get(frame, Wish.AUTO)) for frame in cuts),
        events=tuple(events),
    )


def random_edit(seed: int, rate: Fraction = Fraction(24), median_s: float = 2.2, cuts: int = 24) -> CutSheet:
    """Lognormal shot lengths with sigma 0.55, as the planner's goals are stated for."""
    lengths_s = np.random.default_rng(seed).lognormal(math.log(median_s), 0.55, cuts + 1)
    frames = np.cumsum(np.maximum(1, np.rint(lengths_s * float(rate)))).astype(int).tolist()
    return sheet_of(frames[-1], frames[:-1], rate)
