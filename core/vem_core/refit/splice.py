"""Joining new sound to kept sound: kept samples stay as they are, whatever a joint needs happens in the new ones.

Where new sound follows kept sound and both were played from the same notes up to the joint, the new one only has to
lose what difference is left; a model that only heard the kept sound fades in from what came after it in the earlier
take. Where two kept bars stand beside each other, the first goes on as it did in the earlier take. Where kept sound
follows, the new sound fades into what stood before its bar line in the earlier take: the bar enters as it always did,
early notes and all.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.types import Pcm
from vem_core.contract.result import KeptSpan
from vem_core.contract.time import SAMPLE_RATE_HZ

LEAD_SAMPLES = 9_600
"""How much of the kept music before a made span is played again, for the joint and for the limiter."""

FADE_SAMPLES = round(0.300 * SAMPLE_RATE_HZ)
"""Over how long new sound gives way to the earlier take. A fade of 10 to 60 ms is a step of level or of the spectrum in
front of every fifth bar line or more; this one passes for music at any instant before it (214 joints)."""

ENTRANCE_SAMPLES = round(0.050 * SAMPLE_RATE_HZ)
"""How much of the earlier take alone stands before the bar line where kept sound begins."""

WAY_IN_SAMPLES = FADE_SAMPLES + ENTRANCE_SAMPLES
"""How much new sound leads into kept sound that went on otherwise in the earlier take."""

_FADE_IN_SAMPLES = round(0.010 * SAMPLE_RATE_HZ)
_DECLICK_SAMPLES = round(0.005 * SAMPLE_RATE_HZ)
_LEAST, _MOST = -(2**31), 2**31 - 2**8


@dataclass(frozen=True)
class MadeSpan:
    """Samples [start, end) to be made anew; `lead_samples` of what comes before are played with them."""

    start_samples: int
    end_excl_samples: int
    lead_samples: int

    @property
    def played(self) -> tuple[int, int]:
        """The samples [start, end) that are played for it, its lead included."""
        return self.start_samples - self.lead_samples, self.end_excl_samples


def made_spans(kept: Sequence[KeptSpan], duration_samples: int) -> tuple[MadeSpan, ...]:
    """What lies between the kept spans."""
    edges = [(0, 0), *((span.start_samples, span.end_excl_samples) for span in kept), (duration_samples,) * 2]
    spans = []
    for (_, start), (end, _) in itertools.pairwise(edges):
        if start < end:
            spans.append(MadeSpan(start, end, min(start, LEAD_SAMPLES)))
    return tuple(spans)


def carried_spans(kept: Sequence[KeptSpan]) -> dict[int, tuple[MadeSpan, int]]:
    """The made spans, by their starts, in which one kept bar only gives way to another that stands right after it, and
    where in the earlier take the first of them goes on. It is heard as it was there: nothing has to be played."""
    return {
        before.end_excl_samples: (
            MadeSpan(before.end_excl_samples, after.start_samples, 0),
            before.earlier_samples + before.end_excl_samples - before.start_samples,
        )
        for before, after in itertools.pairwise(kept)
        if after.start_samples - before.end_excl_samples == WAY_IN_SAMPLES
    }


def splice(
    earlier: PackedSound,
    kept: Sequence[KeptSpan],
    made: Sequence[tuple[MadeSpan, Pcm]],
    duration_samples: int,
    *,
    similarity: Sequence[float] | None = None,
    replayed: bool = True,
    rings: bool = False,
    folder: Path | None = None,
) -> PackedSound:
    """The kept spans of the earlier take, bit for bit, with the made ones between them.

    Each made span comes with its lead, which is the kept sound played again, or nearly so where not `replayed`. It is
    changed only in its first 5 ms (10 where not replayed) and its last 350. Where the last kept span `rings`, what
    comes after it fades in over 300 ms from how that went on. `similarity` is what `similarities` says of the mix,
    where this is a stem of it: then stems still sum to the mix. The sound lies on a tape in a `folder`, if given.
    """
    sound = PackedSound.silent(duration_samples, earlier.channels, folder)
    for span in kept:
        sound.copy(span.start_samples, span.end_excl_samples, earlier, span.earlier_samples)
    by_start = {span.start_samples: span for span in kept}
    by_end = {span.end_excl_samples: span for span in kept}
    for (place, played), similar in zip(made, similarity or similarities(earlier, kept, made), strict=True):
        samples = played[place.lead_samples :].astype(np.float64)
        before = by_end.get(place.start_samples)
        rings_on = rings and place.end_excl_samples == duration_samples
        if before is not None and (rings_on or not replayed):
            at = before.earlier_samples + before.end_excl_samples - before.start_samples
            _fade_in(samples, earlier, at, FADE_SAMPLES if rings_on else _FADE_IN_SAMPLES)
        elif place.lead_samples:
            (last,) = sound[place.start_samples - 1 : place.start_samples]
            _declick(samples, last.astype(np.float64) - played[place.lead_samples - 1])
        following = by_start.get(place.end_excl_samples)
        if following is not None:
            _crossfade(samples, earlier, following.earlier_samples, _crossing_samples(place, following), similar)
        sound[place.start_samples : place.end_excl_samples] = _whole(samples)
    return sound


def similarities(earlier: PackedSound, kept: Sequence[KeptSpan], made: Sequence[tuple[MadeSpan, Pcm]]) -> list[float]:
    """How far each made span and what it gives way to are one sound, 0..1: their correlation where they cross.

    More than that where they would cross at a higher peak than either has.
    """
    by_start = {span.start_samples: span for span in kept}
    return [_similarity(earlier, by_start.get(place.end_excl_samples), place, played) for place, played in made]


def _similarity(earlier: PackedSound, following: KeptSpan | None, place: MadeSpan, played: Pcm) -> float:
    count = 0 if following is None else _crossing_samples(place, following)
    if following is None or count == 0:
        return 1.0
    new = played[len(played) - count :].astype(np.float64)
    old = earlier[following.earlier_samples - count : following.earlier_samples].astype(np.float64)
    scale = math.sqrt(float(np.sum(new**2)) * float(np.sum(old**2)))
    if scale == 0:
        return 1.0
    share = _new_share(count)
    peak = max(float(np.abs(new).max()), float(np.abs(old).max()))
    crossed = np.abs(new * share + old * (1 - share)).max(axis=1, keepdims=True) / peak
    both = share * (1 - share)
    needed = (crossed**2 - share**2 - (1 - share) ** 2)[both > 0] / (2 * both[both > 0])
    return min(max(float(np.sum(new * old)) / scale, float(needed.max(initial=0.0))), 1.0)


def _crossing_samples(place: MadeSpan, following: KeptSpan) -> int:
    made = place.end_excl_samples - place.start_samples
    return min(WAY_IN_SAMPLES, made, following.earlier_samples)


def _new_share(count: int) -> NDArray[np.float64]:
    """The share of the new sound where it crosses into the earlier take: (count, 1), from 1 to 0."""
    share = np.zeros((count, 1))
    share[:FADE_SAMPLES, 0] = _fall(min(count, FADE_SAMPLES))
    return share


def _declick(samples: NDArray[np.float64], difference: NDArray[np.float64]) -> None:
    """Begin where the kept sound stopped, and lose the difference within five milliseconds."""
    count = min(_DECLICK_SAMPLES, len(samples))
    samples[:count] += difference * _fall(count)[:, None]


def _fade_in(samples: NDArray[np.float64], earlier: PackedSound, at_samples: int, fade_samples: int) -> None:
    """Go on as the earlier take did, and fade from it into what was made."""
    count = min(fade_samples, len(samples), len(earlier) - at_samples)
    if count > 0:
        share = _fall(count)[:, None]
        samples[:count] = samples[:count] * (1 - share) + earlier[at_samples : at_samples + count] * share


def _crossfade(
    samples: NDArray[np.float64], earlier: PackedSound, at_samples: int, count: int, similarity: float
) -> None:
    """End in what stood before the kept sound, at an even level; where nothing did, arrive at its first sample."""
    if count >= _DECLICK_SAMPLES:
        share = _new_share(count)
        level = np.sqrt(share**2 + (1 - share) ** 2 + 2 * similarity * share * (1 - share))
        before = earlier[at_samples - count : at_samples].astype(np.float64)
        samples[-count:] = (samples[-count:] * share + before * (1 - share)) / level
    else:
        count = min(_DECLICK_SAMPLES, len(samples))
        (first,) = earlier[at_samples : at_samples + 1]
        samples[-count:] += (first - samples[-1]) * _fall(count)[::-1, None]


def _fall(count: int) -> NDArray[np.float64]:
    """From 1 to 0 without a corner."""
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count))


def _whole(samples: NDArray[np.float64]) -> Pcm:
    steps = np.rint(samples / 2**8).astype(np.int64) * 2**8
    return np.clip(steps, _LEAST, _MOST).astype(np.int32)
