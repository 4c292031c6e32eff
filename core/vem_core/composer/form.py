"""The form of a piece: its bars in order, what each is for, and how much energy it has.

Positions are in beats, 0 being the plan's first beat. Where the plan's beats begin after the first sample or stop
before the last, bars are added: a pick-up before, with negative positions, and more of the last section after.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vem_core.contract.plan import Emphasis, Ending, Landing, ScorePlan, Section, SectionPart, SectionRole
from vem_core.rhythm.tempo_map import TempoMap

BLOCK_BARS = 8
"""Long sections renew themselves every so many bars."""

RENEWAL_BARS = 4
"""What is held is struck again at every fourth bar of a section."""

_RANKS = {Emphasis.PASSING: 0, Emphasis.ACCENT: 1, Emphasis.STOP: 2}
_ARC_STEP_SAMPLES = 24_000  # an arc is followed every half second

_RAMP_SAMPLES = 4_800  # filters move from one shot's energy to the next within a tenth of a second


@dataclass(frozen=True)
class Bar:
    """A bar, or what is left of one at the edges.

    `first_number` is the number of its first beat: more than 1 in a pick-up. `section` counts those of the piece,
    and `identity` names the bar by its place in its section, so that it stays itself when others come or go.
    """

    index: int
    start: int
    beats: int
    first_number: int
    section: int
    role: SectionRole
    occurrence: int  # which section of this role it is, from 0
    number: int  # inside its section, from 0; negative in a pick-up
    of: int  # bars in its section
    energy: float
    section_energy: float
    next_role: SectionRole | None
    next_energy: float
    seed: int  # of the bar's own choices
    speech: float = 0.0  # share of its time in which somebody speaks, 0..1

    @property
    def end(self) -> int:
        """The position after its last one."""
        return self.start + self.beats

    @property
    def meter(self) -> int:
        """Beats of the whole bar."""
        return self.beats + self.first_number - 1

    @property
    def section_identity(self) -> tuple[str, int]:
        """What makes the section play as it does, wherever it stands."""
        return (self.role.value, self.occurrence)

    @property
    def identity(self) -> tuple[str, int, int]:
        """What makes the bar play as it does, wherever it stands."""
        return (self.role.value, self.occurrence, self.number)

    @property
    def block(self) -> int:
        """Which eight bars of its section it belongs to, from 0."""
        return max(self.number, 0) // BLOCK_BARS

    @property
    def is_last_of_section(self) -> bool:
        """Whether a section ends with this bar."""
        return self.number == self.of - 1

    @property
    def progress(self) -> float:
        """How far into its section the bar is, 0..1."""
        return max(self.number, 0) / max(self.of - 1, 1)


@dataclass(frozen=True)
class PlannedHit:
    """A cut that the music meets."""

    position: float
    samples: int
    weight: float
    emphasis: Emphasis = Emphasis.PASSING

    @property
    def off_beat(self) -> bool:
        """Whether it lies between two beats."""
        return self.position % 1 != 0

    @property
    def is_accent(self) -> bool:
        """Whether the music stresses it, rather than merely playing a note there."""
        return self.emphasis is not Emphasis.PASSING

    @property
    def pushes_from(self) -> float | None:
        """The place that a push is drawn forward from: the next beat for an eighth, the next eighth for a sixteenth."""
        inside = self.position % 1
        if inside == 0:
            return None
        return self.position + (0.5 if inside == 0.5 else 0.25)


class EnergyCurve:
    """The plan's energy over time: each shot's own from its cut on."""

    def __init__(
        self,
        starts_samples: Sequence[int],
        energies: Sequence[float],
        arc: Sequence[tuple[int, float]] = (),
        duration_samples: int = 0,
    ) -> None:
        """`arc` are (samples, energy) points of an arc that runs on within shots; it outranks the shots' energies."""
        if arc:
            steps = range(0, max(duration_samples, 1), _ARC_STEP_SAMPLES)
            times, levels = zip(*arc, strict=True)
            starts_samples = tuple(steps)
            energies = tuple(float(np.interp(step + _ARC_STEP_SAMPLES / 2, times, levels)) for step in steps)
        self._starts = list(starts_samples) or [0]
        self._energies = list(energies) or [0.5]

    def at(self, samples: float) -> float:
        return self._energies[max(bisect.bisect_right(self._starts, samples) - 1, 0)]

    def mean(self, start_samples: float, end_samples: float) -> float:
        """The mean energy between two instants."""
        if end_samples <= start_samples:
            return self.at(start_samples)
        first = max(bisect.bisect_right(self._starts, start_samples) - 1, 0)
        total = 0.0
        for index in range(first, len(self._starts)):
            begin = self._starts[index] if index else min(self._starts[0], start_samples)
            end = self._starts[index + 1] if index + 1 < len(self._starts) else max(end_samples, begin)
            overlap = min(end, end_samples) - max(begin, start_samples)
            if begin >= end_samples:
                break
            total += self._energies[index] * max(overlap, 0)
        return total / (end_samples - start_samples)

    def points(self, duration_samples: int) -> Iterator[tuple[int, float]]:
        """Corners of the curve as (samples, energy), from 0 to the end; it rises or falls just before each cut."""
        corners = {0, duration_samples}
        for start in self._starts[1:]:
            corners |= {start - _RAMP_SAMPLES, start}
        for samples in sorted(corner for corner in corners if 0 <= corner <= duration_samples):
            yield samples, self.at(samples)


