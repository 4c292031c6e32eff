"""Sentences of the host side and the core in a window: in its language, and without what only helps in a terminal.

A sentence's code is its English template, its parameters are what stands in the template's gaps: «{} cannot be read:
{}.» with a path and a reason. The command line prints the template as it is; a window that speaks another language
words it from a catalogue of templates (`translations/sentences_LANGUAGE.json`). A test compares the catalogue with the
templates of the code, so that no sentence is without words.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parents[1] / "translations"
_COMMAND = re.compile(r"(?<![\w-])--[a-z]|`vem |\bvem (?:score|watch|batch|core|takes|styles|data|train|panel)\b")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_CLAUSE = re.compile(r"\s*[:;,–—]\s+")
_GAP = re.compile(r"\{[^{}]*\}|%[srd]")
_DEEPEST = 3  # a reason may be a sentence of its own


class Template(NamedTuple):
    """A sentence with gaps, and its words in another language with numbered ones."""

    pattern: re.Pattern[str]
    words: str


class Catalogue:
    """The sentences of one language."""

    def __init__(self, sentences: Mapping[str, str], fragments: Mapping[str, str]) -> None:
        """`sentences`: words by English template; `fragments`: words of what fills gaps, by regular expression."""
        by_literal = sorted(sentences, key=lambda template: -len(_GAP.sub("", template)))
        self._sentences = [Template(_pattern_of(template), sentences[template]) for template in by_literal]
        self._fragments = [Template(re.compile(pattern), words) for pattern, words in fragments.items()]

    def worded(self, text: str, depth: int = 0) -> str | None:
        """A text of one sentence or several in this language; None where one of them is not known."""
        parts = _SENTENCE.split(text.strip())
        worded = [self._one(part, depth) for part in parts]
        if None in worded:
            return self._one(text.strip(), depth) if len(parts) > 1 else None
        return "".join(part for part in worded if part is not None)

    def named(self, text: str) -> str:
        """A name, or a phrase with names in it; as it is where it is not known."""
        return self._filling(text, _DEEPEST)

    def _one(self, text: str, depth: int) -> str | None:
        for template in self._sentences:
            found = template.pattern.fullmatch(text)
            if found:
                return template.words.format(*(self._filling(gap, depth) for gap in found.groups()))
        return None

    def _filling(self, text: str, depth: int) -> str:
        for fragment in self._fragments:
            found = fragment.pattern.fullmatch(text)
            if found:
                return fragment.words.format(*(self._filling(part, depth + 1) for part in found.groups()))
        worded = self.worded(text, depth + 1) if depth < _DEEPEST else None
        return text if worded is None else worded


_speaking: list[Catalogue] = []  # one at most; empty: English


def speak(language: str) -> None:
    """Word sentences in a language from now on, where there is a catalogue of it: "zh_CN"."""
    catalogue = load_catalogue(language)
    _speaking[:] = [] if catalogue is None else [catalogue]


@functools.cache
def load_catalogue(language: str) -> Catalogue | None:
    """The catalogue of a language; None where there is none."""
    path = _FOLDER / f"sentences_{language}.json"
    if not language.replace("_", "").isalnum() or not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    return Catalogue(content["sentences"], content["fragments"])


def for_window(text: str) -> str:
    """A text in the window's words. Its lines stay lines; what happened is always still said."""
    return "\n".join(_line(line) for line in text.split("\n"))


def name_for_window(name: str) -> str:
    """A name or a few words of the core's (a style, a mood, an instrument) in the window's language."""
    return _speaking[0].named(name) if _speaking else name


def _line(text: str) -> str:
    text = _IN_BRACKETS.sub(lambda found: "" if _COMMAND.search(found[0]) else found[0], text)
    worded = _speaking[0].worded(text) if _speaking and text.strip() else None
    if worded is not None:
        return worded
    if not _COMMAND.search(text):
        return text
    sentences = _SENTENCE.split(text)
    kept = [sentence for sentence in sentences if not _COMMAND.search(sentence)]
    if not kept:
        clauses = _CLAUSE.split(sentences[0])
        said = [clause for clause in clauses if not _COMMAND.search(clause)]
        kept = [f"{', '.join(said).rstrip('.')}."] if said else []
    return " ".join(kept)


def _pattern_of(template: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(re.escape(part) for part in _GAP.split(template)), re.DOTALL)
