"""The level curve: down before somebody speaks, up again to a beat after it, never steeper than asked.

A curve is a list of (samples, dB) points, linear between. Short pauses in the speech do not let the music up: what has
no time to come back, stay a while and go down again stays down, so that nothing pumps.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.request import SpeechRoom
from vem_core.contract.time import SAMPLE_RATE_HZ

SHORTEST_STAY_S = 1.5
"""The music comes back between two sentences only where it can stay up for this long."""

BAR_WAIT_S = 1.2
"""How much later than the first possible beat a downbeat may be and still be the one to come back on."""

LONGEST_WAIT_S = 2.5
"""A beat that comes later than this after the release is not waited for."""

Curve = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Dip:
    """One descent of the curve, in samples: down from `leave` to `start`, held to `end`, up again at `back`."""

    leave: int
    start: int
    end: int
    back: int


def dips_under(
    speech: Sequence[tuple[int, int]],
    beats: Sequence[int],
    downbeats: Sequence[int],
    room: SpeechRoom,
    duration_samples: int,
) -> tuple[Dip, ...]:
    """The dips under spans of speech (in order and apart), each back on a beat where one is near."""
    attack, release = (round(seconds * SAMPLE_RATE_HZ) for seconds in (room.attack_s, room.release_s))
    dips: list[Dip] = []
    for start, end in speech:
        back = _beat_after(end + release, beats, downbeats)
        dip = Dip(start - attack, start, end, back)
        if dips and dip.leave - dips[-1].back < SHORTEST_STAY_S * SAMPLE_RATE_HZ:
            dip = Dip(dips[-1].leave, dips[-1].start, end, back)
            dips.pop()
        dips.append(dip)
    return tuple(dip for dip in dips if dip.start < duration_samples)


def curve_of(dips: Sequence[Dip], depths_db: Sequence[float], room: SpeechRoom) -> Curve:
    """The points of the curve that goes down by each dip's own depth, with the room's attack and release."""
    release = round(room.release_s * SAMPLE_RATE_HZ)
    points: list[tuple[int, float]] = []
    for dip, depth_db in zip(dips, depths_db, strict=True):
        if depth_db > 0:
            points += [(dip.leave, 0.0), (dip.start, -depth_db), (dip.back - release, -depth_db), (dip.back, 0.0)]
    return tuple(points)


def gain_of(curve: Curve, end: int, start: int = 0) -> NDArray[np.float32]:
    """The curve as a factor for each sample of [start, end): (T,)."""
    gain = np.ones(end - start, np.float32)
    if not curve:
        return gain
    positions, levels_db = zip(*curve, strict=True)
    first, last = bisect.bisect_right(positions, start), bisect.bisect_left(positions, end)
    for begin, stop in itertools.pairwise([start, *positions[first:last], end]):
        if begin < stop:
            ends_db = np.interp((begin, stop - 1), positions, levels_db)
            # Between dips and along their floors, which is nearly everywhere, one value serves for all samples.
            places = np.arange(begin, stop if ends_db[0] != ends_db[1] else begin + 1)
            gain[begin - start : stop - start] = 10 ** (np.interp(places, positions, levels_db) / 20)
    return gain


def steepest_db_per_s(curve: Curve) -> float:
    """How fast the level changes at most."""
    slopes = [
        abs(later[1] - earlier[1]) / max(1, later[0] - earlier[0]) for earlier, later in itertools.pairwise(curve)
    ]
    return max(slopes, default=0.0) * SAMPLE_RATE_HZ


def _beat_after(instant: int, beats: Sequence[int], downbeats: Sequence[int]) -> int:
    """The beat to come back on: the first from the instant on, or a downbeat soon after it, or else the instant."""
    place = bisect.bisect_left(beats, instant)
    if place == len(beats) or beats[place] - instant > LONGEST_WAIT_S * SAMPLE_RATE_HZ:
        return instant
    bar = bisect.bisect_left(downbeats, beats[place])
    if bar < len(downbeats) and downbeats[bar] - beats[place] <= BAR_WAIT_S * SAMPLE_RATE_HZ:
        return downbeats[bar]
    return beats[place]
