"""The value of what nobody has set: neither a default nor "leave it to the tool"."""

from __future__ import annotations

import enum
from typing import Final, Literal, TypeVar

T = TypeVar("T")


class Unset(enum.Enum):
    UNSET = "unset"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


def given(value: T | Unset, otherwise: T) -> T:
    """The value, or `otherwise` where it is unset."""
    return otherwise if isinstance(value, Unset) else value
