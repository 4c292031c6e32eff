"""Which of the cuts that are met are played as accents, and before which the band stops.

A band marks the moments that matter and lets the others pass with what it plays anyway. What matters is told by the
editor's marks, by the cut's own weight, and by the form: a cut that opens a section, or ends a phrase, or where the
energy turns.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vem_core.contract.plan import AccentBudget, Beat, Emphasis, Hit, Landing, Section
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.planner_hits import MET

SHARES: Mapping[AccentBudget, float] = {AccentBudget.FEW: 0.1, AccentBudget.SOME: 0.25, AccentBudget.MANY: 0.5}
"""How many of the cuts are played as accents."""

SECTION_SHARE, PHRASE_SHARE, TURN_SHARE, DOWNBEAT_SHARE = 0.5, 0.2, 1.0, 0.1
"""What a cut's weight gains by opening a section, or a phrase of four bars, by a full turn of energy, by a downbeat."""

APART_S = 1.5
"""Accents keep this far from a heavier one while others are to be had."""

HEAVY = 0.8
"""A stop goes only before what weighs as much, with everything that the form adds."""

_STOPS = (Landing.DOWNBEAT, Landing.BEAT)
_PHRASE_BARS = 4


@dataclass(frozen=True)
class Moment:
    """A hit and what it weighs in the story: 0..1 from the cut itself, more from the form."""

    place: int  # into the hits
    samples: int
    weight: float
    marked: bool


def with_emphasis(
    hits: Sequence[Hit],
    marked: frozenset[tuple[bool, int]],
    beats: Sequence[Beat],
    sections: Sequence[Section],
    shot_energies: Sequence[float],
    budget: AccentBudget,
    stop_share: float,
) -> tuple[Hit, ...]:
    """The hits with the accents that the budget has room for, and stops before at most `stop_share` of them.

    `marked` names hits by (event, index): they are accents whatever the budget.
    """
    section_bars = [section.first_bar for section in sections]
    moments = [
        Moment(place, hit.target_samples, narrative_weight(hit, beats, section_bars, shot_energies), _of(hit) in marked)
        for place, hit in enumerate(hits)
        if hit.landing in MET and hit.weight > 0
    ]
    counted = sum(hit.landing is not Landing.SILENT for hit in hits)
    accents = _accents(moments, round(SHARES[budget] * counted))
    ranked = sorted(accents, key=lambda moment: (-moment.marked, -moment.weight, moment.place))
    heavy = [moment for moment in ranked if moment.marked or moment.weight >= HEAVY]
    stoppable = [moment for moment in heavy if hits[moment.place].landing in _STOPS]
    stops = {moment.place for moment in stoppable[: int(stop_share * counted)]}
    accented = {moment.place for moment in accents}
    return tuple(
        dataclasses.replace(
            hit, emphasis=Emphasis.STOP if at in stops else Emphasis.ACCENT if at in accented else Emphasis.PASSING
        )
        for at, hit in enumerate(hits)
    )


def narrative_weight(
    hit: Hit, beats: Sequence[Beat], section_bars: Sequence[int], shot_energies: Sequence[float]
) -> float:
    """What a met cut weighs in the story. `section_bars` are the sections' first bars, in order."""
    weight = hit.weight
    if not hit.event and hit.index + 1 < len(shot_energies):
        weight += TURN_SHARE * abs(shot_energies[hit.index + 1] - shot_energies[hit.index])
    if hit.landing is Landing.DOWNBEAT and hit.beat is not None:
        bar = beats[int(hit.beat)].bar
        into_section = bar - section_bars[bisect.bisect_right(section_bars, bar) - 1]
        weight += DOWNBEAT_SHARE
        if into_section == 0:
            weight += SECTION_SHARE
        elif into_section % _PHRASE_BARS == 0:
            weight += PHRASE_SHARE
    return weight


def accented_share(hits: Sequence[Hit]) -> float:
    """The share of the cuts and events with music that are played as accents."""
    counted = [hit for hit in hits if hit.landing is not Landing.SILENT]
    accented = sum(hit.emphasis is not Emphasis.PASSING for hit in counted)
    return accented / len(counted) if counted else 0.0


def _accents(moments: Sequence[Moment], most: int) -> list[Moment]:
    """The marked ones, then the heaviest that stand apart, then the heaviest of the rest."""
    chosen = {moment.place: moment for moment in moments if moment.marked}
    instants = sorted(moment.samples for moment in chosen.values())
    ranked = sorted((other for other in moments if not other.marked), key=lambda moment: (-moment.weight, moment.place))
    for apart in (APART_S * SAMPLE_RATE_HZ, 0.0):
        for moment in ranked:
            if len(chosen) >= most:
                return list(chosen.values())
            if moment.place not in chosen and _stands_apart(moment.samples, instants, apart):
                chosen[moment.place] = moment
                bisect.insort(instants, moment.samples)
    return list(chosen.values())


def _stands_apart(samples: int, others: Sequence[int], apart_samples: float) -> bool:
    """Whether no other instant, of some in order, is nearer than `apart_samples`."""
    after = bisect.bisect_left(others, samples)
    return all(abs(samples - other) >= apart_samples for other in others[max(0, after - 1) : after + 1])


def _of(hit: Hit) -> tuple[bool, int]:
    return (hit.event, hit.index)
