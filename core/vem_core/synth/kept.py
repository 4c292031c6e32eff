"""What the synthesiser keeps of what it has made: notes, and the noises, loops and curves that notes are made of.

Each has a store that is bounded in bytes, and in it what was not used for longest makes way: memory does not grow with
the piece, nor with the pieces that a worker plays one after the other.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

P = ParamSpec("P")
Arrays = TypeVar("Arrays", Tensor, NDArray[np.complex64], NDArray[np.floating], tuple[Tensor, Tensor])


class KeptArrays:
    """Arrays by a key, kept while they fit."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """How much is kept."""
        return self._bytes

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def get(self, key: Hashable, make: Callable[[], Arrays]) -> Arrays:
        """What is kept under a key, or is made and kept from now on; not to be written to."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Arrays = self._kept[key]
                return kept
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += _bytes_of(made)
            while self._bytes > self._most_bytes:
                self._bytes -= _bytes_of(self._kept.popitem(last=False)[1])
        return made

    def clear(self) -> None:
        """Forget all of them, in this process."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


NOTES = KeptArrays(336 * 2**20)  # a minute of the style with the most, ambient, has 323 MiB
MATERIAL = KeptArrays(96 * 2**20)  # apart from the notes: it is not needed where a note is there


def forget_all() -> None:
    """Forget whatever is kept in this process."""
    NOTES.clear()
    MATERIAL.clear()


def kept(function: Callable[P, Arrays]) -> Callable[P, Arrays]:
    """The function, whose results are kept by its arguments, among all that notes are made of."""

    @functools.wraps(function)
    def known(*arguments: P.args, **named: P.kwargs) -> Arrays:
        key = (function, arguments, tuple(sorted(named.items())))
        return MATERIAL.get(key, lambda: function(*arguments, **named))

    return known


def _bytes_of(made: Tensor | NDArray[Any] | tuple[Tensor, Tensor]) -> int:
    """What it holds of memory; a part of a tensor holds all of it."""
    if isinstance(made, tuple):
        return sum(_bytes_of(each) for each in made)
    return made.untyped_storage().nbytes() if isinstance(made, Tensor) else made.nbytes
