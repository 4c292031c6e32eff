"""Writing 24-bit WAV files at 48 kHz block by block, hashed on the way."""

from __future__ import annotations

import contextlib
import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.files import LONGEST_WAV_BYTES, all_or_nothing
from vem_core.contract.time import SAMPLE_RATE_HZ

SAMPLE_BYTES = 3
_RIFF_HEAD, _RF64_HEAD, _FORMAT = "<4sI4s", "<4sI4s4sIQQQI", "<4sIHHIIHH4sI"
_IN_DS64 = 2**32 - 1  # the size that stands where a size is longer than 32 bits


class WaveWriter:
    """A file that is being written, and the SHA-256 of what is in it so far."""

    def __init__(self, file: BinaryIO, channels: int, samples: int) -> None:
        header = wave_header(channels, samples)
        file.write(header)
        self._file = file
        self._whole, self._samples = hashlib.sha256(header), hashlib.sha256()
        self._odd = SAMPLE_BYTES * channels * samples % 2

    def write(self, packed: NDArray[np.uint8]) -> None:
        """The next of the samples, as bytes (see `pcm.packed`)."""
        self._file.write(packed.data)
        self._whole.update(packed.data)
        self._samples.update(packed.data)

    def end(self) -> tuple[str, str]:
        """Complete the file; the SHA-256 of all of it, and that of its samples alone (see `wave_sha256s`)."""
        padding = bytes(self._odd)  # chunks have even lengths
        self._file.write(padding)
        self._whole.update(padding)
        return self._whole.hexdigest(), self._samples.hexdigest()


@contextlib.contextmanager
def wave_writer(path: Path, channels: int, samples: int) -> Iterator[WaveWriter]:
    """A writer of a file of so many samples, RF64 where that is longer than 4 GiB. All or nothing.

    Raises OutputError.
    """
    with all_or_nothing(path) as beside, beside.open("wb") as file:
        yield WaveWriter(file, channels, samples)


def wave_header(channels: int, samples: int) -> bytes:
    """All that stands before the samples."""
    frame = SAMPLE_BYTES * channels
    size = frame * samples
    chunks = struct.calcsize(_FORMAT) + size + size % 2
    if size <= LONGEST_WAV_BYTES:
        head, data = struct.pack(_RIFF_HEAD, b"RIFF", 4 + chunks, b"WAVE"), size
    else:
        sizes = (struct.calcsize(_RF64_HEAD) - 8 + chunks, size, samples, 0)
        head, data = struct.pack(_RF64_HEAD, b"RF64", _IN_DS64, b"WAVE", b"ds64", 28, *sizes), _IN_DS64
    return head + struct.pack(
        _FORMAT,
        b"fmt ",
        16,
        1,
        channels,
        SAMPLE_RATE_HZ,
        SAMPLE_RATE_HZ * frame,
        frame,
        8 * SAMPLE_BYTES,
        b"data",
        data,
    )
