"""From written notes to played ones: the tempo map's times, swing, touch, and dynamics that follow the energy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from vem_core.composer.drafts import Draft
from vem_core.composer.feel import Feel
from vem_core.composer.form import Form
from vem_core.composer.piece import Note, NoteFunction
from vem_core.composer.style import Style, Touch
from vem_core.contract.plan import Ending
from vem_core.contract.time import SAMPLE_RATE_HZ

_CUT_SLACK_SAMPLES = 2_400
_HEARD_SAMPLES = 3 * SAMPLE_RATE_HZ
_SHORTEST_SAMPLES = SAMPLE_RATE_HZ // 50
# Players come in as the energy rises, most of them below the middle; the touch makes up for it above, so that loudness
# in dB grows evenly. Velocity to the power 1.6 is amplitude.
_RANGE_CURVE = 1.5
_ACCENT_RANGE_DB = 21.0
_ACCENT_CURVE = 1.0
_DB_PER_VELOCITY_DECADE = 32.0
_ACCENTS = frozenset((NoteFunction.ACCENT, NoteFunction.IMPACT, NoteFunction.ENDING))
_UNHURRIED = frozenset((NoteFunction.RISER, NoteFunction.IMPACT, NoteFunction.ENDING))
"""What ends when it must."""
_FREE_OF_METRE = _ACCENTS | {NoteFunction.MOTIF, NoteFunction.ANSWER, NoteFunction.FILL}
"""What keeps its own accents wherever in the beat it falls: tunes, fills, hits."""
_PASSING_SHARE = 0.6
"""How much of a beat's strength a note that meets a cut in passing has more than its place: less is not heard."""
_LONGEST_FADE_S = 12.0
_FADED_SHARE = 0.25
RING_FADED_SHARE = 0.65
"""Over how much of the final ring the mix fades: it begins at full level."""


def perform(drafts: Iterable[Draft], form: Form, style: Style, player: str, *, drums: bool = False) -> tuple[Note, ...]:
    """The notes of a part in order of time, inside the score, none overlapping another of its pitch."""
    feel = Feel(player, style.touch)
    low, high = form.written
    near = (draft for draft in drafts if draft.start < high and draft.end > low)
    notes = [note for note in (_play(draft, form, style, feel, drums) for draft in near) if note is not None]
    return tuple(_without_overlaps(notes, form.plan.duration_samples))


def _play(draft: Draft, form: Form, style: Style, feel: Feel, drums: bool) -> Note | None:
    duration = form.plan.duration_samples
    swing, touch = style.tempo.swing, style.touch
    start = form.tempo.sample_at(draft.start if draft.exact else swung(draft.start, swing))
    end = min(form.tempo.sample_at(draft.end if draft.exact else swung(draft.end, swing)), duration)
    level = 1.0
    if not draft.exact:
        bar = form.bar_at(draft.start)
        late_ms = draft.late_ms + feel.late_ms(bar, draft.start, drum=draft.pitch if drums else None)
        start = max(start + round(late_ms * SAMPLE_RATE_HZ / 1000), min(start, 0))
        level = feel.level(bar, draft.start)
    end += _early_samples(draft, end, form, feel)
    if start < 0 and end > 0 and draft.exact:
        start = 0  # a swell that would begin before the score
    if not 0 <= start < duration or not 0 <= draft.pitch <= 127:
        return None
    # A long note is as loud as the energy it sounds in; the cut that it begins on may be a few samples after it.
    energy = form.energy.mean(start + _CUT_SLACK_SAMPLES, min(end, start + _HEARD_SAMPLES))
    gain = _weight(draft, touch) * _dynamics(energy, touch, accent=draft.function in _ACCENTS)
    velocity = min(max(draft.velocity * gain * level, 0.02), 1.0)
    length = max(end - start, min(_SHORTEST_SAMPLES, duration - start))
    return Note(start, length, draft.pitch, round(velocity, 4), draft.function)


def _early_samples(draft: Draft, end: int, form: Form, feel: Feel) -> int:
    """How much earlier a note stops for one that comes early where it ends, whether or not that one is written."""
    if draft.function in _UNHURRIED or end >= form.plan.duration_samples:
        return 0
    late_ms = feel.late_ms(form.bar_at(draft.end), draft.end)
    return min(round(late_ms * SAMPLE_RATE_HZ / 1000), 0)


def _weight(draft: Draft, touch: Touch) -> float:
    """How lightly a note is played for its place in the beat. An accented push is the beat come early."""
    inside = draft.start % 1
    if inside == 0 or (draft.exact and not draft.passes) or draft.function in _FREE_OF_METRE:
        return 1.0
    light = touch.off_beat if inside == 0.5 else touch.sixteenth
    return light + _PASSING_SHARE * (1 - light) if draft.passes else light


def _dynamics(energy: float, touch: Touch, *, accent: bool) -> float:
    """The share of its velocity that a note gets at an energy."""
    span_db, curve = (_ACCENT_RANGE_DB, _ACCENT_CURVE) if accent else (touch.range_db, _RANGE_CURVE)
    return math.pow(10, -span_db * (1 - max(energy, 0.0) ** curve) / _DB_PER_VELOCITY_DECADE)


def swung(position: float, swing: float) -> float:
    """A position with its sixteenths swung: beats and eighths stay, what is between moves to `swing` of the eighth."""
    if swing == 0.5:
        return position
    eighth, inside = divmod(position * 2, 1)
    warped = inside * 2 * swing if inside < 0.5 else swing + (inside - 0.5) * 2 * (1 - swing)
    return (eighth + warped) / 2


def _without_overlaps(notes: list[Note], duration: int) -> list[Note]:
    by_pitch: defaultdict[int, list[Note]] = defaultdict(list)
    for note in sorted(notes, key=lambda note: (note.start_samples, note.function not in _ACCENTS, -note.velocity)):
        line = by_pitch[note.pitch]
        if line and note.start_samples - line[-1].start_samples < _SHORTEST_SAMPLES:
            if not (note.function in _ACCENTS and line[-1].function not in _ACCENTS):
                continue  # a flam of one pitch; the accent or the louder note stays
            line.pop()
        if line and line[-1].start_samples + line[-1].duration_samples > note.start_samples:
            last = line[-1]
            shorter = note.start_samples - last.start_samples
            line[-1] = Note(last.start_samples, shorter, last.pitch, last.velocity, last.function)
        line.append(note)
    played = [note for line in by_pitch.values() for note in line]
    return sorted(played, key=lambda note: (note.start_samples, note.pitch))


def brightness_points(form: Form) -> tuple[tuple[int, float], ...]:
    """How open the filters are: with the energy of the shots, opening through a build, closing in the final ring."""
    points = [(samples, 0.2 + 0.8 * energy) for samples, energy in form.energy.points(form.plan.duration_samples)]
    return tuple((samples, round(min(max(value, 0.0), 1.0), 4)) for samples, value in points)


def fade_out_samples(form: Form) -> int:
    """Over how long the mix fades: most of the final ring, or the fade that ends the piece; 0 for other endings."""
    duration = form.plan.duration_samples
    if form.plan.ending is Ending.FADE:
        return round(min(duration * _FADED_SHARE, _LONGEST_FADE_S * SAMPLE_RATE_HZ))
    if form.plan.ending is Ending.RING_OUT and form.final is not None:
        return round((duration - form.tempo.sample_at(form.final)) * RING_FADED_SHARE)
    return 0
