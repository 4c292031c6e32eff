"""How a piece ends: everyone on the tonic at the final hit, ringing to the last sample."""

from __future__ import annotations

from vem_core.composer.accents import EFFECT_PITCH
from vem_core.composer.bass import bass_pitch
from vem_core.composer.drafts import Draft
from vem_core.composer.form import Form
from vem_core.composer.harmony import HarmonyPlan, lead, without_rubs
from vem_core.composer.orchestration import Player
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import DRUM_KEYS, HitSheet, Kind

_ECHO_TAIL_BEATS = 6  # a longer ring gets a slow broken chord, so that it does not stand still
_CHORD_KINDS = (Kind.COMP, Kind.PAD, Kind.ARPEGGIO)
_MELODY_KINDS = (Kind.MOTIF, Kind.ANSWER)


def final_notes(player: Player, form: Form, harmony: HarmonyPlan) -> list[Draft]:
    """What a player who is in at the end plays on the final hit."""
    if form.final is None or not _is_in(player, form):
        return []
    span = harmony.at(form.final)
    sheet, chord = player.sheet, span.harmony
    if sheet.kind is Kind.TEXTURE:
        return []
    if sheet.kind is Kind.BASS:
        pitches: tuple[int, ...] = (bass_pitch("1", span, span, sheet.register),)
    elif sheet.kind is Kind.DRONE:
        pitches = (sheet.register[0] + (chord.key.tonic - sheet.register[0]) % 12,)
    elif sheet.kind in _CHORD_KINDS:
        members = without_rubs(chord.pitch_classes, ninths=False)
        pitches = lead((), members, chord.bass, sheet.register, sheet.voices)
    else:
        centre = sum(sheet.register) // 2
        pitches = (centre + (chord.root - centre + 6) % 12 - 6,)
    velocity = 0.78 * sheet.level
    notes = [_ringing(form, span.length, pitch, velocity) for pitch in pitches]
    if sheet.kind is Kind.ARPEGGIO or (sheet.kind in _MELODY_KINDS and len(notes) == 1):
        return notes + _echoes(form, span.length, pitches, velocity) if sheet.kind is Kind.ARPEGGIO else notes
    return notes


def _is_in(player: Player, form: Form) -> bool:
    assert form.final is not None
    at, before = form.bar_at(form.final), form.bar_at(form.final - 1)
    return at.index in player.bars or before.index in player.bars


def _ringing(form: Form, length: float, pitch: int, velocity: float) -> Draft:
    assert form.final is not None
    return Draft(form.final, length, pitch, min(velocity, 1.0), NoteFunction.ENDING, exact=True)


def _echoes(form: Form, length: float, pitches: tuple[int, ...], velocity: float) -> list[Draft]:
    assert form.final is not None
    if length < _ECHO_TAIL_BEATS:
        return []
    beats = range(2, int(length) - 2)
    return [
        Draft(
            form.final + beat,
            2,
            pitches[place % len(pitches)] + (12 if place >= len(pitches) else 0),
            velocity * 0.7 * 0.85**place,
            NoteFunction.ENDING,
        )
        for place, beat in enumerate(beats[: 2 * len(pitches)])
    ]


def final_hit(
    form: Form, sheet: HitSheet, harmony: HarmonyPlan, *, with_drums: bool
) -> tuple[list[Draft], list[Draft]]:
    """The stab and the drums of the final hit."""
    if form.final is None:
        return [], []
    span = harmony.at(form.final)
    voicing = lead(
        (), without_rubs(span.harmony.pitch_classes, ninths=False), span.harmony.bass, sheet.register, sheet.voices
    )
    length = min(2, span.length)
    stabs = [Draft(form.final, length, pitch, 0.95, NoteFunction.ENDING, exact=True) for pitch in voicing]
    names = ("kick", "crash") if with_drums else ()
    drums = [Draft(form.final, 4, DRUM_KEYS[name], 0.9, NoteFunction.ENDING, exact=True) for name in names]
    return stabs, drums


def final_effect(form: Form, patch: str) -> list[Draft]:
    """An effect on the final hit."""
    if form.final is None:
        return []
    return [Draft(form.final, 4, EFFECT_PITCH, 0.7, NoteFunction.ENDING, exact=True)]
