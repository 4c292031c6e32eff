"""What a clause leaves out: "I can't do without the strings, the brass I gladly can", and what is said by the way."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.reach import Scopes
from vem_core.direction.term import Term

_NAMED = ("instrument", "genre")


def without_asides(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms, what is said by the way made small words: "brass, on the other hand, is a hard no".

    Behind a thing it sets nothing apart; before one it does: "no drums, on the other hand strings".
    """
    kept = list(atoms)
    for at in range(1, len(atoms)):
        if not atoms[at].is_a("aside"):
            continue
        apart = atoms[at - 1].is_a("pause")
        closed = at + 1 < len(atoms) and atoms[at + 1].is_a("pause")
        thing = at - 2 if apart else at - 1
        if thing < 0 or not atoms[thing].is_a(*_NAMED, "mood") or (apart and not closed):
            continue
        small = (at - 1, at, at + 1) if apart else (at, at + 1) if closed and atoms[at].script else (at,)
        for i in small:
            kept[i] = replace(atoms[i], terms=(Term("stop", ""), *(t for t in atoms[i].terms if t.kind == "aside")))
    return kept


def answer_ellipses(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Auf Streicher kann ich nicht verzichten, auf Blech gern": the second can be done without.

    The first clause keeps a thing in by refusing to do without it; the second has no verb, only another thing and
    how readily it is done.
    """
    parts = clauses(atoms)
    for before, clause in itertools.pairwise(parts):
        kept = [i for i in before if atoms[i].is_a(*_NAMED)]
        named = [i for i in clause if atoms[i].is_a(*_NAMED)]
        if not kept or not named or set(kept) & (scopes.refused | scopes.softened):
            continue
        forgone = any(atoms[i].is_a("forgo") or (i in scopes.spent and atoms[i].is_a("removing")) for i in before)
        verbless = all(i in named or _is_small(atoms[i]) for i in clause)
        if forgone and verbless and any(atoms[i].is_a("readily") for i in clause):
            scopes.refused |= set(named)


def _is_small(atom: Atom) -> bool:
    return atom.is_a("stop", "readily", "aside", "pause", "determiner", "and") and not atom.is_a("no", "removing")
