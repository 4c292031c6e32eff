"""How fast, in which key and in which metre: what is said of it, or what mood and style suggest."""

from __future__ import annotations

import re

from vem_core.composer.keys import Key
from vem_core.composer.style import Style
from vem_core.contract.brief import Conflict, KeyBrief, MeterBrief, Source, TempoBrief
from vem_core.contract.direction import Direction
from vem_core.contract.temp_track import TempTrack
from vem_core.direction.feelings import Feeling
from vem_core.direction.lexicon import genres
from vem_core.direction.wishes import Said, TempoWish

TEMPO_ROOM = 0.1
"""How far a tempo that nobody asked for may leave its style's range. On twelve random edits (24 cuts, median 2.2 s) it
takes `natural` in a style of 116 to 128 BPM from 0.62 of the cuts on beats to 0.83."""

MOOD_SPAN = 0.5
"""The part of a style's range that a mood leaves: its calm end for calm moods, its fast end for excited ones."""

_SURE_STATED, _SURE_WORD, _SURE_HEARD, _SURE_MOOD = 0.95, 0.8, 0.7, 0.4
_FASTEST_UNLESS_FAST, _SLOWEST_UNLESS_SLOW = 116.0, 92.0
_NARROWEST = 1.08  # a range's top over its bottom, where it is not a stated number


def tempo_said(direction: Direction, prompt: Said) -> tuple[float, float] | None:
    """The tempo range that is asked for, without a style's part in it; None where nobody says."""
    if direction.tempo_bpm is not None:
        return direction.tempo_bpm
    stated, worded = _sorted_wishes(prompt)
    if stated:
        return stated[-1].numbers
    return worded[-1].numbers if worded else None


def tempo_brief(
    direction: Direction,
    prompt: Said,
    feeling: Feeling,
    style: Style,
    conflicts: list[Conflict],
    heard: TempTrack | None = None,
) -> TempoBrief:
    """The tempo range of the piece, in BPM."""
    stated, worded = _sorted_wishes(prompt)
    _lost_tempi(direction, stated, worded, conflicts)
    if direction.tempo_bpm is not None:
        return TempoBrief(*direction.tempo_bpm, Source.EDITOR, _SURE_STATED)
    if stated:
        return TempoBrief(*_rounded(*stated[-1].numbers), prompt.source, _SURE_STATED)
    low, high = style.tempo.low_bpm * (1 - TEMPO_ROOM), style.tempo.high_bpm * (1 + TEMPO_ROOM)
    refused = [wish for wish in prompt.tempos if wish.refused]
    if worded or refused:
        if worded:
            low, high = _towards(worded[-1].numbers, (low, high))
        for wish in refused:
            low, high = _away_from(wish, low, high, named=bool(worded))
        return TempoBrief(*_rounded(low, high), prompt.source, _SURE_WORD)
    if heard is not None and heard.tempo_bpm is not None:
        return TempoBrief(*heard.tempo_bpm, Source.TEMP_TRACK, _SURE_HEARD)
    if feeling.sureness >= 0.25:
        place = (feeling.in_music[1] + 1) / 2
        span = MOOD_SPAN * (high - low)
        bottom = low + place * (high - low - span)
        return TempoBrief(*_rounded(bottom, bottom + span), feeling.source, _SURE_MOOD * feeling.sureness)
    return TempoBrief(*_rounded(low, high))


def key_brief(
    direction: Direction,
    prompt: Said,
    feeling: Feeling,
    style: Style,
    conflicts: list[Conflict],
    heard: TempTrack | None = None,
) -> KeyBrief:
    """The key, as far as somebody says; a mood of light or shade says major or minor, where the style has both."""
    if direction.key:
        key = Key.parse(direction.key)
        match = re.match(r"\s*([A-Ga-g][#b♯♭]?)", direction.key)
        tonic = match[1].capitalize().replace("♯", "#").replace("♭", "b") if match else None
        conflicts += [
            Conflict(words, direction.key, "a control outranks words", prompt.source)
            for spoken, mode, words in prompt.keys
            if (spoken or tonic) != tonic or mode != key.mode
        ]
        return KeyBrief(tonic, key.mode, Source.EDITOR, _SURE_STATED)
    if prompt.keys:
        last = prompt.keys[-1]
        conflicts += [
            Conflict(words, last[2], "later beats earlier", prompt.source)
            for tonic, mode, words in prompt.keys[:-1]
            if (tonic and last[0] and tonic != last[0]) or mode != last[1]
        ]
        tonic = last[0] or next((tonic for tonic, _, _ in reversed(prompt.keys) if tonic), "")
        return KeyBrief(tonic or None, last[1], prompt.source, _SURE_STATED)
    if heard is not None and heard.key is not None:
        note, _, heard_mode = heard.key.partition(" ")
        return KeyBrief(note, heard_mode, Source.TEMP_TRACK, round(_SURE_HEARD * min(1.0, 5 * heard.key_clarity), 3))
    mode = _mode_of(feeling, style)
    if mode is None:
        return KeyBrief()
    return KeyBrief(None, mode, feeling.source, round(_SURE_MOOD * feeling.sureness, 3))


