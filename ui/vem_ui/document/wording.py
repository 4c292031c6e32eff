"""Sentences of the host side and the core in a window: what speaks of the command line is left out."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?<![\w-])--[a-z]|`vem |\bvem (?:score|watch|batch|core|takes|styles|data|train|panel)\b")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_CLAUSE = re.compile(r"\s*[:;,–—]\s+")


def for_window(text: str) -> str:
    """A text without what only helps in a terminal. Its lines stay lines; what happened is always still said."""
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(text: str) -> str:
    if not _COMMAND.search(text):
        return text
    text = _IN_BRACKETS.sub(lambda found: "" if _COMMAND.search(found[0]) else found[0], text)
    sentences = _SENTENCE.split(text)
    kept = [sentence for sentence in sentences if not _COMMAND.search(sentence)]
    if not kept:
        clauses = _CLAUSE.split(sentences[0])
        said = [clause for clause in clauses if not _COMMAND.search(clause)]
        kept = [f"{', '.join(said).rstrip('.')}."] if said else []
    return " ".join(kept)
