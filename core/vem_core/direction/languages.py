"""Which language a text is in, of those that the lexicon knows."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from vem_core.direction.glimpse import may_know
from vem_core.direction.keys import match_key
from vem_core.direction.lexicon import english_music, lexicon_of
from vem_core.direction.term import Term
from vem_core.direction.tokens import Token, has_han, has_kana

_DIGITS = re.compile("[0-9]+")
_GERMAN_KEY = re.compile(r"\b[a-h](is|s|es)?[- ](dur|moll)\b", re.IGNORECASE)
"""A key as Germans write it, whose B is the English B flat."""

_LATIN = ("en", "es", "de", "fr")
_SURELY = 0.9
"""Share of a text's words that English knows when no other language is tried."""

_LEAST_KNOWN = 0.34
"""Share of a text's words that a language must know to count as its own; English needs none."""

_LETTERS = {"es": frozenset("áíóúñ¿¡ÁÍÓÚÑ"), "de": frozenset("äöüßÄÖÜ"), "fr": frozenset("àâçèêëîïôùûœÀÂÇÈÊÎÔŒ")}
_BY_ITS_LETTERS = 0.05
"""What a letter counts for that of these languages only one has: "très" is no Spanish three."""

_AS_A_LOAN = 0.95
"""What an English word for music counts for in another language: "ohne strings" is German."""

_BY_ITS_STEM = 0.9
"""What a word counts for that a language knows by its stem only: "éviter" is French, though Spanish has "evit*"."""


def language_of(text: str) -> str | None:
    """One of LANGUAGES, or None for a script or language that the lexicon does not know.

    Kana are Japanese and other Han characters Chinese; of the languages in Latin letters the one that knows most of
    the words, English where they tie.
    """
    return _language_of(_DIGITS.sub("0", text))


@functools.lru_cache(maxsize=1024)
def _language_of(text: str) -> str | None:
    """As `language_of`, of a text in which every number is 0: names of shots differ by their numbers."""
    if has_kana(text):
        return "ja"
    if has_han(text):
        return "zh"
    letters = [character for character in text if character.isalpha()]
    if letters and sum(ord(character) < 0x250 for character in letters) < len(letters) / 2:
        return None
    english = _known_share(text, "en")
    german_key = _GERMAN_KEY.search(text) is not None
    if english >= _SURELY and not german_key:
        return "en"
    if not german_key and text.isascii() and not any(_knows_more(text, language) for language in _LATIN[1:]):
        return "en"
    scores = {"en": english} | {
        language: _known_share(text, language) + _BY_ITS_LETTERS * (not _LETTERS[language].isdisjoint(text))
        for language in _LATIN
        if language != "en"
    }
    scores["de"] += _BY_ITS_LETTERS * german_key
    best = max(_LATIN, key=lambda language: (scores[language], language == "en"))
    return best if scores[best] >= _LEAST_KNOWN or best == "en" else "en"


def _knows_more(text: str, language: str) -> bool:
    """Whether a language may know a word that English knows by its stem at most; where it does not, English wins."""
    return any(may_know(language, word) for word in _strange(text))


@functools.lru_cache(maxsize=8)
def _strange(text: str) -> tuple[str, ...]:
    """The words of a text that English knows by their stem at most."""
    lexicon = lexicon_of("en")
    tokens = lexicon.tokens(text)
    found, at = [], 0
    while at < len(tokens):
        length, certainty = _known_at(tokens, at, "en")
        found += [token.text for token in tokens[at : at + length] if token.is_word and certainty < 1]
        at += length
    return tuple(found)


def _known_share(text: str, language: str) -> float:
    """The share of a text's letters in words that the language knows."""
    tokens = lexicon_of(language).tokens(text)
    known, total, at = 0.0, 0, 0
    while at < len(tokens):
        length, certainty = _known_at(tokens, at, language)
        letters = sum(len(token.text) for token in tokens[at : at + length] if token.is_word)
        total += letters
        known += certainty * letters
        at += length
    return known / total if total else 0.0


def _known_at(tokens: Sequence[Token], at: int, language: str) -> tuple[int, float]:
    """How many tokens the phrase at a place has, one where nobody knows it, and how surely the language knows it."""
    lexicon = lexicon_of(language)
    length, terms = lexicon.longest(tokens, at)
    certainty = 1.0 if lexicon.knows_by_heart(tokens, at, length) else _BY_ITS_STEM
    if not terms and language != "en":
        certainty, (length, terms) = _AS_A_LOAN, english_music(tokens, at)
    key = match_key(lexicon, tokens, at)
    if key is not None and key.length > length:
        certainty, length, terms = 1.0, key.length, (Term("key", key.mode),)
    written, number = lexicon.number(tokens, at)
    if number is not None and written > length:
        certainty, length, terms = 1.0, written, (Term("number", ""),)
    return max(length, 1), certainty if terms else 0.0