@dataclass(frozen=True)
class Form:
    """A plan read as music: bars, hits, energy, and where it ends."""

    plan: ScorePlan
    tempo: TempoMap
    bars: tuple[Bar, ...]
    hits: tuple[PlannedHit, ...]
    energy: EnergyCurve
    meter: int  # the commonest
    final: int | None  # position of the final hit; None where the music just goes on to the end
    written: tuple[float, float] = (-math.inf, math.inf)  # positions that notes are written for, [start, end)

    @property
    def start(self) -> int:
        return self.bars[0].start

    @property
    def written_bars(self) -> tuple[Bar, ...]:
        """Those of the bars that notes are written for."""
        low, high = self.written
        return tuple(bar for bar in self.bars if low <= bar.start < high)

    @property
    def end_samples(self) -> int:
        """Where new notes stop: the final hit, or the end."""
        return self.plan.duration_samples if self.final is None else self.tempo.sample_at(self.final)

    def bar_at(self, position: float) -> Bar:
        """The bar that a position lies in."""
        index = bisect.bisect_right(self.bars, position, key=lambda bar: bar.start) - 1
        return self.bars[max(index, 0)]

    def shot_at(self, bar: Bar) -> int:
        """The shot that is seen in the middle of a bar."""
        middle = (self.tempo.sample_at(bar.start) + self.tempo.sample_at(bar.end)) / 2
        return max(bisect.bisect_right(self.plan.shot_starts_samples, middle) - 1, 0)

    def sections(self) -> list[list[Bar]]:
        """The bars of each section."""
        return [list(bars) for _, bars in itertools.groupby(self.bars, key=lambda bar: bar.section)]


@dataclass(frozen=True)
class _Span:
    """Beats of one bar, before it is placed in a section."""

    index: int
    start: int
    beats: int
    first_number: int


def read_form(plan: ScorePlan, fallback_bpm: float) -> Form:
    """The form of a plan; a plan without beats gets a steady grid at `fallback_bpm`."""
    tempo = TempoMap.of_plan(plan, fallback_bpm)
    energy = EnergyCurve(plan.shot_starts_samples, plan.shot_energies, plan.casting.arc, plan.duration_samples)
    spans = _planned_spans(plan)
    meter = Counter(span.beats + span.first_number - 1 for span in spans).most_common(1)[0][0] if spans else 4
    spans = [*_pick_up_spans(tempo, spans, meter), *spans]
    spans += _closing_spans(plan, tempo, spans, meter)
    final = plan.final_beat if plan.beats and plan.ending in (Ending.RING_OUT, Ending.LAST_FRAME) else None
    if final is not None:
        final = min(max(final, 0), len(plan.beats) - 1)
        spans = [span for span in spans if span.start <= final]
    return Form(
        plan=plan,
        tempo=tempo,
        bars=tuple(_bars(plan, spans, tempo, energy)),
        hits=_planned_hits(plan, tempo),
        energy=energy,
        meter=meter,
        final=final,
    )


def with_notes_near(form: Form, stretch: tuple[int, int]) -> Form:
    """The same form, with notes written only for the bars around a stretch, samples [start, end) of the score.

    Every note that begins or is held within the stretch is as it is in the whole.
    """
    bars = form.bars
    first, last = (bars.index(form.bar_at(form.tempo.beat_at(samples))) for samples in stretch)
    first, last = max(first - RENEWAL_BARS, 0), last + 2
    while first > 0 and bars[first].number % RENEWAL_BARS:
        first -= 1
    while last < len(bars) and bars[last].number % RENEWAL_BARS:
        last += 1
    low = bars[first].start if first else -math.inf
    return replace(form, written=(low, bars[last].start if last < len(bars) else math.inf))


def _planned_spans(plan: ScorePlan) -> list[_Span]:
    spans = []
    indexed = enumerate(plan.beats)
    for index, group in itertools.groupby(indexed, key=lambda item: item[1].bar):
        beats = list(group)
        spans.append(_Span(index, beats[0][0], len(beats), beats[0][1].number))
    return spans


