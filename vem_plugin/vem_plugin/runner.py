"""Where a long computation runs: here, or in a process whose interpreter lock stops no window."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Runner(Protocol):
    """Calls a function of a module with arguments that can be pickled, and gives its value or raises its error."""

    def __call__(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...


def run_here(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A plain call."""
    return function(*args, **kwargs)
