"""Steady phases and exponential decays, from one factor for each block and one for each place in a block."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ

_BLOCK_SAMPLES = 256


def steady_angle(frequency_hz: float, samples: int, device: str = "cpu") -> Tensor:
    """The phase of a sine in radians, float32 (T,), 0 to 4 pi; whole turns are dropped in float64."""
    cycles = frequency_hz / SAMPLE_RATE_HZ
    coarse, fine = (
        torch.frac(cycles * instants).mul_(2 * math.pi).float()[:, None] for instants in _instants(samples, device)
    )
    return (coarse + fine.T).flatten()[:samples]


def decay(time_constant_s: float, samples: int, device: str = "cpu") -> Tensor:
    """Exponential decay from 1: float32 (T,)."""
    rate = -1 / (time_constant_s * SAMPLE_RATE_HZ)
    coarse, fine = (torch.exp(rate * instants).float()[:, None] for instants in _instants(samples, device))
    return (coarse * fine.T).flatten()[:samples]


def _instants(samples: int, device: str) -> tuple[Tensor, Tensor]:
    """The first sample of each block, and those of the first block, float64."""
    blocks = -(-samples // _BLOCK_SAMPLES)
    return (
        torch.arange(blocks, dtype=torch.float64, device=device) * _BLOCK_SAMPLES,
        torch.arange(_BLOCK_SAMPLES, dtype=torch.float64, device=device),
    )
