"""Players of chords: comping in a rhythm, pads, arpeggios, a drone, textures."""

from __future__ import annotations

from vem_core.composer.chance import chance
from vem_core.composer.drafts import Draft
from vem_core.composer.form import RENEWAL_BARS, Bar, Form
from vem_core.composer.harmony import ChordSpan, HarmonyPlan, Voicing, voice_chords
from vem_core.composer.notation import Step, of_metre
from vem_core.composer.orchestration import Player, fits, with_role_first
from vem_core.composer.piece import NoteFunction
from vem_core.composer.style import Figure, Kind, PartSheet

_VELOCITIES = {"X": 0.8, "x": 0.66, "o": 0.5, "g": 0.23, "?": 0.42}


def choose_figure(sheet: PartSheet, bar: Bar, form: Form) -> Figure | None:
    """The figure a part plays in a bar: one for each role, level of energy and eight bars of a long section."""
    choices = [figure for figure in sheet.figures if fits(figure, bar)]
    metric = of_metre(choices, [sheet.pattern(figure).beats for figure in choices], bar.meter)
    candidates = with_role_first(metric, bar)
    if not candidates:
        return None
    return chance(bar.seed, "figure", sheet.name, bar.block, *(figure.energy for figure in candidates)).choice(
        candidates
    )


def play_chords(player: Player, form: Form, harmony: HarmonyPlan) -> list[Draft]:
    """The notes of a comping, pad, arpeggio, drone or texture part."""
    sheet = player.sheet
    bars = [bar for bar in form.written_bars if bar.index in player.bars]
    if sheet.kind is Kind.DRONE:
        return _play_drone(sheet, bars, form, harmony)
    if sheet.kind is Kind.TEXTURE:
        return _play_texture(sheet, bars, form, harmony)
    voicings = voice_chords(harmony, form, sheet.register, sheet.voices, ninths=sheet.kind is Kind.COMP)
    if sheet.kind is Kind.PAD:
        return _play_pad(sheet, bars, form, harmony, voicings)
    drafts: list[Draft] = []
    for bar in bars:
        figure = choose_figure(sheet, bar, form)
        if figure is not None:
            drafts += _play_figure(sheet, figure, bar, form, harmony, voicings)
    return drafts


def _play_figure(
    sheet: PartSheet,
    figure: Figure,
    bar: Bar,
    form: Form,
    harmony: HarmonyPlan,
    voicings: dict[float, Voicing],
) -> list[Draft]:
    pattern = sheet.pattern(figure)
    drafts: list[Draft] = []
    for beat in range(bar.beats):
        number = bar.first_number + beat
        for step in pattern.beat(bar.number, number):
            start = bar.start + beat + step.at
            end = min(start + step.length, bar.end)
            span = harmony.at(start)
            voicing = voicings[span.start]
            if sheet.kind is Kind.ARPEGGIO:
                drafts.append(_arpeggio_note(sheet, step, start, span, voicing, bar, form))
            else:
                drafts += _strike(sheet, step, start, end, span, harmony, voicing, bar, form)
    return drafts


def _arpeggio_note(
    sheet: PartSheet, step: Step, start: float, span: ChordSpan, voicing: Voicing, bar: Bar, form: Form
) -> Draft:
    octave, place = divmod(int(step.mark) - 1, len(voicing))
    pitch = voicing[place] + 12 * octave
    while pitch > sheet.register[1] + 12:
        pitch -= 12
    offset = round(start - bar.start, 4)
    human = chance(bar.seed, sheet.name, *bar.identity, offset)
    accent = 1.0 if offset % 1 == 0 else 0.78 if offset % 1 == 0.5 else 0.7
    velocity = 0.66 * sheet.level * accent * (1 + human.uniform(-0.06, 0.06))
    return Draft(start, step.length, pitch, min(velocity, 1.0), NoteFunction.ARPEGGIO, late_ms=human.uniform(0, 2))


