"""Players of tunes: the motif over the chords of the moment, answers where it rests, a second line under it.

A unit of the motif is sung as one phrase: notes that bear weight move to a member of the chord where that costs no
leap, the others keep to the scale, and each goes on from where the last one stood.
"""

from __future__ import annotations

from dataclasses import replace

from vem_core.composer.chance import chance
from vem_core.composer.drafts import Draft
from vem_core.composer.form import Bar, Form
from vem_core.composer.harmony import ChordSpan, HarmonyPlan
from vem_core.composer.motif import Motif, MotifNote, vary
from vem_core.composer.orchestration import Player, density
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import Kind, MotifSheet
from vem_core.contract.plan import SectionRole

_LOUDER_PER_SEMITONE = 0.01
_COUNTER_DENSITY = 0.6  # from here on the answering part sings a line of its own under the motif
_USUAL_LIFT = 2  # scale steps that a climax may lie higher before a tune makes room for it
_REACH = (0, 1, -1, 2, -2)  # degrees by which a note may give way to the chord and the line
_DISCORD, _BENT_LINE, _AWAY = 1.5, 1.0, 0.45  # what it costs to leave the chord, the line's own move, the degree


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
                drafts += _reply(player, sheet, motif, bar, bar_of_unit, form, harmony)
            elif density(bar) >= _COUNTER_DENSITY:
                drafts += _counter_line(player, bar, harmony)
        elif unit != ".":
            variant = chance(bar.seed, "variant", bar.role, unit_number).randrange(2)
            drafts += _state(player, sheet, vary(motif, unit, variant), bar, bar_of_unit, form, harmony)
    return drafts


def _plan_for(bar: Bar, sheet: MotifSheet) -> list[str]:
    plan = next((plan for plan in sheet.plans if bar.role in plan.roles), None)
    plan = plan or next(plan for plan in sheet.plans if not plan.roles)
    return plan.units.split()


def _state(
    player: Player,
    sheet: MotifSheet,
    motif: Motif,
    bar: Bar,
    bar_of_unit: int,
    form: Form,
    harmony: HarmonyPlan,
    function: NoteFunction = NoteFunction.MOTIF,
) -> list[Draft]:
    first = bar.start - bar_of_unit * bar.meter - (bar.first_number - 1)
    home = _home(player.sheet.register, sheet.climax_lift)
    lift = sheet.climax_lift if bar.role is SectionRole.CLIMAX else 0
    pitches = _sing(motif, first, bar.meter, player.sheet.register, home, lift, harmony)
    drafts = []
    for note, pitch in zip(motif.notes, pitches, strict=True):
        at = note.at - (bar.first_number - 1)
        if note.bar != bar_of_unit or not 0 <= at < bar.beats:
            continue
        length = min(note.length, bar.beats - at + (1 if note.length > 1 else 0))
        human = chance(bar.seed, player.sheet.name, *bar.identity, note.at)
        height = _LOUDER_PER_SEMITONE * (pitch - sum(player.sheet.register) / 2)  # a line swells towards its summit
        velocity = (0.72 if note.strong else 0.63) * player.sheet.level * (1 + height + human.uniform(-0.04, 0.04))
        drafts.append(Draft(bar.start + at, length, pitch, min(velocity, 1.0), function))
    return drafts


def _home(register: tuple[int, int], climax_lift: int) -> float:
    """The pitch around which a tune lies: the middle of the register, or lower where its climax rises far."""
    return sum(register) / 2 - max(climax_lift - _USUAL_LIFT, 0) / 2 * 12 / 7


def _sing(
    motif: Motif,
    first: float,
    meter: int,
    register: tuple[int, int],
    home: float,
    raised: int,
    harmony: HarmonyPlan,
) -> list[int]:
    """The pitches of a unit whose first bar begins at `first`: a line over the chords it meets, `raised` degrees up."""
    tonic = _octave(motif, harmony.at(first).harmony.key.tonic, home)
    pitches: list[int] = []
    before: tuple[int, int] | None = None  # degree as written, degree as sung
    for note in motif.notes:
        span = harmony.at(first + note.bar * meter + note.at)
        wanted = note.degree + raised
        degree = _fitted(note, wanted, before, span)
        before = (wanted, degree)
        pitches.append(_inside(_pitch(degree, span, tonic), register))
    return pitches


