"""Reading the tensors of a torch checkpoint of the old form without executing it.

Such a file (torch before 1.6) is five pickles in a row: a magic number, a version, facts on the machine, the state and
the list of storages; then the storages' numbers. The state's opcodes are walked as data (`pickletools.genops`): the
only calls that are known are an ordered dictionary's and a tensor's rebuild, and both are read off, not made.
Source: torch/serialization.py, `_legacy_load`; CPython's Lib/pickletools.py.
"""

from __future__ import annotations

import io
import math
import pickletools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vem_core.contract.errors import WeightsDamaged

_MAGIC = 0x1950A86A20F9469CFC6C
_DICT, _TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
_STORAGES = {"torch FloatStorage": "<f4", "torch LongStorage": "<i8"}
_MARK = object()


class _Storage(NamedTuple):
    key: str
    dtype: str
    size: int  # in numbers


class _Stored(NamedTuple):
    storage: _Storage
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]  # in numbers


def read_legacy_checkpoint(path: Path) -> dict[str, np.ndarray]:
    """Every tensor of a checkpoint by its name. Raises WeightsDamaged for whatever is not exactly of this form."""
    try:
        return dict(_tensors(path.read_bytes()))
    except (OSError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise WeightsDamaged(
            f"{path.name} holds no weights that can be read: {error}.", reason="format", file=str(path)
        ) from error


def _tensors(data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    file = io.BytesIO(data)
    magic, _version, machine, state, keys = (_Walk().result(file) for _ in range(5))
    if magic != _MAGIC or not machine["little_endian"]:
        raise ValueError("it is no checkpoint of the old form")
    wanted = {stored.storage.key: stored.storage for stored in state.values()}
    numbers = {}
    for key in keys:
        storage = wanted[key]
        count = int.from_bytes(file.read(8), "little", signed=True)
        if count != storage.size:
            raise ValueError(f"storage {key} has {count} numbers, not {storage.size}")
        size = count * np.dtype(storage.dtype).itemsize
        numbers[key] = np.frombuffer(file.read(size), storage.dtype, count)
    if file.read(1):
        raise ValueError("more follows than its list of storages says")
    for name, stored in state.items():
        values = numbers[stored.storage.key][stored.first :]
        steps = tuple(stride * values.itemsize for stride in stored.strides)
        yield name, np.lib.stride_tricks.as_strided(values, stored.shape, steps, writeable=False)


class _Walk:
    """One pickle as data. Any opcode, global or call that is not named here raises ValueError."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def result(self, file: io.BytesIO) -> Any:
        for opcode, argument, _ in pickletools.genops(file):
            if opcode.name in _LITERALS:
                self._stack.append(argument)
            elif opcode.name in _STEPS:
                _STEPS[opcode.name](self, argument)
            elif opcode.name == "STOP":
                return self._stack.pop()
            else:
                raise ValueError(f"the opcode {opcode.name} does not belong in it")
        raise ValueError("it is cut short")

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def put(self, place: int) -> None:
        self._memo[place] = self._stack[-1]

    def get(self, place: int) -> None:
        self._stack.append(self._memo[place])

    def name(self, name: str) -> None:
        if name not in (_DICT, _TENSOR, *_STORAGES):
            raise ValueError(f"it names {name}")
        self._stack.append(name)

    def since_mark(self) -> list[Any]:
        found = []
        while (top := self._stack.pop()) is not _MARK:
            found.append(top)
        return found[::-1]

    def set_items(self) -> None:
        pairs = self.since_mark()
        self._stack[-1].update(zip(pairs[::2], pairs[1::2], strict=True))

    def set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._stack[-1][key] = value

    def append_items(self) -> None:
        items = self.since_mark()
        self._stack[-1].extend(items)

    def build(self) -> None:
        self._stack.pop()  # what torch notes of its layers' versions

    def storage(self) -> None:
        kind, dtype, key, _place, count, _view = self._stack.pop()
        if kind != "storage":
            raise ValueError(f"it keeps a {kind}")
        self._stack.append(_Storage(key, _STORAGES[dtype], count))

    def call(self) -> None:
        arguments, called = self._stack.pop(), self._stack.pop()
        if called == _DICT and not arguments:
            self._stack.append({})
        elif called == _TENSOR:
            storage, first, shape, strides, _grad, _hooks = arguments
            last = first + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
            if min(first, *strides, 0) < 0 or min(shape, default=1) < 1 or math.prod(shape) > storage.size:
                raise ValueError("a tensor has no shape that a tensor has")
            if last >= storage.size:
                raise ValueError("a tensor lies outside its storage")
            self._stack.append(_Stored(storage, first, shape, strides))
        else:
            raise ValueError(f"it calls {called}")


_LITERALS = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"})

_STEPS: dict[str, Callable[[_Walk, Any], None]] = {
    "PROTO": lambda walk, _: None,
    "NONE": lambda walk, _: walk.push(None),
    "NEWTRUE": lambda walk, _: walk.push(True),
    "NEWFALSE": lambda walk, _: walk.push(False),
    "MARK": lambda walk, _: walk.push(_MARK),
    "EMPTY_DICT": lambda walk, _: walk.push({}),
    "EMPTY_LIST": lambda walk, _: walk.push([]),
    "EMPTY_TUPLE": lambda walk, _: walk.push(()),
    "TUPLE": lambda walk, _: walk.push(tuple(walk.since_mark())),
    "TUPLE1": lambda walk, _: walk.push((walk._stack.pop(),)),
    "TUPLE2": lambda walk, _: walk.push((walk._stack.pop(-2), walk._stack.pop())),
    "BINPUT": _Walk.put,
    "LONG_BINPUT": _Walk.put,
    "BINGET": _Walk.get,
    "LONG_BINGET": _Walk.get,
    "GLOBAL": _Walk.name,
    "SETITEM": lambda walk, _: walk.set_item(),
    "SETITEMS": lambda walk, _: walk.set_items(),
    "APPENDS": lambda walk, _: walk.append_items(),
    "BINPERSID": lambda walk, _: walk.storage(),
    "REDUCE": lambda walk, _: walk.call(),
    "BUILD": lambda walk, _: walk.build(),
}
