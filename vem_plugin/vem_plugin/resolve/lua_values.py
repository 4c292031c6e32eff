"""Values as Lua source. Every byte that could mean something else is escaped, so that a text stays a text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

LuaValue: TypeAlias = "str | int | float | bool | Sequence[LuaValue] | Mapping[str, LuaValue] | None"

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _-./:,;+()")
_MOST_EXACT = 2**53
"""Lua 5.1 has no integers beyond what a double holds."""


def lua_text(text: str) -> str:
    """A text as a Lua string literal of ASCII alone: UTF-8, each byte that is not plain as three decimal digits."""
    return '"' + "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03d}" for byte in text.encode()) + '"'


def lua_value(value: LuaValue) -> str:
    """A value as a Lua expression. Raises ValueError for numbers that Lua does not hold, and for odd keys."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return lua_text(value)
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > _MOST_EXACT:
            raise ValueError(f"{value} is no number for Lua")
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_name(key)} = {lua_value(inner)}" for key, inner in value.items()) + " }"
    return "{ " + ", ".join(lua_value(inner) for inner in value) + " }"


def _name(key: str) -> str:
    if not (key.isascii() and key.isidentifier()):
        raise ValueError(f"{key!r} is no name of a field")
    return key
