"""Tempi that are a multiple of a number which stands apart: "double the tempo of the demo, which was 70 bpm"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom
from vem_core.direction.term import Term

_AHEAD = {"doubled_tempo": 2.0, "halved_tempo": 0.5}
_BEHIND = {"doubled_that": 2.0, "halved_that": 0.5}


def with_multiples(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms, tempi in beats a minute multiplied by what is said of them before or behind, in the same sentence."""
    kept = list(atoms)
    if not any(atom.is_a("bpm_value", "bpm_bare") for atom in atoms):
        return kept
    for at, atom in enumerate(atoms):
        if not atom.is_a("bpm_value", "bpm_bare"):
            continue
        times = _said(reversed(atoms[:at]), _AHEAD) or _said(atoms[at + 1 :], _BEHIND)
        if times is not None:
            wish = (*atom.terms, Term("now", ""))  # whoever's tempo it was, this is what is wanted
            kept[at] = replace(atom, terms=wish, numbers=tuple(times * number for number in atom.numbers))
    return kept


def _said(atoms: Iterable[Atom], multiples: dict[str, float]) -> float | None:
    """By what the first atom of these kinds multiplies; None where something of music or a full stop comes first."""
    for atom in atoms:
        if atom.is_content or atom.value("end") in (".", "!", "?", "。", "！", "？"):
            return None
        if found := [times for kind, times in multiples.items() if atom.is_a(kind)]:
            return found[0]
    return None
