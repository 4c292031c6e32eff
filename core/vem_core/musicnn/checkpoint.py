"""Reading a TensorFlow checkpoint ("tensor bundle") without TensorFlow.

A checkpoint is an index and a data file. The index is a table of sorted strings in LevelDB's format: blocks of entries
with shared key prefixes, found through an index block that a footer names. Each value is a small protocol buffer,
`BundleEntryProto`: type, shape, and where in the data file the tensor lies.
Source: tensorflow/core/util/tensor_bundle/tensor_bundle.proto and LevelDB's doc/table_format.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vem_core.contract.errors import ModelMissing

_MAGIC = 0xDB4775248B80FB57
_FOOTER_BYTES = 48
_BLOCK_TRAILER_BYTES = 5  # kind of compression, checksum
_FLOAT32 = 1

Value = int | bytes


class _Entry(NamedTuple):
    dtype: int
    shape: tuple[int, ...]
    offset_bytes: int
    size_bytes: int


def read_checkpoint(folder: Path) -> dict[str, np.ndarray]:
    """Every float32 tensor of a checkpoint of one shard by its name.

    Raises ModelMissing where the folder holds no such checkpoint or a damaged one.
    """
    try:
        index = (folder / ".index").read_bytes()
        data = (folder / ".data-00000-of-00001").read_bytes()
        return dict(_tensors(index, data))
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise ModelMissing(f"{folder.name} holds no readable TensorFlow checkpoint: {error}.") from error


def _tensors(index: bytes, data: bytes) -> Iterator[tuple[str, np.ndarray]]:
    for key, value in _table(index):
        if not key:
            continue  # the header of the bundle
        entry = _entry(value)
        if entry.dtype != _FLOAT32:
            continue  # counters of the training
        stored = data[entry.offset_bytes : entry.offset_bytes + entry.size_bytes]
        yield key.decode(), np.frombuffer(stored, "<f4").reshape(entry.shape)


def _table(table: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = table[-_FOOTER_BYTES:]
    if len(footer) < _FOOTER_BYTES or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("the index is no table of a tensor bundle")
    _, at = _handle(footer, 0)  # of the meta index, which is empty
    block, _ = _handle(footer, at)
    for _, handle in _block_entries(table, *block):
        yield from _block_entries(table, *_handle(handle, 0)[0])


def _block_entries(table: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    block = table[start : start + size]
    if table[start + size] != 0:
        raise ValueError("the index is compressed")
    restarts = struct.unpack("<I", block[-4:])[0]
    end, at, key = len(block) - 4 * (restarts + 1), 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        yield key, block[at + fresh : at + fresh + length]
        at += fresh + length


def _handle(encoded: bytes, at: int) -> tuple[tuple[int, int], int]:
    start, at = _varint(encoded, at)
    size, at = _varint(encoded, at)
    return (start, size), at


def _entry(message: bytes) -> _Entry:
    fields = _fields(message)
    shape = tuple(_number(_fields(size), 1) for size in _repeated(fields.get(2, [b""])[0], 2))
    return _Entry(_number(fields, 1), shape, _number(fields, 4), _number(fields, 5))


def _repeated(message: Value, field: int) -> list[bytes]:
    assert isinstance(message, bytes)
    return [value for value in _fields(message).get(field, []) if isinstance(value, bytes)]


def _number(fields: Mapping[int, list[Value]], field: int) -> int:
    value = fields.get(field, [0])[0]  # protocol buffers leave zeros out
    if not isinstance(value, int):
        raise ValueError(f"field {field} of the index is not a number")
    return value


def _fields(message: bytes) -> dict[int, list[Value]]:
    """A protocol buffer's fields by number: varints, 32-bit numbers, and byte strings."""
    found: dict[int, list[Value]] = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value: Value
        match tag & 7:
            case 0:
                value, at = _varint(message, at)
            case 2:
                length, at = _varint(message, at)
                value, at = message[at : at + length], at + length
            case 5:
                value, at = struct.unpack_from("<I", message, at)[0], at + 4
            case kind:
                raise ValueError(f"the index has a field of the unknown kind {kind}")
        found.setdefault(tag >> 3, []).append(value)
    return found


def _varint(encoded: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = encoded[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
