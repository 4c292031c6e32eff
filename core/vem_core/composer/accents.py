"""Cuts and section changes made audible: accents, the stops before the heaviest, risers, impacts, pushes.

Most of the cuts that are met pass with what the band plays anyway: see `passing`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field, replace

from vem_core.composer.drafts import Draft, Rest
from vem_core.composer.form import Bar, Form, PlannedHit
from vem_core.composer.harmony import ChordSpan, HarmonyPlan, lead
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import DRUM_KEYS, Accent, HitSheet
from vem_core.contract.plan import Emphasis, SectionRole

EFFECT_PITCH = 48
_EIGHTH = 0.5
_CYMBALS = ("crash", "crash_2")
_CYMBAL_GAP_BEATS = 3
_RISER_BEATS = 8
_SHORTEST_LEAD_IN_SAMPLES = 4_800
_HEAVY = 0.65  # stabs of hits from this weight on last twice as long
_PHRASE = 0.8  # velocity of a chord that opens a phrase: that of the lightest accent
_BESIDE_BEATS = 0.5  # a phrase is not opened so near to a cut
_BREATH = 0.15  # beats between a swell and the hit it leads to, which it would otherwise hide
_QUIET_REACH = 0.6  # how much of its weight a hit has where there is no energy
_FULL_ENERGY = 0.8  # from here on it has all of it
_RISE = 0.12  # a section that gains this much energy is led into
_STRUCK = 1 / 64  # what begins by then in a held beat is struck with it
_RINGS = 0.45  # of a held beat: about as long as a beat


@dataclass
class Accents:
    """What marks the hits: the stabs' notes, drum notes, effects by patch, and the rests that make room for them."""

    stabs: list[Draft] = field(default_factory=list)
    drums: list[Draft] = field(default_factory=list)
    effects: defaultdict[str, list[Draft]] = field(default_factory=lambda: defaultdict(list))
    rests: list[Rest] = field(default_factory=list)


def mark_hits(form: Form, sheet: HitSheet, harmony: HarmonyPlan, *, with_drums: bool) -> Accents:
    """What marks the accents before the final hit (which the ending plays), and the way into sections."""
    accents = Accents()
    heaviest = max(sheet.accents, key=lambda accent: accent.weight)
    previous: float = form.start
    last_cymbal: float = -_CYMBAL_GAP_BEATS
    for hit in form.hits:
        if hit.position == form.final:
            _approach(heaviest, hit, previous, form, accents)
            continue
        if not hit.is_accent:
            continue
        accent = _accent_for(hit, form, sheet)
        if with_drums:
            cymbals_due = hit.position - last_cymbal >= _CYMBAL_GAP_BEATS or accent.rest_beats > 0
            drums = [name for name in accent.drums if cymbals_due or name not in _CYMBALS]
            if any(name in _CYMBALS for name in drums):
                last_cymbal = hit.position
            accents.drums += [_drum(name, hit) for name in drums]
        accents.stabs += _stab(hit, sheet, harmony)
        for patch in accent.effects:
            accents.effects[patch].append(
                Draft(hit.position, 4, EFFECT_PITCH, 0.7 + 0.3 * hit.weight, NoteFunction.IMPACT, exact=True)
            )
        _approach(accent, hit, previous, form, accents)
        previous = hit.position
    _lead_into_sections(form, sheet, accents)
    _lead_in(form, accents)
    _hold_breaths(heaviest, form, accents)
    return accents


def _accent_for(hit: PlannedHit, form: Form, sheet: HitSheet) -> Accent:
    """The heaviest accent that the hit's weight reaches; the opening of a climax gets the heaviest of all.

    In quiet music less is heavy: what would be an impact at full energy would drown everything around it there.
    """
    ordered = sorted(sheet.accents, key=lambda accent: accent.weight)
    bar = form.bar_at(hit.position)
    reach = hit.weight * min(1.0, _QUIET_REACH + (1 - _QUIET_REACH) * form.energy.at(hit.samples) / _FULL_ENERGY)
    if bar.role is SectionRole.CLIMAX and bar.number == 0 and hit.position == bar.start:
        return ordered[-1]
    return next(accent for accent in reversed(ordered) if accent.weight <= reach or accent.weight == 0)


def _drum(name: str, hit: PlannedHit) -> Draft:
    velocity = 0.82 + 0.18 * hit.weight
    return Draft(hit.position, 1, DRUM_KEYS[name], velocity, NoteFunction.ACCENT, exact=True)


def hit_chord(position: float, harmony: HarmonyPlan) -> ChordSpan:
    """The chord of a hit: an off-beat hit that pushes into a change of chord already has the new one."""
    span = harmony.at(position)
    pushes = position % 1 != 0 and span.end - position <= _EIGHTH
    return harmony.after(span) if pushes else span


def _stab(hit: PlannedHit, sheet: HitSheet, harmony: HarmonyPlan) -> list[Draft]:
    chord = hit_chord(hit.position, harmony).harmony
    voicing = lead((), chord.pitch_classes, chord.bass, sheet.register, sheet.voices)
    velocity = 0.78 + 0.2 * hit.weight
    length = sheet.length_beats * (2 if hit.weight >= _HEAVY else 1)
    return [Draft(hit.position, length, pitch, velocity, NoteFunction.ACCENT, exact=True) for pitch in voicing]


