"""Whether a language may know a word, told by the text of its lexicon: its lists need not be read for that."""

from __future__ import annotations

import functools
import re

from vem_core.direction.lexicon import text_of
from vem_core.direction.numerals import number_words
from vem_core.direction.tokens import fold

_BEGINNING = 4
"""Letters by which a word is looked for: what an ending is added to, and most stems, are no shorter."""

_COMPOUNDS = re.compile(r"""^compounds = ['"](.*)['"]$""", re.MULTILINE)
_WORDS = re.compile(r"""[\s,'"=?*]+""")
_SUPERLATIVE = re.compile(r"\w{3,}isim[oa]s?")


def may_know(language: str, word: str) -> bool:
    """Whether a word in small Latin letters may be known to a language, in full or as a form of another.

    False is sure; True means that the lexicon has to be asked. `language` is written in Latin letters.
    """
    return _may_know(language, word)


@functools.lru_cache(maxsize=4096)
def _may_know(language: str, word: str) -> bool:
    written = _written(language)
    if _begins_a_word(word[:_BEGINNING], written):
        return True
    if f"{word[:2]}*" in written or f"{word[:3]}*" in written or _SUPERLATIVE.fullmatch(word):
        return True
    return word in _numerals(language) or any(word.startswith(p) or word.endswith(p) for p in _compounds(language))


def _begins_a_word(letters: str, text: str) -> bool:
    at = text.find(letters)
    while at > 0 and "a" <= text[at - 1] <= "z":
        at = text.find(letters, at + 1)
    return at >= 0


@functools.cache
def _written(language: str) -> str:
    """All that the lexicon's files say of a language, accents folded."""
    sections = [text_of(language), text_of("any")]
    for shared in ("wanted", "trades"):
        _, _, rest = text_of(shared).partition(f"\n[{language}]\n")
        sections.append(rest.partition("\n[")[0])
    text = "\n".join(sections)
    accented = [word for line in text.splitlines() if not line.isascii() for word in _WORDS.split(line)]
    return "\n".join([text, *(fold(word, language) for word in accented if not word.isascii())])


@functools.cache
def _compounds(language: str) -> tuple[str, ...]:
    found = _COMPOUNDS.search(text_of(language))
    return () if found is None else tuple(part.strip() for part in found[1].split(",") if part.strip())


@functools.cache
def _numerals(language: str) -> frozenset[str]:
    """The words that numbers begin with."""
    return frozenset(words.partition(" ")[0] for words in number_words(language))
