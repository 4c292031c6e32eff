"""Notes as players write them, in beats, before they are performed at the tempo map's times."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace

from vem_core.composer.piece import NoteFunction


@dataclass(frozen=True, slots=True)
class Draft:
    """A note in beats. `exact` notes are neither swung nor late; others begin `late_ms` after their place.

    An exact note between beats is played as strongly as on one, unless it `passes`: then it is a little lighter.
    """

    start: float
    length: float
    pitch: int
    velocity: float  # 0..1, of a band playing at full energy
    function: NoteFunction
    exact: bool = False
    passes: bool = False
    late_ms: float = 0.0

    @property
    def end(self) -> float:
        """Where it stops, exclusive."""
        return self.start + self.length


@dataclass(frozen=True)
class Rest:
    """A stop of the band, in beats: nothing begins from `start` on, and what sounds by then stops at `silence`."""

    start: float
    end: float
    rings_until: float | None = None  # where what sounds stops; None: at the start

    @property
    def is_breath(self) -> bool:
        """Whether a beat is held before it, and notes are played in it where a cut asks for them."""
        return self.rings_until is not None

    @property
    def silence(self) -> float:
        """Where what sounded before has stopped."""
        return self.start if self.rings_until is None else self.rings_until


def clear(drafts: list[Draft], rests: list[Rest]) -> list[Draft]:
    """The notes with the rests (in order, none overlapping) kept free.

    What begins in a rest goes, what sounds into its silence stops there.
    """
    starts = [rest.start for rest in rests]
    kept = []
    for draft in drafts:
        following = bisect.bisect_right(starts, draft.start)
        if following and draft.start < rests[following - 1].end:
            continue
        if following < len(rests) and rests[following].silence < draft.end:
            draft = replace(draft, length=rests[following].silence - draft.start)
        kept.append(draft)
    return kept
