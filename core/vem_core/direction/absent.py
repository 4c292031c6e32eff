"""Players whom verbs name: "but nobody whistling", "que no cante nadie", 誰も歌わない, "somebody humming"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom
from vem_core.direction.term import Term

_REFUSING = ("no", "wide_no", "removing")
_PASSED = ("stop", "determiner", "plays", "with", "music", "very", "slightly", "topic", "too")
_MOST_BETWEEN = 6
"""Atoms that may stand between whoever plays and what is played: "nobody should ever, please, clap"."""


def with_those_who_play(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms, a verb of playing ("sings") made its player where somebody or nobody does it, or a "no" stands there.

    "Nobody" is a "no" before a player or such a verb, and a "no" that stands behind it where none follows. Where none
    of them stands beside one, verbs and "nobody" are words that nobody knows.
    """
    kept = [_without(atom, "nobody", "somebody", "played") for atom in atoms]
    for clause in _stretches(atoms):
        for at in clause:
            atom = atoms[at]
            if atom.is_content or not atom.is_a("nobody", "somebody", *_REFUSING):
                continue
            ahead = _played_ahead(atoms, at, clause)
            behind = _played_before(atoms, at, clause) if not ahead and atom.is_a("nobody", "somebody") else []
            for i in (*ahead, *behind):
                if not atom.is_a("somebody") or not kept[i].is_a("instrument"):
                    kept[i] = _as_player(atoms[i], sure=not atom.is_a("somebody"))
            if atom.is_a("nobody") and (ahead or behind):
                denied = any(atoms[i].is_a(*_REFUSING) for i in clause if i < at)  # "que no cante nadie"
                kind = "stop" if behind and denied else "no_after" if behind else "no"
                kept[at] = replace(atom, terms=(Term(kind, ""),))
                for i in range(at + 1, min(ahead, default=at)):
                    kept[i] = replace(atoms[i], terms=(Term("stop", ""),))
    return kept


def _without(atom: Atom, *kinds: str) -> Atom:
    if not atom.is_a(*kinds):
        return atom
    return replace(atom, terms=tuple(term for term in atom.terms if term.kind not in kinds))


def _as_player(atom: Atom, *, sure: bool) -> Atom:
    """What is played; whether it is of music has to be seen where somebody may do so in the picture."""
    name = atom.value("played")
    if name is None:
        return atom
    return replace(atom, terms=(Term("instrument", name, weak=not sure),))


def _played_ahead(atoms: Sequence[Atom], at: int, clause: Sequence[int]) -> list[int]:
    """The first that is played behind a place, and what is joined to it."""
    found: list[int] = []
    for i in clause:
        if i <= at:
            continue
        atom = atoms[i]
        player = atom.is_a("played") or (atom.is_a("instrument") and atoms[at].is_a("nobody"))
        ended = not atom.is_a("and", "or") if found else i > at + _MOST_BETWEEN or not _is_passed(atom)
        if player:
            found.append(i)
        elif ended:
            break
    return found


def _is_passed(atom: Atom) -> bool:
    return atom.is_a(*_PASSED, "nobody", "somebody") and not atom.is_content and not atom.is_a("insist", "only")


def _played_before(atoms: Sequence[Atom], at: int, clause: Sequence[int]) -> list[int]:
    """What is played right before a place: "que no la toque nadie", 吉他谁也别弹."""
    for i in reversed([i for i in clause if i < at]):
        if atoms[i].is_a("played") or (atoms[i].is_a("instrument") and atoms[at].is_a("nobody")):
            return [i]
        if not _is_passed(atoms[i]) and not atoms[i].is_a(*_REFUSING):
            break
    return []


def _stretches(atoms: Sequence[Atom]) -> list[list[int]]:
    """The indices of what stands between two signs, "but" or "then", of the stretches that name somebody or a verb."""
    parts: list[list[int]] = [[]]
    for at, atom in enumerate(atoms):
        if atom.is_a("pause", "end") or (atom.is_a("contrast", "then") and not atom.is_a("stop", "nobody")):
            parts.append([])
        else:
            parts[-1].append(at)
    return [part for part in parts if any(atoms[i].is_a("nobody", "played") for i in part)]
