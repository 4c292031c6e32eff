"""Banks of partials as matrix products.

A partial is a phasor z^t. Cut time into blocks of B samples, t = iB + j: then z^t = z^(iB) z^j, and a sum over P
partials is a product of an (N, 2P) with a (2P, B) matrix. That is exact, free of aliasing, and costs as little as a
matrix product does, on any device.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.spectrum import Values

_DAMPED_BLOCK = 256
STEERED_BLOCK = 256  # 5.3 ms: how often a steered partial's amplitude is set; linear between


def damped_partials(
    frequencies_hz: Values,
    amplitudes: Values,
    decays_s: Values,
    samples: int,
    *,
    phases: Values | None = None,
    device: str = "cpu",
    sample_rate_hz: int = SAMPLE_RATE_HZ,
) -> Tensor:
    """A sum of exponentially decaying sines: float32 (C, T).

    `frequencies_hz`, `decays_s` (time constants) and `phases` (radians) are (P,); `amplitudes` is (C, P).
    Partials at or above the Nyquist frequency are left out.
    """
    audible = frequencies_hz < 0.499 * sample_rate_hz
    cycles = frequencies_hz[audible] / sample_rate_hz  # per sample
    damping = 1 / (decays_s[audible] * sample_rate_hz)
    block = np.arange(_DAMPED_BLOCK)  # B
    coarse = np.arange(-(-samples // _DAMPED_BLOCK)) * _DAMPED_BLOCK  # N
    sine, cosine = _turn(np.outer(coarse, cycles), None if phases is None else phases[audible])  # N P
    level = np.exp(np.outer(coarse, -damping).astype(np.float32))  # N P
    left = np.concatenate([level * sine, level * cosine], 1)  # N 2P
    sine, cosine = _turn(np.outer(cycles, block))  # P B
    level = np.exp(np.outer(-damping, block).astype(np.float32))  # P B
    right = np.concatenate([level * cosine, level * sine], 0)  # 2P B
    weights = np.tile(amplitudes[:, audible].astype(np.float32), 2)  # C 2P
    return _product(weights[:, None, :] * left, right, device)[:, :samples]


def steered_partials(
    frequencies_hz: Values,
    levels: Values,
    channels: Values,
    samples: int,
    *,
    phases: Values | None = None,
    device: str = "cpu",
) -> Tensor:
    """A sum of sines whose amplitudes move: float32 (C, T).

    `levels` is (N + 1, P) at every STEERED_BLOCK samples, N = ceil(T / STEERED_BLOCK), linear between; `channels`
    (C, P) places each partial in the stereo picture.
    """
    audible = frequencies_hz < 0.499 * SAMPLE_RATE_HZ
    cycles = frequencies_hz[audible] / SAMPLE_RATE_HZ  # per sample
    levels = levels[:, audible].astype(np.float32)
    block = np.arange(STEERED_BLOCK)  # B
    coarse = np.arange(control_points(samples) - 1) * STEERED_BLOCK  # N
    sine, cosine = _turn(np.outer(coarse, cycles), None if phases is None else phases[audible])  # N P
    before, after = levels[:-1], levels[1:]
    left = np.concatenate([before * sine, before * cosine, after * sine, after * cosine], 1)  # N 4P
    sine, cosine = _turn(np.outer(cycles, block))  # P B
    rise = (block / STEERED_BLOCK).astype(np.float32)
    fall = 1 - rise
    right = np.concatenate([cosine * fall, sine * fall, cosine * rise, sine * rise], 0)  # 4P B
    weights = np.tile(channels[:, audible].astype(np.float32), 4)  # C 4P
    return _product(weights[:, None, :] * left, right, device)[:, :samples]


def control_points(samples: int) -> int:
    """How many amplitudes steer `samples` samples: one at the start of each block and one at the end."""
    return -(-samples // STEERED_BLOCK) + 1


def control_times_s(samples: int) -> Values:
    """The instants of the control points, in seconds."""
    return np.arange(control_points(samples)) * (STEERED_BLOCK / SAMPLE_RATE_HZ)


def _turn(cycles: Values, phases: Values | None = None) -> tuple[Values, Values]:
    """Sine and cosine, float32, of an angle in cycles (float64, so that long notes keep their phase)."""
    angle = ((cycles - np.floor(cycles)) * (2 * math.pi)).astype(np.float32)
    if phases is not None:
        angle = angle + phases.astype(np.float32)
    return np.sin(angle), np.cos(angle)


def _product(left: Values, right: Values, device: str) -> Tensor:
    """(C, N, M) x (M, B) as (C, N B), in float32."""
    channels, rows, columns = left.shape
    flat = torch.from_numpy(left.reshape(channels * rows, columns)).to(device)
    product = flat @ torch.from_numpy(right).to(device)
    return product.reshape(channels, rows * right.shape[1])
