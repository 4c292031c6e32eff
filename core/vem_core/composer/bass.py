"""The bass: figures on the chord's root, locked to the kick, leading into the next chord."""

from __future__ import annotations

import bisect

from vem_core.composer.chance import chance
from vem_core.composer.comping import choose_figure
from vem_core.composer.drafts import Draft
from vem_core.composer.form import Bar, Form
from vem_core.composer.harmony import ChordSpan, HarmonyPlan
from vem_core.composer.orchestration import Player
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import Figure, PartSheet

_LONGEST_KICK_NOTE = 0.75


def play_bass(player: Player, form: Form, harmony: HarmonyPlan, kicks: list[float]) -> list[Draft]:
    """The bass line of a piece. Where the sheet follows the kick, it plays where `kicks` do."""
    drafts: list[Draft] = []
    for bar in form.written_bars:
        if bar.index not in player.bars:
            continue
        figure = choose_figure(player.sheet, bar, form)
        if figure is not None:
            drafts += _play_figure(player.sheet, figure, bar, form, harmony)
        elif player.sheet.follow_kick:
            drafts += _follow_kick(player.sheet, bar, form, harmony, kicks)
    return drafts


def _play_figure(sheet: PartSheet, figure: Figure, bar: Bar, form: Form, harmony: HarmonyPlan) -> list[Draft]:
    pattern = sheet.pattern(figure)
    drafts = []
    for beat in range(bar.beats):
        for step in pattern.beat(bar.number, bar.first_number + beat):
            start = bar.start + beat + step.at
            span = harmony.at(start)
            length = min(step.length, bar.end - start)
            if start + length > span.end and step.mark not in "a":
                length = span.end - start
            pitch = bass_pitch(step.mark, span, harmony.after(span), sheet.register)
            drafts.append(_note(sheet, start, length, pitch, bar, form))
    return drafts


def _follow_kick(sheet: PartSheet, bar: Bar, form: Form, harmony: HarmonyPlan, kicks: list[float]) -> list[Draft]:
    inside = kicks[bisect.bisect_left(kicks, bar.start) : bisect.bisect_left(kicks, bar.end)]
    onsets: list[float] = sorted({*inside, *(span.start for span in harmony.inside(bar.start, bar.end))})
    drafts = []
    for place, start in enumerate(onsets):
        until = onsets[place + 1] if place + 1 < len(onsets) else bar.end
        length = min(until - start, _LONGEST_KICK_NOTE if inside else until - start)
        span = harmony.at(start)
        last = place == len(onsets) - 1 and place > 1
        mark = "8" if last and chance(bar.seed, "octave", *bar.identity).random() < 0.3 else "1"
        drafts.append(_note(sheet, start, length, bass_pitch(mark, span, span, sheet.register), bar, form))
    return drafts


def _note(sheet: PartSheet, start: float, length: float, pitch: int, bar: Bar, form: Form) -> Draft:
    human = chance(bar.seed, sheet.name, *bar.identity, round(start - bar.start, 4))
    strong = 1.0 if (start - bar.start) % 1 == 0 else 0.9
    velocity = 0.74 * sheet.level * strong * (1 + human.uniform(-0.05, 0.05))
    return Draft(start, length, pitch, min(velocity, 1.0), NoteFunction.BASS)


def bass_pitch(mark: str, span: ChordSpan, following: ChordSpan, register: tuple[int, int]) -> int:
    """The note that a mark of a bass figure stands for, inside the register where it can be.

    An approach comes from a scale step or semitone below or above the next root, whichever is nearer to this root.
    """
    harmony = span.harmony
    root = _lowest(harmony.bass, register[0])
    if mark == "1":
        return root
    if mark == "8":
        return root + 12 if root + 12 <= register[1] else root
    if mark == "a":
        target = _nearest(following.harmony.bass, root, register)
        below = target - 1 if (target - 1) % 12 in harmony.scale else target - 2
        above = target + 1 if (target + 1) % 12 in harmony.scale else target + 2
        approach = below if target >= root else above
        return approach if register[0] <= approach <= register[1] else below
    members = {"3": 2, "5": 4, "7": 6}
    if mark == "6":
        fifth = _member(span, 4)
        pitch = _lowest(fifth, root - 12)
        return pitch if pitch >= register[0] - 3 else pitch + 12
    pitch = _lowest(_member(span, members[mark]), root)
    return pitch if pitch <= register[1] else pitch - 12


def _member(span: ChordSpan, step: int) -> int:
    """The pitch class `step` scale steps above the chord's root, the chord's own note where it has one."""
    harmony = span.harmony
    degree = (harmony.symbol.members[0][0] + step) % 7
    return harmony.scale[degree]


def _lowest(pitch_class: int, low: int) -> int:
    return low + (pitch_class - low) % 12


def _nearest(pitch_class: int, to: int, register: tuple[int, int]) -> int:
    options = range(_lowest(pitch_class, register[0]), register[1] + 1, 12)
    return min(options, key=lambda pitch: (abs(pitch - to), pitch), default=_lowest(pitch_class, register[0]))