def _fitted(note: MotifNote, wanted: int, before: tuple[int, int] | None, span: ChordSpan) -> int:
    """The degree near the one that is written which fits the chord and keeps the line's own move."""
    members = {member for member, _ in span.harmony.symbol.members}

    def cost(degree: int) -> tuple[float, int]:
        discord = _DISCORD * (note.strong and degree % 7 not in members)
        line = 0.0
        if before is not None:
            written, sung = wanted - before[0], degree - before[1]
            line = _BENT_LINE * max(abs(sung) - max(abs(written), 1), 0) + 0.8 * (sung == 0 and written != 0)
        return discord + line + _AWAY * abs(degree - wanted), abs(degree - wanted)

    return min((wanted + reach for reach in _REACH), key=cost)


def _octave(motif: Motif, tonic: int, home: float) -> int:
    """The tonic that puts the middle of the motif nearest to a pitch."""
    degrees = [note.degree for note in motif.notes] or [0]
    middle = (max(degrees) + min(degrees)) / 2 * 12 / 7
    return tonic + 12 * round((home - middle - tonic) / 12)


def _pitch(degree: int, span: ChordSpan, tonic_pitch: int) -> int:
    harmony = span.harmony
    octave, step = divmod(degree, 7)
    above = (harmony.scale[step] - harmony.key.tonic) % 12
    if step == 0 and above > 6:
        above -= 12  # a lowered tonic lies below it
    return tonic_pitch + 12 * octave + above


def _inside(pitch: int, register: tuple[int, int]) -> int:
    """The pitch, or its octave where a player would not reach it: a fourth beyond the register at most."""
    low, high = register[0] - 5, register[1] + 5
    while pitch > high:
        pitch -= 12
    while pitch < low:
        pitch += 12
    return pitch


def _reply(
    player: Player, sheet: MotifSheet, motif: Motif, bar: Bar, bar_of_unit: int, form: Form, harmony: HarmonyPlan
) -> list[Draft]:
    """The motif's inversion without its first note, as an answer."""
    inverted = vary(motif, "I", 0)
    answer = replace(inverted, notes=inverted.notes[1:])
    return _state(player, sheet, answer, bar, bar_of_unit, form, harmony, NoteFunction.ANSWER)


def _counter_line(player: Player, bar: Bar, harmony: HarmonyPlan) -> list[Draft]:
    """A slow line under the motif: a member of each chord, joined to the next by a passing note in its second half."""
    low, high = player.sheet.register
    centre = (low + high) // 2 - 3
    drafts: list[Draft] = []
    for span in harmony.inside(bar.start, bar.end):
        pitch = _guide_tone(span, centre)
        goal = _guide_tone(harmony.after(harmony.at(span.start)), centre)
        length, velocity = span.length, 0.55 * player.sheet.level
        passing = _between(pitch, goal, span) if span.length >= 2 and span.end == bar.end else None
        if passing is not None:
            length /= 2
            drafts.append(Draft(span.start + length, length, passing, 0.92 * velocity, NoteFunction.ANSWER))
        drafts.append(Draft(span.start, length, pitch, velocity, NoteFunction.ANSWER))
    return sorted(drafts, key=lambda draft: draft.start)


def _guide_tone(span: ChordSpan, centre: int) -> int:
    """The third or seventh of a chord that lies nearer to the middle of the register."""
    members = span.harmony.pitch_classes
    options = [members[min(1, len(members) - 1)], *members[3:4]]
    pitches = [centre + (goal - centre + 6) % 12 - 6 for goal in options]
    return min(pitches, key=lambda pitch: (abs(pitch - centre), pitch))


def _between(pitch: int, goal: int, span: ChordSpan) -> int | None:
    """A note of the scale between two that lie a third or a fourth apart, or beside one that is repeated."""
    if pitch == goal:
        neighbours = (pitch + 2, pitch + 1)
    elif 3 <= abs(goal - pitch) <= 5:
        side = 1 if goal > pitch else -1
        neighbours = (pitch + 2 * side, pitch + side)
    else:
        return None
    return next((note for note in neighbours if note % 12 in span.harmony.scale), None)
