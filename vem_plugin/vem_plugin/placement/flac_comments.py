"""FLAC files with comments of ours: the metadata in front of the frames, which stay byte for byte (RFC 9639)."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from vem_core.contract.atomic import replacing
from vem_core.contract.errors import AudioError
from vem_core.contract.foreign_files import open_regular

_MAGIC = b"fLaC"
_COMMENT, _LAST = 4, 0x80
_MOST_BLOCKS = 128

Comments = Sequence[tuple[str, str]]
"""Names and values of a Vorbis comment."""


def write_commented_flac(source: Path, target: Path, comments: Comments, vendor: str) -> None:
    """Write `source` at `target`, atomically, with these comments and no others. Raises AudioError, OutputError."""
    with replacing(target) as partial, open_regular(source) as reader, partial.open("wb") as writer:
        blocks = [block for block in _read_blocks(reader, source) if block[0] != _COMMENT]
        first, rest = blocks[:1], blocks[1:]  # STREAMINFO comes first
        writer.write(_MAGIC)
        listed = [*first, (_COMMENT, _pack_comments(comments, vendor)), *rest]
        for number, (kind, payload) in enumerate(listed):
            last = _LAST if number == len(listed) - 1 else 0
            writer.write(bytes([last | kind]) + len(payload).to_bytes(3, "big") + payload)
        shutil.copyfileobj(reader, writer)


def read_comments(path: Path) -> list[tuple[str, str]]:
    """A file's comments, in order. Raises AudioError."""
    with open_regular(path) as reader:
        payload = next((payload for kind, payload in _read_blocks(reader, path) if kind == _COMMENT), None)
    if payload is None:
        return []
    try:
        at = 4 + struct.unpack_from("<I", payload)[0]
        (count,), at, found = struct.unpack_from("<I", payload, at), at + 4, []
        for _ in range(count):
            (size,) = struct.unpack_from("<I", payload, at)
            name, _, value = payload[at + 4 : at + 4 + size].decode().partition("=")
            found.append((name, value))
            at += 4 + size
    except (struct.error, UnicodeDecodeError) as error:
        raise AudioError(f"The comments of {path.name} are damaged.") from error
    return found


def _read_blocks(reader: BinaryIO, path: Path) -> list[tuple[int, bytes]]:
    """The metadata blocks: kinds and payloads. The reader stands at the first frame then."""
    blocks: list[tuple[int, bytes]] = []
    if reader.read(4) != _MAGIC:
        raise AudioError(f"{path.name} is no FLAC file.")
    while len(blocks) < _MOST_BLOCKS:
        header = reader.read(4)
        size = int.from_bytes(header[1:], "big")
        payload = reader.read(size)
        if len(header) < 4 or len(payload) < size:
            break
        blocks.append((header[0] & ~_LAST, payload))
        if header[0] & _LAST:
            return blocks
    raise AudioError(f"The head of {path.name} is damaged.")


def _pack_comments(comments: Comments, vendor: str) -> bytes:
    texts = [vendor, *(f"{name}={value}" for name, value in comments)]
    packed = [struct.pack("<I", len(text.encode())) + text.encode() for text in texts]
    return packed[0] + struct.pack("<I", len(comments)) + b"".join(packed[1:])
