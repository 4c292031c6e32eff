"""Envelopes: how a sound begins, holds and ends."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.spectrum import Values


@dataclass(frozen=True)
class Envelope:
    """Attack, decay and sustain of a held note; the release is the patch's own and added by the mixer."""

    attack_s: float = 0.003
    decay_s: float = 0.3  # time constant of the fall to the sustain level
    sustain: float = 1.0
    hold_s: float = 0.0  # at the top before the decay begins

    def level(self, time_s: Values) -> Values:
        """The level (0..1) at each instant."""
        rise = np.clip(time_s / max(self.attack_s, 1e-4), 0, 1)
        fall = np.exp(-np.maximum(time_s - self.attack_s - self.hold_s, 0) / max(self.decay_s, 1e-3))
        return np.asarray(np.sin(rise * np.pi / 2) ** 2 * (self.sustain + (1 - self.sustain) * fall))


@functools.lru_cache(maxsize=256)
def fade_in(samples: int, device: str = "cpu") -> Tensor:
    """A raised-cosine rise over `samples` samples, from just above 0 to 1; not to be written to."""
    ramp = (torch.arange(samples, dtype=torch.float32, device=device) + 1) / max(samples, 1)
    return torch.sin(ramp * (torch.pi / 2)) ** 2


def release_curve(samples: int, device: str = "cpu") -> Tensor:
    """How a released note dies: exponentially by about 60 dB, and to exactly zero on the last sample."""
    position = torch.arange(1, samples + 1, dtype=torch.float32, device=device) / max(samples, 1)
    return torch.exp(-6.9 * position) * torch.cos(position * (torch.pi / 2)).clamp(min=0).sqrt()


def apply_attack(rendered: Tensor, attack_s: float) -> Tensor:
    """The rendered note with its first moments faded in, in place."""
    samples = min(rendered.shape[-1], max(1, round(attack_s * SAMPLE_RATE_HZ)))
    rendered[..., :samples] *= fade_in(samples, str(rendered.device))
    return rendered


def fade_end(rendered: Tensor, fade_s: float) -> Tensor:
    """The rendered note with its last moments faded to zero, in place."""
    samples = min(rendered.shape[-1], max(1, round(fade_s * SAMPLE_RATE_HZ)))
    rendered[..., -samples:] *= 1 - fade_in(samples, str(rendered.device))
    return rendered


def interpolate(points: Values, step: int, samples: int, device: str = "cpu") -> Tensor:
    """Control points every `step` samples as a curve of `samples` samples, linear between: float32 (..., T).

    `points` is (..., N + 1) with N * step >= samples.
    """
    return between(torch.from_numpy(points.astype(np.float32)).to(device), step)[..., :samples]


def between(points: Tensor, step: int) -> Tensor:
    """Points (..., N + 1) with `step` values from each on to before the next, linear: (..., N * step).

    As a matrix product: that takes a quarter of the time of `lerp`.
    """
    ramp = torch.arange(step, dtype=torch.float32, device=points.device) / step
    return (torch.stack([points[..., :-1], points[..., 1:]], -1) @ torch.stack([1 - ramp, ramp])).flatten(-2)
