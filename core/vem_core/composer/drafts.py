"""Notes as players write them, in beats, before they are performed at the tempo map's times."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vem_core.composer.piece import NoteFunction


@dataclass(frozen=True, slots=True)
class Draft:
    """A note in beats. `exact` notes are neither swung nor late; others begin `late_ms` after their place."""

    start: float
    length: float
    pitch: int
    velocity: float  # 0..1, of a band playing at full energy
    function: NoteFunction
    exact: bool = False
    late_ms: float = 0.0

    @property
    def end(self) -> float:
        return self.start + self.length


@dataclass(frozen=True)
class Rest:
    """A stop of the band before a hit, in beats."""

    start: float
    end: float


def clear(drafts: list[Draft], rests: list[Rest]) -> list[Draft]:
    """The notes with the rests kept free: what begins in one goes, what sounds into one stops there."""
    kept = []
    for draft in drafts:
        if any(rest.start <= draft.start < rest.end for rest in rests):
            continue
        cut = min((rest.start for rest in rests if draft.start < rest.start < draft.end), default=None)
        kept.append(draft if cut is None else replace(draft, length=cut - draft.start))
    return kept
