"""Sound as it lies in a 24-bit WAV file: long stretches are copied, written and hashed without being unpacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.files import read_pcm
from vem_core.audio.pcm import audio_of, packed, packed_of, unpacked
from vem_core.audio.riff import wave_data
from vem_core.audio.tape import Sound, blocks, discard, folder_of, silent, zeros
from vem_core.audio.types import Audio, Pcm
from vem_core.audio.wave_writer import SAMPLE_BYTES, wave_header, wave_writer


class PackedSound:
    """A 24-bit WAV file at 48 kHz, in memory or on a tape: slices of it are `Pcm`, and can be set."""

    def __init__(self, file: NDArray[np.uint8], begin: int, channels: int, samples: int) -> None:
        """`file` holds the whole file, its samples from byte `begin` on."""
        self._file, self._begin, self._frame = file, begin, SAMPLE_BYTES * channels
        self._samples = samples
        self.channels = channels

    @classmethod
    def silent(cls, samples: int, channels: int, folder: Path | None = None) -> PackedSound:
        """A new file, on a tape in a folder (see `audio.tape`) or in memory; RF64 where it is longer than 4 GiB."""
        size = SAMPLE_BYTES * channels * samples
        header = np.frombuffer(wave_header(channels, samples), np.uint8)
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
        made = cls.silent(*sound.shape)
        made[:] = sound
        return made

    @classmethod
    def of_sound(cls, sound: Sound, folder: Path | None = None) -> PackedSound:
        """A new file with that sound (channels, samples), as `silent` has it, made block by block."""
        channels, samples = sound.shape
        made = cls.silent(samples, channels, folder)
        for where in made.blocks(sound):
            made.bytes_of(where)[:] = packed_of(sound[:, where])
        return made

    def __len__(self) -> int:
        return self._samples

    def __getitem__(self, where: slice) -> Pcm:
        start, stop, _ = where.indices(len(self))
        return unpacked(self._file, self._begin + start * self._frame, max(0, stop - start), self.channels)

    def __setitem__(self, where: slice, sound: Pcm) -> None:
        self.bytes_of(where)[:] = packed(sound)

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
            self.bytes_of(slice(first, end))[:] = other.bytes_of(slice(first + shift, end + shift))

    def audio(self, start: int = 0, stop: int | None = None) -> Iterator[Audio]:
        """Samples [start, stop) of it in -1..1, block by block: (channels, T) each. Exact."""
        start, stop, _ = slice(start, stop).indices(len(self))
        for where in blocks(stop - start, self._file):
            yield audio_of(self[start + where.start : start + where.stop])

    def on_tape(self, folder: Path | None) -> Audio:
        """The sound in -1..1, (channels, samples), on a tape in a folder, or in memory. Exact."""
        sound = silent(len(self), self.channels, folder)
        for where in self.blocks(sound):
            sound[:, where] = audio_of(self[where])
        return sound

    def discard(self) -> None:
        """Give the disk back what its tape takes (see `audio.tape`); a file that was only opened stays as it is."""
        if self._file.flags.writeable:
            discard(self._file)

    def write(self, path: Path, heard: Callable[[Audio], None] | None = None) -> tuple[str, str]:
        """Write the file; its SHA-256, and that of its samples alone (see `wave_sha256s`). All or nothing.

        `heard` is given each block of the sound, in order. Raises OutputError.
        """
        with wave_writer(path, *self.shape) as writer:
            for where in self.blocks():
                writer.write(self.bytes_of(where))
                if heard is not None:
                    heard(audio_of(self[where]))
            return writer.end()

    def blocks(self, *others: Sound | NDArray[np.generic]) -> Iterator[slice]:
        """Where its blocks lie, in order; after each, its own tape and those of the others are let go."""
        return blocks(len(self), self._file, *others)

    def bytes_of(self, where: slice) -> NDArray[np.uint8]:
        """Its samples [start, end) as they lie in the file."""
        start, stop, _ = where.indices(len(self))
        return self._file[self._begin + start * self._frame : self._begin + stop * self._frame]
