"""Composing: a score plan in, a piece of music out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from vem_core.composer.accents import Accents, mark_hits, open_phrases, push, stress
from vem_core.composer.balance import balance_cuts
from vem_core.composer.bass import play_bass
from vem_core.composer.casting import cast_style, without_silent
from vem_core.composer.chance import chance
from vem_core.composer.comping import play_chords
from vem_core.composer.drafts import Draft, Rest, clear
from vem_core.composer.drums import has_drums, kick_positions, play_drums
from vem_core.composer.ending import final_effect, final_hit, final_notes
from vem_core.composer.form import Form, read_form, with_notes_near
from vem_core.composer.guests import as_played
from vem_core.composer.harmony import HarmonyPlan, harmonise
from vem_core.composer.instruments import short_stroke
from vem_core.composer.keys import Key
from vem_core.composer.levels import with_levels
from vem_core.composer.melody import play_motif
from vem_core.composer.motif import Motif, invent_motif
from vem_core.composer.orchestration import Player, cast_players, silenced_bars
from vem_core.composer.passing import meet_passing_cuts
from vem_core.composer.performance import brightness_points, fade_out_samples, perform
from vem_core.composer.piece import Chord, Part, Piece
from vem_core.composer.style import Kind, Style
from vem_core.composer.styles import list_styles, style_by_id
from vem_core.contract.plan import ScorePlan

_HELD = (Kind.PAD, Kind.DRONE, Kind.TEXTURE)
_PUSHED = (Kind.BASS, Kind.COMP)


def compose(plan: ScorePlan, style: Style | None = None, stretch: tuple[int, int] | None = None) -> Piece:
    """The piece that a plan asks for, in the plan's style or the one given.

    With a `stretch`, samples [start, end), most notes that do not sound in it are left out; the others are the same.

    Deterministic in the plan (its seed included). Each bar's choices depend on the seed and the bar's place in its
    section alone, so a plan that changes in one section leaves the others' notes as they were.

    Raises DirectionError for an unknown style or key.
    """
    style = cast_style(style or style_by_id(plan.style), plan.casting, list_styles())
    form = read_form(plan, (style.tempo.low_bpm + style.tempo.high_bpm) / 2)
    if stretch is not None:
        form = with_notes_near(form, stretch)
    harmony = harmonise(form, style, Key.parse(plan.key))
    accents = mark_hits(form, style.hits, harmony, with_drums=style.drums is not None)
    played = with_levels(tuple(_parts(form, style, harmony, accents)), plan.casting.levels)
    parts = balance_cuts(tuple(played), form, accents.rests)
    return Piece(
        duration_samples=plan.duration_samples,
        parts=tuple(part for part in parts if part.notes),
        chords=_chord_labels(form, harmony),
        master=style.master,
        brightness=brightness_points(form),
        beat_samples=tuple(beat.samples for beat in plan.beats),
        fade_out_samples=fade_out_samples(form),
    )


def _parts(form: Form, style: Style, harmony: HarmonyPlan, accents: Accents) -> Iterator[Part]:
    groove = play_drums(form, style.drums) if style.drums else []
    with_drums = style.drums is not None and has_drums(form, style.drums)
    final_stabs, final_drums = final_hit(form, style.hits, harmony, with_drums=with_drums)
    held_back_to = style.hits.held_back
    drums = _band(groove, form, accents.rests, held_back_to) if style.drums else []
    motif = invent_motif(style.motif, form.plan.seed, form.meter)
    kicks = kick_positions(groove)
    played = []
    players = cast_players(form, style)
    first = min((player for player in players if player.sheet.kind in _PUSHED), key=_pushes_rank, default=None)
    for player in players:
        drafts = _play(player, form, style, harmony, motif, kicks)
        if player.sheet.kind in _PUSHED:
            drafts = push(drafts, form, passing=player is first)
        holds = player.sheet.kind in _HELD
        rests = [] if holds else accents.rests
        played.append((player, _band(drafts, form, rests, held_back_to, holds=holds)))
    drums_gain_db = style.drums.channel.gain_db if style.drums else 0.0
    passing = meet_passing_cuts(form, harmony, style.hits, drums, drums_gain_db, played, accents.rests)
    drums += passing.drums
    played = [(player, drafts + passing.players.get(player.sheet.name, [])) for player, drafts in played]
    if style.drums:
        drums = without_silent(drums + accents.drums + final_drums, form.plan.casting)
        drums = _outside(drums, form, silenced_bars(form, style.drums.kit))
        yield Part("drums", style.drums.kit, perform(drums, form, style, "drums", drums=True), style.drums.channel)
    for player, drafts in played:
        drafts = as_played(drafts + final_notes(player, form, harmony), player.patch, form)
        name = player.sheet.stem or player.sheet.name
        yield Part(name, player.patch, perform(drafts, form, style, player.sheet.name), player.sheet.channel)
        bites = passing.bites.get(player.sheet.name, [])
        if bites:
            bitten = perform(bites, form, style, player.sheet.name)
            yield Part(name, short_stroke(player.patch), bitten, player.sheet.channel)
    others = open_phrases(form, style.hits, harmony) + passing.others
    yield from _effects(form, style, accents, others + final_stabs)


def _pushes_rank(player: Player) -> tuple[int, int]:
    """Who pushes alone comes first: of those who play in most bars one of chords, else the bass."""
    return (player.sheet.kind is Kind.BASS, -len(player.bars))


def _outside(drafts: list[Draft], form: Form, silent: frozenset[int]) -> list[Draft]:
    """The drafts that begin in none of these bars."""
    return [draft for draft in drafts if form.bar_at(draft.start).index not in silent] if silent else drafts


def _band(
    drafts: list[Draft], form: Form, rests: list[Rest], held_back_to: float, *, holds: bool = False
) -> list[Draft]:
    """The notes of a player who heeds rests and hits, and plays no further than the final hit."""
    if holds:
        drafts = _from_the_first_sample(drafts, form)
    if form.final is not None:
        final = form.final
        drafts = [
            replace(draft, length=min(draft.length, final - draft.start)) for draft in drafts if draft.start < final
        ]
    return stress(clear(drafts, rests), form, held_back_to, louder=not holds)


def _from_the_first_sample(drafts: list[Draft], form: Form) -> list[Draft]:
    """Held notes of the first bar begin with the score, where its first beat comes later."""
    begin = form.tempo.beat_at(0)
    if begin >= form.start:
        return drafts
    return [
        replace(draft, start=begin, length=draft.end - begin, exact=True) if draft.start == form.start else draft
        for draft in drafts
    ]


def _play(
    player: Player, form: Form, style: Style, harmony: HarmonyPlan, motif: Motif, kicks: list[float]
) -> list[Draft]:
    if player.sheet.kind is Kind.BASS:
        return play_bass(player, form, harmony, kicks)
    if player.sheet.kind in (Kind.MOTIF, Kind.ANSWER):
        return play_motif(player, style.motif, motif, form, harmony)
    return play_chords(player, form, harmony)


def _effects(form: Form, style: Style, accents: Accents, other_stabs: list[Draft]) -> Iterator[Part]:
    sheet = style.hits
    if sheet.patches:
        patch = chance(form.plan.seed, "patch", "hits").choice(sheet.patches)
        stabs = _outside([*accents.stabs, *other_stabs], form, silenced_bars(form, patch))
        stabs = as_played(stabs, patch, form)
        yield Part(sheet.stem, patch, perform(stabs, form, style, "hits"), sheet.channel)
    if not sheet.with_effects:
        return
    heaviest = max(sheet.accents, key=lambda accent: accent.weight)
    effects = dict(accents.effects)
    for effect in heaviest.effects:
        effects[effect] = effects.get(effect, []) + final_effect(form, effect)
    for effect in sorted(effects):
        yield Part("hits", effect, perform(effects[effect], form, style, effect), sheet.effects_channel)


def _chord_labels(form: Form, harmony: HarmonyPlan) -> tuple[Chord, ...]:
    """The chords in samples, tiling the score from the first to the last sample."""
    edges = [0, *(form.tempo.sample_at(span.start) for span in harmony.spans[1:]), form.plan.duration_samples]
    labels = []
    for span, (start, end) in zip(harmony.spans, itertools.pairwise(edges), strict=True):
        start, end = min(start, form.plan.duration_samples), min(end, form.plan.duration_samples)
        if end > start:
            symbol = span.harmony.symbol
            labels.append(Chord(start, end - start, span.harmony.root, symbol.quality, symbol.numeral))
    return tuple(labels)
