"""RIFF, RF64 and BW64 files as lists of chunks (EBU Tech 3306 for the 64-bit form)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from vem_core.contract.errors import AudioError

_IN_DS64 = 0xFFFF_FFFF
"""A 32-bit size field that says: look in the ds64 chunk."""

_MAX_DS64_BYTES = 1 << 16


@dataclass(frozen=True)
class Chunk:
    """Where a chunk's payload lies in the file."""

    name: bytes
    offset_bytes: int
    size_bytes: int

    def read(self, file: BinaryIO, max_bytes: int) -> bytes:
        """The chunk's payload, or as much of it as is wanted: a stranger's may be as large as the file."""
        file.seek(self.offset_bytes)
        return file.read(min(self.size_bytes, max_bytes))


def read_chunks(file: BinaryIO) -> dict[bytes, Chunk]:
    """The chunks of a WAVE file by name; of several with one name, the first. Raises as `list_chunks` does."""
    chunks: dict[bytes, Chunk] = {}
    for chunk in list_chunks(file):
        chunks.setdefault(chunk.name, chunk)
    return chunks


def list_chunks(file: BinaryIO) -> list[Chunk]:
    """The chunks of a WAVE file in order; several may have one name, as LIST has.

    Raises AudioError for a file that is not WAVE, or whose chunks reach beyond its end.
    """
    file.seek(0)
    header = file.read(12)
    if len(header) < 12 or header[:4] not in (b"RIFF", b"RF64", b"BW64") or header[8:] != b"WAVE":
        raise AudioError("This is not a WAV file.")
    file_bytes = file.seek(0, 2)
    chunks = []
    for chunk in _walk(file, file_bytes):
        if chunk.offset_bytes + chunk.size_bytes > file_bytes:
            raise AudioError("The WAV file is cut short.")
        chunks.append(chunk)
    return chunks


def _walk(file: BinaryIO, file_bytes: int) -> Iterator[Chunk]:
    long_sizes: dict[bytes, int] = {}
    position = 12
    while position + 8 <= file_bytes:
        file.seek(position)
        name, size = struct.unpack("<4sI", file.read(8))
        if size == _IN_DS64:
            size = long_sizes.get(name, size)
        chunk = Chunk(name, position + 8, size)
        if name == b"ds64":
            long_sizes = _read_ds64(chunk.read(file, _MAX_DS64_BYTES))
        yield chunk
        position = chunk.offset_bytes + size + size % 2


def _read_ds64(payload: bytes) -> dict[bytes, int]:
    if len(payload) < 28:
        raise AudioError("The WAV file's table of 64-bit sizes is cut short.")
    _riff, data, _samples, entries = struct.unpack_from("<QQQI", payload)
    sizes = {b"data": data}
    for index in range(min(entries, (len(payload) - 28) // 12)):
        name, size = struct.unpack_from("<4sQ", payload, 28 + 12 * index)
        sizes[name] = size
    return sizes


def chunk_bytes(name: bytes, payload: bytes) -> bytes:
    """A whole small chunk: name, size, payload, padded to an even length."""
    return struct.pack("<4sI", name, len(payload)) + payload + b"\0" * (len(payload) % 2)


def wave_header(
    chunks: bytes, data_bytes: int, sample_count: int, rf64_above_bytes: int = 2**32 - 1, *, after_bytes: int = 0
) -> bytes:
    """Everything in a WAVE file before the samples: RIFF (or RF64) header, `chunks`, and the data chunk's head.

    `after_bytes` of further chunks follow the samples. RF64 is used where the RIFF size would exceed
    `rf64_above_bytes`.
    """
    riff_bytes = 4 + len(chunks) + 8 + data_bytes + data_bytes % 2 + after_bytes
    if riff_bytes <= rf64_above_bytes:
        return struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + chunks + struct.pack("<4sI", b"data", data_bytes)
    ds64 = struct.pack("<QQQI", riff_bytes + 36, data_bytes, sample_count, 0)
    head = struct.pack("<4sI4s", b"RF64", _IN_DS64, b"WAVE") + chunk_bytes(b"ds64", ds64)
    return head + chunks + struct.pack("<4sI", b"data", _IN_DS64)
