"""Long timelines in overlapping windows: every window is denoised with the same noise and the same scene, and where two
overlap their velocities are cross-faded at every step, so that they settle on one piece of music.

Windows stand at fixed places from the start of the timeline; only the last one gives way to its end. Music far from a
change of length is therefore made from the same windows and the same noise as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Window(NamedTuple):
    """The latents [first, last_excl)."""

    first: int
    last_excl: int

    @property
    def length(self) -> int:
        """How many latents it holds."""
        return self.last_excl - self.first


def plan_windows(latents: int, window: int, overlap: int) -> list[Window]:
    """Windows of `window` latents that cover [0, latents), neighbours sharing at least `overlap`; one if all fits."""
    if latents <= window:
        return [Window(0, latents)]
    starts = [*range(0, latents - window, window - overlap), latents - window]
    return [Window(start, start + window) for start in starts]


def blend_weights(windows: Sequence[Window], overlap: int) -> list[Tensor]:
    """Each window's share of each of its latents, (length,): they sum to 1 wherever windows overlap.

    A share rises linearly over the overlap with the window before, so a window's first latents, which have seen no
    past, count least.
    """
    latents = windows[-1].last_excl
    raw = [_trapezoid(window, windows[0].first, latents, overlap) for window in windows]
    total = torch.zeros(latents)
    for window, share in zip(windows, raw, strict=True):
        total[window.first : window.last_excl] += share
    return [share / total[window.first : window.last_excl] for window, share in zip(windows, raw, strict=True)]


def _trapezoid(window: Window, first: int, last_excl: int, overlap: int) -> Tensor:
    places = torch.arange(window.length) + 0.5
    rising = places / overlap if window.first > first and overlap else torch.ones(window.length)
    falling = (window.length - places) / overlap if window.last_excl < last_excl and overlap else rising.new_ones(())
    return torch.minimum(rising.clamp_max(1.0), falling.clamp_max(1.0).expand(window.length))


def windows_touching(windows: Sequence[Window], wanted: Tensor) -> list[Window]:
    """The windows that hold at least one latent of `wanted`, (L,) bool."""
    return [window for window in windows if bool(wanted[window.first : window.last_excl].any())]
