"""Progressions in the key's own mode.

Styles write progressions for major and for minor. In another mode the same degrees carry that mode's own chords: the
fourth degree is minor in A minor, major in A dorian. Where a degree's chord would be diminished, another stands in
for it, and a progression that never sounds the note which tells the mode from its neighbours gets the chord that does.
Borrowed chords colour major and minor as long as they sound less than the mode's own.
"""

from __future__ import annotations

import functools

from vem_core.composer.chords import Symbol, parse_symbol, quality_of
from vem_core.composer.keys import MAJOR, MODES, Key

Bars = tuple[tuple[Symbol, ...], ...]

PLAIN = frozenset(("major", "ionian", "minor", "aeolian"))
"""The modes that progressions are written in, with the borrowed chords and leading notes of that practice."""

CHARACTERISTIC: dict[str, int] = {
    "major": 11, "ionian": 11, "minor": 8, "aeolian": 8, "dorian": 9, "phrygian": 1, "lydian": 6, "mixolydian": 10,
    "locrian": 6, "harmonic minor": 11,
}  # fmt: skip
"""Semitones above the tonic of the note that tells a mode from the one nearest to it."""

CONTRARY: dict[str, int] = {
    "major": 10, "ionian": 10, "minor": 9, "aeolian": 9, "dorian": 8, "phrygian": 2, "lydian": 5, "mixolydian": 11,
    "locrian": 7, "harmonic minor": 10,
}  # fmt: skip
"""The note of that other mode in its place: the more it sounds, the less the label is true."""

# Degrees (0 the tonic) whose chord is diminished, augmented or leads elsewhere, and the degree that stands in.
_SUBSTITUTES: dict[str, dict[int, int]] = {
    "major": {6: 4},
    "ionian": {6: 4},
    "minor": {1: 3},
    "aeolian": {1: 3},
    "dorian": {5: 3, 4: 6},
    "phrygian": {4: 1},
    "lydian": {3: 1},
    "mixolydian": {2: 6, 4: 6},
    "locrian": {4: 4},
    "harmonic minor": {1: 3, 2: 5, 6: 4},
}
_SHOWS: dict[str, int] = {
    "major": 4, "ionian": 4, "minor": 5, "aeolian": 5, "dorian": 3, "phrygian": 1, "lydian": 1, "mixolydian": 6,
    "locrian": 4, "harmonic minor": 4,
}  # fmt: skip
"""The degree whose chord shows the mode most plainly."""

_THIRDS = {(4, 7): "", (3, 7): "", (3, 6): "dim", (4, 8): "aug"}
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_SEVENTHS = frozenset(("7", "maj7", "m7b5", "dim7", "7sus4"))
_NINTHS = frozenset(("9", "maj9"))


@functools.lru_cache(maxsize=4096)
def in_mode(symbol: Symbol, mode: str) -> Symbol:
    """The chord of the symbol's degree in a mode: as rich, made of the mode's own notes; in plain modes as written."""
    return symbol if mode in PLAIN else _own_chord(symbol, mode)


def bars_in_mode(bars: Bars, mode: str) -> Bars:
    """A progression in a mode; one that never shows it has the chord that does in a bar that is not the tonic's.

    In it the note that tells the mode sounds in more bars than the neighbour's; borrowed chords give way, last first.
    """
    moved = tuple(tuple(in_mode(symbol, mode) for symbol in bar) for bar in bars)
    if not _shows(moved, mode):
        chord = parse_symbol(_numeral(_SHOWS[mode], moved[0][0], MODES[mode]))
        at = _place_for(moved)
        moved = (*moved[:at], (chord,), *moved[at + 1 :]) if len(moved) > 1 else (*moved, (chord,))
    for place in reversed(range(len(moved))):
        if _bars_with(CHARACTERISTIC[mode], moved) > _bars_with(CONTRARY[mode], moved):
            break
        moved = (*moved[:place], bar_in_mode(moved[place], mode), *moved[place + 1 :])
    return moved


