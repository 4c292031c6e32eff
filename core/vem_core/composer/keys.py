"""Keys: a tonic and the seven notes of its mode."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vem_core.contract.errors import DirectionError

MAJOR = (0, 2, 4, 5, 7, 9, 11)
"""Semitones above the tonic of the major scale's degrees; roman numerals count from these in every mode."""

MODES: dict[str, tuple[int, ...]] = {
    "major": MAJOR,
    "ionian": MAJOR,
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY = re.compile(r"\s*([A-Ga-g])([#b♯♭]?)\s*(.*?)\s*")


@dataclass(frozen=True)
class Key:
    """A tonic (pitch class, 0 is C) and a mode by name."""

    tonic: int
    mode: str

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key that a text such as "A minor", "Bb", "F# dorian" or "Am" names; a bare letter is major.

        Raises DirectionError for anything else.
        """
        match = _KEY.fullmatch(text)
        mode = (
            {"": "major", "m": "minor", "maj": "major", "min": "minor"}.get(match[3], match[3].lower()) if match else ""
        )
        if match is None or mode not in MODES:
            raise DirectionError(
                f"{text!r} is not a key.",
                hint=f'Write a note and a mode, such as "A minor". Modes: {", ".join(MODES)}.',
            )
        shift = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(match[2], 0)
        return cls((_LETTERS[match[1].upper()] + shift) % 12, mode)

    @property
    def steps(self) -> tuple[int, ...]:
        """Semitones of the seven degrees above the tonic."""
        return MODES[self.mode]

    @property
    def is_major(self) -> bool:
        """Whether the third above the tonic is major: which family of progressions fits."""
        return self.steps[2] == 4

    @property
    def pitch_classes(self) -> frozenset[int]:
        return frozenset((self.tonic + step) % 12 for step in self.steps)
