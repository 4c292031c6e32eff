"""Sound as it lies in a 24-bit WAV file: long stretches are copied, written and hashed without being unpacked."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.files import LONGEST_WAV_BYTES, all_or_nothing, read_pcm
from vem_core.audio.pcm import audio_of, pcm_of, unpacked
from vem_core.audio.riff import wave_data
from vem_core.audio.tape import Gain, Sound, blocks, discard, folder_of, silent, zeros
from vem_core.audio.types import Audio, Pcm
from vem_core.contract.time import SAMPLE_RATE_HZ

_BYTES = 3  # a sample
_BYTES_AT_ONCE = 2**23
_RIFF_HEAD, _RF64_HEAD, _FORMAT = "<4sI4s", "<4sI4s4sIQQQI", "<4sIHHIIHH4sI"
_IN_DS64 = 2**32 - 1  # the size that stands where a size is longer than 32 bits


class PackedSound:
    """A 24-bit WAV file at 48 kHz, in memory or on a tape: slices of it are `Pcm`, and can be set."""

    def __init__(self, file: NDArray[np.uint8], begin: int, channels: int, samples: int) -> None:
        """`file` holds the whole file, its samples from byte `begin` on."""
        self._file, self._begin, self._frame = file, begin, _BYTES * channels
        self._samples = samples
        self.channels = channels

    @classmethod
    def silent(cls, samples: int, channels: int, folder: Path | None = None) -> PackedSound:
        """A new file, on a tape in a folder (see `audio.tape`) or in memory; RF64 where it is longer than 4 GiB."""
        size = _BYTES * channels * samples
        header = np.frombuffer(_header(channels, samples), np.uint8)
        file = zeros((len(header) + size + size % 2,), np.uint8, folder)  # chunks have even lengths
        file[: len(header)] = header
        return cls(file, len(header), channels, samples)

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

    @classmethod
    def of_sound(cls, sound: Sound, folder: Path | None = None) -> PackedSound:
        """A new file with that sound (channels, samples), as `silent` has it, made block by block."""
        channels, samples = sound.shape
        packed = cls.silent(samples, channels, folder)
        for where in blocks(samples, sound, packed._file):
            packed[where] = pcm_of(sound[:, where])
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

    @property
    def folder(self) -> Path | None:
        """Where its tape lies; None for a file in memory."""
        return folder_of(self._file)

    @property
    def shape(self) -> tuple[int, int]:
        """(channels, samples), as that of sound in floats."""
        return self.channels, len(self)

    def part(self, start: int, stop: int) -> PackedSound:
        """Samples [start, stop) of it, to be read."""
        samples = min(stop, len(self)) - start
        return PackedSound(self._file, self._begin + start * self._frame, self.channels, samples)

    def copy(self, start: int, stop: int, other: PackedSound, other_start: int) -> None:
        """Set samples [start, stop) to those of another sound with as many channels, bit for bit."""
        shift = other_start - start
        for where in blocks(stop - start, self._file, other._file):
            first, end = start + where.start, start + where.stop
            self._bytes_of(first, end)[:] = other._bytes_of(first + shift, end + shift)

    def audio(self, start: int = 0, stop: int | None = None) -> Iterator[Audio]:
        """Samples [start, stop) of it in -1..1, block by block: (channels, T) each. Exact."""
        start, stop, _ = slice(start, stop).indices(len(self))
        for where in blocks(stop - start, self._file):
            yield audio_of(self[start + where.start : start + where.stop])

    def on_tape(self, folder: Path | None) -> Audio:
        """The sound in -1..1, (channels, samples), on a tape in a folder, or in memory. Exact."""
        sound = silent(len(self), self.channels, folder)
        for where in blocks(len(self), self._file, sound):
            sound[:, where] = audio_of(self[where])
        return sound

    def with_gain(self, gain: Gain, folder: Path | None = None) -> PackedSound:
        """The sound with a gain over it, as `silent` has it: where that is 1, bit for bit as it was."""
        made = PackedSound.silent(len(self), self.channels, folder)
        for where in blocks(len(self), self._file, made._file):
            made[where] = pcm_of(audio_of(self[where]) * gain(where.start, where.stop))
        return made

    def discard(self) -> None:
        """Give the disk back what its tape takes (see `audio.tape`); a file that was only opened stays as it is."""
        if self._file.flags.writeable:
            discard(self._file)

    def write(self, path: Path) -> None:
        """Write the file. All or nothing. Raises OutputError."""
        with all_or_nothing(path) as beside, beside.open("wb") as writer:
            for part in self._parts():
                writer.write(part.data)

    def sha256s(self) -> tuple[str, str]:
        """Of the file, and of its samples alone: as `wave_sha256s` of what `write` writes."""
        whole, samples = hashlib.sha256(), hashlib.sha256()
        end = self._begin + len(self) * self._frame
        at = 0
        for part in self._parts():
            whole.update(part.data)
            samples.update(part[max(0, self._begin - at) : max(0, end - at)].data)
            at += len(part)
        return whole.hexdigest(), samples.hexdigest()

    def _parts(self) -> Iterator[NDArray[np.uint8]]:
        """The file, part by part."""
        for where in blocks(len(self._file), self._file, size=_BYTES_AT_ONCE):
            yield self._file[where]

    def _bytes_of(self, start: int, stop: int) -> NDArray[np.uint8]:
        return self._file[self._begin + start * self._frame : self._begin + stop * self._frame]


def _header(channels: int, samples: int) -> bytes:
    """All that stands before the samples."""
    frame = _BYTES * channels
    size = frame * samples
    chunks = struct.calcsize(_FORMAT) + size + size % 2
    if size <= LONGEST_WAV_BYTES:
        head, data = struct.pack(_RIFF_HEAD, b"RIFF", 4 + chunks, b"WAVE"), size
    else:
        sizes = (struct.calcsize(_RF64_HEAD) - 8 + chunks, size, samples, 0)
        head, data = struct.pack(_RF64_HEAD, b"RF64", _IN_DS64, b"WAVE", b"ds64", 28, *sizes), _IN_DS64
    return head + struct.pack(
        _FORMAT, b"fmt ", 16, 1, channels, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * frame, frame, 8 * _BYTES, b"data", data
    )
