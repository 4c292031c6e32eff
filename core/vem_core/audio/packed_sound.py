"""Sound as it lies in a 24-bit WAV file: long stretches are copied, written and hashed without being unpacked."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.files import all_or_nothing, read_pcm
from vem_core.audio.pcm import unpacked
from vem_core.audio.riff import wave_data
from vem_core.audio.types import Pcm
from vem_core.contract.errors import AudioError
from vem_core.contract.time import SAMPLE_RATE_HZ

_BYTES = 3  # a sample
_HEADER = "<4sI4s4sIHHIIHH4sI"
_LONGEST_BYTES = 2**32 - 1 - struct.calcsize(_HEADER)


class PackedSound:
    """A 24-bit WAV file at 48 kHz in memory: slices of it are `Pcm`, and can be set."""

    def __init__(self, file: NDArray[np.uint8], begin: int, channels: int, samples: int) -> None:
        """`file` holds the whole file, its samples from byte `begin` on."""
        self._file, self._begin, self._frame = file, begin, _BYTES * channels
        self._samples = samples
        self.channels = channels

    @classmethod
    def silent(cls, samples: int, channels: int) -> PackedSound:
        """A new file. Raises AudioError where that is longer than a WAV file can be."""
        begin, size = struct.calcsize(_HEADER), _BYTES * channels * samples
        if size > _LONGEST_BYTES:
            raise AudioError("The music is longer than a WAV file can hold.", hint="Score it in two parts.")
        file = np.zeros(begin + size + size % 2, np.uint8)  # chunks have even lengths
        file[:begin] = np.frombuffer(_header(channels, size), np.uint8)
        return cls(file, begin, channels, samples)

    @classmethod
    def of_file(cls, source: bytes | Path) -> PackedSound:
        """The sound of a file, or of a file's bytes. What lies in a file is read when it is used.

        Raises AudioError for any but 24-bit sound at 48 kHz.
        """
        found = wave_data(source)
        if found is None:
            return cls.of_pcm(read_pcm(source))
        begin, samples, channels = found
        whole = np.frombuffer(source, np.uint8) if isinstance(source, bytes) else np.memmap(source, np.uint8, "r")
        return cls(whole, begin, channels, samples)

    @classmethod
    def of_pcm(cls, sound: Pcm) -> PackedSound:
        """A new file with that sound, (samples, channels)."""
        packed = cls.silent(*sound.shape)
        packed[:] = sound
        return packed

    def __len__(self) -> int:
        return self._samples

    def __getitem__(self, where: slice) -> Pcm:
        start, stop, _ = where.indices(len(self))
        return unpacked(self._file, self._begin + start * self._frame, max(0, stop - start), self.channels)

    def __setitem__(self, where: slice, sound: Pcm) -> None:
        start, stop, _ = where.indices(len(self))
        packed = np.ascontiguousarray(sound, "<i4").view(np.uint8).reshape(stop - start, self.channels, 4)[:, :, 1:]
        self._bytes_of(start, stop)[:] = packed.reshape(-1)

    def first(self, samples: int) -> PackedSound:
        """Only so many samples of it, to be read."""
        return PackedSound(self._file, self._begin, self.channels, min(samples, len(self)))

    def part(self, start: int, stop: int) -> PackedSound:
        """Samples [start, stop) of it, to be read."""
        samples = min(stop, len(self)) - start
        return PackedSound(self._file, self._begin + start * self._frame, self.channels, samples)

    def copy(self, start: int, stop: int, other: PackedSound, other_start: int) -> None:
        """Set samples [start, stop) to those of another sound with as many channels, bit for bit."""
        self._bytes_of(start, stop)[:] = other._bytes_of(other_start, other_start + stop - start)

    def write(self, path: Path) -> None:
        """Write the file. All or nothing. Raises OutputError."""
        with all_or_nothing(path) as beside:
            beside.write_bytes(self._file.data)

    def sha256s(self) -> tuple[str, str]:
        """Of the file, and of its samples alone: as `wave_sha256s` of what `write` writes."""
        samples = self._bytes_of(0, len(self))
        return hashlib.sha256(self._file.data).hexdigest(), hashlib.sha256(samples.data).hexdigest()

    def _bytes_of(self, start: int, stop: int) -> NDArray[np.uint8]:
        return self._file[self._begin + start * self._frame : self._begin + stop * self._frame]


def _header(channels: int, size: int) -> bytes:
    frame = _BYTES * channels
    riff = struct.calcsize(_HEADER) - 8 + size + size % 2
    return struct.pack(
        _HEADER, b"RIFF", riff, b"WAVE", b"fmt ", 16, 1, channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * frame, frame,
        8 * _BYTES, b"data", size,
    )  # fmt: skip
