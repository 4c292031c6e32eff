"""What is answered in the negative: "do we need the drums? Rather not", "they suggested ukulele, I prefer piano"."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from vem_core.direction.atom import Atom
from vem_core.direction.company import clauses
from vem_core.direction.lexicon import genres
from vem_core.direction.reach import Scopes, content_kind

_NAMED = ("instrument", "genre")
_QUESTIONS = ("?", "？")
_REFUSING = ("no", "no_after", "bother", "drop_that", "none_of_that")
_LONGEST_ANSWER = 9
"""Phrases of the longest sentence that is taken for an answer."""


def refuse_what_is_answered(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "Guitar? Heavens, no. Strings": a question that names a thing, and a "no" that names none behind it."""
    for question, answer in itertools.pairwise(_sentences(atoms)):
        end = question.stop
        asked = end < len(atoms) and atoms[end].value("end") in _QUESTIONS
        named = [i for i in question if atoms[i].is_a(*_NAMED) and i not in scopes.refused]
        other = [i for i in question if atoms[i].is_content and i not in named]
        if asked and named and not other and not scopes.refused & set(question) and _is_no(atoms, answer):
            scopes.refused |= set(named)
            scopes.spent |= {i for i in answer if atoms[i].is_a(*_REFUSING)}


def _is_no(atoms: Sequence[Atom], answer: range) -> bool:
    """Whether a sentence is short, asks for nothing, and says "no" with nothing but small words behind it."""
    inside = [atoms[i] for i in answer if not atoms[i].is_a("pause")]
    closed = answer.stop < len(atoms) and atoms[answer.stop].value("end") in _QUESTIONS
    if closed or not inside or len(inside) > _LONGEST_ANSWER or any(atom.is_content for atom in inside):
        return False
    no = next((at for at, atom in enumerate(inside) if atom.is_a(*_REFUSING)), None)
    kept = any(atom.is_a("insist", "asks", "with") and not atom.is_a("stop", *_REFUSING) for atom in inside)
    return no is not None and not kept and all(atom.is_known and not atom.is_a("music") for atom in inside[no + 1 :])


def _sentences(atoms: Sequence[Atom]) -> list[range]:
    ends = [at for at, atom in enumerate(atoms) if atom.is_a("end")]
    return [range(begin + 1, end) for begin, end in itertools.pairwise([-1, *ends, len(atoms)]) if end > begin + 1]


def refuse_what_others_proposed(atoms: Sequence[Atom], scopes: Scopes) -> None:
    """ "My intern suggested ukulele, I'd rather have piano": something of the same kind is preferred to it."""
    parts = clauses(atoms)
    for before, clause in itertools.pairwise(parts):
        proposed = [i for i in before if atoms[i].is_a(*_NAMED) and i not in scopes.refused]
        told = any(atoms[i].is_a("proposed") for i in before)
        named = [i for i in clause if atoms[i].is_a(*_NAMED) and i not in scopes.refused]
        preferred = any(atoms[i].is_a("prefer", "prefer_verb") and i < named[0] for i in clause) if named else False
        if told and proposed and preferred and content_kind(atoms[named[0]]) == content_kind(atoms[proposed[0]]):
            scopes.refused |= {i for i in proposed if atoms[i].value(*_NAMED) != atoms[named[0]].value(*_NAMED)}
        feared = told and any(atoms[i].is_a("fears") for i in clause)
        if feared and not any(atoms[i].is_content for i in clause):
            scopes.doubted |= set(proposed)
    _refuse_what_it_feels_like(atoms, parts, scopes)


def _refuse_what_it_feels_like(atoms: Sequence[Atom], parts: Sequence[Sequence[int]], scopes: Scopes) -> None:
    """ "He proposed a horror score; nothing scary, please": a kind of music by the mood that it has."""
    refused = {atoms[i].value("mood"): i for i in scopes.refused if atoms[i].is_a("mood")}
    for part in parts:
        for i in part:
            mood = genres()[atoms[i].value("genre") or ""].mood if atoms[i].is_a("genre") else ""
            told = any(atoms[j].is_a("proposed") for j in part)
            if told and refused.get(mood, -1) > i:
                scopes.refused.add(i)