def meter_brief(prompt: Said, style: Style, conflicts: list[Conflict]) -> MeterBrief:
    """The beats of a bar."""
    if prompt.meters:
        beats, words = prompt.meters[-1]
        conflicts += [
            Conflict(said, words, "later beats earlier", prompt.source)
            for other, said in prompt.meters[:-1]
            if other != beats
        ]
        return MeterBrief(max(2, min(beats, 12)), prompt.source, _SURE_STATED)
    implied = [genres()[wish.genre].beats for wish in prompt.genres if genres()[wish.genre].beats]
    if implied and implied[-1] is not None:
        return MeterBrief(implied[-1], prompt.source, _SURE_WORD)
    return MeterBrief(style.meters[0])


def _mode_of(feeling: Feeling, style: Style) -> str | None:
    """The style's own mode on the mood's side of major and minor; None where the mood or the style has no side."""
    if feeling.sureness < 0.25 or abs(feeling.valence) < 0.12:
        return None
    bright = feeling.valence > 0
    own = [mode for mode in style.modes if Key.parse(f"C {mode}").is_major is bright]
    return own[0] if own else None


def _sorted_wishes(prompt: Said) -> tuple[list[TempoWish], list[TempoWish]]:
    wanted = [wish for wish in prompt.tempos if not wish.refused]
    return [wish for wish in wanted if wish.stated], [wish for wish in wanted if not wish.stated]


def _lost_tempi(
    direction: Direction, stated: list[TempoWish], worded: list[TempoWish], conflicts: list[Conflict]
) -> None:
    """Note the tempi that others outrank."""
    if direction.tempo_bpm is not None:
        to, reason, lost = "the tempo that was set", "a control outranks words", [*stated, *worded]
        winner = direction.tempo_bpm
    elif stated:
        to, winner = stated[-1].words, stated[-1].numbers
        conflicts += [
            Conflict(wish.words, to, "later beats earlier") for wish in stated[:-1] if not _meet(wish.numbers, winner)
        ]
        reason, lost = "a number beats an adjective", worded
    else:
        reason, lost = "later beats earlier", worded[:-1]
        to, winner = (worded[-1].words, worded[-1].numbers) if worded else ("", (0.0, 1e3))
    conflicts += [Conflict(wish.words, to, reason) for wish in lost if not _meet(wish.numbers, winner)]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _towards(asked: tuple[float, float], own: tuple[float, float]) -> tuple[float, float]:
    """The part of an asked range that a style plays, or the part nearest to it."""
    low, high = max(asked[0], own[0]), min(asked[1], own[1])
    if high >= low * _NARROWEST:
        return low, high
    if asked[0] > own[0]:  # faster than the style is
        return asked[0], max(asked[0] * _NARROWEST, min(asked[1], asked[0] * 1.15))
    return max(asked[0], asked[1] / 1.2), asked[1]


def _away_from(wish: TempoWish, low: float, high: float, *, named: bool) -> tuple[float, float]:
    """The range without what it shall not be: "not fast", "not too slow"."""
    if sum(wish.numbers) / 2 >= 104:
        top = (low + high) / 2 if named else _FASTEST_UNLESS_FAST
        high = min(high, max(top, low * _NARROWEST)) if low < top else high
        low = min(low, high / _NARROWEST)
        return (low, high) if low <= _FASTEST_UNLESS_FAST or named else (top / 1.15, top)
    bottom = (low + high) / 2 if named else _SLOWEST_UNLESS_SLOW
    low = max(low, bottom) if high > bottom else low
    high = max(high, low * _NARROWEST)
    return (low, high) if high >= bottom else (bottom, bottom * 1.15)


def _rounded(low: float, high: float) -> tuple[float, float]:
    return round(low, 2), round(high, 2)
