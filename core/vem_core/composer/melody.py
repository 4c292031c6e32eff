"""The motif: invented once for a piece, then stated, answered, sequenced, inverted, broken up and slowed down.

Its notes are scale degrees, so that it fits each chord it meets: notes that bear weight move to the nearest member of
the chord, the others keep to the scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vem_core.composer.chance import chance
from vem_core.composer.drafts import Draft
from vem_core.composer.form import Bar, Form
from vem_core.composer.harmony import ChordSpan, HarmonyPlan
from vem_core.composer.notation import DRUM_MARKS, of_metre, parse_pattern
from vem_core.composer.orchestration import Player, density
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import Kind, MotifSheet

_CONTOURS = {
    "arch": (1, 1, -1, -1),
    "valley": (-1, -1, 1, 1),
    "rise": (1, 1, 1, -1),
    "fall": (1, -1, -1, -1),
    "wave": (1, -1, 1, -1),
}
_COUNTER_DENSITY = 0.72  # from here on the answering part holds guide tones under the motif


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
    """A motif on one of the sheet's rhythms: mostly steps, leaps that turn back, an end on the third or fifth."""
    dice = chance(seed, "motif")
    patterns = [parse_pattern(rhythm, DRUM_MARKS) for rhythm in sheet.rhythms]
    pattern = dice.choice(of_metre(patterns, [pattern.beats for pattern in patterns], meter))
    steps = [(bar, step) for bar, steps in enumerate(pattern.bars) for step in steps]
    contour = _CONTOURS[dice.choice(sorted(_CONTOURS))]
    degree = dice.choice((0, 2, 4))
    lowest = min(0, degree - sheet.span // 2)
    degrees: list[int] = []
    turn_back = 0
    for place in range(len(steps)):
        degrees.append(degree)
        drift = contour[min(place * 4 // len(steps), 3)]
        if turn_back:
            move, turn_back = turn_back, 0
        elif dice.random() < sheet.leap:
            move = drift * dice.choice((2, 3, 4))
            turn_back = -1 if move > 0 else 1
        else:
            move = dice.choice((drift, drift, drift, -drift, 0))
        degree = _inside(degree + move, lowest, lowest + sheet.span)
    if degrees:
        degrees[-1] = min((2, 4, -3), key=lambda goal: abs(goal - degrees[-1]))
    notes = tuple(
        MotifNote(bar, step.at, step.length, degree, step.mark == "X" or step.at == 0 or step.length >= 1)
        for (bar, step), degree in zip(steps, degrees, strict=True)
    )
    return Motif(len(pattern.bars), notes)


def _inside(degree: int, low: int, high: int) -> int:
    if degree < low:
        return 2 * low - degree
    return 2 * high - degree if degree > high else degree


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
    return motif


def _closed(notes: tuple[MotifNote, ...]) -> tuple[MotifNote, ...]:
    """The last three notes turn stepwise to the tonic."""
    goal = 7 if notes[-1].degree > 4 else 0
    side = 1 if notes[-1].degree >= goal else -1
    tail = len(notes[-3:])
    steps = [replace(note, degree=goal + side * (tail - 1 - place)) for place, note in enumerate(notes[-3:])]
    return (*notes[:-3], *steps)


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


def play_motif(player: Player, sheet: MotifSheet, motif: Motif, form: Form, harmony: HarmonyPlan) -> list[Draft]:
    """What a motif or answer part plays in the bars it has."""
    drafts: list[Draft] = []
    for bar in form.written_bars:
        if bar.index not in player.bars or bar.number < 0:
            continue
        units = _plan_for(bar, sheet)
        unit_number, bar_of_unit = divmod(bar.number, motif.bars)
        unit = units[unit_number % len(units)]
        if player.sheet.kind is Kind.ANSWER:
            if unit == ".":
                drafts += _reply(player, motif, bar, bar_of_unit, form, harmony)
            elif density(bar) >= _COUNTER_DENSITY:
                drafts += _guide_tones(player, bar, form, harmony)
        elif unit != ".":
            variant = chance(bar.seed, "variant", bar.role, unit_number).randrange(2)
            drafts += _state(player, vary(motif, unit, variant), bar, bar_of_unit, form, harmony)
    return drafts


def _plan_for(bar: Bar, sheet: MotifSheet) -> list[str]:
    plan = next((plan for plan in sheet.plans if bar.role in plan.roles), None)
    plan = plan or next(plan for plan in sheet.plans if not plan.roles)
    return plan.units.split()


def _state(
    player: Player,
    motif: Motif,
    bar: Bar,
    bar_of_unit: int,
    form: Form,
    harmony: HarmonyPlan,
    function: NoteFunction = NoteFunction.MOTIF,
) -> list[Draft]:
    lift = _octave(motif, harmony.at(bar.start).harmony.key.tonic, player.sheet.register)
    drafts = []
    for note in motif.notes:
        at = note.at - (bar.first_number - 1)
        if note.bar != bar_of_unit or not 0 <= at < bar.beats:
            continue
        start = bar.start + at
        span = harmony.at(start)
        pitch = _pitch(note, span, lift)
        length = min(note.length, bar.beats - at + (1 if note.length > 1 else 0))
        human = chance(bar.seed, player.sheet.name, *bar.identity, note.at)
        velocity = (0.74 if note.strong else 0.62) * player.sheet.level * (1 + human.uniform(-0.06, 0.06))
        drafts.append(Draft(start, length, pitch, min(velocity, 1.0), function, late_ms=human.uniform(0, 3)))
    return drafts


def _octave(motif: Motif, tonic: int, register: tuple[int, int]) -> int:
    """The tonic that puts the middle of the motif nearest to the middle of the register."""
    degrees = [note.degree for note in motif.notes] or [0]
    middle = (max(degrees) + min(degrees)) / 2 * 12 / 7
    centre = (register[0] + register[1]) / 2
    return tonic + 12 * round((centre - middle - tonic) / 12)


def _pitch(note: MotifNote, span: ChordSpan, tonic_pitch: int) -> int:
    harmony = span.harmony
    degree = note.degree
    if note.strong:
        members = {member for member, _ in harmony.symbol.members}
        degree = min(
            (degree, degree + 1, degree - 1, degree + 2), key=lambda d: (d % 7 not in members, abs(d - degree))
        )
    octave, step = divmod(degree, 7)
    above = (harmony.scale[step] - harmony.key.tonic) % 12
    return tonic_pitch + 12 * octave + above


def _reply(player: Player, motif: Motif, bar: Bar, bar_of_unit: int, form: Form, harmony: HarmonyPlan) -> list[Draft]:
    """The motif's inversion without its first note, as an answer."""
    inverted = vary(motif, "I", 0)
    return _state(
        player, replace(inverted, notes=inverted.notes[1:]), bar, bar_of_unit, form, harmony, NoteFunction.ANSWER
    )


def _guide_tones(player: Player, bar: Bar, form: Form, harmony: HarmonyPlan) -> list[Draft]:
    """A slow line of thirds and sevenths under the motif."""
    low, high = player.sheet.register
    drafts: list[Draft] = []
    for span in harmony.inside(bar.start, bar.end):
        members = span.harmony.pitch_classes
        goal = members[3] if len(members) > 3 and bar.number % 2 else members[min(1, len(members) - 1)]
        centre = (low + high) // 2 - 3
        pitch = centre + (goal - centre + 6) % 12 - 6
        drafts.append(Draft(span.start, span.length, pitch, 0.52 * player.sheet.level, NoteFunction.ANSWER))
    return drafts
