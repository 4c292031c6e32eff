"""The ending of a re-score: where the last hit has another place, it is struck and rings as it did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vem_core.composer.performance import RING_FADED_SHARE
from vem_core.contract.plan import Ending, ScorePlan
from vem_core.contract.result import KeptSpan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.splice import FADE_SAMPLES, WAY_IN_SAMPLES

SHORTEST_S = 0.5
"""Less of a ring than this is not worth keeping."""

MOST_LOUDER_DB = 3.0
"""A longer ring fades later: the new one goes on from where it is not yet louder than the old one by more than this."""

_STEP_S = 0.01


def with_ring(before: ScorePlan, after: ScorePlan, kept: Sequence[KeptSpan]) -> tuple[KeptSpan, ...] | None:
    """Kept sound and, at the last hit of the plan after, that of the plan before with what rings but its last moments.

    The way into the hit is new: kept sound that reaches up to it ends earlier. None where the ending stayed anyway or
    is no ring, where it is another chord, or where too little of it is left.
    """
    if not before.ending is after.ending is Ending.RING_OUT or before.key != after.key:
        return None
    was, now = (plan.beats[plan.final_beat].samples for plan in (before, after))
    way_in = now - WAY_IN_SAMPLES
    if not kept or kept[-1].end_excl_samples > now or kept[-1].start_samples >= way_in:
        return None
    length = _shared_samples(before.duration_samples - was, after.duration_samples - now)
    if length < SHORTEST_S * SAMPLE_RATE_HZ:
        return None
    last = replace(kept[-1], end_excl_samples=min(kept[-1].end_excl_samples, way_in))
    return (*kept[:-1], last, KeptSpan(now, now + length, was))


def _shared_samples(old_samples: int, new_samples: int) -> int:
    """How long a ring of one length may stand for one of another, up to where the new one fades in."""
    longest = min(old_samples, new_samples) - FADE_SAMPLES
    at = np.arange(0, max(longest, 0), round(_STEP_S * SAMPLE_RATE_HZ))
    louder = _fade(at, new_samples) > 10 ** (MOST_LOUDER_DB / 20) * _fade(at, old_samples)
    return int(at[np.argmax(louder)]) if louder.any() else max(longest, 0)


def _fade(at: NDArray[np.int64], ring_samples: int) -> NDArray[np.float64]:
    """How loud a ring still is at instants after its hit, of the fade alone."""
    left = (ring_samples - at) / (RING_FADED_SHARE * ring_samples)
    return np.asarray(np.sin(np.clip(left, 0, 1) * np.pi / 2))