def _strike(
    sheet: PartSheet,
    step: Step,
    start: float,
    end: float,
    span: ChordSpan,
    harmony: HarmonyPlan,
    voicing: Voicing,
    bar: Bar,
    form: Form,
) -> list[Draft]:
    human = chance(bar.seed, sheet.name, *bar.identity, round(start - bar.start, 4))
    if step.mark == "?" and human.random() > 0.3 + 0.4 * bar.energy:
        return []
    velocity = _VELOCITIES[step.mark] * sheet.level * (1 + human.uniform(-0.06, 0.06))
    following = harmony.after(span)
    if end > span.end and following.harmony != span.harmony:
        end = span.end
    gap = sheet.strum_ms / max(len(voicing) - 1, 1)
    upwards = (start - bar.start) % 1 == 0  # down-strokes on the beat, up-strokes between
    order = voicing if upwards else voicing[::-1]
    return [
        Draft(
            start,
            end - start,
            pitch,
            min(velocity * (1.0 if place in (0, len(order) - 1) else 0.92), 1.0),
            NoteFunction.CHORD,
            late_ms=gap * place,
        )
        for place, pitch in enumerate(order)
    ]


def _play_pad(
    sheet: PartSheet, bars: list[Bar], form: Form, harmony: HarmonyPlan, voicings: dict[float, Voicing]
) -> list[Draft]:
    """Chords that hold; a note that two neighbours share is held on, at most for four bars or a section."""
    drafts: list[Draft] = []
    sounding: dict[int, int] = {}  # pitch -> index in drafts
    for bar in bars:
        fresh = bar.number % RENEWAL_BARS == 0
        for span in harmony.inside(bar.start, bar.end):
            voicing = voicings[harmony.at(span.start).start]
            held: dict[int, int] = {}
            for pitch in voicing:
                at = sounding.get(pitch)
                tied = at is not None and drafts[at].end == span.start and not (fresh and span.start == bar.start)
                if tied and at is not None:
                    last = drafts[at]
                    drafts[at] = Draft(last.start, last.length + span.length, pitch, last.velocity, last.function)
                    held[pitch] = at
                else:
                    drafts.append(Draft(span.start, span.length, pitch, 0.62 * sheet.level, NoteFunction.CHORD))
                    held[pitch] = len(drafts) - 1
            sounding = held
    return drafts


def _play_drone(sheet: PartSheet, bars: list[Bar], form: Form, harmony: HarmonyPlan) -> list[Draft]:
    """The tonic, struck again every four bars; it gives way where the chord has no room for it."""
    drafts: list[Draft] = []
    for bar in bars:
        key = harmony.at(bar.start).harmony.key
        pitch = sheet.register[0] + (key.tonic - sheet.register[0]) % 12
        last = drafts[-1] if drafts else None
        if last and last.end == bar.start and bar.number % RENEWAL_BARS:
            drafts[-1] = Draft(last.start, last.length + bar.beats, pitch, last.velocity, last.function)
        else:
            drafts.append(Draft(bar.start, bar.beats, pitch, 0.6 * sheet.level, NoteFunction.TEXTURE))
    return drafts


def _play_texture(sheet: PartSheet, bars: list[Bar], form: Form, harmony: HarmonyPlan) -> list[Draft]:
    """A colour now and then: at the start of a section, and every fourth or eighth bar."""
    drafts = []
    for bar in bars:
        every = chance(bar.seed, sheet.name, *bar.section_identity).choice((4, 4, 8))
        if bar.number % every:
            continue
        root = harmony.at(bar.start).harmony.root
        pitch = sheet.register[0] + (root - sheet.register[0]) % 12
        length = min(bar.of - bar.number, 2) * bar.beats
        drafts.append(Draft(bar.start, max(length, bar.beats), pitch, 0.55 * sheet.level, NoteFunction.TEXTURE))
    return drafts
