"""How far a "no" reaches: the phrase that it refuses, and what is listed with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vem_core.direction.atom import Atom
from vem_core.direction.lexicon import CONTENT


@dataclass
class Scopes:
    """Indices of atoms. `phases` numbers the moods that follow each other."""

    refused: set[int] = field(default_factory=set)
    softened: set[int] = field(default_factory=set)
    raised: set[int] = field(default_factory=set)  # players that shall be louder
    changes: dict[int, float] = field(default_factory=dict)  # dB, of players that are softened or raised
    alone: set[int] = field(default_factory=set)
    doubted: set[int] = field(default_factory=set)  # wanted or not, nobody can tell
    strong: set[int] = field(default_factory=set)
    slight: set[int] = field(default_factory=set)
    phases: dict[int, int] = field(default_factory=dict)
    turns: dict[int, float] = field(default_factory=dict)  # places of "from dark to light": 0 and 1
    describing: set[int] = field(default_factory=set)  # kinds of music right before an instrument: "jazzy keys"
    spent: set[int] = field(default_factory=set)  # words such as "no" and "than" that have had their say

    def phrase(self, index: int, words: str) -> str:
        """The words as they are reported."""
        if index in self.softened:
            return f"not too {words}" if words.isascii() else words
        return words


def content_kind(atom: Atom) -> str:
    """What a phrase mainly is: its first kind that says something of music."""
    return next((term.kind for term in atom.terms if term.kind in CONTENT), "exact" if atom.is_content else "")


def reach(atoms: Sequence[Atom], start: int, *, wide: bool) -> set[int]:
    """The phrases that a "no" before `start` reaches: the first, and what is listed with it."""
    reached: set[int] = set()
    kind = ""
    listed = True  # whether the next phrase belongs to the list
    for index in range(start, len(atoms)):
        atom = atoms[index]
        if atom.is_a("end") or (atom.is_a("contrast", "then", "only", "no", "soft_no", "less") and not atom.is_content):
            if atom.is_a("stop", "with") and not reached and not atom.is_a("end", "contrast"):
                continue
            break
        if reached and atom.is_a("more", "than", "insist") and not atom.is_content:
            break
        if atom.is_content:
            here = content_kind(atom)
            if reached and (not listed or here != kind):
                if here in ("genre", "mood") and kind in ("genre", "mood") and listed is None:
                    continue
                break
            reached.add(index)
            kind = here
            listed = _joins_instrument(atoms, index)
        elif reached and atom.is_a("with") and not atom.is_a("and"):
            break
        elif atom.is_a("pause"):
            if not reached and not _opens_subordinate(atoms, index + 1):
                break
            if not reached:  # "nichts, was traurig ist"
                continue
            listed = _list_goes_on(atoms, index, kind, wide=wide)
        elif atom.is_a("and", "or"):
            if not reached and atom.is_a("and") and not atom.script:  # "Streicher weglassen und den Chor dazu"
                break
            listed = True
        elif not atom.is_known and reached:
            break
    return reached


def _opens_subordinate(atoms: Sequence[Atom], index: int) -> bool:
    """ "Nichts, was traurig ist"; not "den Chor nein, das Klavier ja"."""
    if index >= len(atoms) or not atoms[index].is_a("subordinate"):
        return False
    return not (index + 1 < len(atoms) and atoms[index + 1].is_a("instrument", "genre"))


def described(atoms: Sequence[Atom], reached: set[int], *, player: bool) -> set[int]:
    """What is one with the last phrase that a "no" reaches, right beside it: "no sad piano", "sin piano triste".

    A player behind what describes it, where `player`; or, at the end of a clause, a mood behind what it describes.
    """
    last = max(reached, default=-2)
    if not 0 <= last < len(atoms) - 1:
        return set()
    noun, after = atoms[last], atoms[last + 1]
    ends = last + 2 >= len(atoms) or atoms[last + 2].is_a("pause", "end", "contrast", "and")
    if player and content_kind(noun) in ("mood", "level", "tempo", "genre") and after.is_a("instrument"):
        return {last + 1}
    behind = content_kind(noun) in ("instrument", "genre") and content_kind(after) == "mood" and not after.script
    return {last + 1} if behind and ends else set()


def _joins_instrument(atoms: Sequence[Atom], index: int) -> bool:
    """Whether the next phrase stands right beside this one: "no electric guitar"."""
    following = atoms[index + 1] if index + 1 < len(atoms) else None
    return following is not None and following.is_content


def _list_goes_on(atoms: Sequence[Atom], pause: int, kind: str, *, wide: bool) -> bool:
    """Whether a comma carries the "no" on: in "without A, B and C", and where an "or" or "nor" ends the list."""
    joints = 0
    for atom in atoms[pause + 1 :]:
        if atom.is_content:
            if content_kind(atom) != kind:
                return False
            joints += 1
        elif atom.is_a("or"):
            return True
        elif atom.is_a("with") and not atom.is_a("and"):
            return False
        elif atom.is_a("and"):
            return wide and joints > 0
        elif atom.is_a("end", "contrast", "then", "only", "no") or not atom.is_known:
            return False
    return False
