"""Words of one slip: "syntwave", "uplifitng"; read only where no language knows the word as it is written."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Sequence
from dataclasses import replace

from vem_core.direction.atom import Atom
from vem_core.direction.languages import language_of
from vem_core.direction.lexicon import lexicon_of
from vem_core.direction.term import Term
from vem_core.direction.tokens import fold

SHORTEST = 6
"""Letters that a word must have: shorter ones are a letter away from too many others."""

_LONG = 8
"""Letters from which on a word is near to no other: "accordian" beside a mandolin is an accordion."""

_NEAR = 0.76
"""Ratcliff and Obershelp's similarity of two words from which on one may be meant by the other: "melankolik" and
"melancholic" have 0.762, "mountain" and "mourning" 0.75."""


def with_typos(atoms: Sequence[Atom], text: str, language: str) -> list[Atom]:
    """The atoms with unknown words read as the genre, mood or instrument that they miss by one letter.

    Only where the text names no other of its kind, or the word is long; and such a word needs the company of music: a
    jungle is no jingle.
    """
    mended = [
        atom if atom.is_known or atom.is_plain else _mended(atom, text[atom.start : atom.end], language)
        for atom in atoms
    ]
    return [
        old if old.is_known or (_is_short(old) and any(other.is_a(*new.kinds) for other in atoms)) else new
        for old, new in zip(atoms, mended, strict=True)
    ]


def _is_short(atom: Atom) -> bool:
    return atom.end - atom.start < _LONG


def _mended(atom: Atom, written: str, language: str) -> Atom:
    word = fold(written, language)
    if word in lexicon_of(language).common:
        return atom
    if (slang := _slang_plural(word, language) or _drawn_out(word, language)) is not None:
        return replace(atom, terms=slang)
    if len(word) < SHORTEST or not word.isalpha() or not word.isascii():
        return atom
    meant = _meant(word, language)
    return atom if meant is None else replace(atom, terms=(meant._replace(weak=True),))


@functools.lru_cache(maxsize=4096)
def _meant(word: str, language: str) -> Term | None:
    """What one slip from a word is, in its language or in English: clip names have the same words over and over."""
    for tried in dict.fromkeys((language, "en")):
        found = {term for known, term in _words(tried, word[0]) if is_one_slip(word, known)}
        if len(found) == 1:
            return found.pop()
    return None


def _slang_plural(word: str, language: str) -> tuple[Term, ...] | None:
    """What a word means that is written with z for s: "drumz", "vocalz"."""
    if len(word) < 5 or not word.endswith("z"):
        return None
    lexicon = lexicon_of(language)
    length, terms = lexicon.longest(lexicon.tokens(f"{word[:-1]}s"), 0)
    found = tuple(term for term in terms if term.kind == "instrument")
    return found if length == 1 and found else None


_DRAWN = re.compile(r"(.)\1{2,}")


def _drawn_out(word: str, language: str) -> tuple[Term, ...] | None:
    """What a word means one of whose letters is drawn out: "slooow", "sadddd", "tristeee"."""
    if _DRAWN.search(word) is None or not word.isalpha():
        return None
    lexicon = lexicon_of(language)
    for instead in (r"\1", r"\1\1"):
        length, terms = lexicon.longest(lexicon.tokens(_DRAWN.sub(instead, word)), 0)
        if length == 1 and terms:
            return terms
    return None


@functools.cache
def _words(language: str, initial: str) -> tuple[tuple[str, Term], ...]:
    """The single words of genres, moods and instruments that begin with a letter and are of music only."""
    return tuple((word, term) for word, term in lexicon_of(language).single_words(SHORTEST) if word[0] == initial)


def is_one_slip(written: str, meant: str) -> bool:
    """Whether one letter was added, left out, mistaken, or two neighbours swapped."""
    if written == meant or abs(len(written) - len(meant)) > 1:
        return False
    # The word that is longer by a letter has one for which there is no partner: hence not strict.
    at = next(
        (i for i, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), min(len(written), len(meant))
    )
    if len(written) > len(meant):
        return written[at + 1 :] == meant[at:]
    if len(written) < len(meant):
        return written[at:] == meant[at + 1 :]
    swapped = written[at : at + 2] == meant[at : at + 2][::-1] and written[at + 2 :] == meant[at + 2 :]
    return written[at + 1 :] == meant[at + 1 :] or swapped


def spelt_like(words: str) -> str | None:
    """The word for a genre, mood or instrument that a word which nobody understood is spelt most like.

    None for phrases, for short words, for words of everyday that mean no music, and where none is near.
    """
    language = language_of(words) or "en"
    word = fold(words.strip(), language)
    if len(word) < SHORTEST or not word.isalpha() or not word.isascii():
        return None
    if any(word in lexicon_of(tried).common for tried in {language, "en"}):
        return None
    known = [known for tried in dict.fromkeys((language, "en")) for known, _ in _words(tried, word[0]) if known != word]
    return next(iter(difflib.get_close_matches(word, known, 1, _NEAR)), None)
