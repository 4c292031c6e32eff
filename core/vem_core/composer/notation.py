"""Step patterns as text, the way a musician would jot them down.

A pattern is written beat by beat: groups of characters parted by spaces are beats, each cut into as many equal steps
as it has characters (`x.x. xxx` is two eighths, then a triplet). A bar line `|` parts bars. `.` is silence and `-`
holds the note before. What other characters mean depends on who reads them:

drums, comping   `X` accent, `x` normal, `o` soft, `g` ghost, `?` a soft note that comes in some phrases only
bass             `1 3 5 7` members of the chord, `8` the octave, `6` the fifth below, `a` a note that leads on
arpeggio         `1`..`9` notes of the voicing counted upwards
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from vem_core.contract.errors import ContractError

Choice = TypeVar("Choice")

DRUM_MARKS = "Xxog?"
BASS_MARKS = "135786a"
ARPEGGIO_MARKS = "123456789"


@dataclass(frozen=True)
class Step:
    """A note of a pattern: where in its bar it begins, how long it is held (beats), and its mark."""

    at: float
    length: float
    mark: str


@dataclass(frozen=True)
class Pattern:
    """One or more bars of steps, all of `beats` beats."""

    bars: tuple[tuple[Step, ...], ...]
    beats: int

    def beat(self, bar: int, number: int) -> tuple[Step, ...]:
        """The steps that begin in one beat (counted from 1), their `at` counted from that beat.

        Bars repeat; a beat beyond the pattern's length takes the place of the one two beats earlier.
        """
        while number > self.beats:
            number -= 2 if self.beats > 1 else 1
        steps = self.bars[bar % len(self.bars)]
        return tuple(
            Step(step.at - (number - 1), step.length, step.mark) for step in steps if number - 1 <= step.at < number
        )


@functools.lru_cache(maxsize=4096)
def parse_pattern(text: str, marks: str) -> Pattern:
    """The pattern in a text. Raises ContractError for a mark not in `marks`, or bars of unequal length."""
    bars = [bar.split() for bar in text.split("|")]
    beats = len(bars[0])
    if not beats or any(len(bar) != beats for bar in bars):
        raise ContractError(f"the bars of the pattern {text!r} should all have the same number of beats")
    return Pattern(tuple(_parse_bar(bar, marks, text) for bar in bars), beats)


def _parse_bar(groups: list[str], marks: str, text: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    held = False
    for number, group in enumerate(groups):
        width = 1 / len(group)
        for place, mark in enumerate(group):
            if mark == "-":
                if held:
                    last = steps[-1]
                    steps[-1] = Step(last.at, last.length + width, last.mark)
            elif mark == ".":
                held = False
            elif mark in marks:
                steps.append(Step(number + place * width, width, mark))
                held = True
            else:
                raise ContractError(f"{mark!r} in the pattern {text!r} should be one of {marks} . -")
    return tuple(steps)


def of_metre(choices: Sequence[Choice], beats: Sequence[int], meter: int) -> list[Choice]:
    """Those of the patterns that fill a bar of a metre, by their beats; in six those of three beats, twice; or all."""
    whole = [choice for choice, own in zip(choices, beats, strict=True) if own == meter]
    halves = [choice for choice, own in zip(choices, beats, strict=True) if own == 3] if meter == 6 else []
    return whole or halves or list(choices)
