"""Places in a piece: where "at the end", "until 0:30" and "from shot 9 on" are, as shares of it or in seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom

SECONDS = 1000.0
"""Added to a time that is in seconds rather than a share of the piece."""

LATE = 0.85
"""Where the end begins, for what lasts until then."""


def timed(atoms: Sequence[Atom], end_s: float | None) -> list[Atom]:
    """The atoms with each time as a share of a film of that length, where the length is known."""
    if not end_s:
        return list(atoms)
    found = []
    for atom in atoms:
        if atom.is_a("seconds", "label") and atom.numbers:
            begin, *rest = atom.numbers
            at_s = end_s - begin if math.inf in rest else begin
            atom = replace(atom, share=min(max(at_s / end_s, 0.0), 1.0))
        found.append(atom)
    return found


def place_of(atom: Atom) -> float | None:
    """Where in the piece an atom is: a share of it, or seconds with SECONDS added; None for what is no place."""
    if atom.is_a("both_ends"):
        return 0.0
    if atom.share is not None:
        return atom.share
    if atom.is_a("seconds", "label"):
        return LATE if math.inf in atom.numbers else SECONDS + atom.numbers[0]
    value = atom.value("place")
    return None if value is None else float(value)


def only_there(atoms: Sequence[Atom], index: int) -> bool:
    """ "Only at the end", ラストだけ: what was before lasts until the end begins."""
    before = index > 0 and atoms[index - 1].is_a("only") and not atoms[index - 1].is_content
    return before or (index + 1 < len(atoms) and atoms[index + 1].is_a("only_after"))


def hold_of(atoms: Sequence[Atom], index: int) -> str:
    """Whether a place is where something lasts until, or begins: "until shot 9", "from 0:30 on"."""
    if len(numbers := atoms[index].numbers) > 1:  # "the first 20 seconds", "the last four bars"
        return "until" if numbers[1] <= numbers[0] else "since"
    led_by = next((at for at in range(index - 1, -1, -1) if not atoms[at].is_a("determiner")), -1)
    before = atoms[led_by] if led_by >= 0 else None
    after = atoms[index + 1] if index + 1 < len(atoms) else None
    middle = atoms[index].value("place") == "0.5"  # "only in the middle": not from there on
    if (only_there(atoms, index) and not middle) or atoms[index].is_a("second_half"):
        return "since"
    if atoms[index].is_a("first_half", "first_part"):
        return "until"
    inside = 0 < float(atoms[index].value("place") or 0) < 1
    if not (inside or atoms[index].is_a("seconds", "label")):
        return ""
    if led_by >= 0 and _is_of_what_lasts(atoms, led_by):
        return "until"
    for kind in ("until", "since"):
        if (before is not None and before.is_a(kind)) or (after is not None and after.is_a(f"{kind}_after")):
            return kind
    return "since" if atoms[index].is_a("last_part") else ""


_MOST_NAMED = 5


def _is_of_what_lasts(atoms: Sequence[Atom], led_by: int) -> bool:
    """ "Until the reveal at about 85 %": a place that says when something is which a stretch lasts until."""
    named = False
    for at in range(led_by, max(led_by - _MOST_NAMED, -1), -1):
        atom = atoms[at]
        if atom.is_a("until") and not atom.is_a("joint"):
            return named
        if atom.is_content or atom.is_a("pause", "end", "then") or not (atom.is_a("stop") or not atom.is_known):
            return False
        named = named or not atom.is_known
    return False