def _pick_up_spans(tempo: TempoMap, spans: list[_Span], meter: int) -> list[_Span]:
    """Bars before the first beat, as many whole beats as fit after sample 0."""
    start = spans[0].start if spans else 0
    missing_numbers = spans[0].first_number - 1 if spans else 0
    beats = 0
    while tempo.sample_at(start - beats - 1) >= 0:
        beats += 1
    added: list[_Span] = []
    index = -1
    while beats > 0:
        whole = missing_numbers or meter
        size = min(whole, beats)
        start -= size
        added.insert(0, _Span(index, start, size, whole - size + 1))
        beats, missing_numbers, index = beats - size, 0, index - 1
    return added


def _closing_spans(plan: ScorePlan, tempo: TempoMap, spans: list[_Span], meter: int) -> list[_Span]:
    """Bars after the last beat, so that music which plays on reaches the end."""
    start = spans[-1].start + spans[-1].beats if spans else 0
    index = spans[-1].index + 1 if spans else 0
    added = []
    while tempo.sample_at(start) < plan.duration_samples:
        size = next((n for n in range(1, meter) if tempo.sample_at(start + n) >= plan.duration_samples), meter)
        added.append(_Span(index, start, size, 1))
        start, index = start + size, index + 1
    return added


def _bars(plan: ScorePlan, spans: list[_Span], tempo: TempoMap, energy: EnergyCurve) -> Iterator[Bar]:
    sections = list(plan.sections) or [Section(SectionRole.GROOVE, 0, max(len(spans), 1), 0.5, 0, 1)]
    last_index = spans[-1].index if spans else 0
    ends = [section.first_bar + section.bars for section in sections]
    ends[-1] = max(ends[-1], last_index + 1)
    parts = _parts_of(plan.seed, sections, last_index)
    numbers, following = _joined_sections(sections, parts)
    for span in spans:
        at = min(bisect.bisect_right(ends, span.index), len(sections) - 1)
        section, part, after = sections[at], parts[at], following[at]
        begin, end = max(tempo.sample_at(span.start), 0), tempo.sample_at(span.start + span.beats)
        own_energy = energy.mean(begin, min(end, plan.duration_samples))
        yield Bar(
            index=span.index,
            start=span.start,
            beats=span.beats,
            first_number=span.first_number,
            section=numbers[at],
            role=section.role,
            occurrence=part.occurrence,
            number=span.index - section.first_bar + part.first_number,
            of=part.of,
            energy=own_energy,
            section_energy=own_energy if plan.casting.arc else section.energy,
            next_role=after.role if after else None,
            next_energy=after.energy if after else section.energy,
            seed=part.seed,
            speech=_speech_share(plan, begin, end),
        )


def _speech_share(plan: ScorePlan, begin: int, end: int) -> float:
    spoken = sum(max(0, min(end, last) - max(begin, first)) for first, last in plan.speech_samples)
    return spoken / (end - begin) if end > begin else 0.0


def _parts_of(seed: int, sections: Sequence[Section], last_index: int) -> list[SectionPart]:
    """What each section is a part of: of itself, unless the plan says otherwise."""
    seen: Counter[SectionRole] = Counter()
    parts = []
    for at, section in enumerate(sections):
        last = at + 1 == len(sections)
        end = last_index + 1 if last else min(section.first_bar + section.bars, last_index + 1)
        parts.append(section.part or SectionPart(seen[section.role], 0, end - section.first_bar, seed))
        seen[section.role] += 1
    return parts


def _joined_sections(
    sections: Sequence[Section], parts: Sequence[SectionPart]
) -> tuple[list[int], list[Section | None]]:
    """For each section of the plan the number of the section of the piece it belongs to, and the one that follows it.

    Parts of one section that stand side by side are one section again.
    """
    names = [(section.role, part.occurrence, part.seed) for section, part in zip(sections, parts, strict=True)]
    numbers = [0] * len(names)
    for at in range(1, len(names)):
        numbers[at] = numbers[at - 1] + (names[at] != names[at - 1])
    following = [
        next((sections[later] for later in range(at + 1, len(names)) if numbers[later] != numbers[at]), None)
        for at in range(len(names))
    ]
    return numbers, following


def _planned_hits(plan: ScorePlan, tempo: TempoMap) -> tuple[PlannedHit, ...]:
    """The hits that land somewhere, one a position, the strongest kept."""
    hits: dict[float, PlannedHit] = {}
    for hit in plan.hits:
        if hit.beat is None or hit.landing in (Landing.SUBDIVISION, Landing.MISS):
            continue
        position = float(hit.beat)
        rank = (_RANKS[hit.emphasis], hit.weight)
        if position not in hits or (_RANKS[hits[position].emphasis], hits[position].weight) < rank:
            hits[position] = PlannedHit(position, tempo.sample_at(position), hit.weight, hit.emphasis)
    return tuple(hits[position] for position in sorted(hits))
