"""Harmony of a whole piece: which chord sounds when, and how it is voiced.

Each section takes one progression of the style by its role and repeats it; a section's last bar gives way to a cadence
that leads to what follows. Voicings move as little as they can from one chord to the next and start from scratch
at each section, so that a change in one section stays there.
"""

from __future__ import annotations

import bisect
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from vem_core.composer.chance import chance
from vem_core.composer.chords import Harmony, Symbol
from vem_core.composer.form import Bar, Form
from vem_core.composer.keys import Key
from vem_core.composer.modes import Bars, bar_in_mode, bars_in_mode, in_mode, relative_key
from vem_core.composer.style import Cadence, Family, Progression, Style, parse_chords
from vem_core.contract.plan import SectionRole

_OTHER_SIDE = 0.12  # valence from which a section is on the bright or the dark side
_MODAL_SHARE = 0.75  # of the pieces in a mode that has progressions of its own
_HOME = (SectionRole.INTRO, SectionRole.GROOVE, SectionRole.ENDING)


@dataclass(frozen=True)
class ChordSpan:
    """A chord and the beats it lasts."""

    start: float
    length: float
    harmony: Harmony

    @property
    def end(self) -> float:
        """The position after its last one."""
        return self.start + self.length


class HarmonyPlan:
    """The chords of a piece in order, without gaps."""

    def __init__(self, spans: list[ChordSpan]) -> None:
        self.spans = tuple(spans)
        self._starts = [span.start for span in spans]

    def index(self, position: float) -> int:
        """The number of the chord that sounds at a position."""
        return max(bisect.bisect_right(self._starts, position) - 1, 0)

    def at(self, position: float) -> ChordSpan:
        """The chord that sounds at a position."""
        return self.spans[self.index(position)]

    def after(self, span: ChordSpan) -> ChordSpan:
        """The chord that follows; the last is followed by itself."""
        return self.spans[min(self.index(span.start) + 1, len(self.spans) - 1)]

    def inside(self, start: float, end: float) -> list[ChordSpan]:
        """The chords that sound between two positions, cut to them."""
        found = []
        for span in self.spans[self.index(start) :]:
            if span.start >= end:
                break
            begin = max(span.start, start)
            found.append(ChordSpan(begin, min(span.end, end) - begin, span.harmony))
        return found


def harmonise(form: Form, style: Style, key: Key) -> HarmonyPlan:
    """The chords of every bar, and the tonic from the final hit on."""
    whole = key
    spans: list[ChordSpan] = []
    for bars in form.sections():
        key = section_key(form, whole, bars)
        family = Family.MAJOR if key.is_major else Family.MINOR
        cadence = next(cadence for cadence in style.harmony.cadences if cadence.family is family)
        progression = bars_in_mode(_choose_progression(form, style, key, family, bars[0]).bars, key.mode)
        for bar in bars:
            symbols = _bar_symbols(bar, form, progression, cadence, key.mode, style.harmony.bars_per_chord)
            spans += _place(bar, symbols, key)
    if form.final is not None:
        home = Harmony(key, in_mode(parse_chords(cadence.tonic)[0][0], key.mode))
        spans = [
            ChordSpan(span.start, min(span.end, form.final) - span.start, span.harmony)
            for span in spans
            if span.start < form.final
        ]
        tail = form.tempo.beat_at(form.plan.duration_samples) - form.final
        spans.append(ChordSpan(form.final, max(tail, 0.25), home))
    return HarmonyPlan(_joined(spans))


def section_key(form: Form, key: Key, bars: Sequence[Bar]) -> Key:
    """The key of a section: the piece's, or its relative where the pictures there lie on the other side.

    A relative key has the same notes and another home: hope in a piece in A minor is in C major.
    """
    valences = form.plan.casting.shot_valences
    if len(valences) != len(form.plan.shot_starts_samples):
        return key
    mean = sum(valences[form.shot_at(bar)] for bar in bars) / len(bars)
    other_side = mean < -_OTHER_SIDE if key.is_major else mean > _OTHER_SIDE
    return relative_key(key) if other_side else key


def _choose_progression(form: Form, style: Style, key: Key, family: Family, bar: Bar) -> Progression:
    """Sections of one role share a progression, so that what returns is known again."""
    seed = bar.seed
    fitting = [
        progression
        for progression in style.harmony.progressions
        if (key.mode in progression.modes if progression.modes else progression.family is family)
    ]
    own = [progression for progression in fitting if progression.modes]
    if own and chance(seed, "modal").random() < _MODAL_SHARE:
        fitting = own
    role = "home" if bar.role in _HOME else bar.role.value
    if role == "home":
        fitting = [progression for progression in fitting if _has_tonic(progression)] or fitting
    mood = [progression for progression in fitting if form.plan.mood.lower() in progression.moods]
    if mood and chance(seed, "mood", bar.role).random() < 0.7:
        fitting = mood
    for_role = [progression for progression in fitting if bar.role in progression.roles]
    anywhere = [progression for progression in fitting if not progression.roles]
    candidates = for_role or anywhere or fitting
    return chance(seed, "progression", role).choice(candidates)


def _has_tonic(progression: Progression) -> bool:
    """Whether home is heard in it, before the bar that a cadence may take: a chord of the tonic in root position."""
    bars = progression.bars
    return any(symbol.root == symbol.bass == 0 for bar in bars[: max(len(bars) - 1, 1)] for symbol in bar)


