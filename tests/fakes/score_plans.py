"""Score plans for tests: forms, tempi, bars and hits as a planner would make them, without a planner."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction

from vem_core.contract.plan import Beat, Bend, Emphasis, Ending, Hit, Landing, ScorePlan, Section, SectionRole
from vem_core.contract.time import SAMPLE_RATE_HZ

Form = Sequence[tuple[SectionRole, int, float]]

ARC: Form = (
    (SectionRole.INTRO, 4, 0.2),
    (SectionRole.GROOVE, 8, 0.5),
    (SectionRole.BUILD, 4, 0.65),
    (SectionRole.CLIMAX, 8, 0.95),
    (SectionRole.BREAK, 4, 0.3),
    (SectionRole.GROOVE, 4, 0.6),
    (SectionRole.ENDING, 2, 0.4),
)
"""A whole piece: role, bars and energy of each section."""


def score_plan(
    style: str = "cinematic",
    *,
    form: Form = ARC,
    meters: Sequence[int] = (4,),
    bpm: float = 100.0,
    drift: float = 0.0,
    hit_every_beats: Fraction | float = 8,
    off_beat_share: float = 0.0,
    ending: Ending = Ending.RING_OUT,
    key: str = "A minor",
    mood: str = "hopeful",
    seed: int = 1,
    lead_in_s: float = 0.0,
    pick_up_beats: int = 0,
    tail_s: float = 3.0,
) -> ScorePlan:
    """A plan with the bars of a form, meters taken in turn, a tempo that wanders by `drift`, and regular hits."""
    numbers = _numbers(form, meters, pick_up_beats)
    samples = _beat_samples(len(numbers), bpm, drift, lead_in_s, seed)
    beats = tuple(Beat(at, bar, number) for at, (bar, number) in zip(samples, numbers, strict=True))
    sections = tuple(_sections(form))
    starts, energies = _shots(sections, beats)
    final = len(beats) - 1
    tail = 0 if ending is Ending.LAST_FRAME else round(tail_s * SAMPLE_RATE_HZ)
    duration = beats[-1].samples + max(tail, 1_600)
    return ScorePlan(
        duration_samples=duration,
        beats=beats,
        hits=tuple(_hits(beats, Fraction(hit_every_beats), off_beat_share, seed)),
        sections=sections,
        shot_starts_samples=starts,
        shot_energies=energies,
        style=style,
        mood=mood,
        key=key,
        bend=Bend.GROOVE,
        ending=ending,
        final_beat=final,
        seed=seed,
    )


def _numbers(form: Form, meters: Sequence[int], pick_up: int) -> list[tuple[int, int]]:
    """(bar, number) of every beat; the last bar is its first beat alone, where the final hit falls."""
    bars = sum(bars for _, bars, _ in form)
    numbers: list[tuple[int, int]] = []
    for bar, meter in enumerate(itertools.islice(itertools.cycle(meters), bars)):
        first = meter - pick_up + 1 if bar == 0 and pick_up else 1
        last = 1 if bar == bars - 1 and bars > 1 else meter
        numbers += [(bar, number) for number in range(first, last + 1)]
    return numbers


def _beat_samples(count: int, bpm: float, drift: float, lead_in_s: float, seed: int) -> list[int]:
    dice = random.Random(seed)
    at, tempo, samples = lead_in_s, bpm, []
    for _ in range(count):
        samples.append(round(at * SAMPLE_RATE_HZ))
        tempo = min(max(tempo * (1 + dice.uniform(-drift, drift)), bpm * 0.8), bpm * 1.25)
        at += 60 / tempo
    return samples


def _sections(form: Form) -> list[Section]:
    sections, bar = [], 0
    for shot, (role, bars, energy) in enumerate(form):
        sections.append(Section(role, bar, bars, energy, shot, 1))
        bar += bars
    return sections


def _shots(sections: Sequence[Section], beats: Sequence[Beat]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """One shot a section."""
    first_beat: dict[int, int] = {}
    for beat in beats:
        first_beat.setdefault(beat.bar, beat.samples)
    starts = [0, *(first_beat[section.first_bar] for section in sections[1:])]
    return tuple(starts), tuple(section.energy for section in sections)


def _hits(beats: Sequence[Beat], every: Fraction, off_beat_share: float, seed: int) -> list[Hit]:
    dice = random.Random(seed + 1)
    hits: list[Hit] = []
    position = every
    while position <= len(beats) - 1:
        off = dice.random() < off_beat_share and position + Fraction(1, 2) < len(beats) - 1
        beat = Fraction(int(position)) + (Fraction(1, 2) if off else 0)
        number = beats[int(position)].number
        landing = Landing.OFF_BEAT if off else Landing.DOWNBEAT if number == 1 else Landing.BEAT
        weight = dice.choice((0.2, 0.5, 0.9))
        emphasis = Emphasis.STOP if weight >= 0.9 else Emphasis.ACCENT
        at = beats[int(position)].samples
        hits.append(Hit(len(hits), False, at, landing, beat, 0, weight, emphasis=emphasis))
        position += every
    if not hits or hits[-1].beat != len(beats) - 1:
        last = len(beats) - 1
        at = beats[last].samples
        hits.append(Hit(len(hits), False, at, Landing.DOWNBEAT, Fraction(last), 0, 1.0, emphasis=Emphasis.STOP))
    return hits
