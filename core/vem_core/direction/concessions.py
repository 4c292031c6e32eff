"""Concessions between a thing and what is decided of it: "on the drums, although the client likes funk, we can do
without", ドラムは、ファンク好きでも、入れないで, 萨克斯,再好听也不要."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom
from vem_core.direction.term import Term

_NAMED = ("instrument", "genre")
_REFUSING = ("no", "no_after", "removing", "bother", "drop_that", "forgo_after")
_DECIDING = (*_REFUSING, "insist", "with")


def without_concessions(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms, a concession made small words that stands between a thing and what is decided of it.

    The thing is the last that its clause names; a "no" or "keep" that names nothing itself stands behind. What else
    is conceded may well be a wish: "a piano, though not too loud".
    """
    kept = _with_clefts(atoms)
    if not any(atom.is_a("conceding", "conceding_after", "conceding_amid") for atom in atoms):
        return kept
    for begin, end in _inserted(atoms):
        if not _is_conceded(atoms, begin, end) or not _closes_on_a_thing(atoms, begin - 1):
            continue
        behind = _clause_behind(atoms, end)
        if _is_decided(atoms, behind) and (_is_refused(atoms, behind) or not _limits(atoms[begin:end])):
            for i in range(begin - 1, min(behind[0], len(atoms))):
                kept[i] = replace(atoms[i], terms=(Term("stop", ""),), is_plain=True)
    return kept


def _with_clefts(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms, the comma made a small word between "what I don't want at all" and "is drums"."""
    kept = list(atoms)
    for at, atom in enumerate(atoms):
        if not atom.is_a("pause") or at + 1 >= len(atoms) or not atoms[at + 1].is_a("is_what"):
            continue
        begin = next((i + 1 for i in range(at - 1, -1, -1) if _parts(atoms[i])), 0)
        clause = atoms[begin:at]
        opened = any(other.is_a("cleft") for other in clause[:3])
        if opened and not any(other.is_content for other in clause) and any(other.is_a("no") for other in clause):
            kept[at] = replace(atom, terms=(Term("stop", ""),))
    return kept


def _inserted(atoms: Sequence[Atom]) -> list[tuple[int, int]]:
    """Stretches between two signs, or between a sign and the word that ends a concession (再好听 | 也不要)."""
    signs = [at for at, atom in enumerate(atoms) if _parts(atom)]
    found = []
    for place, sign in enumerate(signs):
        following = signs[place + 1] if place + 1 < len(signs) else len(atoms)
        if not atoms[sign].is_a("pause") and not _is_dash(atoms[sign]):
            continue
        led = sign + 1 < following and atoms[sign + 1].is_a("conceding")
        ended = next((i for i in range(sign + 2, following) if led and _ends_concession(atoms[i])), None)
        if ended is not None:
            found.append((sign + 1, ended))
        elif following < len(atoms) and not atoms[following].is_a("end"):
            found.append((sign + 1, following))
    return found


def _ends_concession(atom: Atom) -> bool:
    return atom.is_a("conceding_end") or (atom.script != "" and atom.is_a("no", "no_after"))


def _parts(atom: Atom) -> bool:
    return atom.is_a("pause", "end") or _is_dash(atom)


def _is_dash(atom: Atom) -> bool:
    return atom.value("stop") in ("-", "–", "—", "…")


def _is_conceded(atoms: Sequence[Atom], begin: int, end: int) -> bool:
    """Whether a stretch concedes something: it begins with such a word, ends with one, or holds one of its own."""
    stretch = atoms[begin:end]
    opening = next((atom for atom in stretch if atom.is_a("conceding") or not atom.is_a("stop", "and", "no")), None)
    return bool(stretch) and (
        (opening is not None and opening.is_a("conceding"))
        or stretch[-1].is_a("conceding_after")
        or any(atom.is_a("conceding_amid") for atom in stretch)
    )


def _closes_on_a_thing(atoms: Sequence[Atom], sign: int) -> bool:
    """Whether the last that the clause before a sign names is an instrument or a kind of music."""
    for i in range(sign - 1, -1, -1):
        if _parts(atoms[i]):
            return False
        if atoms[i].is_content:
            return atoms[i].is_a(*_NAMED)
    return False


def _clause_behind(atoms: Sequence[Atom], end: int) -> range:
    """The clause behind a concession."""
    begin = end + 1 if end < len(atoms) and _parts(atoms[end]) else end
    stop = next((i for i in range(begin, len(atoms)) if _parts(atoms[i])), len(atoms))
    return range(begin, stop) if stop > begin else range(begin, begin + 1)


def _is_decided(atoms: Sequence[Atom], clause: range) -> bool:
    inside = [atoms[i] for i in clause if i < len(atoms)]
    named = any(atom.is_content and not atom.is_a("removing", "no_after", "insist") for atom in inside)
    return not named and any(atom.is_a(*_DECIDING) for atom in inside)


def _is_refused(atoms: Sequence[Atom], clause: range) -> bool:
    inside = [atoms[i] for i in clause if i < len(atoms)]
    return any(atom.is_a(*_REFUSING) for atom in inside) and not any(atom.is_a("insist") for atom in inside)


def _limits(stretch: Sequence[Atom]) -> bool:
    """Whether what is conceded is how much of it: "though not too loud"."""
    return any(atom.is_a("soft_no", "less", "lower", "lower_after", "excess") for atom in stretch)
