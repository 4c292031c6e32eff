"""What holds a mix together: a bus compressor and a touch of saturation, both as one gain curve.

The curve is what stems are multiplied by, so that they go on summing to the mix. The detector's memory is finite:
music that did not change keeps its samples once the compressor has forgotten what came before. It calculates in
float64, on the CPU: how a sum is rounded depends on how many hops come at once, which must not show in the samples.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import between

HOP_SAMPLES = 96
"""The grain of the compressor's gain: 2 ms."""

_MEMORY_S = 0.30
_RELEASE_S = 0.09
_THRESHOLD_DB = -20.0
_KNEE_DB = 8.0
_MOST_DB = 9.0
_LEAST_DRIVE, _DRIVE_RANGE = 1.1, 1.8  # 1.1 takes 1 dB off a peak at half of full scale


class Glue:
    """The gain of a compressor (0..1) and a saturating stage (0..1) for a mix that comes in stretches of whole hops."""

    def __init__(self, compression: float, drive: float) -> None:
        self._compression, self._drive = compression, drive
        self._history: Tensor | None = None  # the power of the hops that the detector remembers
        self._reduction: Tensor | None = None  # in dB, of the hop before

    def gain(self, mix: Tensor) -> Tensor:
        """The gain at each sample of the next stretch (2, T), whole hops unless it is the last: (2, T)."""
        gain = self._compressor_gain(mix)
        if self._drive <= 0:
            return gain.repeat(len(mix), 1)
        pressed = mix * (gain * (_LEAST_DRIVE + _DRIVE_RANGE * self._drive))
        return pressed.square_().add_(1).rsqrt_().mul_(gain)

    def _compressor_gain(self, mix: Tensor) -> Tensor:
        """(T,)."""
        samples = mix.shape[-1]
        if self._compression <= 0 or samples == 0:
            return torch.ones(samples, device=mix.device)
        smooth = self._smoothed(_hop_powers(mix).cpu().double())  # N
        over = 10 * torch.log10(smooth + 1e-9) - _THRESHOLD_DB
        bent = torch.where(over.abs() < _KNEE_DB / 2, (over + _KNEE_DB / 2) ** 2 / (2 * _KNEE_DB), over.clamp(min=0))
        ratio = 1 + 2.5 * self._compression
        reduction = torch.clamp(bent * (1 - 1 / ratio), max=_MOST_DB)
        before = reduction[:1] if self._reduction is None else self._reduction
        self._reduction = reduction[-1:].clone()
        points = 10 ** (-torch.cat([before, reduction]) / 20)  # N + 1
        return between(points.float().to(mix.device), HOP_SAMPLES)[:samples]

    def _smoothed(self, power: Tensor) -> Tensor:
        """The power (N,) as the detector sees it, with what it remembers of the hops before."""
        weights = _detector_weights()
        if self._history is None:
            self._history = power.new_zeros(len(weights) - 1)
        history = torch.cat([self._history, power])
        self._history = history[len(power) :].clone()
        smooth: Tensor = torch.nn.functional.conv1d(history[None, None], weights[None, None])[0, 0]
        return smooth


def _hop_powers(mix: Tensor) -> Tensor:
    """The power of each hop of a mix (2, T), the last of which may be short: (N,)."""
    whole = mix.shape[-1] // HOP_SAMPLES * HOP_SAMPLES
    levels = torch.linalg.vector_norm(mix[:, :whole].unflatten(1, (-1, HOP_SAMPLES)), dim=2)
    if whole < mix.shape[-1]:
        levels = torch.cat([levels, torch.linalg.vector_norm(mix[:, whole:], dim=1, keepdim=True)], 1)
    return levels.square().mean(0) / HOP_SAMPLES


@functools.cache
def _detector_weights() -> Tensor:
    """How much the detector makes of each hop, the latest last; they sum to 1."""
    taps = round(_MEMORY_S * SAMPLE_RATE_HZ / HOP_SAMPLES)
    age = torch.arange(taps, dtype=torch.float64) * (HOP_SAMPLES / SAMPLE_RATE_HZ)
    weights = torch.exp(-age / _RELEASE_S) * torch.cos(age / _MEMORY_S * (torch.pi / 2))
    return (weights / weights.sum()).flip(0)
