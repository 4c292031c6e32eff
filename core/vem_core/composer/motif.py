"""The motif: invented once for a piece, then stated, answered, sequenced, inverted, broken up and slowed down.

Its notes are scale degrees. A motif walks by step along an arch with one summit; where it leaps, it turns back by step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vem_core.composer.chance import chance
from vem_core.composer.notation import DRUM_MARKS, Step, of_metre, parse_pattern
from vem_core.composer.style import MotifSheet

# Where the summit of the line lies, as a share of its notes; a valley is an arch upside down.
_SHAPES = {"arch": (0.6, 1), "early arch": (0.35, 1), "rise": (0.9, 1), "valley": (0.45, -1)}
_LEAST_LEAP, _MOST_LEAP = 2, 4  # scale steps


@dataclass(frozen=True)
class MotifNote:
    """A note of the motif: bar of the unit, beat in the bar, length in beats, and scale degree (0 the tonic)."""

    bar: int
    at: float
    length: float
    degree: int
    strong: bool


@dataclass(frozen=True)
class Motif:
    bars: int
    notes: tuple[MotifNote, ...]


def invent_motif(sheet: MotifSheet, seed: int, meter: int) -> Motif:
    """A motif on one of the sheet's rhythms, with an open end: on the third or the fifth."""
    dice = chance(seed, "motif")
    patterns = [parse_pattern(rhythm, DRUM_MARKS) for rhythm in sheet.rhythms]
    pattern = dice.choice(of_metre(patterns, [pattern.beats for pattern in patterns], meter))
    steps = [(bar, step) for bar, steps in enumerate(pattern.bars) for step in steps]
    degrees = _walk(len(steps), sheet, seed)
    notes = tuple(
        MotifNote(bar, step.at, step.length, degree, _is_strong(step))
        for (bar, step), degree in zip(steps, degrees, strict=True)
    )
    return Motif(len(pattern.bars), notes)


def _is_strong(step: Step) -> bool:
    return step.mark == "X" or step.at == 0 or step.length >= 1.5


def _walk(count: int, sheet: MotifSheet, seed: int) -> list[int]:
    """The degrees of a line of so many notes: it follows its shape by step, and leaps now and then towards it."""
    dice = chance(seed, "motif line")
    summit, side = _SHAPES[dice.choice(sorted(_SHAPES))]
    degree = dice.choice((0, 2, 4)) if side > 0 else dice.choice((4, 7))
    base, height = degree, side * max(3, sheet.span - 2)
    degrees: list[int] = []
    turn_back = 0
    for place in range(count):
        degrees.append(degree)
        goal = base + round(height * _arch((place + 1) / max(count - 1, 1), summit))
        gap = goal - degree
        if turn_back:
            move, turn_back = turn_back, 0
        elif abs(gap) >= _LEAST_LEAP and dice.random() < sheet.leap:
            move = int(math.copysign(dice.randint(_LEAST_LEAP, min(abs(gap), _MOST_LEAP)), gap))
            turn_back = -1 if move > 0 else 1
        elif gap:
            move = int(math.copysign(1, gap))
        else:
            move = dice.choice((1, -1, -1, 1, 0))
        degree += move
    if len(degrees) > 1:
        before = degrees[-2]
        ends = (before + 1, before - 1, before + 2, before - 2)
        degrees[-1] = min(ends, key=lambda end: (end % 7 not in (2, 4), abs(end - before)))
    return degrees


def _arch(place: float, summit: float) -> float:
    """The height of the line at a place (0..1), 1 at the summit."""
    if place <= summit:
        return math.sin(place / summit * math.pi / 2)
    return math.cos((place - summit) / max(1 - summit, 0.1) * math.pi / 2 * 0.8)


def vary(motif: Motif, unit: str, variant: int) -> Motif:
    """The motif as a letter of a motif plan has it; `variant` tells apart the unit's own choices (0 or 1)."""
    notes = motif.notes
    if not notes:
        return motif
    if unit == "B":
        return replace(motif, notes=_closed(notes))
    if unit in "Ss":
        shift = (1 + variant) * (1 if unit == "S" else -1)
        return replace(motif, notes=tuple(replace(note, degree=note.degree + shift) for note in notes))
    if unit == "I":
        axis = notes[0].degree
        return replace(motif, notes=tuple(replace(note, degree=2 * axis - note.degree) for note in notes))
    if unit == "F":
        return replace(motif, notes=tuple(_fragment(motif)))
    if unit == "G":
        return replace(motif, notes=tuple(_augmented(motif)))
    if unit == "C":
        return replace(motif, notes=_crowned(notes))
    return motif


def _closed(notes: tuple[MotifNote, ...]) -> tuple[MotifNote, ...]:
    """The second half turns by step to the tonic, the nearest one."""
    tail = min(len(notes) // 2 + 1, 5)
    start = notes[-tail].degree if tail < len(notes) else notes[0].degree
    goal = 7 * round(start / 7)
    steps = []
    degree = start
    for place in range(tail):
        left = tail - 1 - place
        gap = goal - degree
        if place and gap:
            degree += int(math.copysign(1 if abs(gap) <= left + 1 else 2, gap))
        elif place:
            degree += 1 if left % 2 else -1
        steps.append(degree)
    steps[-1] = goal
    if tail > 1 and steps[-2] == goal:
        steps[-2] = goal + 1
    closed = (replace(note, degree=degree) for note, degree in zip(notes[-tail:], steps, strict=True))
    return (*notes[:-tail], *closed)


def _crowned(notes: tuple[MotifNote, ...]) -> tuple[MotifNote, ...]:
    """The line with its summit a third higher, reached and left by step: the climax of a piece."""
    top = max(range(len(notes)), key=lambda place: (notes[place].degree, place))
    lifts = {top: 2, top - 1: 1, top + 1: 1}
    return tuple(replace(note, degree=note.degree + lifts.get(place, 0)) for place, note in enumerate(notes))


def _fragment(motif: Motif) -> Iterator[MotifNote]:
    """The head of the motif in every bar, a step higher each time."""
    head = [note for note in motif.notes if note.bar == 0]
    head = head[: max(len(head) // 2 + 1, 2)]
    for bar in range(motif.bars):
        for note in head:
            yield replace(note, bar=bar, degree=note.degree + bar)


def _augmented(motif: Motif) -> Iterator[MotifNote]:
    """The first half of the motif at half the speed, in bars of four beats."""
    for note in motif.notes:
        at = (note.bar * 4 + note.at) * 2
        if at < motif.bars * 4:
            yield replace(note, bar=int(at // 4), at=at % 4, length=note.length * 2)
