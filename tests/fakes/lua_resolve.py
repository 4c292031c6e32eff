"""A Lua like that of Resolve's Scripts menu in free editions since 21.1: real Lua 5.1, much of it taken away.

What is nil there is nil here (`io`, `os.execute`, `require` and more), `print` goes nowhere, and any call of `fusion`
fails the test: such calls disturb a Resolve that plays. The scripting API is that of the fake Resolve; lists arrive as
tables that may carry an entry which is no number, as Fusion's do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.fake_resolve import FakeStudio
from fakes.resolve_objects import ApiObject, ResolveObject

lua51 = pytest.importorskip("lupa.lua51", reason="lupa, a Lua interpreter, is not installed")

_TAKEN_AWAY = """
io, require, package, ffi, debug, jit, UIManager, newproxy, collectgarbage = nil
os.execute, os.remove, os.rename, os.exit, os.setlocale = nil
python = nil
print = function() end
bmd = { wait = function() end, gettime = os.time, fileexists = function() return true end }
fusion = setmetatable({}, { __index = function() error("a call of fusion") end })
fu = fusion
"""

_PROXY = """
return function(number, call, constant)
  return setmetatable({ __number = number }, {
    __index = function(_, name)
      local value = constant(name)
      if value ~= nil then return value end
      return function(self, ...) return call(name, ...) end
    end,
  })
end
"""


class MenuLua:
    """The interpreter for one script, which ends with it."""

    def __init__(self, studio: FakeStudio) -> None:
        self._lua = lua51.LuaRuntime(unpack_returned_tuples=True, register_eval=False, register_builtins=False)
        self._studio = studio
        self._make_proxy = self._lua.execute(_PROXY)
        self._objects: list[ApiObject] = []  # what proxies stand for, by number from 1
        self._lua.execute(_TAKEN_AWAY)
        self._lua.globals().resolve = self._to_lua(ResolveObject(studio))

    def run(self, script: str) -> None:
        """Run a script's text as the menu does: what it raises is seen by nobody."""
        self._lua.execute(script)

    def evaluate(self, expression: str) -> Any:
        """An expression's value."""
        return self._lua.eval(expression)

    def load_file(self, path: Path) -> Any:
        """What a file of values returns."""
        return self._lua.globals().dofile(str(path))

    def _call(self, thing: ApiObject) -> Callable[..., Any]:
        def call(name: str, *arguments: Any) -> Any:
            method = getattr(thing, name, None)
            if method is None:
                raise TypeError(f"attempt to call method '{name}' (a nil value)")
            return self._to_lua(method(*map(self._to_python, arguments)))

        return call

    def _to_lua(self, value: Any) -> Any:
        if isinstance(value, ApiObject):
            constant = {"EXPORT_OTIO": ResolveObject.EXPORT_OTIO} if isinstance(value, ResolveObject) else {}
            self._objects.append(value)
            return self._make_proxy(len(self._objects), self._call(value), constant.get)
        if isinstance(value, list | tuple):
            table = self._lua.table_from({})
            for index, entry in enumerate(value, start=1):
                table[index] = self._to_lua(entry)
            table["__flags"] = 2097152
            return table
        if isinstance(value, dict):
            return self._lua.table_from({key: self._to_lua(entry) for key, entry in value.items()})
        return value

    def _to_python(self, value: Any) -> Any:
        if lua51.lua_type(value) != "table":
            return value
        if "__number" in value:
            return self._objects[value["__number"] - 1]
        entries = dict(value.items())
        if entries and all(isinstance(key, int) for key in entries):
            return [self._to_python(entries[key]) for key in sorted(entries)]
        return {key: self._to_python(entry) for key, entry in entries.items()}
