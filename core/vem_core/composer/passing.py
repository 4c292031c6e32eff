"""Cuts that pass: every cut that is met has a note of its own, no louder than the band is anyway.

Where the band strikes on a cut already, with a drum that carries the beat or a chord, nothing is added; a bass alone is
not heard as an attack, nor a tune that is bowed or blown, nor a chord between the beats of drums that no drum strikes
with. Else the drummer varies the bar with a stroke there; without a drummer, or with one who plays cymbals only, a
player of chords or of the tune who strikes or plucks plays a note more, or else those who play hits. Where all who
strike together would be louder than on the beats around, they hold back.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vem_core.composer.drafts import Draft, Rest
from vem_core.composer.form import Form, PlannedHit
from vem_core.composer.harmony import HarmonyPlan, lead
from vem_core.composer.instruments import speaks_at_once
from vem_core.composer.orchestration import Player
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import DRUM_KEYS, HitSheet, Kind

_SNAPPING = frozenset(DRUM_KEYS[name] for name in ("rim", "snare", "clap"))
_DEEP = frozenset(DRUM_KEYS[name] for name in ("kick", "tom_low", "tom_floor", "tom_mid", "tom_high"))
_CARRYING = _SNAPPING | _DEEP
_CLEAR = 0.42  # velocity from which a note is heard as one
_STROKE, _NOTE = 0.6, 0.68  # velocities of what is added, before it is held back to what is around
_JOINING = 0.46  # of a stroke with a chord that sounds anyway
_ASIDE = 0.42  # of a note by those who play hits, where nobody of the band can
_OF_LOUDEST = 0.8  # an added stroke against the loudest of its bar
_TUNES = (Kind.MOTIF, Kind.ANSWER)
_PLAYED = (Kind.COMP, Kind.ARPEGGIO, Kind.MOTIF, Kind.ANSWER)
_STRIKING = (Kind.COMP, Kind.MOTIF)
_POWER = 3.2  # of velocity, of which the power 1.6 is amplitude
_ATTACKS: Mapping[int, float] = {**dict.fromkeys(_SNAPPING, 0.5), **dict.fromkeys(_DEEP, 1.0)}
_FAINT = 0.1  # the power of an attack by hats, shakers and cymbals, and by what swells, against one by a kick
_SWELLING = (Kind.PAD, Kind.DRONE, Kind.TEXTURE)
_LOUDER = 1.3  # power of a cut that passes, against the median of the beats around
_LIGHTEST = 0.6  # velocity that is left at least


Playing = tuple[Player, Sequence[Draft]]


@dataclass
class PassingNotes:
    """What is added for cuts that pass: the drummer's strokes, players' notes by name, notes of those who play hits."""

    drums: list[Draft] = field(default_factory=list)
    players: dict[str, list[Draft]] = field(default_factory=dict)
    others: list[Draft] = field(default_factory=list)


def meet_passing_cuts(
    form: Form,
    harmony: HarmonyPlan,
    sheet: HitSheet,
    drums: Sequence[Draft],
    players: Sequence[Playing],
    rests: Sequence[Rest],
) -> PassingNotes:
    """The notes that passing cuts lack."""
    strokes = [draft for draft in drums if draft.pitch in _CARRYING and draft.velocity >= _CLEAR]
    snapped = {draft.start for draft in strokes if draft.pitch in _SNAPPING}
    chords = _struck_notes(players, (Kind.COMP,))
    at_once = _struck_notes(players, _STRIKING, at_once=True)
    drummed = {draft.start for draft in drums if draft.velocity >= _CLEAR}
    struck = chords | {draft.start for draft in strokes}
    loudest: defaultdict[int, float] = defaultdict(float)  # stroke of each bar with drums; 0 where only cymbals play
    for draft in drums:
        bar = form.bar_at(draft.start)
        loudest[bar.index] = max(loudest[bar.index], draft.velocity * (draft.pitch in _CARRYING))
    added = PassingNotes()
    for hit in _unmarked(form, rests):
        bar = form.bar_at(hit.position)
        on_eighth = hit.position % 1 == 0.5 and loudest.get(bar.index, 0.0) > 0
        if bar.index not in loudest:  # without drums any stroke is heard, beside them a tune alone is not
            heard = at_once if hit.off_beat else struck | at_once
        elif hit.off_beat:  # nor a kick alone between the beats
            heard = snapped | (at_once & drummed) if on_eighth else snapped
        else:
            heard = struck
        if hit.position in heard:
            continue
        if bar.index in loudest:
            joins = on_eighth and hit.position in at_once
            share = _OF_LOUDEST if hit.position % 0.5 == 0 else 1.0  # a sixteenth is played lightly anyway
            velocity = _JOINING if joins else max(_STROKE, share * loudest[bar.index])
            alone = loudest[bar.index] > 0 and not joins
            added.drums += [
                Draft(hit.position, 0.5, DRUM_KEYS[name], velocity, NoteFunction.GROOVE, exact=True)
                for name in (("kick", "snare") if alone else ("snare",))
            ]
            if loudest[bar.index]:
                continue
        soloist = _soloist([player for player, _ in players if bar.index in player.bars], or_any=not sheet.patches)
        register = sheet.register if soloist is None else soloist.sheet.register
        voices = 1 if soloist is None else 2 if soloist.sheet.kind in _TUNES else 3
        notes = _chord(hit, harmony, register, voices)
        if soloist is None:
            added.others += [replace(note, velocity=_ASIDE) for note in notes]
        else:
            added.players.setdefault(soloist.sheet.name, []).extend(notes)
    return added


def _struck_notes(players: Sequence[Playing], kinds: Sequence[Kind], *, at_once: bool = False) -> set[float]:
    """Where players of some kinds strike a clear note; `at_once`: none that swells into it."""
    return {
        draft.start
        for player, drafts in players
        if player.sheet.kind in kinds and (speaks_at_once(player.patch) or not at_once)
        for draft in drafts
        if draft.velocity >= _CLEAR * player.sheet.level
    }


def passing_gains(
    form: Form,
    rests: Sequence[Rest],
    drums: Sequence[Draft],
    drums_gain_db: float,
    players: Sequence[Playing],
    others: Sequence[Draft],
    others_gain_db: float,
) -> dict[float, float]:
    """By position the share of their velocity that notes keep on cuts that pass and would stand out."""
    power: defaultdict[float, float] = defaultdict(float)
    for draft in drums:
        power[draft.start] += _power(draft, drums_gain_db) * _ATTACKS.get(draft.pitch, _FAINT)
    for player, drafts in players:
        share = _FAINT if player.sheet.kind in _SWELLING else 1.0
        for draft in drafts:
            power[draft.start] += share * _power(draft, player.sheet.channel.gain_db)
    for draft in others:
        power[draft.start] += _power(draft, others_gain_db)
    gains = {}
    for hit in _unmarked(form, rests):
        before = math.ceil(hit.position) - 1
        around = [before - 1, before, math.floor(hit.position) + 1, math.floor(hit.position) + 2]
        most = _LOUDER * statistics.median(power.get(float(beat), 0.0) for beat in around)
        if power[hit.position] > most:
            gains[hit.position] = max(_LIGHTEST, (most / power[hit.position]) ** (1 / _POWER))
    return gains


def held_back(drafts: Iterable[Draft], gains: Mapping[float, float]) -> list[Draft]:
    """The notes, those on cuts that pass as loud as `passing_gains` says."""
    return [
        replace(draft, velocity=draft.velocity * gains[draft.start]) if draft.start in gains else draft
        for draft in drafts
    ]


def _power(draft: Draft, gain_db: float) -> float:
    return float(draft.velocity**_POWER * 10 ** (gain_db / 10))


def _unmarked(form: Form, rests: Sequence[Rest]) -> Iterable[PlannedHit]:
    low, high = form.written
    for hit in form.hits:
        resting = any(rest.start <= hit.position < rest.end and not rest.is_breath for rest in rests)
        if hit.is_accent or resting or not low <= hit.position < high:
            continue
        if form.final is None or hit.position < form.final:
            yield hit


def _soloist(players: Sequence[Player], *, or_any: bool) -> Player | None:
    """Who plays a note more: of those who strike, the one whose kind comes first; who bows where nobody else can."""
    able = [player for player in players if player.sheet.kind in _PLAYED]
    able = [player for player in able if speaks_at_once(player.patch)] or (able if or_any else [])
    return min(able, key=lambda player: _PLAYED.index(player.sheet.kind), default=None)


def _chord(hit: PlannedHit, harmony: HarmonyPlan, register: tuple[int, int], voices: int) -> list[Draft]:
    """The chord that sounds, or its uppermost note."""
    chord = harmony.at(hit.position).harmony
    voicing = lead((), chord.pitch_classes, chord.bass, register, 3)
    return [Draft(hit.position, 1, pitch, _NOTE, NoteFunction.CHORD, exact=True) for pitch in voicing[-voices:]]
