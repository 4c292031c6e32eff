"""Notices and errors of the host side and the core, worded by the window: in its language, with its own remedies.

A notice is a code with parameters. The code is its template, «{} cannot be read: {}.», as gettext has it; the
parameters are what stands in the template's gaps. They travel as the sentence that the command line prints, and are
found in it again here (`Catalogue.identify`). The window has words of its own for them, in
`translations/sentences_LANGUAGE.json`: in English where the command line's name an option or a command, in other
languages for all. Tests find every place of the code where a sentence is made, and fail where one is not known.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parents[1] / "translations"
_ENGLISH = "en"
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_GAP = re.compile(r"\{[^{}]*\}|%[srd]")
_DEEPEST = 3  # a reason may be a sentence of its own
_MOST_SENTENCES = 4  # of one template


class Notice(NamedTuple):
    """What is said: its code, which is its English template, and what stands in the template's gaps."""

    code: str
    parameters: tuple[str, ...]


class _Template(NamedTuple):
    code: str
    pattern: re.Pattern[str]
    words: str  # gaps are numbered


class Catalogue:
    """The words of one language."""

    def __init__(self, sentences: Mapping[str, str], fragments: Mapping[str, str], joint: str = "") -> None:
        """`sentences`: words by code; `fragments`: words of what fills gaps, by regular expression; `joint` stands
        between sentences."""
        by_literal = sorted(sentences, key=lambda code: -len(_GAP.sub("", code)))
        self._templates = [_Template(code, _pattern_of(code), sentences[code]) for code in by_literal]
        self._words = dict(sentences)
        self._fragments = [_Template(pattern, re.compile(pattern), words) for pattern, words in fragments.items()]
        self._joint = joint

    def identify(self, sentence: str) -> Notice | None:
        """The notice that a sentence says; None where it is not known. Of two that fit, the one with more own words."""
        for template in self._templates:
            found = template.pattern.fullmatch(sentence)
            if found:
                return Notice(template.code, found.groups())
        return None

    def worded(self, text: str, depth: int = 0) -> str | None:
        """A text of one sentence or several in this language; None where one of them is not known."""
        notices = self._read(tuple(_SENTENCE.split(text.strip())))
        return None if notices is None else self._joint.join(self._say(notice, depth) for notice in notices)

    def partly_worded(self, text: str) -> str:
        """The same with what is not known as it is: for a language in which most of it needs no other words."""
        return self._joint.join(_joined(self._read_some(_SENTENCE.split(text.strip()))))

    def named(self, text: str) -> str:
        """A name, or a phrase with names in it; as it is where it is not known."""
        return self._filling(text, _DEEPEST)

    def _read(self, sentences: tuple[str, ...]) -> list[Notice] | None:
        """The notices that sentences say, each of as few of them as can be; None where they say anything else."""
        if not sentences:
            return []
        for count in range(1, len(sentences) + 1):
            notice = self.identify(" ".join(sentences[:count]))
            rest = None if notice is None else self._read(sentences[count:])
            if notice is not None and rest is not None:
                return [notice, *rest]
        return None

    def _read_some(self, sentences: list[str]) -> Iterator[str]:
        """The words of those sentences that are known, the others as they are."""
        while sentences:
            for count in range(1, min(_MOST_SENTENCES, len(sentences)) + 1):
                notice = self.identify(" ".join(sentences[:count]))
                if notice is not None:
                    yield self._say(notice, 0)
                    break
            else:
                count = 1
                yield sentences[0]
            sentences = sentences[count:]

    def _say(self, notice: Notice, depth: int) -> str:
        return self._words[notice.code].format(*(self._filling(gap, depth) for gap in notice.parameters))

    def _filling(self, text: str, depth: int) -> str:
        for fragment in self._fragments:
            found = fragment.pattern.fullmatch(text)
            if found:
                return fragment.words.format(*(self._filling(part, depth + 1) for part in found.groups()))
        worded = self.worded(text, depth + 1) if depth < _DEEPEST else None
        return text if worded is None else worded


def _joined(sentences: Iterator[str]) -> Iterator[str]:
    return (sentence for sentence in sentences if sentence)


_speaking: list[str] = [_ENGLISH]


def speak(language: str) -> None:
    """Word sentences in a language from now on, where there is a catalogue of it: "zh_CN". Else in English."""
    _speaking[:] = [_ENGLISH if load_catalogue(language) is None else language]


@functools.cache
def load_catalogue(language: str) -> Catalogue | None:
    """The catalogue of a language; None where there is none."""
    path = _FOLDER / f"sentences_{language}.json"
    if not language.replace("_", "").isalnum() or not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    return Catalogue(content["sentences"], content["fragments"], content["joint"])


def for_window(text: str) -> str:
    """A text in the window's words. Its lines stay lines; what happened is always still said."""
    return "\n".join(_line(line) for line in text.split("\n"))


def name_for_window(name: str) -> str:
    """A name or a few words of the core's (a style, a mood, an instrument) in the window's language."""
    catalogue = load_catalogue(_speaking[0])
    return name if catalogue is None else catalogue.named(name)


def _line(text: str) -> str:
    for language in dict.fromkeys((_speaking[0], _ENGLISH)):
        catalogue = load_catalogue(language) if text.strip() else None
        worded = None if catalogue is None else catalogue.worded(text)
        if worded is not None:
            return worded
    english = load_catalogue(_ENGLISH)
    return text if english is None or not text.strip() else english.partly_worded(text)


def _pattern_of(template: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(re.escape(part) for part in _GAP.split(template)), re.DOTALL)
