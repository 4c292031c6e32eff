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
    return _with_threats(_with_stage_signs(kept, text))


def _with_stage_signs(atoms: Sequence[Atom], text: str) -> list[Atom]:
    """小提琴下,大提琴上: who goes off and who comes on, where both are said."""
    kept = list(atoms)
    led = {
        at: _written(atoms[at], text)
        for at in range(1, len(atoms))
        if atoms[at - 1].is_a("instrument") and (at + 1 == len(atoms) or atoms[at + 1].is_a("pause", "end"))
    }
    if {"下", "上"} <= set(led.values()):
        for at, sign in led.items():
            kept[at] = replace(atoms[at], terms=(Term("no_after", ""),)) if sign == "下" else kept[at]
    return kept


def _with_threats(atoms: Sequence[Atom]) -> list[Atom]:
    """ "Wehe, da kommt ein Saxofon": a threat is a "no", its comma a small word, where nothing else refuses."""
    kept = list(atoms)
    for at, atom in enumerate(atoms[:-1]):
        if not atom.is_a("threat") or not atoms[at + 1].is_a("pause"):
            continue
        end = next((i for i in range(at + 2, len(atoms)) if atoms[i].is_a("pause", "end")), len(atoms))
        clause = atoms[at + 2 : end]
        if all(other.is_known and not other.is_a("no", "no_after", "insist", "removing") for other in clause):
            kept[at] = replace(atom, terms=(Term("no", ""),))
            kept[at + 1] = replace(atoms[at + 1], terms=(Term("stop", ""),))
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
