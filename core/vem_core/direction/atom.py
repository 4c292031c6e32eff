"""A stretch of a text, and what it may mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vem_core.direction.lexicon import CONTENT
from vem_core.direction.term import Term

EXACT = ("bpm_value", "bpm_bare", "key_value", "meter_value", "seconds", "label")
_ASKING = frozenset((*CONTENT, *EXACT))


_Value = TypeVar("_Value")


class _Once(Generic[_Value]):
    """A property that is found once and then stands beside the fields; as `functools.cached_property`, unlocked."""

    def __init__(self, find: Callable[[Any], _Value]) -> None:
        self._find, self._name, self.__doc__ = find, find.__name__, find.__doc__

    def __get__(self, owner: Any, _: type | None = None) -> _Value:
        value = owner.__dict__[self._name] = self._find(owner)
        return value


_FOREIGN = frozenset(("machine", "work", "building", "threat", "reported", "reported_after"))


@dataclass(frozen=True)
class Atom:
    """A stretch of a text, [start, end) characters, and what it may mean. No terms: nobody knows."""

    start: int
    end: int
    terms: tuple[Term, ...] = ()
    numbers: tuple[float, ...] = ()  # of a tempo, a metre or a time
    names: tuple[str, ...] = ()  # of a key: tonic and mode; of a tempo: at which end it is open
    share: float | None = None  # of a time, the share of the film that it is at
    script: str = ""  # "katakana", "cjk": written without spaces
    is_plain: bool = False  # a phrase of everyday: no English word and no slip for one is looked for in it

    def value(self, *kinds: str) -> str | None:
        """The value of the first of these kinds that it may mean."""
        for kind in kinds:
            for term in self.terms:
                if term.kind == kind:
                    return term.value
        return None

    def is_a(self, *kinds: str) -> bool:
        """Whether any of its meanings is of one of these kinds."""
        return not self.kinds.isdisjoint(kinds)

    @_Once
    def kinds(self) -> frozenset[str]:
        """All kinds of its meanings."""
        return frozenset([term.kind for term in self.terms])

    @property
    def is_known(self) -> bool:
        """Whether it means anything in a text about music; machines, signs and titles do not."""
        return not self.kinds <= _FOREIGN

    @_Once
    def is_content(self) -> bool:
        """Whether it may ask for something by itself, in words or as an exact value."""
        return not self.kinds.isdisjoint(_ASKING)

    @_Once
    def is_weak(self) -> bool:
        """Whether all that it may ask for is in words of other trades too."""
        content = [term for term in self.terms if term.kind in _ASKING]
        return bool(content) and all(term.weak for term in content)
