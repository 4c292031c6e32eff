"""Who plays when: parts enter and leave with the energy, section by section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from vem_core.composer.chance import chance
from vem_core.composer.form import BLOCK_BARS, Bar, Form
from vem_core.composer.instruments import is_played_by
from vem_core.composer.style import DrumPattern, Figure, Kind, PartSheet, Style
from vem_core.contract.plan import SectionRole

Choice = TypeVar("Choice", Figure, DrumPattern)

_HYSTERESIS = 0.07  # a part that plays stays until the energy is this far below where it entered
_INTRO_HOLD = 0.07  # how much the opening of an intro holds back, against its energy
_BUILD_LIFT = 0.15
_BREAK_DROP = 0.1
_RESTING_SHARE = 0.3
_SPEECH_HOLD = 0.25  # how much a bar under speech holds back
_SPEECH_IS_THERE = 0.15  # share of a bar beyond which neither melodies nor other voices are over it
_LEADS = (Kind.MOTIF, Kind.ANSWER)


@dataclass(frozen=True)
class Player:
    """A part of this piece: its sheet, the patch that was chosen, and the bars in which it plays."""

    sheet: PartSheet
    patch: str
    bars: frozenset[int]  # by Bar.index


def density(bar: Bar) -> float:
    """How full the arrangement of a bar is, 0..1: its energy, less in breaks and under speech, more in builds."""
    value = 0.65 * bar.energy + 0.35 * bar.section_energy - _SPEECH_HOLD * bar.speech
    if bar.role is SectionRole.INTRO:
        value -= _INTRO_HOLD * (1 - min(max(bar.number, 0) / 4, 1))
    elif bar.role is SectionRole.BUILD:
        value += _BUILD_LIFT * (bar.progress - 0.4)
    elif bar.role is SectionRole.BREAK:
        value -= _BREAK_DROP
    elif bar.role is SectionRole.CLIMAX:
        value += 0.05
    return min(max(value, 0.0), 1.0)


def cast_players(form: Form, style: Style) -> tuple[Player, ...]:
    """The parts that this piece has, each with its patch and bars. No bar is left without a player."""
    seed = form.plan.seed
    sheets = [part for part in style.parts if chance(seed, "cast", part.name).random() < part.likelihood]
    players: list[Player] = []
    for sheet in sheets:
        taken = {player.patch for player in players}
        patches = [patch for patch in sheet.patches if patch not in taken] or list(sheet.patches)
        patch = chance(seed, "patch", sheet.name).choice(patches)
        bars = _bars_of(sheet, form) - silenced_bars(form, patch) | asked_bars(form, patch)
        players.append(Player(sheet, patch, frozenset(bars)))
    return tuple(player for player in players if player.bars)


def silenced_bars(form: Form, patch: str) -> frozenset[int]:
    """The bars over shots that shall be without the instrument that a patch is."""
    shots = {
        casting.shot
        for casting in form.plan.casting.shots
        if any(is_played_by(patch, name) for name in casting.without)
        or (casting.only and not any(is_played_by(patch, name) for name in casting.only))
    }
    return _bars_over(form, shots)


def asked_bars(form: Form, patch: str) -> frozenset[int]:
    """The bars over shots that shall have the instrument that a patch is."""
    shots = {
        casting.shot
        for casting in form.plan.casting.shots
        if any(is_played_by(patch, name) for name in (*casting.with_, *casting.only))
    }
    return _bars_over(form, shots)


def _bars_over(form: Form, shots: set[int]) -> frozenset[int]:
    return frozenset(bar.index for bar in form.bars if form.shot_at(bar) in shots) if shots else frozenset()


def _bars_of(sheet: PartSheet, form: Form) -> frozenset[int]:
    playing: set[int] = set()
    on, section = False, None
    low, high = sheet.energy
    for bar in form.bars:
        if bar.section != section:
            section, on = bar.section, False
        if sheet.roles and bar.role not in sheet.roles:
            continue
        if bar.speech > _SPEECH_IS_THERE and (sheet.kind in _LEADS or sheet.speaks):
            continue
        level = density(bar)
        slack = _HYSTERESIS if on else 0.0
        on = (low - slack <= level or low <= 0) and (level < high + slack or high >= 1)
        if on and not _sits_out(sheet, bar, form):
            playing.add(bar.index)
    return frozenset(playing)


def _sits_out(sheet: PartSheet, bar: Bar, form: Form) -> bool:
    """In long sections the parts that come in with energy take turns to rest for eight bars; the others carry on."""
    if bar.block == 0 or bar.of <= 2 * BLOCK_BARS or sheet.energy[0] <= 0 or sheet.kind is Kind.BASS:
        return False
    return chance(bar.seed, "rest", sheet.name, *bar.section_identity, bar.block).random() < _RESTING_SHARE


def fits(choice: Figure | DrumPattern, bar: Bar) -> bool:
    """Whether a figure, groove or fill is meant for a bar's density and role."""
    low, high = choice.energy
    level = density(bar)
    return (low <= level < high or (level >= high >= 1)) and (not choice.roles or bar.role in choice.roles)


def with_role_first(choices: list[Choice], bar: Bar) -> list[Choice]:
    """Those of the choices that name the bar's role, or all where none does."""
    return [choice for choice in choices if bar.role in choice.roles] or list(choices)