def open_phrases(form: Form, sheet: HitSheet, harmony: HarmonyPlan) -> list[Draft]:
    """The chords that open phrases, so that cuts are not the only strong moments; none beside a cut that is met."""
    if not sheet.phrase_bars:
        return []
    found = []
    for bar in form.written_bars:
        ends = form.final is not None and bar.start >= form.final
        beside = any(abs(hit.position - bar.start) <= _BESIDE_BEATS for hit in form.hits)
        if bar.number < 0 or bar.number % sheet.phrase_bars or ends or beside:
            continue
        chord = harmony.at(bar.start).harmony
        voicing = lead((), chord.pitch_classes, chord.bass, sheet.register, sheet.voices)
        length = 2 * sheet.length_beats
        found += [Draft(bar.start, length, pitch, _PHRASE, NoteFunction.CHORD) for pitch in voicing]
    return found


def _approach(accent: Accent, hit: PlannedHit, previous: float, form: Form, accents: Accents) -> None:
    """The swell before an accent, and the rest before a stop, where the last accent leaves room for them."""
    position = hit.position
    room = position - max(previous, form.start)
    rest = accent.rest_beats
    if hit.emphasis is Emphasis.STOP and rest > 0 and room >= 2 * rest + 1:
        accents.rests.append(Rest(position - rest, position))
    if accent.approach and room >= 2:
        length = min(room - 1, 2)
        accents.effects[accent.approach].append(
            Draft(position - length, length - _BREATH, EFFECT_PITCH, 0.7, NoteFunction.RISER, exact=True)
        )


def _lead_into_sections(form: Form, sheet: HitSheet, accents: Accents) -> None:
    """A riser into each climax and each clear gain of energy, a downer where the energy falls away."""
    for before, after in itertools.pairwise(form.sections()):
        last, first = before[-1], after[0]
        if form.final is not None and first.start >= form.final:
            continue
        gain = first.section_energy - last.section_energy
        if sheet.riser and (gain >= _RISE or first.role is SectionRole.CLIMAX):
            accents.effects[sheet.riser].append(_riser(before, first.start, big=first.role is SectionRole.CLIMAX))
        elif sheet.riser and gain <= -2 * _RISE and last.section_energy >= 0.5:
            accents.effects["fx.downer"].append(
                Draft(first.start, min(first.beats * 2, 8), EFFECT_PITCH, 0.6, NoteFunction.IMPACT, exact=True)
            )


def _lead_in(form: Form, accents: Accents) -> None:
    """A swell up to the first beat, where the score begins before it."""
    first = form.tempo.sample_at(form.start)
    if first >= _SHORTEST_LEAD_IN_SAMPLES:
        begin = form.tempo.beat_at(0)
        accents.effects["fx.reverse"].append(
            Draft(begin, form.start - begin, EFFECT_PITCH, 0.6, NoteFunction.RISER, exact=True)
        )


def _hold_breaths(accent: Accent, form: Form, accents: Accents) -> None:
    """Where a beat is held, the band rests until the next, and a swell leads to it; pads and drones sound on."""
    for beat in form.tempo.breaths:
        accents.rests = [rest for rest in accents.rests if not beat <= rest.start <= beat + 1]
        accents.rests.append(Rest(beat + _STRUCK, beat + 1, beat + _RINGS))
        if accent.approach:
            accents.effects[accent.approach].append(
                Draft(beat + _RINGS, 1 - _RINGS - _BREATH / 2, EFFECT_PITCH, 0.6, NoteFunction.RISER, exact=True)
            )
    accents.rests.sort(key=lambda rest: rest.start)


def _riser(before: list[Bar], end: int, *, big: bool) -> Draft:
    beats = sum(bar.beats for bar in before)
    length = min(_RISER_BEATS if big else _RISER_BEATS // 2, beats)
    return Draft(end - length, length - _BREATH, EFFECT_PITCH, 0.75 if big else 0.55, NoteFunction.RISER, exact=True)


def push(drafts: list[Draft], form: Form, *, passing: bool) -> list[Draft]:
    """Bass or chords with what comes next drawn forward to an accent between beats, as a band plays a push.

    With `passing` to cuts that pass, too, as one of the band may do while the others go on.
    """
    pushed = {hit.pushes_from: hit.position for hit in form.hits if hit.off_beat and (passing or hit.is_accent)}
    if not pushed:
        return drafts
    kept = [draft for draft in drafts if draft.start not in pushed]
    moved = [
        replace(draft, start=pushed[draft.start], length=draft.end - pushed[draft.start], exact=True)
        for draft in drafts
        if draft.start in pushed
    ]
    struck = {draft.start for draft in moved}
    return [draft for draft in kept if draft.start not in struck] + moved


def stress(drafts: list[Draft], form: Form, held_back: float, *, louder: bool = True) -> list[Draft]:
    """Notes on hits exactly in time; those on accents, if `louder`, played out, those just before them held back.

    `held_back` is the share of their velocity that is left to them.

    Those on cuts that pass are lighter between beats.
    """
    hits = {hit.position: hit for hit in form.hits}
    accents = [hit for hit in form.hits if hit.is_accent]
    before = {hit.position - _EIGHTH * part for hit in accents if hit.weight >= 0.4 for part in (1, _EIGHTH)}
    stressed = []
    for draft in drafts:
        hit = hits.get(draft.start)
        if hit is not None:
            gain = 1.12 + 0.2 * hit.weight if louder and hit.is_accent else 1.0
            velocity = min(draft.velocity * gain, 1.0)
            passes = draft.passes or not hit.is_accent
            stressed.append(replace(draft, velocity=velocity, exact=True, passes=passes, late_ms=0.0))
        elif draft.start in before and draft.function is not NoteFunction.FILL:
            stressed.append(replace(draft, velocity=draft.velocity * held_back))
        else:
            stressed.append(draft)
    return stressed
