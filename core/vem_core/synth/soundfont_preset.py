"""Of a SoundFont no more than one preset plays: the whole font decodes to half a gigabyte, a preset to a few megabytes.

The layout is that of the SoundFont 2.04 specification: a RIFF file whose list `pdta` names presets, their instruments
and the headers of samples, and whose chunk `smpl` holds these. SF3 is the same with each sample an Ogg Vorbis stream.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_PRESET = np.dtype([("name", "S20"), ("number", "<u2"), ("bank", "<u2"), ("zone", "<u2"), ("rest", "V12")])
_INSTRUMENT = np.dtype([("name", "S20"), ("zone", "<u2")])
_ZONE = np.dtype([("first", "<u2"), ("modulators", "<u2")])
_GENERATOR = np.dtype([("kind", "<u2"), ("amount", "<u2")])
_SAMPLE = np.dtype([("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
                    ("rest", "V8"), ("kind", "<u2")])  # fmt: skip
_INSTRUMENT_GENERATOR, _SAMPLE_GENERATOR = 41, 53  # "the last of a zone": which instrument, which sample
_COMPRESSED = 0x10  # of a sample's kind: an Ogg Vorbis stream, whose places are bytes
_DRUM_BANK = 128
_GUARD = 46  # silent samples after each, as the specification asks for
Bytes = bytes | memoryview | mmap.mmap


def only_preset(font: Bytes, number: int, percussion: bool) -> bytes:
    """The SoundFont with no other samples than those of the presets of a number (kits: of bank 128, and its number 0).

    Presets and instruments keep their places, but others than these cannot be played. Raises ValueError for bytes that
    are not laid out as a SoundFont.
    """
    lists = _lists(font)
    try:
        samples, parts = lists[b"sdta"][b"smpl"], lists[b"pdta"]
        headers = _table(parts[b"shdr"], _SAMPLE).copy()
        kept = _samples_of(parts, number, percussion)
    except (KeyError, IndexError) as error:
        raise ValueError("A list of the SoundFont is missing or leads elsewhere.") from error
    kept = kept[kept < len(headers) - 1]  # the last header ends the list
    pieces, length = [], 0
    for index in kept.tolist():
        header = headers[index]
        width, guard = (1, 0) if header["kind"] & _COMPRESSED else (2, _GUARD)
        piece = bytes(samples[int(header["start"]) * width : int(header["end"]) * width])
        start = length // width
        if width == 2:  # a stream's loop counts from its own beginning
            for place in ("loop_start", "loop_end"):
                header[place] = max(0, int(header[place]) - int(header["start"]) + start)
        header["start"], header["end"] = start, start + len(piece) // width
        pieces.append(piece + bytes(guard * width + len(piece) % 2))
        length += len(pieces[-1])
    silent = np.setdiff1d(np.arange(len(headers) - 1), kept)
    for place in ("start", "end", "loop_start", "loop_end"):
        headers[place][silent] = 0
    parts = {**parts, b"shdr": headers.tobytes()}
    return _riff(b"sfbk", [
        _list(b"INFO", lists.get(b"INFO", {})), _list(b"sdta", {b"smpl": b"".join(pieces)}), _list(b"pdta", parts),
    ])  # fmt: skip


def _samples_of(parts: dict[bytes, Bytes], number: int, percussion: bool) -> NDArray[np.int64]:
    """The numbers of the samples that the presets play, increasing."""
    presets = _table(parts[b"phdr"], _PRESET)
    if percussion:
        wanted = (presets["bank"] == _DRUM_BANK) & np.isin(presets["number"], (number, 0))
    else:
        wanted = presets["number"] == number
    of_presets = _amounts(parts, b"pbag", b"pgen", presets["zone"], np.flatnonzero(wanted[:-1]), _INSTRUMENT_GENERATOR)
    instruments = _table(parts[b"inst"], _INSTRUMENT)
    return _amounts(parts, b"ibag", b"igen", instruments["zone"], of_presets, _SAMPLE_GENERATOR)


def _amounts(
    parts: dict[bytes, Bytes], zones: bytes, generators: bytes, first_zone: NDArray[np.uint16],
    owners: Iterable[int], kind: int,
) -> NDArray[np.int64]:  # fmt: skip
    """What the generators of a kind say in all zones of some presets or instruments, each once, increasing."""
    first, said = _table(parts[zones], _ZONE)["first"], _table(parts[generators], _GENERATOR)
    found: set[int] = set()
    for owner in owners:
        own = said[first[first_zone[owner]] : first[first_zone[owner + 1]]]
        found.update(own["amount"][own["kind"] == kind].tolist())
    return np.array(sorted(found), np.int64)


def _table(content: Bytes, row: np.dtype[np.void]) -> NDArray[np.void]:
    return np.frombuffer(content, row, len(content) // row.itemsize)


def _lists(font: Bytes) -> dict[bytes, dict[bytes, Bytes]]:
    """The lists of a SoundFont by name, and their chunks."""
    view = memoryview(font)
    if bytes(view[:4]) != b"RIFF" or bytes(view[8:12]) != b"sfbk":
        raise ValueError("This is no SoundFont.")
    return {bytes(content[:4]): dict(_chunks(content[4:])) for name, content in _chunks(view[12:]) if name == b"LIST"}


def _chunks(view: memoryview) -> Iterable[tuple[bytes, memoryview]]:
    """Of a list; none is filled up to an even size: those of SF2 are even, and SF3's stand close together."""
    at = 0
    while at + 8 <= len(view):
        name, size = struct.unpack_from("<4sI", view, at)
        yield name, view[at + 8 : at + 8 + size]
        at += 8 + size


def _list(name: bytes, chunks: dict[bytes, Bytes]) -> bytes:
    return _chunk(b"LIST", name + b"".join(_chunk(each, content) for each, content in chunks.items()))


def _riff(form: bytes, lists: list[bytes]) -> bytes:
    return _chunk(b"RIFF", form + b"".join(lists))


def _chunk(name: bytes, content: Bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + bytes(content)
