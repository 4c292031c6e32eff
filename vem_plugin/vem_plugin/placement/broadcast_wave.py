"""Broadcast Wave files: PCM with the instant at which it belongs (EBU Tech 3285, version 2; RF64 above 4 GB).

The `bext` chunk's time reference counts samples since midnight, so that any editor can spot the file to its place. The
samples themselves are copied bit for bit. What the other chunks say is made elsewhere: here they are bytes.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vem_core.contract.atomic import replacing
from vem_core.contract.errors import AudioError
from vem_core.contract.foreign_files import open_regular
from vem_core.contract.request import SAMPLE_RATES_HZ
from vem_plugin.placement.broadcast_extension import (
    MAX_EXTENSION_BYTES,
    BroadcastExtension,
    pack_extension,
    parse_extension,
)
from vem_plugin.placement.riff import chunk_bytes, list_chunks, read_chunks, wave_header

_PCM, _EXTENSIBLE = 0x0001, 0xFFFE
# The first two bytes of an extensible format's GUID are the plain format tag; the rest is this (RFC 2361).
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_BLOCK_BYTES = 1 << 20
_MAX_FORMAT_BYTES = 1 << 16
_MAX_CHUNK_BYTES = 1 << 26
_REBUILT = frozenset({b"bext", b"fmt ", b"data", b"ds64"})
_BEFORE_THE_SAMPLES = frozenset({b"iXML"})
"""What a reader of a stream wants to know at once. Everything else follows the samples, where it is in nobody's way."""

ChunkPayloads = Sequence[tuple[bytes, bytes]]
"""Names and payloads of chunks, in order."""


@dataclass(frozen=True)
class PcmFormat:
    """Linear PCM: interleaved little-endian integers."""

    sample_rate_hz: int
    channels: int
    bits: int

    @property
    def frame_bytes(self) -> int:
        """How many bytes one sample of all channels takes."""
        return self.channels * ((self.bits + 7) // 8)


@dataclass(frozen=True)
class WaveFile:
    """What a WAV file says of itself. `extension` is None for one that is not Broadcast Wave."""

    format: PcmFormat
    samples: int  # per channel
    data_offset_bytes: int
    extension: BroadcastExtension | None


def read_wave(path: Path) -> WaveFile:
    """Read a PCM WAV file's headers. Raises AudioError for anything else, or a file cut short."""
    try:
        with open_regular(path) as file:
            return _read(file)
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}.", path=str(path)) from error
    except AudioError as error:
        raise AudioError(f"{path.name}: {error.message}", path=str(path)) from error


def write_broadcast_wave(
    source: Path,
    target: Path,
    extension: BroadcastExtension,
    *,
    chunks: ChunkPayloads = (),
    padding_samples: int = 0,
    rf64_above_bytes: int = 2**32 - 1,
) -> WaveFile:
    """Write `source`'s samples, bit for bit, as a Broadcast Wave file at `target`, atomically.

    `chunks` are written beside `bext` and `fmt `; `padding_samples` of silence follow the samples. Raises AudioError
    where `source` is not 24-bit PCM at a rate that is delivered, OutputError where `target` cannot be written.
    """
    wave = read_wave(source)
    if wave.format.sample_rate_hz not in SAMPLE_RATES_HZ or wave.format.bits != 24:
        found = f"{wave.format.sample_rate_hz} Hz with {wave.format.bits} bits"
        raise AudioError(f"{source.name} should have 24 bits at a rate that is delivered, not {found}.")
    frame_bytes, samples = wave.format.frame_bytes, wave.samples + padding_samples
    before = [(b"bext", pack_extension(extension)), (b"fmt ", _pack_format(wave.format))]
    before += [chunk for chunk in chunks if chunk[0] in _BEFORE_THE_SAMPLES]
    after = b"".join(chunk_bytes(*chunk) for chunk in chunks if chunk[0] not in _BEFORE_THE_SAMPLES)
    head = b"".join(chunk_bytes(*chunk) for chunk in before)
    header = wave_header(head, samples * frame_bytes, samples, rf64_above_bytes, after_bytes=len(after))
    with replacing(target) as partial, open_regular(source) as reader, partial.open("wb") as writer:
        writer.write(header)
        reader.seek(wave.data_offset_bytes)
        _copy(reader, writer, wave.samples * frame_bytes)
        writer.write(bytes(padding_samples * frame_bytes))
        writer.write(b"\0" * (samples * frame_bytes % 2))
        writer.write(after)
    return read_wave(target)


