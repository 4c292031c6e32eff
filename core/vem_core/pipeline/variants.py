"""Several pieces for one timeline: many are planned, and those are taken that promise most and differ from each other.

What an editor settled stays: a style that was set is every variant's style, a tempo its tempo. What is open varies, in
this order of preference: styles next in rank of the brief, parts of a style's range of tempi, seeds.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vem_core.contract.brief import MusicBrief
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.contract.variants import VariantPlan, Variants, VariantsRequest
from vem_core.direction import direct
from vem_core.pipeline.job import Job
from vem_core.pipeline.planning import cut_weights, plan_as_briefed
from vem_core.rhythm.budget import homes_of
from vem_core.rhythm.planner_hits import MET

_A_VARIANT = 4
"""How many pieces are planned for each that is asked for."""

_MOST_STYLES, _LEAST_SUITED = 4, 0.1
"""How many styles are tried, and how well one has to suit the brief against the best (1)."""

_MOST_PARTS, _PART = 3, 1.07
"""Into how many parts a range of tempi is cut at most, and how far apart the ends of each are at least."""

_BRIEF_WORTH = 0.5
"""What a style that suits perfectly is worth, against all cuts met (1)."""

_ALIKE_PRICE = 0.6
"""What a piece loses that is like one that is taken already."""

_OTHER_TEMPO = 1.12
"""Pieces of one style whose tempi are so far apart are not alike at all; of the same tempo, their keys tell."""

_SAME_KEY = 0.25


@dataclass(frozen=True)
class _Candidate:
    variant: VariantPlan
    value: float


def variants_of(job: Job[VariantsRequest]) -> Variants:
    """The pieces to choose from. Raises DirectionError, or what `on_progress` raises."""
    asked = job.request
    weights = cut_weights(asked.score, _scoring(job))
    tries = list(itertools.islice(_tries(asked.score, job), asked.count * _A_VARIANT))
    candidates = []
    for number, (request, suits) in enumerate(tries):
        job.on_progress(Stage.PLAN, number, len(tries), "Planning variants")
        brief = direct(request, job.attachments)
        candidates.append(_candidate(request, brief, plan_as_briefed(request, brief, weights), suits))
    return Variants(tuple(candidate.variant for candidate in _differing(candidates, asked.count)))


def _scoring(job: Job[VariantsRequest]) -> Job[ScoreRequest]:
    return Job(job.request.score, job.attachments, job.folder, job.on_progress, job.models, job.effort)


def _tries(request: ScoreRequest, job: Job[VariantsRequest]) -> Iterator[tuple[ScoreRequest, float]]:
    """Requests to plan, with how well their style suits: the plain one first, then further and further from it."""
    brief = direct(request, job.attachments)
    styles = _styles(request, brief)
    ranges = {style: _bands(_in_style(request, style), job) for style, _ in styles}
    seeds = job.request.count * _A_VARIANT
    places = itertools.product(range(len(styles)), range(1 + _MOST_PARTS), range(seeds))
    for rank, band, seed in sorted(places, key=lambda place: (sum(place), place)):
        style, suits = styles[rank]
        if band < len(ranges[style]):
            tempo_bpm = ranges[style][band]
            direction = dataclasses.replace(request.direction, style=style, tempo_bpm=tempo_bpm)
            yield dataclasses.replace(request, direction=direction, seed=_other_seed(request.seed, seed)), suits


def _styles(request: ScoreRequest, brief: MusicBrief) -> list[tuple[str, float]]:
    """The styles to try and how well each suits, the best first."""
    if request.direction.style is not None:
        return [(brief.style.id, 1.0)]
    ranked = [(style.id, style.score) for style in brief.style.ranked if style.score >= _LEAST_SUITED]
    return ranked[:_MOST_STYLES] or [(brief.style.id, 1.0)]


def _in_style(request: ScoreRequest, style: str) -> ScoreRequest:
    return dataclasses.replace(request, direction=dataclasses.replace(request.direction, style=style))


def _bands(request: ScoreRequest, job: Job[VariantsRequest]) -> list[tuple[float, float]]:
    """The ranges of tempi to try: the style's whole range first, then its parts."""
    tempo = direct(request, job.attachments).tempo_bpm
    parts = min(_MOST_PARTS, int(math.log(tempo.high / tempo.low) / math.log(_PART)))
    if request.direction.tempo_bpm is not None or parts < 2:
        return [(tempo.low, tempo.high)]
    edges = [round(tempo.low * (tempo.high / tempo.low) ** (part / parts), 2) for part in range(parts + 1)]
    return [(tempo.low, tempo.high), *itertools.pairwise(edges)]


def _other_seed(seed: int, number: int) -> int:
    return (seed + number) % 2**63


def _candidate(request: ScoreRequest, brief: MusicBrief, plan: ScorePlan, suits: float) -> _Candidate:
    met, counted = sum(hit.landing in MET for hit in plan.hits), len(plan.hits)
    homes = homes_of(plan)
    home_bpm = 60 * SAMPLE_RATE_HZ / homes[0][1] if homes else (brief.tempo_bpm.low + brief.tempo_bpm.high) / 2
    variant = VariantPlan(
        style=brief.style.id,
        tempo_bpm=request.direction.tempo_bpm or (brief.tempo_bpm.low, brief.tempo_bpm.high),
        seed=request.seed,
        key=plan.key,
        home_bpm=round(home_bpm, 2),
        brief=suits,
        met=met,
        counted=counted,
    )
    return _Candidate(variant, met / max(1, counted) + _BRIEF_WORTH * suits)


def _differing(candidates: Sequence[_Candidate], count: int) -> list[_Candidate]:
    """As many of the candidates, each time the one that is worth most beside those that are taken already."""
    taken: list[_Candidate] = []
    left = list(candidates)
    while left and len(taken) < count:
        best = max(
            left,
            key=lambda each: (
                each.value - _ALIKE_PRICE * max((alike(each.variant, other.variant) for other in taken), default=0.0)
            ),
        )
        left.remove(best)
        taken.append(best)
    return taken


def alike(one: VariantPlan, other: VariantPlan) -> float:
    """How much alike two pieces are, 0..1: those of different styles are not, those of one tempo and key are."""
    if one.style != other.style:
        return 0.0
    apart = abs(math.log(one.home_bpm / other.home_bpm)) / math.log(_OTHER_TEMPO)
    return max(0.0, 1 - apart) * (1.0 if one.key == other.key else 1 - _SAME_KEY)
