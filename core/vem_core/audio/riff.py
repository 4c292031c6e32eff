"""WAV files by their chunks: where the samples lie, and their hashes."""

from __future__ import annotations

import hashlib
import io
import struct
from pathlib import Path
from typing import BinaryIO

import soundfile

from vem_core.contract.errors import AudioError
from vem_core.contract.time import SAMPLE_RATE_HZ

WAVE_HEADS = (b"RIFF", b"RF64")
"""The first four bytes of a WAV file, and of one that may be longer than 4 GiB (EBU Tech 3306)."""


def wave_data(source: bytes | Path) -> tuple[int, int, int] | None:
    """Where the samples of a WAV file begin in its bytes, how many there are, and of how many channels.

    None for sound in another format. Raises AudioError for any but 24-bit sound at 48 kHz.
    """
    try:
        with (
            io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream,
            soundfile.SoundFile(stream) as file,
        ):
            if file.samplerate != SAMPLE_RATE_HZ or file.subtype != "PCM_24":
                raise AudioError(f"This is not 24-bit sound at {SAMPLE_RATE_HZ} Hz.")
            stream.seek(0)
            head = stream.read(12)
            if head[:4] not in WAVE_HEADS:
                return None
            seek_data(head, stream)
            return stream.tell(), file.frames, file.channels
    except (soundfile.LibsndfileError, RuntimeError, OSError, struct.error) as error:
        raise AudioError(f"This cannot be read as audio: {str(error).rstrip('.')}.") from error


def wave_sha256s(path: Path) -> tuple[str, str]:
    """The SHA-256 of a WAV file, and that of its samples alone: the same for every header around them.

    Raises AudioError.
    """
    try:
        with path.open("rb") as file:
            size = seek_data(file.read(12), file)
            begin = file.tell()
            file.seek(0)
            whole, samples = hashlib.sha256(file.read(begin)), hashlib.sha256()
            while size > 0 and (block := file.read(min(size, 1 << 18))):
                whole.update(block)
                samples.update(block)
                size -= len(block)
            while block := file.read(1 << 18):
                whole.update(block)
            return whole.hexdigest(), samples.hexdigest()
    except (OSError, struct.error) as error:
        raise AudioError(f"{path.name} cannot be read as a WAV file.") from error


def seek_data(head: bytes, file: BinaryIO) -> int:
    """Go to the samples of a WAV file, past its twelve bytes of `head`; their size in bytes."""
    if head[:4] not in WAVE_HEADS:
        raise AudioError("This is not a WAV file.")
    long_size = 0
    while True:
        name, size = struct.unpack("<4sI", file.read(8))
        if name == b"ds64":
            payload = file.read(size)
            long_size = struct.unpack_from("<Q", payload, 8)[0]
        elif name == b"data":
            return int(long_size if size == 0xFFFFFFFF else size)
        else:
            file.seek(size + size % 2, 1)
