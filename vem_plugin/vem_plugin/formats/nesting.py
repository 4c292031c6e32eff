"""How deep JSON is nested, told without parsing it: OpenTimelineIO's parser calls itself for every bracket, and a file
of a hundred thousand of them ends the whole process."""

from __future__ import annotations

import re

MOST_LEVELS = 1_000
"""Deeper than any timeline: a compound clip in a compound clip takes four levels."""

_PAIRS = (b"[]", b"{}")
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_UNIMPORTANT = bytes(code for code in range(256) if code not in b'[]{}"')


def is_too_deep(json: bytes, most_levels: int = MOST_LEVELS) -> bool:
    """Whether brackets outside of strings stand in more than `most_levels` others, in broken JSON as well."""
    plain = _ESCAPE.sub(b"", json) if b"\\" in json else json
    brackets = b"".join(plain.translate(None, _UNIMPORTANT).replace(b'""', b"").split(b'"')[::2])
    levels = 0
    while levels < most_levels:  # each pass takes the innermost level away
        before = len(brackets)
        for pair in _PAIRS:
            brackets = brackets.replace(pair, b"")
        if len(brackets) == before:
            break
        levels += 1
    return levels + brackets.count(b"[") + brackets.count(b"{") > most_levels
