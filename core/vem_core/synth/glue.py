"""What holds a mix together: a bus compressor and a touch of saturation, both as one gain curve.

The curve is what stems are multiplied by, so that they go on summing to the mix. The detector's memory is finite:
music that did not change keeps its samples once the compressor has forgotten what came before.
"""

from __future__ import annotations

import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import between

_HOP = 96
_MEMORY_S = 0.30
_RELEASE_S = 0.09
_THRESHOLD_DB = -20.0
_KNEE_DB = 8.0
_MOST_DB = 9.0
_LEAST_DRIVE, _DRIVE_RANGE = 1.1, 1.8  # 1.1 takes 1 dB off a peak at half of full scale


def glue_gain(mix: Tensor, compression: float, drive: float) -> Tensor:
    """The gain, at each sample, of a compressor (0..1) and a saturating stage (0..1): (2, T)."""
    gain = _compressor_gain(mix, compression)
    if drive <= 0:
        return gain.repeat(len(mix), 1)
    pressed = mix * (gain * (_LEAST_DRIVE + _DRIVE_RANGE * drive))
    return pressed.square_().add_(1).rsqrt_().mul_(gain)


def _compressor_gain(mix: Tensor, compression: float) -> Tensor:
    """(T,)."""
    samples = mix.shape[-1]
    if compression <= 0:
        return torch.ones(samples, device=mix.device)
    whole = samples // _HOP * _HOP
    levels = torch.linalg.vector_norm(mix[:, :whole].unflatten(1, (-1, _HOP)), dim=2)
    if whole < samples:
        levels = torch.cat([levels, torch.linalg.vector_norm(mix[:, whole:], dim=1, keepdim=True)], 1)
    power = levels.square().mean(0) / _HOP  # N
    taps = round(_MEMORY_S * SAMPLE_RATE_HZ / _HOP)
    age = torch.arange(taps, dtype=torch.float32, device=mix.device) * (_HOP / SAMPLE_RATE_HZ)
    weights = torch.exp(-age / _RELEASE_S) * torch.cos(age / _MEMORY_S * (torch.pi / 2))
    history = torch.nn.functional.pad(power[None, None], (taps - 1, 0))
    smooth = torch.nn.functional.conv1d(history, (weights / weights.sum()).flip(0)[None, None])[0, 0]  # N
    over = 10 * torch.log10(smooth + 1e-9) - _THRESHOLD_DB
    bent = torch.where(over.abs() < _KNEE_DB / 2, (over + _KNEE_DB / 2) ** 2 / (2 * _KNEE_DB), over.clamp(min=0))
    ratio = 1 + 2.5 * compression
    reduction = torch.clamp(bent * (1 - 1 / ratio), max=_MOST_DB)
    points = 10 ** (-torch.nn.functional.pad(reduction[None], (1, 0), mode="replicate")[0] / 20)  # N + 1
    return between(points, _HOP)[:samples]
