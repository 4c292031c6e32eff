"""Chords written as roman numerals, read into the notes of a key.

A numeral counts degrees of the major scale whatever the mode, with its alteration written out: in A minor, F major is
`bVI` and E major is `V`. Capitals have a major third, small letters a minor one. After the numeral comes the quality
(`7 maj7 6 9 maj9 add9 sus2 sus4 7sus4 dim dim7 m7b5 aug 5`), then `/` and a degree for an applied chord (`V7/vi`), then
`:` and the chord member in the bass (`I:3`), or `:p` for a tonic pedal.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from vem_core.composer.keys import MAJOR, Key
from vem_core.contract.errors import ContractError

# Chord members as (scale step above the root, semitones above the root).
_TRIADS = {
    "major": ((0, 0), (2, 4), (4, 7)),
    "minor": ((0, 0), (2, 3), (4, 7)),
}
_QUALITIES: dict[str, tuple[tuple[int, int], ...]] = {
    "dim": ((0, 0), (2, 3), (4, 6)),
    "dim7": ((0, 0), (2, 3), (4, 6), (6, 9)),
    "m7b5": ((0, 0), (2, 3), (4, 6), (6, 10)),
    "aug": ((0, 0), (2, 4), (4, 8)),
    "5": ((0, 0), (4, 7)),
    "sus2": ((0, 0), (1, 2), (4, 7)),
    "sus4": ((0, 0), (3, 5), (4, 7)),
    "7sus4": ((0, 0), (3, 5), (4, 7), (6, 10)),
}
_ADDED: dict[str, tuple[tuple[int, int], ...]] = {
    "": (),
    "6": ((5, 9),),
    "7": ((6, 10),),
    "maj7": ((6, 11),),
    "9": ((6, 10), (1, 2)),
    "maj9": ((6, 11), (1, 2)),
    "add9": ((1, 2),),
}
_NUMERALS = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}
_SYMBOL = re.compile(
    r"([b#]*)([IViv]+)(maj9|maj7|m7b5|dim7|dim|aug|add9|7sus4|sus2|sus4|9|7|6|5|)(?:/([b#]*[IViv]+))?(?::([1357p]))?"
)


@dataclass(frozen=True)
class Symbol:
    """A chord relative to a tonic.

    `members` are (degree 0..6, semitones 0..11) above the tonic, root first; the degree tells which letter of the scale
    the note replaces. `bass` is the lowest note's semitones above the tonic.
    """

    numeral: str
    members: tuple[tuple[int, int], ...]
    quality: str
    bass: int

    @property
    def root(self) -> int:
        """The pitch class that the chord stands on, 0 is C."""
        return self.members[0][1]


@functools.lru_cache(maxsize=1024)
def parse_symbol(text: str) -> Symbol:
    """The chord that a numeral such as `bVImaj7`, `V7/vi` or `IV:p` stands for. Raises ContractError for others."""
    match = _SYMBOL.fullmatch(text)
    if match is None or match[2].upper() not in _NUMERALS or match[2] not in (match[2].upper(), match[2].lower()):
        raise ContractError(f"{text!r} is not a chord: write numerals such as i, bVI, V7 or Imaj7")
    accidentals, numeral, quality, applied_to, bass = match.groups()
    degree, semitones = _degree(accidentals, numeral)
    if applied_to:
        target_degree, target_semitones = _degree(*re.fullmatch(r"([b#]*)(\w+)", applied_to).groups())  # type: ignore[union-attr]
        degree, semitones = degree + target_degree, semitones + target_semitones
    third = "major" if numeral.isupper() else "minor"
    shape = _QUALITIES.get(quality) or _TRIADS[third] + _ADDED[quality]
    members = tuple(((degree + step) % 7, (semitones + above) % 12) for step, above in shape)
    bass_note = 0 if bass == "p" else _member(members, shape, int(bass or 1))
    return Symbol(text, members, _quality_name(third, quality), bass_note)


def _degree(accidentals: str, numeral: str) -> tuple[int, int]:
    degree = _NUMERALS[numeral.upper()]
    return degree, MAJOR[degree] + accidentals.count("#") - accidentals.count("b")


def quality_of(numeral: str) -> str:
    """The quality that a numeral is written with: "maj7" of "bVImaj7:3", "" of "i"."""
    match = _SYMBOL.fullmatch(numeral)
    return match[3] if match else ""


def _member(members: tuple[tuple[int, int], ...], shape: tuple[tuple[int, int], ...], number: int) -> int:
    for (step, _), (_, semitones) in zip(shape, members, strict=True):
        if step == number - 1:
            return semitones
    return members[0][1]


def _quality_name(third: str, quality: str) -> str:
    if quality in _QUALITIES:
        return quality
    if third == "major":
        return quality or "maj"
    return {"": "min", "7": "min7", "9": "min9", "6": "min6", "add9": "minadd9"}.get(quality, f"min{quality}")


@dataclass(frozen=True)
class Harmony:
    """A chord in a key: what every part needs to know of the moment's harmony."""

    key: Key
    symbol: Symbol

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """The chord's notes, root first."""
        return tuple(dict.fromkeys((self.key.tonic + semitones) % 12 for _, semitones in self.symbol.members))

    @property
    def root(self) -> int:
        """The pitch class that the chord stands on, 0 is C."""
        return (self.key.tonic + self.symbol.root) % 12

    @property
    def bass(self) -> int:
        """The pitch class of the lowest note, 0 is C."""
        return (self.key.tonic + self.symbol.bass) % 12

    @property
    def scale(self) -> tuple[int, ...]:
        """Seven pitch classes from the tonic's degree up: the key's, with the chord's own alterations."""
        return _chord_scale(self.key, self.symbol)


@functools.lru_cache(maxsize=4096)
def _chord_scale(key: Key, symbol: Symbol) -> tuple[int, ...]:
    steps = list(key.steps)
    for degree, semitones in symbol.members:
        steps[degree] = semitones
    return tuple((key.tonic + step) % 12 for step in steps)
