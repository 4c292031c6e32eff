"""A take's waveform at every zoom: peaks in a pyramid, so that drawing costs as much as there are pixels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vem_core.contract.errors import AudioError

BASE_SAMPLES = 256
Peaks = NDArray[np.float32]


@dataclass(frozen=True)
class Waveform:
    """Lowest and highest sample of each block, (blocks, 2); a block of level k is `BASE_SAMPLES` x 4^k samples."""

    levels: tuple[Peaks, ...]
    samples: int

    @classmethod
    def of(cls, mono: NDArray[np.float32]) -> Waveform:
        """The pyramid of a mono signal in -1..1."""
        blocks = -(-max(1, len(mono)) // BASE_SAMPLES)
        padded = np.zeros(blocks * BASE_SAMPLES, np.float32)
        padded[: len(mono)] = mono
        grouped = padded.reshape(blocks, BASE_SAMPLES)
        levels = [np.stack([grouped.min(axis=1), grouped.max(axis=1)], axis=1)]
        while len(levels[-1]) > 64:
            finer = levels[-1]
            edges = np.arange(0, len(finer), 4)
            coarser = [np.minimum.reduceat(finer[:, 0], edges), np.maximum.reduceat(finer[:, 1], edges)]
            levels.append(np.stack(coarser, axis=1))
        return cls(tuple(levels), len(mono))

    def between(self, first_samples: float, end_excl_samples: float, columns: int) -> Peaks:
        """Lowest and highest sample of each of `columns` equal steps, (columns, 2); silence outside the sound."""
        step = max(1.0, (end_excl_samples - first_samples) / max(1, columns))
        level = int(np.clip(np.log(step / BASE_SAMPLES) / np.log(4), 0, len(self.levels) - 1)) if step > 1 else 0
        peaks = self.levels[level]
        block = BASE_SAMPLES * 4**level
        edges = (np.linspace(first_samples, end_excl_samples, columns + 1) / block).astype(int)
        found = np.zeros((columns, 2), np.float32)
        for column, (start, end) in enumerate(pairwise(edges)):
            part = peaks[max(0, start) : max(start + 1, end, 0)]
            if end >= 0 and len(part):
                found[column] = part[:, 0].min(), part[:, 1].max()
        return found


def read_waveform(path: Path) -> Waveform:
    """The waveform of an audio file, mixed to mono. Raises AudioError."""
    try:
        with av.open(str(path)) as container:
            resampler = av.AudioResampler(format="flt", layout="mono")
            parts = [
                converted.to_ndarray().reshape(-1)
                for frame in container.decode(audio=0)
                for converted in resampler.resample(frame)
            ]
    except (av.FFmpegError, OSError, IndexError) as error:
        raise AudioError(f"{path.name} cannot be read as audio: {error}.") from error
    return Waveform.of(np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32))
