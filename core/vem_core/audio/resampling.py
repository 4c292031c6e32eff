"""Sound at another sample rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
import soxr
from numpy.typing import NDArray

Sample = TypeVar("Sample", np.float32, np.float64)


def resample(sound: NDArray[Sample], from_hz: int, to_hz: int) -> NDArray[Sample]:
    """Sound (T, channels) at another rate (soxr VHQ); its length is T's to within a sample."""
    return sound if from_hz == to_hz else np.asarray(soxr.resample(sound, from_hz, to_hz, quality="VHQ"))


def resample_exactly(sound: NDArray[Sample], from_hz: int, to_hz: int) -> NDArray[Sample]:
    """Sound (T, channels) as (T', channels) at another rate, T' being T's length to the nearest sample."""
    wanted = samples_at(len(sound), from_hz, to_hz)
    made = resample(sound, from_hz, to_hz)
    return np.pad(made[:wanted], ((0, max(0, wanted - len(made))), (0, 0)))


def resample_blocks(
    sound: Iterable[NDArray[np.float64]], samples: int, channels: int, from_hz: int, to_hz: int
) -> Iterator[NDArray[np.float64]]:
    """Blocks (T, channels) of a sound of `samples` as blocks of what `resample_exactly` makes of the whole."""
    wanted, given = samples_at(samples, from_hz, to_hz), 0
    stream = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float64", quality="VHQ")
    for block in sound:
        samples -= len(block)
        made = stream.resample_chunk(block, last=samples <= 0)[: wanted - given]
        given += len(made)
        yield made
    if given < wanted:
        yield np.zeros((wanted - given, channels))


def samples_at(samples: int, from_hz: int, to_hz: int) -> int:
    """So many samples at one rate as samples at another, to the nearest; half goes up."""
    return (2 * samples * to_hz + from_hz) // (2 * from_hz)
