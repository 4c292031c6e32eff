"""Sound that comes in stretches of any length and goes on in whole grains."""

from __future__ import annotations

import torch
from torch import Tensor


class Waiting:
    """What has come and not yet gone on: less than a grain of it."""

    def __init__(self, grain_samples: int, first_samples: int | None = None) -> None:
        """The first grain may be of another length."""
        self._grain = grain_samples
        self._first = first_samples or grain_samples
        self._rest: Tensor | None = None

    def complete(self, sound: Tensor, *, last: bool) -> Tensor:
        """The next sound (C, T) after what waits: as many whole grains as there are, and after the last all of it."""
        whole = sound if self._rest is None else torch.cat([self._rest, sound], 1)
        samples = whole.shape[1]
        if not last:
            samples = 0 if samples < self._first else samples - (samples - self._first) % self._grain
        if samples:
            self._first = self._grain
        self._rest = whole[:, samples:].clone()
        return whole[:, :samples]
