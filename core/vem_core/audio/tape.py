"""Long sound on disk: a tape is an ordinary array (channels, samples) of float32 whose samples lie in a file.

Every stage from the first note to the last file walks over its sound in blocks and reads and writes arrays; whether
they lie in memory or on a tape is for who made them to say. What is made of a tape is a tape beside it, so that an hour
of music with its stems needs no more memory than a minute.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio

Number = TypeVar("Number", np.float32, np.uint8)

BLOCK_SAMPLES = 2**18
"""5.5 s, 2 MiB of stereo: long enough that a file is read at its speed, and short enough for the processor's cache and
the C library's heap, which arrays of 4 MiB are not in (see `compute.heap`): a film is written in three quarters of the
time that blocks of 2**20 samples take."""


Gain = Callable[[int, int], NDArray[np.float32]]
"""The gain of samples [start, end): (T,)."""


@dataclass(frozen=True)
class GainedSound:
    """A sound (C, T) with a gain, made where it is read."""

    sound: Audio | GainedSound
    gain: Gain

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the sound."""
        return self.sound.shape

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """That of the sound."""
        return self.sound.dtype

    def __getitem__(self, where: tuple[slice, slice]) -> Audio:
        channels, samples = where
        start, end, _ = samples.indices(self.shape[1])
        return np.multiply(self.sound[channels, start:end], self.gain(start, end), dtype=np.float32)


Sound = Audio | GainedSound
"""Sound (C, T) that is read a block at a time: `sound[:, start:end]`."""


def silent(samples: int, channels: int = 2, folder: Path | None = None) -> Audio:
    """Silence (channels, samples), to be written to: on a tape in a folder, or in memory where none is given.

    Raises OSError where the disk has no room for it.
    """
    return zeros((channels, samples), np.float32, folder)


def zeros(shape: tuple[int, ...], kind: type[Number], folder: Path | None = None) -> NDArray[Number]:
    """Zeros of a kind in a file of their own in a folder, or in memory where none is given.

    Their room on the disk is taken at once, so that it does not run out while they are written over; nothing of it is
    left when the array is gone, even where the process was killed (on Windows the file stays until its folder is
    removed). Raises OSError where there is no room.
    """
    if folder is None or not all(shape):
        return np.zeros(shape, kind)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(".tape", dir=folder)
    os.close(descriptor)
    try:
        with Path(name).open("r+b") as file:
            _reserve(file, math.prod(shape) * np.dtype(kind).itemsize)
            return np.memmap(file, kind, "r+", shape=shape)
    finally:
        with contextlib.suppress(OSError):  # Windows keeps what is mapped
            Path(name).unlink()


def silent_like(sound: Audio, samples: int) -> Audio:
    """Silence of so many samples with a sound's channels: on a tape beside the sound's own, or in memory as it is."""
    return silent(samples, sound.shape[0], folder_of(sound))


def folder_of(sound: Sound | NDArray[np.generic]) -> Path | None:
    """Where a tape's file lies; None for a sound in memory."""
    while isinstance(sound, GainedSound):
        sound = sound.sound
    if isinstance(sound, np.memmap) and sound.filename is not None:
        return Path(sound.filename).parent
    return None


def blocks(samples: int, *sounds: Sound | NDArray[np.generic], size: int = BLOCK_SAMPLES) -> Iterator[slice]:
    """Where the blocks of so many samples lie, in order; after each, the sounds' tapes are let go."""
    for start in range(0, samples, size):
        yield slice(start, min(start + size, samples))
        let_go(*sounds)


def let_go(*sounds: Sound | NDArray[np.generic]) -> None:
    """Let what of tapes is in memory leave it; it is read from its file again when it is needed. Arrays stay."""
    for memory in _maps_of(sounds):
        if hasattr(mmap, "MADV_DONTNEED"):
            memory.madvise(mmap.MADV_DONTNEED)  # of a shared map: written pages stay with the file


def discard(*sounds: Sound | NDArray[np.generic]) -> None:
    """Give the disk back what tapes take, where the system can: what was on them is lost. Arrays stay."""
    for memory in _maps_of(sounds):
        if hasattr(mmap, "MADV_REMOVE"):
            with contextlib.suppress(OSError):  # some file systems have no holes
                memory.madvise(mmap.MADV_REMOVE)


def _maps_of(sounds: Iterable[Sound | NDArray[np.generic]]) -> Iterator[mmap.mmap]:
    for sound in sounds:
        memory: object = sound
        while isinstance(memory, np.ndarray | GainedSound):
            memory = memory.base if isinstance(memory, np.ndarray) else memory.sound
        if isinstance(memory, mmap.mmap):
            yield memory


def _reserve(file: BinaryIO, size: int) -> None:
    """Give a file its size, with room on the disk for all of it where the system can promise that."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)
