"""Cuts that pass: every cut that is met has a note of its own, no louder than the band is anyway.

Where the band strikes on a cut already, with a drum that carries the beat or a chord, nothing is added; a bass alone is
not heard as an attack, nor a tune that is bowed or blown, nor a chord between the beats of drums that no drum strikes
with. Else the drummer varies the bar with a stroke there; without a drummer, or with one who plays cymbals only or far
back, a player of chords or of the tune who strikes or plucks plays a note more. Where all bow, their notes there begin
with a bite, as in a martelé, and where nobody does, those who play hits join in. How loud all this is together is told
in `balance`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vem_core.composer.balance import sounding_hits
from vem_core.composer.drafts import Draft, Rest
from vem_core.composer.form import Form, PlannedHit
from vem_core.composer.harmony import HarmonyPlan, lead
from vem_core.composer.instruments import short_stroke, speaks_at_once
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
_BITE, _BITE_BEATS = 0.5, 0.25  # of the bowed note's velocity, and how long
_OF_LOUDEST = 0.8  # an added stroke against the loudest of its bar
_FAINT_DB = -7.0  # of drums so far back in the mix that their strokes alone are not heard
_TUNES = (Kind.MOTIF, Kind.ANSWER)
_PLAYED = (Kind.COMP, Kind.ARPEGGIO, Kind.MOTIF, Kind.ANSWER)
_STRIKING = (Kind.COMP, Kind.MOTIF)


Playing = tuple[Player, Sequence[Draft]]


@dataclass
class PassingNotes:
    """What is added for cuts that pass, players' notes by name: by the drummer, by players, by those who play hits."""

    drums: list[Draft] = field(default_factory=list)
    players: dict[str, list[Draft]] = field(default_factory=dict)
    bites: dict[str, list[Draft]] = field(default_factory=dict)  # short strokes that bowed notes begin with
    others: list[Draft] = field(default_factory=list)


def meet_passing_cuts(
    form: Form,
    harmony: HarmonyPlan,
    sheet: HitSheet,
    drums: Sequence[Draft],
    drums_gain_db: float,
    players: Sequence[Playing],
    rests: Sequence[Rest],
) -> PassingNotes:
    """The notes that passing cuts lack."""
    strokes = [draft for draft in drums if draft.pitch in _CARRYING and draft.velocity >= _CLEAR]
    snapped = {draft.start for draft in strokes if draft.pitch in _SNAPPING}
    chords, at_once = _struck_notes(players, (Kind.COMP,)), _struck_notes(players, _STRIKING)
    drummed = {draft.start for draft in drums if draft.velocity >= _CLEAR}
    struck = chords | {draft.start for draft in strokes}
    loudest: defaultdict[int, float] = defaultdict(float)  # stroke of each bar with drums; 0 where only cymbals play
    for draft in drums:
        bar = form.bar_at(draft.start)
        loudest[bar.index] = max(loudest[bar.index], draft.velocity * (draft.pitch in _CARRYING))
    added = PassingNotes()
    for hit in sounding_hits(form, rests):
        if hit.is_accent:
            continue
        bar = form.bar_at(hit.position)
        on_eighth = hit.position % 1 == 0.5 and loudest.get(bar.index, 0.0) > 0
        if bar.index not in loudest:  # without drums any stroke is heard, beside them a tune alone is not
            heard = at_once
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
            if loudest[bar.index] and drums_gain_db > _FAINT_DB:
                continue
        soloist = _soloist([player for player, _ in players if bar.index in player.bars], or_any=not sheet.patches)
        register = sheet.register if soloist is None else soloist.sheet.register
        voices = 1 if soloist is None else 2 if soloist.sheet.kind in _TUNES else 3
        notes = _chord(hit, harmony, register, voices)
        bites = _bites(hit.position, players) if soloist is None else {}
        if bites:
            for name, bite in bites.items():
                added.bites.setdefault(name, []).append(bite)
        elif soloist is None:
            added.others += [replace(note, velocity=_ASIDE) for note in notes]
        else:
            added.players.setdefault(soloist.sheet.name, []).extend(notes)
    return added


def _struck_notes(players: Sequence[Playing], kinds: Sequence[Kind]) -> set[float]:
    """Where players of some kinds strike a clear note; none that swells into it."""
    return {
        draft.start
        for player, drafts in players
        if player.sheet.kind in kinds and speaks_at_once(player.patch)
        for draft in drafts
        if draft.velocity >= _CLEAR * player.sheet.level
    }


def _soloist(players: Sequence[Player], *, or_any: bool) -> Player | None:
    """Who plays a note more: of those who strike, the one whose kind comes first; who bows where nobody else can."""
    able = [player for player in players if player.sheet.kind in _PLAYED]
    able = [player for player in able if speaks_at_once(player.patch)] or (able if or_any else [])
    return min(able, key=lambda player: _PLAYED.index(player.sheet.kind), default=None)


def _bites(position: float, players: Sequence[Playing]) -> dict[str, Draft]:
    """The bites of those who bow a note at a position, by their names."""
    return {
        player.sheet.name: replace(draft, length=_BITE_BEATS, velocity=_BITE * draft.velocity, exact=True)
        for player, drafts in players
        if short_stroke(player.patch)
        for draft in drafts
        if draft.start == position
    }


def _chord(hit: PlannedHit, harmony: HarmonyPlan, register: tuple[int, int], voices: int) -> list[Draft]:
    """The chord that sounds, or its uppermost note."""
    chord = harmony.at(hit.position).harmony
    voicing = lead((), chord.pitch_classes, chord.bass, register, 3)
    return [Draft(hit.position, 1, pitch, _NOTE, NoteFunction.CHORD, exact=True) for pitch in voicing[-voices:]]
