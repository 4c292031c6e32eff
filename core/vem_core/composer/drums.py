"""The drummer: a groove for each section, phrases that vary it, fills into what comes next."""

from __future__ import annotations

from vem_core.composer.chance import chance
from vem_core.composer.drafts import Draft
from vem_core.composer.form import Bar, Form
from vem_core.composer.notation import Pattern, of_metre
from vem_core.composer.orchestration import fits, with_role_first
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import DRUM_KEYS, DrumPattern, Drums
from vem_core.contract.plan import SectionRole

KICK = DRUM_KEYS["kick"]
CRASH = DRUM_KEYS["crash"]

_VELOCITIES = {"X": 0.78, "x": 0.61, "o": 0.43, "g": 0.25, "?": 0.35}
_SUBDIVISION_KEYS = frozenset(DRUM_KEYS[name] for name in ("hat", "shaker", "ride", "pedal", "tambourine"))
_PHRASE_BARS = 4


def play_drums(form: Form, drums: Drums) -> list[Draft]:
    """Grooves, ghost notes, fills and crashes of a piece."""
    drafts: list[Draft] = []
    for bar in form.written_bars:
        groove = _groove(bar, drums, form)
        if groove is None:
            continue
        fill = _fill(bar, drums, form)
        fill_from = bar.end - fill.beats if fill else bar.end
        drafts += [draft for draft in _play_groove(groove, bar, form) if draft.start < fill_from]
        if fill:
            drafts += _play_fill(fill, fill_from, form)
        if drums.crash_at_sections and _opens_with_crash(bar, form):
            drafts.append(Draft(bar.start, 4, CRASH, 0.66, NoteFunction.GROOVE))
    return drafts


def has_drums(form: Form, drums: Drums) -> bool:
    """Whether the drummer plays in any bar of the piece."""
    return any(_groove(bar, drums, form) is not None for bar in form.bars)


def _groove(bar: Bar, drums: Drums, form: Form) -> DrumPattern | None:
    """One groove per section and level of energy, so that a section keeps its feel."""
    choices = [groove for groove in drums.grooves if fits(groove, bar)]
    metric = of_metre(choices, [groove.beats for groove in choices], bar.meter)
    candidates = with_role_first(metric, bar)
    if not candidates:
        return None
    return chance(bar.seed, "groove", bar.role, bar.block // 2, *(choice.energy for choice in candidates)).choice(
        candidates
    )


def _play_groove(groove: DrumPattern, bar: Bar, form: Form) -> list[Draft]:
    drafts = []
    for key, pattern in groove.voices:
        for beat in range(bar.beats):
            drafts += _play_beat(key, pattern, bar, beat, form)
    return drafts


def _play_beat(key: int, pattern: Pattern, bar: Bar, beat: int, form: Form) -> list[Draft]:
    drafts = []
    number = bar.first_number + beat
    for step in pattern.beat(bar.number, number):
        at = number - 1 + step.at
        if step.mark == "?" and not _comes(key, at, bar, form):
            continue
        human = chance(bar.seed, "touch", key, *bar.identity, at)
        velocity = _VELOCITIES[step.mark] * (1 + human.uniform(-0.07, 0.07))
        if key in _SUBDIVISION_KEYS and step.mark != "X" and step.at not in (0, 0.5):
            velocity *= 0.82  # weak sixteenths
        ghost = step.mark in "g?"
        drafts.append(
            Draft(
                start=bar.start + beat + step.at,
                length=step.length,
                pitch=key,
                velocity=min(velocity, 1.0),
                function=NoteFunction.GHOST if ghost else NoteFunction.GROOVE,
                late_ms=human.uniform(0, 4) if ghost else human.uniform(0, 2),
            )
        )
    return drafts


def _comes(key: int, at: float, bar: Bar, form: Form) -> bool:
    """Whether an optional note is played: a phrase of four bars is decided once and comes back in the section."""
    place = bar.number % _PHRASE_BARS
    likely = 0.35 + 0.35 * bar.energy
    return chance(bar.seed, "option", key, bar.role, place, at).random() < likely


def _fill(bar: Bar, drums: Drums, form: Form) -> DrumPattern | None:
    """A fill at the end of a section, a small one at the end of each second phrase; none at the very end."""
    if not drums.fills or bar.number < 0 or (form.final is not None and bar.end > form.final > bar.start):
        return None
    closes = bar.is_last_of_section and (bar.next_role is not None or form.final is not None)
    phrase_ends = bar.number % (2 * _PHRASE_BARS) == 2 * _PHRASE_BARS - 1 and not bar.is_last_of_section
    if not (closes or phrase_ends) or bar.beats < 2:
        return None
    if bar.next_role in (SectionRole.BREAK, SectionRole.ENDING) and bar.next_energy < bar.energy - 0.25:
        return None  # the drop in energy speaks for itself
    longest = bar.beats if bar.role is SectionRole.BUILD or bar.next_role is SectionRole.CLIMAX else bar.beats - 1
    longest = min(longest, 1) if phrase_ends or bar.of < 3 else longest
    choices = [fill for fill in drums.fills if fits(fill, bar) and fill.beats <= longest]
    if not choices:
        return None
    if not phrase_ends:
        size = max(fill.beats for fill in choices) if bar.next_role is SectionRole.CLIMAX else min(2, longest)
        choices = [fill for fill in choices if fill.beats >= min(size, max(fill.beats for fill in choices))]
    return chance(bar.seed, "fill", *bar.identity).choice(choices)


def _play_fill(fill: DrumPattern, start: int, form: Form) -> list[Draft]:
    drafts = []
    for key, pattern in fill.voices:
        for step in pattern.bars[0]:
            human = chance(form.plan.seed, "fill touch", key, fill.beats, step.at)
            rise = 0.85 + 0.25 * step.at / fill.beats  # fills push towards the downbeat
            velocity = min(_VELOCITIES[step.mark] * rise * (1 + human.uniform(-0.05, 0.05)), 1.0)
            drafts.append(Draft(start + step.at, step.length, key, velocity, NoteFunction.FILL))
    return drafts


def _opens_with_crash(bar: Bar, form: Form) -> bool:
    if bar.number != 0 or bar.start <= form.start:
        return False
    return bar.role in (SectionRole.GROOVE, SectionRole.CLIMAX, SectionRole.BUILD) and bar.section_energy >= 0.4


def kick_positions(drafts: list[Draft]) -> list[float]:
    """Where the kick sounds, in order."""
    return sorted(draft.start for draft in drafts if draft.pitch == KICK)
