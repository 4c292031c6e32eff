"""Sound that comes in stretches of any length and goes on in whole grains."""

from __future__ import annotations

import torch
from torch import Tensor

from vem_core.synth.stretches import ScratchBuffers


class Waiting:
    """What has come and not yet gone on: less than a grain of it."""

    def __init__(self, grain_samples: int, scratch: ScratchBuffers, first_samples: int | None = None) -> None:
        """What is complete lies in `scratch`, until the next is. The first grain may be of another length."""
        self._grain = grain_samples
        self._first = first_samples or grain_samples
        self._scratch = scratch
        self._rest: Tensor | None = None  # longer than what waits
        self._waiting = 0

    def complete(self, sound: Tensor, *, last: bool) -> Tensor:
        """The next sound (C, T) after what waits: as many whole grains as there are, and after the last all of it."""
        samples = self._waiting + sound.shape[1]
        whole = self._scratch.buffer(f"waiting, {len(sound)}", samples, len(sound))
        if self._rest is None:
            self._rest = torch.empty(len(sound), max(self._grain, self._first), device=sound.device)
        whole[:, : self._waiting] = self._rest[:, : self._waiting]
        whole[:, self._waiting :] = sound
        if not last:
            samples = 0 if samples < self._first else samples - (samples - self._first) % self._grain
        if samples:
            self._first = self._grain
        self._waiting = whole.shape[1] - samples
        self._rest[:, : self._waiting] = whole[:, samples:]
        return whole[:, :samples]
