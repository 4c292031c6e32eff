"""Signs that put in and take out at the beginning of a field: "+ piano / - drums", ○フルート　×トランペット."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom
from vem_core.direction.term import Term

_IN, _OUT = frozenset("+＋○◯〇◎✓✔✅☑"), frozenset("-−–—×✕✖✗✘❌✕☒")
_SURELY_OUT = frozenset("✗✘❌✖☒")
"""Signs that need no other beside them: a dash may head any item of a list, and "A × B" is the two together."""


def with_signs(atoms: Sequence[Atom], text: str) -> list[Atom]:
    """The atoms, a sign that takes out made a "no" where another field of the text has one that puts in."""
    kept = list(atoms)
    opening = [at for at in range(len(atoms) - 1) if _opens_a_field(atoms, at, text)]
    puts_in = any(_written(atoms[at], text) in _IN for at in opening)
    for at, atom in enumerate(atoms[:-1]):
        sign = _written(atom, text)
        if sign in _SURELY_OUT or (puts_in and at in opening and sign in _OUT):
            kept[at] = replace(atom, terms=(Term("no", ""),))
        elif puts_in and at in opening and sign in _IN:
            kept[at] = replace(atom, terms=(Term("with", ""), Term("stop", "")))
    return kept


def _written(atom: Atom, text: str) -> str:
    return text[atom.start : atom.end]


def _opens_a_field(atoms: Sequence[Atom], at: int, text: str) -> bool:
    """Whether a sign stands right before a player or a kind of music, behind a pause or at the beginning."""
    if _written(atoms[at], text) not in _IN | _OUT or not atoms[at + 1].is_a("instrument", "genre", "mood"):
        return False
    if at == 0 or atoms[at - 1].is_a("pause", "end"):
        return True
    return text[atoms[at - 1].end : atoms[at].start] != "" and atoms[at - 1].is_a("instrument", "genre", "mood")