def bar_in_mode(bar: tuple[Symbol, ...], mode: str) -> tuple[Symbol, ...]:
    """Chords in a mode without the note that would tell of its neighbour: borrowed ones give way to the mode's own."""
    moved = (in_mode(symbol, mode) for symbol in bar)
    return tuple(_own_chord(symbol, mode) if _has(symbol, CONTRARY[mode]) else symbol for symbol in moved)


def relative_key(key: Key) -> Key:
    """The key of the other family with the same notes: C major for A minor, F lydian for D dorian."""
    for shift in (9, 3) if key.is_major else (3, 9):
        tonic = (key.tonic + shift) % 12
        for mode in ("major", "minor", "lydian", "mixolydian", "dorian", "phrygian"):
            other = Key(tonic, mode)
            if other.is_major != key.is_major and other.pitch_classes == key.pitch_classes:
                return other
    return Key((key.tonic + (9 if key.is_major else 3)) % 12, "minor" if key.is_major else "major")


def _shows(bars: Bars, mode: str) -> bool:
    """Whether a chord has the note that tells the mode, within its seventh and before the bar a cadence may take."""
    sure = bars[: max(len(bars) - 1, 1)]
    return any(_has(symbol, CHARACTERISTIC[mode]) for bar in sure for symbol in bar)


def _bars_with(semitones: int, bars: Bars) -> float:
    """How many bars have a note so many semitones above the tonic, in shares of a bar."""
    return sum(_has(symbol, semitones) / len(bar) for bar in bars for symbol in bar)


def _has(symbol: Symbol, semitones: int) -> bool:
    """Whether a note so many semitones above the tonic is in a chord, within its seventh."""
    return any(above == semitones for _, above in symbol.members[:4])


def _own_chord(symbol: Symbol, mode: str) -> Symbol:
    """The chord of the symbol's degree, of the mode's own notes."""
    degree = symbol.members[0][0]
    degree = _SUBSTITUTES[mode].get(degree, degree)
    return parse_symbol(_numeral(degree, symbol, MODES[mode]))


def _place_for(bars: Bars) -> int:
    """The last bar but the first and the closing one that is no chord of the tonic; else the one before the last."""
    inner = range(1, max(len(bars) - 1, 2))
    others = [place for place in inner if place < len(bars) and all(symbol.root for symbol in bars[place])]
    return others[-1] if others else max(len(bars) - 2, min(1, len(bars) - 1))


def _numeral(degree: int, like: Symbol, steps: tuple[int, ...]) -> str:
    """The chord on a degree of a scale in the richness of another, as a numeral."""

    def above(thirds: int) -> int:
        return (steps[(degree + thirds) % 7] - steps[degree]) % 12

    accidental = {-2: "bb", -1: "b", 0: "", 1: "#"}[steps[degree] - MAJOR[degree]]
    third, fifth, seventh, ninth = above(2), above(4), above(6), above(1)
    numeral = _NUMERALS[degree] if third == 4 else _NUMERALS[degree].lower()
    quality = _THIRDS[third, fifth]
    kind = quality_of(like.numeral)
    if not quality:
        quality = _richness(kind, third, seventh, ninth, above(3), above(5))
    bass = like.numeral.partition(":")[2]
    return f"{accidental}{numeral}{quality}" + (f":{bass}" if bass else "")


def _richness(kind: str, third: int, seventh: int, ninth: int, fourth: int, sixth: int) -> str:
    """The quality of a major or minor chord as rich as another's, where the scale has the notes for it."""
    if kind == "5":
        return "5"
    suspended = {"sus2": ninth == 2, "sus4": fourth == 5, "7sus4": fourth == 5 and seventh == 10}
    if suspended.get(kind):
        return kind
    name = {10: "7", 11: "maj7"}[seventh]
    if name == "maj7" and third == 3:
        return ""
    if kind in _NINTHS:
        return name.replace("7", "9") if ninth == 2 else name
    if kind in _SEVENTHS:
        return name
    fits = (kind == "add9" and ninth == 2) or (kind == "6" and sixth == 9)
    return kind if fits else ""
