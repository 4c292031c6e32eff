"""What a phrase of the lexicon may mean."""

from __future__ import annotations

from typing import NamedTuple


class Term(NamedTuple):
    """What a phrase may mean: a kind ("mood", "instrument", "no") and which of them."""

    kind: str
    value: str
    weak: bool = False  # a word of other trades too
