"""Cuts that pass: every cut that is met has a note of its own, no louder than the band is anyway.

Where the band strikes on a cut already, with a drum that carries the beat or a chord, nothing is added; a bass alone is
not heard as an attack, nor a chord between the beats of a cymbal. Else the drummer varies the bar with a stroke there;
without a drummer, or with one who plays cymbals only, a player of chords or of the tune plays a note more. Where all
who strike together would be louder than on the beats around, they hold back.
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
from vem_core.composer.orchestration import Player
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import DRUM_KEYS, HitSheet, Kind

_SNAPPING = frozenset(DRUM_KEYS[name] for name in ("rim", "snare", "clap"))
_DEEP = frozenset(DRUM_KEYS[name] for name in ("kick", "tom_low", "tom_floor", "tom_mid", "tom_high"))
_CARRYING = _SNAPPING | _DEEP
_CLEAR = 0.42  # velocity from which a note is heard as one
_STROKE, _NOTE = 0.6, 0.68  # velocities of what is added, before it is held back to what is around
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
    played = {
        draft.start
        for player, drafts in players
        if player.sheet.kind in _STRIKING
        for draft in drafts
        if draft.velocity >= _CLEAR * player.sheet.level
    }
    struck = played | {draft.start for draft in strokes}
    loudest: defaultdict[int, float] = defaultdict(float)  # stroke of each bar with drums; 0 where only cymbals play
    for draft in drums:
        bar = form.bar_at(draft.start)
        loudest[bar.index] = max(loudest[bar.index], draft.velocity * (draft.pitch in _CARRYING))
    added = PassingNotes()
    for hit in _unmarked(form, rests):
        bar = form.bar_at(hit.position)
        heard = struck  # on a beat and without drums any stroke is; between the beats of drums a kick alone is not
        if hit.off_beat and bar.index in loudest:
            heard = played | snapped if hit.position % 1 == 0.5 and loudest[bar.index] else snapped
        if hit.position in heard:
            continue
        if bar.index in loudest:
            velocity = max(_STROKE, loudest[bar.index])
            added.drums += [
                Draft(hit.position, 0.5, DRUM_KEYS[name], velocity, NoteFunction.GROOVE, exact=True)
                for name in (("kick", "snare") if loudest[bar.index] else ("snare",))
            ]
            if loudest[bar.index]:
                continue
        soloist = _soloist([player for player, _ in players if bar.index in player.bars])
        register = sheet.register if soloist is None else soloist.sheet.register
        notes = _chord(hit, harmony, register, 2 if soloist and soloist.sheet.kind in _TUNES else 3)
        if soloist is None:
            added.others += notes
        else:
            added.players.setdefault(soloist.sheet.name, []).extend(notes)
    return added


def passing_gains(
    form: Form, rests: Sequence[Rest], drums: Sequence[Draft], drums_gain_db: float, players: Sequence[Playing]
) -> dict[float, float]:
    """By position the share of their velocity that notes keep on cuts that pass and would stand out."""
    power: defaultdict[float, float] = defaultdict(float)
    for draft in drums:
        power[draft.start] += _power(draft, drums_gain_db) * _ATTACKS.get(draft.pitch, _FAINT)
    for player, drafts in players:
        share = _FAINT if player.sheet.kind in _SWELLING else 1.0
        for draft in drafts:
            power[draft.start] += share * _power(draft, player.sheet.channel.gain_db)
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


def _soloist(players: Sequence[Player]) -> Player | None:
    """Who plays a note more: of those who strike notes, the one whose kind comes first."""
    able = [player for player in players if player.sheet.kind in _PLAYED]
    return min(able, key=lambda player: _PLAYED.index(player.sheet.kind), default=None)


def _chord(hit: PlannedHit, harmony: HarmonyPlan, register: tuple[int, int], voices: int) -> list[Draft]:
    """The chord that sounds, or its uppermost note."""
    chord = harmony.at(hit.position).harmony
    voicing = lead((), chord.pitch_classes, chord.bass, register, 3)
    return [Draft(hit.position, 1, pitch, _NOTE, NoteFunction.CHORD, exact=True) for pitch in voicing[-voices:]]
