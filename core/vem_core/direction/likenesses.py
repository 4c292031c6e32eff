"""Words that are forms of others: "calmer", "happiest", "tristísima", "soul-ish", "jazz-like"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from vem_core.direction.term import Term

_LIKE = (
    "-ish",
    "ish",
    "-esque",
    "esque",
    "-like",
    "like",
    "-y",
    "-style",
    "-type",
    "-inspired",
    "-tinged",
    "-flavored",
)
"""What makes a likeness of a kind of music or a mood: "soul-ish", "jazz-like"."""

_COMPARATIVES = (("iest", "y"), ("ier", "y"), ("est", ""), ("er", ""), ("er", "e"))
_SUPERLATIVE = re.compile(r"(\w{3,})isim[oa]s?")


def compared(
    text: str, language: str, phrases: Mapping[str, tuple[Term, ...]], find: Callable[[str], tuple[Term, ...]]
) -> tuple[int, tuple[Term, ...]]:
    """What an English comparative or likeness or a Spanish superlative means, as its adjective: (1, terms) or (0, ()).

    `phrases` are the language's own, by their tokens; `find` says what a word may mean.
    """
    if language == "es" and (found := _SUPERLATIVE.fullmatch(text)):
        stem = found[1].removesuffix("qu") + "c" if found[1].endswith("qu") else found[1]
        ways = [term for end in ("o", "e", "a", "") for term in find(stem + end)]
        terms = [term for term in ways if term.kind in ("mood", "tempo", "level")]
        return (1, tuple(terms)) if terms else (0, ())
    if language != "en":
        return 0, ()
    for ending in _LIKE:
        terms = _of_kinds(phrases, text.removesuffix(ending), "mood", "genre", "tempo") if text.endswith(ending) else []
        if terms:
            return 1, tuple(terms)
    for ending, instead in _COMPARATIVES:
        stem = text.removesuffix(ending) + instead
        if text.endswith(ending):
            single = stem[:-1] if stem[-1:] == stem[-2:-1] else stem  # "sadder"
            for form in (stem, single):
                if terms := _of_kinds(phrases, form, "mood", "tempo"):
                    return 1, tuple(terms)
    return 0, ()


def _of_kinds(phrases: Mapping[str, tuple[Term, ...]], stem: str, *kinds: str) -> list[Term]:
    return [term for term in phrases.get(stem, ()) if term.kind in kinds] if len(stem) > 2 else []
