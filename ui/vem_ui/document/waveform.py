"""A take's waveform at every zoom: peaks in a pyramid, so that drawing costs as much as there are pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vem_core.contract.errors import AudioError

BASE_SAMPLES = 256
_FANOUT = 4
_READ_SAMPLES = 1 << 16
Peaks = NDArray[np.float32]


@dataclass(frozen=True)
class Waveform:
    """Lowest and highest sample of each block, (blocks, 2); a block of level k is `BASE_SAMPLES` x 4^k samples."""

    levels: tuple[Peaks, ...]
    samples: int

    @classmethod
    def of(cls, mono: NDArray[np.float32]) -> Waveform:
        """The pyramid of a mono signal in -1..1."""
        return cls._over(_peaks(mono), len(mono))

    @classmethod
    def of_parts(cls, parts: Iterable[NDArray[np.float32]]) -> Waveform:
        """The pyramid of a mono signal that comes in parts; an hour of sound is never in memory as a whole."""
        finest: list[Peaks] = []
        waiting: list[NDArray[np.float32]] = []
        samples = peaked = 0
        for part in parts:
            samples += len(part)
            waiting.append(part)
            if samples - peaked >= _READ_SAMPLES:
                joined = np.concatenate(waiting)
                whole = len(joined) - len(joined) % BASE_SAMPLES
                finest.append(_peaks(joined[:whole]))
                waiting, peaked = [joined[whole:]], peaked + whole
        if samples > peaked or not finest:
            finest.append(_peaks(np.concatenate([*waiting, np.zeros(0, np.float32)])))
        return cls._over(np.concatenate(finest), samples)

    @classmethod
    def _over(cls, finest: Peaks, samples: int) -> Waveform:
        levels = [finest]
        while len(levels[-1]) > 64:
            finer = levels[-1]
            edges = np.arange(0, len(finer), _FANOUT)
            coarser = [np.minimum.reduceat(finer[:, 0], edges), np.maximum.reduceat(finer[:, 1], edges)]
            levels.append(np.stack(coarser, axis=1))
        return cls(tuple(levels), samples)

    def between(self, first_samples: float, end_excl_samples: float, columns: int) -> Peaks:
        """Lowest and highest sample of each of `columns` equal steps, (columns, 2); silence outside the sound."""
        step = max(1.0, (end_excl_samples - first_samples) / max(1, columns))
        level = int(np.clip(np.log(step / BASE_SAMPLES) / np.log(_FANOUT), 0, len(self.levels) - 1))
        peaks = self.levels[level]
        block = BASE_SAMPLES * _FANOUT**level
        edges = np.floor(np.linspace(first_samples, end_excl_samples, columns + 1) / block).astype(np.int64)
        starts, ends = edges[:-1], np.maximum(edges[1:], edges[:-1] + 1)
        sounds = (starts < len(peaks)) & (ends > 0)
        starts, ends = starts.clip(0, len(peaks) - 1), ends.clip(1, len(peaks))
        # One more row, so that an end may be the array's; reduceat then takes every second of its stretches.
        padded = np.concatenate([peaks, np.zeros((1, 2), np.float32)])
        pairs = np.stack([starts, ends], axis=1).reshape(-1)
        found = np.stack(
            [np.minimum.reduceat(padded[:, 0], pairs)[::2], np.maximum.reduceat(padded[:, 1], pairs)[::2]], axis=1
        )
        found[~sounds] = 0.0
        return found


def read_waveform(path: Path) -> Waveform:
    """The waveform of an audio file, mixed to mono. Raises AudioError."""
    try:
        with av.open(str(path)) as container:
            return Waveform.of_parts(_decoded_mono(container))
    except (av.FFmpegError, OSError, IndexError) as error:
        raise AudioError(f"{path.name} cannot be read as audio: {error}.") from error


def _decoded_mono(container: av.container.InputContainer) -> Iterator[NDArray[np.float32]]:
    resampler = av.AudioResampler(format="flt", layout="mono")
    for frame in container.decode(audio=0):
        for converted in resampler.resample(frame):
            yield converted.to_ndarray().astype(np.float32, copy=False).reshape(-1)


def _peaks(mono: NDArray[np.float32]) -> Peaks:
    """Lowest and highest sample of each block, (blocks, 2); the last block may be shorter."""
    edges = np.arange(0, max(1, len(mono)), BASE_SAMPLES)
    padded = mono if len(mono) else np.zeros(1, np.float32)
    return np.stack([np.minimum.reduceat(padded, edges), np.maximum.reduceat(padded, edges)], axis=1)
