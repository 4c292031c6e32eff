"""The stretches that a piece is played in, one after the other, and the memory that they share.

However long they are, every sample comes out the same to the last bit: filters and room work on grids of the whole, and
what rings on is carried.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vem_core.synth.spectrum import BLOCK_SAMPLES

STRETCH_SAMPLES = 32 * BLOCK_SAMPLES
"""11 s: so long that what is played twice for its ringing, two blocks, costs little."""

FIRST_STRETCH_SAMPLES = 12 * BLOCK_SAMPLES
"""4.1 s, as the room's first block: it is heard while the rest is played."""

_LOOK_BACK_BLOCKS = 2  # one for a part's own filter, one for the echoes' filter after it


@dataclass(frozen=True)
class Stretch:
    """The samples [start, end) of a piece, and [first, last) that are played for them, on the filters' grid."""

    start: int
    end: int
    first: int
    last: int
    is_last: bool

    @property
    def samples(self) -> int:
        """How many are played."""
        return self.last - self.first

    @property
    def wanted(self) -> slice:
        """Those that are wanted, counted from the first that is played."""
        return slice(self.start - self.first, self.end - self.first)


def stretches_of(
    samples: int, stretch_samples: int = STRETCH_SAMPLES, first_samples: int = FIRST_STRETCH_SAMPLES
) -> Iterator[Stretch]:
    """The stretches of so many samples, one at least: a shorter one at the start, so that it is soon heard."""
    starts = [0, *range(min(first_samples, stretch_samples), samples, stretch_samples)]
    for start, end in itertools.pairwise([*starts, samples]):
        first = max(0, (start // BLOCK_SAMPLES - _LOOK_BACK_BLOCKS) * BLOCK_SAMPLES)
        last = min(-(-end // BLOCK_SAMPLES) * BLOCK_SAMPLES, samples)
        yield Stretch(start, end, first, last, end == samples)


class ScratchBuffers:
    """Memory that is used for one sound after another: getting new memory takes longer than what is done in it."""

    def __init__(self, device: str = "cpu") -> None:
        self._device = device
        self._tracks: dict[str, Tensor] = {}

    def cleared(self, name: str, samples: int, channels: int = 2) -> Tensor:
        """The first samples of the buffer of that name, silent: (channels, samples). What was in it is lost."""
        return self.buffer(name, samples, channels).zero_()

    def buffer(self, name: str, samples: int, channels: int) -> Tensor:
        """The first samples of the buffer of that name, to be written over: (channels, samples)."""
        if name not in self._tracks or self._tracks[name].shape[1] < samples:
            self._tracks[name] = torch.empty(channels, samples, device=self._device)
        return self._tracks[name][:, :samples]
