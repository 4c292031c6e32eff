"""The models that are loaded: one store a process, owned by whoever runs jobs in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Model = TypeVar("Model")


class ModelStore:
    """Keeps what was loaded from one job to the next: one model for each role, until another takes its place.

    Not for use by two threads at once.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, tuple[Hashable, object]] = {}

    def get(self, role: str, key: Hashable, load: Callable[[], Model]) -> Model:
        """The model that plays a role, such as "beat tracker". `key` says which one: another than the one that is
        loaded takes its place, and the former is let go of first. Raises what `load` raises."""
        found = self._loaded.get(role)
        if found is None or found[0] != key:
            del found
            self._loaded.pop(role, None)  # before the next is loaded: both may not fit
            self._loaded[role] = (key, load())
        return cast(Model, self._loaded[role][1])

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that something is loaded for."""
        return tuple(self._loaded)

    def unload(self) -> None:
        """Let go of everything; what is needed again is loaded again."""
        self._loaded.clear()