def _bar_symbols(
    bar: Bar, form: Form, progression: Bars, cadence: Cadence, mode: str, bars_per_chord: int
) -> tuple[Symbol, ...]:
    closing = bar_in_mode(_closing_symbols(bar, form, cadence), mode)
    if closing:
        return closing
    return progression[(bar.number // bars_per_chord) % len(progression)]


def _closing_symbols(bar: Bar, form: Form, cadence: Cadence) -> tuple[Symbol, ...]:
    """The cadence chords of the bars before a new section or the final hit; empty elsewhere."""
    if form.final is not None and bar.of >= 2:
        full = parse_chords(cadence.full)
        end = bisect.bisect_left(form.bars, form.final, key=lambda each: each.start)
        before_final = form.bars[max(0, end - len(full)) : end]
        if bar in before_final and bar.number >= 0:
            return full[before_final.index(bar) - len(before_final)]
    if bar.next_role is None or bar.of < 4:
        return ()
    half = parse_chords(cadence.half)
    place = bar.number - (bar.of - len(half))
    return half[place] if place >= 0 else ()


def _place(bar: Bar, symbols: tuple[Symbol, ...], key: Key) -> list[ChordSpan]:
    symbols = symbols[: bar.beats]
    edges = [bar.start + (place * bar.beats) // len(symbols) for place in range(len(symbols) + 1)]
    return [
        ChordSpan(start, end - start, Harmony(key, symbol))
        for symbol, (start, end) in zip(symbols, itertools.pairwise(edges), strict=True)
    ]


def _joined(spans: list[ChordSpan]) -> list[ChordSpan]:
    """Equal neighbours as one chord."""
    joined: list[ChordSpan] = []
    for span in spans:
        if joined and joined[-1].harmony == span.harmony:
            joined[-1] = ChordSpan(joined[-1].start, joined[-1].length + span.length, span.harmony)
        else:
            joined.append(span)
    return joined


Voicing = tuple[int, ...]


def voice_chords(
    plan: HarmonyPlan, form: Form, register: tuple[int, int], voices: int, *, ninths: bool = True
) -> dict[float, Voicing]:
    """A voicing for the start of each chord, leading from each to the next inside a section.

    The root is left to the bass where it would rub against a major seventh; without `ninths` so is a ninth that would
    rub against a minor third.
    """
    voicings: dict[float, Voicing] = {}
    previous: Voicing = ()
    section = None
    for span in plan.spans:
        bar = form.bar_at(span.start)
        if bar.section != section:
            section, previous = bar.section, ()
        members = without_rubs(span.harmony.pitch_classes, ninths=ninths)
        previous = lead(previous, members, span.harmony.bass, register, voices)
        voicings[span.start] = previous
    return voicings


def without_rubs(pitch_classes: tuple[int, ...], *, ninths: bool) -> tuple[int, ...]:
    """A chord's notes without one of two that lie a semitone apart and would sound together for long."""
    root = pitch_classes[0]
    above = [(pitch - root) % 12 for pitch in pitch_classes]
    dropped = {0} if 11 in above and len(above) >= 4 else set()
    if 2 in above and 3 in above and not ninths:
        dropped.add(2)
    return tuple(pitch for pitch, interval in zip(pitch_classes, above, strict=True) if interval not in dropped)


@functools.lru_cache(maxsize=65_536)
def lead(
    previous: Voicing, pitch_classes: tuple[int, ...], bass: int, register: tuple[int, int], voices: int
) -> Voicing:
    """The voicing of a chord in a register that lies nearest to the previous one, lowest note first.

    Parallel octaves and fifths, clusters, doubled thirds and gaps cost more than small steps.
    """
    wanted = _members_to_voice(pitch_classes, voices)
    low, high = register
    pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 in wanted]
    candidates = [
        chord
        for chord in itertools.combinations(pitches, min(voices, len(pitches)))
        if len({pitch % 12 for pitch in chord}) == len(wanted) and chord[-1] - chord[0] <= 24
    ]
    if not candidates:
        return tuple(pitches[:voices])
    return min(candidates, key=lambda chord: (_cost(chord, previous, pitch_classes, register), chord))


def _members_to_voice(pitch_classes: tuple[int, ...], voices: int) -> frozenset[int]:
    """The chord's notes that fit: of a five-part chord in four voices the fifth goes first, then the root."""
    kept = list(pitch_classes)
    if len(kept) > voices and len(kept) >= 4:
        kept.pop(2)
    while len(kept) > voices:
        kept.pop(0 if voices > 1 else -1)
    return frozenset(kept)


def _cost(chord: Voicing, previous: Voicing, pitch_classes: tuple[int, ...], register: tuple[int, int]) -> float:
    centre = (register[0] + register[1]) / 2
    cost = 0.15 * abs(sum(chord) / len(chord) - centre)
    gaps = [upper - lower for lower, upper in itertools.pairwise(chord)]
    cost += sum(4.0 for gap in gaps if gap == 1) + sum(0.6 * (gap - 9) for gap in gaps if gap > 9)
    cost += sum(1.5 for gap in gaps[:1] if gap < 3 and chord[0] < 52)  # low notes need room
    if chord[-1] % 12 == pitch_classes[0] and len(pitch_classes) > 3:
        cost += 0.4
    if len(previous) != len(chord):
        return cost
    moves = [now - before for before, now in zip(previous, chord, strict=True)]
    cost += sum(abs(move) + (0.5 * max(abs(move) - 4, 0)) for move in moves) * 0.5
    for voice, other in itertools.combinations(range(len(chord)), 2):
        parallel = moves[voice] == moves[other] != 0
        if parallel and (chord[other] - chord[voice]) % 12 in (0, 7):
            cost += 2.0
    return cost
