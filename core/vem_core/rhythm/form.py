"""The form: bars over the beats, sections over the bars, and the energy of each shot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Beat, Section, SectionRole
from vem_core.contract.request import Direction

BEATS_PER_BAR = 4


def bars_over(beat_samples: Sequence[int], weight_on_beat: Sequence[float]) -> tuple[Beat, ...]:
    """The beats in bars of four, the first downbeat where most weight falls on downbeats."""
    totals = [sum(weight_on_beat[offset::BEATS_PER_BAR]) for offset in range(BEATS_PER_BAR)]
    first = int(np.argmax(totals))
    beats = []
    for index, samples in enumerate(beat_samples):
        bar, number = divmod(index - first, BEATS_PER_BAR)
        beats.append(Beat(samples, bar + (first > 0), number + 1))
    return tuple(beats)


def shot_energies(sheet: CutSheet, direction: Direction) -> tuple[float, ...]:
    """How intense the music is over each shot, 0..1: the editor's word, else cut density and place in the arc."""
    base = 0.55 if direction.energy is None else direction.energy
    typical = math.log(sheet.duration_frames / len(sheet.shots))
    energies = []
    for index, shot in enumerate(sheet.shots):
        middle = (shot.start_frames + shot.duration_frames / 2) / sheet.duration_frames
        arc = 0.2 * math.sin(math.pi * min(1.0, middle / 0.75) / 2) - 0.1
        density = 0.12 * max(-2.0, min(2.0, typical - math.log(shot.duration_frames)))
        wished = direction.shot_energies[index] if direction.shot_energies else None
        energies.append(wished if wished is not None else min(1.0, max(0.05, base + arc + density)))
    return tuple(energies)


@dataclass(frozen=True)
class Form:
    beats: tuple[Beat, ...]
    sections: tuple[Section, ...]


def sections_over(
    beats: Sequence[Beat], shot_starts_samples: Sequence[int], energies: Sequence[float]
) -> tuple[Section, ...]:
    """Sections of up to eight bars, each with a role by its place and energy."""
    if not beats:
        return ()
    bars = beats[-1].bar + 1
    starts = list(range(0, bars, 8))
    bar_samples = {}
    for beat in beats:
        bar_samples.setdefault(beat.bar, beat.samples)
    sections = []
    for index, first in enumerate(starts):
        count = min(8, bars - first)
        begin = bar_samples[first]
        end = bar_samples.get(first + count, math.inf)
        first_shot = max(0, int(np.searchsorted(shot_starts_samples, begin, side="right")) - 1)
        end_shot = int(np.searchsorted(shot_starts_samples, end, side="left"))
        energy = float(np.mean(energies[first_shot : max(end_shot, first_shot + 1)]))
        role = SectionRole.GROOVE
        if index == 0 and len(starts) > 1:
            role = SectionRole.INTRO
        elif index == len(starts) - 1 and len(starts) > 1:
            role = SectionRole.ENDING
        sections.append(Section(role, first, count, energy, first_shot, max(end_shot - first_shot, 1)))
    return tuple(sections)
