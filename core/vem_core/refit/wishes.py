"""What the editor asks of single shots now and did not before: another energy, other words, a variation."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterator

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.recut import FrameRange, Recut, Variation
from vem_core.contract.request import Direction
from vem_core.contract.sheet_diff import SheetDiff, ShotChange
from vem_core.corpus.moods import MOODS
from vem_core.parsing.wording import editors_words
from vem_core.rhythm.energy import shot_energies

_AT_REST, _EXCITEMENT = 0.2, 0.65  # the energy of a mood without arousal, and what full arousal adds
_SEED_BITS = 31


class ShotWishes:
    """The wishes for the shots of `sheet`, beside those that the take before was made with."""

    def __init__(self, recut: Recut, sheet: CutSheet, direction: Direction, diff: SheetDiff) -> None:
        self._recut, self._sheet, self._direction, self._diff = recut, sheet, direction, diff
        self._words = _words_of(sheet, direction.shot_words)
        self._earlier_words = _words_of(recut.earlier.sheet, recut.earlier.shot_words)

    def energies(self) -> tuple[float, ...]:
        """The energy of each shot, 0..1: as it was where the shot stayed, unless another is asked for.

        Other words ask for one where they name a mood.
        """
        energies = list(shot_energies(self._sheet, self._direction))
        before = self._recut.earlier.plan.shot_energies
        for match in self._diff.matches:
            if match.old is None or match.change is ShotChange.INSERTED or self._energy_asked(match.new, match.old):
                continue
            named = energy_of(self._words[match.new]) if self._words_changed(match.new, match.old) else None
            energies[match.new] = before[match.old] if named is None else named
        return tuple(energies)

    def variations(self) -> tuple[Variation, ...]:
        """Where other notes shall be played, and from which seed: what was asked for, and shots with other words."""
        plan = self._recut.earlier.plan
        told = (
            Variation(self._range(match.new), _seed_of(plan.seed, self._words[match.new]))
            for match in self._diff.matches
            if match.old is not None and self._words_changed(match.new, match.old)
        )
        return (*self._recut.varied, *told)

    def ranges_anew(self) -> Iterator[FrameRange]:
        """Where the music shall be other though the picture stayed."""
        yield from (variation.where for variation in self.variations())
        for match in self._diff.matches:
            if match.old is not None and self._energy_asked(match.new, match.old):
                yield self._range(match.new)

    def _range(self, shot: int) -> FrameRange:
        return FrameRange(self._sheet.shots[shot].start_frames, self._sheet.shots[shot].end_excl_frames)

    def _energy_asked(self, new: int, old: int) -> bool:
        earlier = self._recut.earlier.shot_energies
        now = self._direction.shot_energies[new] if self._direction.shot_energies else None
        return now != (earlier[old] if earlier else None)

    def _words_changed(self, new: int, old: int) -> bool:
        return self._words[new] != self._earlier_words[old]


def energy_of(words: str) -> float | None:
    """The energy, 0..1, of the moods that words name, in the mean; None where they name none."""
    said = set(re.findall(r"[\w-]+", words.casefold()))
    named = [mood.arousal for mood in MOODS if not said.isdisjoint({mood.word, *mood.said})]
    return _AT_REST + _EXCITEMENT * sum(named) / len(named) if named else None


def _words_of(sheet: CutSheet, given: tuple[str, ...]) -> list[str]:
    """What the editor says of each shot: in the panel, by markers and by notes. A clip's name is none of it."""
    labels = ["", *(cut.label for cut in sheet.cuts)]
    told = given or ("",) * len(sheet.shots)
    return [
        editors_words(dataclasses.replace(shot, name=""), words, label)
        for shot, words, label in zip(sheet.shots, told, labels, strict=True)
    ]


def _seed_of(seed: int, words: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {words}".encode()).digest()[:8]) >> (64 - _SEED_BITS)