def read_chunk(path: Path, name: bytes, max_bytes: int) -> bytes | None:
    """The payload of a chunk; None where there is none, or where it is larger than that. Raises AudioError."""
    try:
        with open_regular(path) as file:
            chunk = read_chunks(file).get(name)
            return None if chunk is None or chunk.size_bytes > max_bytes else chunk.read(file, max_bytes)
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}.", path=str(path)) from error


def other_chunks(path: Path) -> ChunkPayloads:
    """What a WAV file of ours says beside format, `bext` and samples. Raises AudioError."""
    try:
        with open_regular(path) as file:
            found = list_chunks(file)
            return [(chunk.name, chunk.read(file, _MAX_CHUNK_BYTES)) for chunk in found if chunk.name not in _REBUILT]
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}.", path=str(path)) from error


def sound_sha256(path: Path, samples: int | None = None) -> str:
    """The SHA-256 of a WAV file's samples alone, or of so many of them, whatever its header says. Raises AudioError."""
    wave = read_wave(path)
    digest, left = hashlib.sha256(), (wave.samples if samples is None else samples) * wave.format.frame_bytes
    try:
        with open_regular(path) as file:
            file.seek(wave.data_offset_bytes)
            while left > 0 and (block := file.read(min(left, _BLOCK_BYTES))):
                digest.update(block)
                left -= len(block)
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}.", path=str(path)) from error
    return digest.hexdigest()


def _read(file: BinaryIO) -> WaveFile:
    chunks = read_chunks(file)
    if b"fmt " not in chunks or b"data" not in chunks:
        raise AudioError("The WAV file has no samples.")
    wave_format = _parse_format(chunks[b"fmt "].read(file, _MAX_FORMAT_BYTES))
    extension = parse_extension(chunks[b"bext"].read(file, MAX_EXTENSION_BYTES)) if b"bext" in chunks else None
    data = chunks[b"data"]
    if data.size_bytes % wave_format.frame_bytes:
        raise AudioError("The WAV file ends in the middle of a sample.")
    return WaveFile(wave_format, data.size_bytes // wave_format.frame_bytes, data.offset_bytes, extension)


def _parse_format(payload: bytes) -> PcmFormat:
    if len(payload) < 16:
        raise AudioError("The WAV file's format is cut short.")
    tag, channels, rate, _byte_rate, frame_bytes, bits = struct.unpack_from("<HHIIHH", payload)
    if tag == _EXTENSIBLE and len(payload) >= 40 and payload[26:40] == _GUID_TAIL:
        tag = struct.unpack_from("<H", payload, 24)[0]
    wave_format = PcmFormat(rate, channels, bits)
    if tag != _PCM or channels == 0 or wave_format.frame_bytes != frame_bytes:
        raise AudioError("The WAV file does not hold integer PCM.")
    return wave_format


def _pack_format(wave_format: PcmFormat) -> bytes:
    rate, frame_bytes = wave_format.sample_rate_hz, wave_format.frame_bytes
    return struct.pack("<HHIIHH", _PCM, wave_format.channels, rate, rate * frame_bytes, frame_bytes, wave_format.bits)


def _copy(reader: BinaryIO, writer: BinaryIO, size_bytes: int) -> None:
    remaining = size_bytes
    while remaining:
        block = reader.read(min(_BLOCK_BYTES, remaining))
        if not block:
            raise AudioError("The WAV file became shorter while it was read.")
        writer.write(block)
        remaining -= len(block)
