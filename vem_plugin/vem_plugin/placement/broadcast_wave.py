"""Broadcast Wave files: PCM with the instant at which it belongs (EBU Tech 3285, version 1; RF64 above 4 GB).

The `bext` chunk's time reference counts samples since midnight, so that any editor can spot the file to its place. The
samples themselves are copied bit for bit.
"""

from __future__ import annotations

import datetime
import hashlib
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from vem_core.contract.atomic import replacing
from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.foreign_files import open_regular
from vem_core.contract.request import SAMPLE_RATES_HZ
from vem_core.contract.time import SAMPLE_RATE_HZ, nominal_rate, sample_of_frame
from vem_plugin.placement.riff import chunk_bytes, read_chunks, wave_header

ORIGINATOR = "VeM Score"
_VERSION = 1
_BEXT = struct.Struct("<256s32s32s10s8sQH64s190s")
_PCM, _EXTENSIBLE = 0x0001, 0xFFFE
# The first two bytes of an extensible format's GUID are the plain format tag; the rest is this (RFC 2361).
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_BLOCK_BYTES = 1 << 20


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
class BroadcastExtension:
    """The fields of a version 1 `bext` chunk that we set; the UMID stays zero."""

    time_reference_samples: int  # since midnight
    description: str = ""
    originator: str = ORIGINATOR
    originator_reference: str = ""
    originated: datetime.datetime | None = None  # None: left empty, so that equal scores give equal files
    coding_history: str = ""


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
    source: Path, target: Path, extension: BroadcastExtension, *, rf64_above_bytes: int = 2**32 - 1
) -> WaveFile:
    """Write `source`'s samples, bit for bit, as a Broadcast Wave file at `target`, atomically.

    Raises AudioError where `source` is not 24-bit PCM at a rate that is delivered, OutputError where `target` cannot
    be written.
    """
    wave = read_wave(source)
    if wave.format.sample_rate_hz not in SAMPLE_RATES_HZ or wave.format.bits != 24:
        found = f"{wave.format.sample_rate_hz} Hz with {wave.format.bits} bits"
        raise AudioError(f"{source.name} should have 24 bits at a rate that is delivered, not {found}.")
    data_bytes = wave.samples * wave.format.frame_bytes
    chunks = chunk_bytes(b"bext", _pack_extension(extension)) + chunk_bytes(b"fmt ", _pack_format(wave.format))
    header = wave_header(chunks, data_bytes, wave.samples, rf64_above_bytes)
    with replacing(target) as partial, open_regular(source) as reader, partial.open("wb") as writer:
        writer.write(header)
        reader.seek(wave.data_offset_bytes)
        _copy(reader, writer, data_bytes)
        writer.write(b"\0" * (data_bytes % 2))
    return read_wave(target)


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


def time_reference_samples(
    start_frames: int, rate: Fraction, *, drop_frame: bool = False, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> int:
    """The time reference, in samples since midnight, of audio that begins at a record frame.

    Frame numbers count real frames from midnight (drop frame or not), and wrap after 24 hours of timecode.
    """
    return sample_of_frame(frames_since_midnight(start_frames, rate, drop_frame=drop_frame), rate, sample_rate_hz)


def frames_since_midnight(frame: int, rate: Fraction, *, drop_frame: bool = False) -> int:
    """A record frame number within its day of timecode."""
    per_day = nominal_rate(rate) * 86_400
    if drop_frame:
        per_day -= nominal_rate(rate) // 15 * (24 * 54)  # numbers left out in each minute but every tenth
    return frame % per_day


def coding_history(wave_format: PcmFormat, tool_version: str) -> str:
    """The line that says how the audio was made (EBU R 98)."""
    mode = {1: "mono", 2: "stereo"}.get(wave_format.channels, "multi-channel")
    return f"A=PCM,F={wave_format.sample_rate_hz},W={wave_format.bits},M={mode},T=VeM Score {tool_version}\r\n"


def _read(file: BinaryIO) -> WaveFile:
    chunks = read_chunks(file)
    if b"fmt " not in chunks or b"data" not in chunks:
        raise AudioError("The WAV file has no samples.")
    wave_format = _parse_format(chunks[b"fmt "].read(file))
    extension = _parse_extension(chunks[b"bext"].read(file)) if b"bext" in chunks else None
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


def _parse_extension(payload: bytes) -> BroadcastExtension:
    if len(payload) < _BEXT.size:
        raise AudioError("The WAV file's broadcast extension is cut short.")
    description, originator, reference, date, time, samples, _version, _umid, _rest = _BEXT.unpack_from(payload)
    return BroadcastExtension(
        time_reference_samples=samples,
        description=_text(description),
        originator=_text(originator),
        originator_reference=_text(reference),
        originated=_moment(_text(date), _text(time)),
        coding_history=_text(payload[_BEXT.size :]),
    )


def _pack_extension(extension: BroadcastExtension) -> bytes:
    if not 0 <= extension.time_reference_samples < 2**63:
        raise OutputError(f"{extension.time_reference_samples} is not a time reference.")
    moment = extension.originated
    return _BEXT.pack(
        _field(extension.description, 256),
        _field(extension.originator, 32),
        _field(extension.originator_reference, 32),
        b"" if moment is None else moment.strftime("%Y-%m-%d").encode(),
        b"" if moment is None else moment.strftime("%H:%M:%S").encode(),
        extension.time_reference_samples,
        _VERSION,
        b"",
        b"",
    ) + extension.coding_history.encode("ascii", "replace")


def _field(text: str, size: int) -> bytes:
    """Text for a fixed field. The standard asks for ASCII, so other letters become question marks."""
    return text.encode("ascii", "replace")[:size]


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("ascii", "replace")


def _moment(date: str, time: str) -> datetime.datetime | None:
    # Other writers separate the parts by any of : _ - and blank, which the standard allows.
    digits = [part for part in (date[0:4], date[5:7], date[8:10], time[0:2], time[3:5], time[6:8]) if part.isdecimal()]
    if len(digits) != 6:
        return None
    try:
        return datetime.datetime(*(int(part) for part in digits))  # type: ignore[arg-type]
    except ValueError:
        return None


def _copy(reader: BinaryIO, writer: BinaryIO, size_bytes: int) -> None:
    remaining = size_bytes
    while remaining:
        block = reader.read(min(_BLOCK_BYTES, remaining))
        if not block:
            raise AudioError("The WAV file became shorter while it was read.")
        writer.write(block)
        remaining -= len(block)
