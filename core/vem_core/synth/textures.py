"""Textures under everything: the crackle of vinyl, the hiss of tape."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.errors import ContractError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.noise import coloured_noise
from vem_core.synth.tone import on_device, random_source

_LOOP_SAMPLES = 12 * SAMPLE_RATE_HZ
_FADE_S = 0.4
TEXTURES = ("vinyl", "tape")


def render_texture(name: str, samples: int, seed: int, device: str = "cpu") -> Tensor:
    """A texture over the whole score, about -50 dBFS: (2, T). Raises ContractError for an unknown name."""
    if name not in TEXTURES:
        raise ContractError(f"There is no texture {name!r}; there are: {', '.join(TEXTURES)}.")
    hiss = _tiled(coloured_noise(_LOOP_SAMPLES, ("bed", name), 900, 9_000, 0.8, device), samples)
    texture = hiss * (0.0022 if name == "tape" else 0.0012)
    if name == "vinyl":
        texture += _tiled(coloured_noise(_LOOP_SAMPLES, ("bed", "rumble"), 25, 90, 0.1, device), samples) * 0.0016
        texture += on_device(_crackle(samples, seed), device)
    fade = min(samples, round(_FADE_S * SAMPLE_RATE_HZ))
    ramp = torch.linspace(0, 1, fade, device=device)
    texture[:, :fade] *= ramp
    texture[:, samples - fade :] *= ramp.flip(0)
    return texture


def _tiled(loop: Tensor, samples: int) -> Tensor:
    return loop.repeat(1, -(-samples // loop.shape[-1]))[:, :samples]


def _crackle(samples: int, seed: int) -> np.ndarray:
    """Ticks of dust: each second has its own, so a longer score keeps the ticks of a shorter one."""
    crackle = np.zeros((2, samples + 256), np.float32)
    for second in range(-(-samples // SAMPLE_RATE_HZ)):
        source = random_source("crackle", seed, second)
        for _ in range(source.poisson(7)):
            at = second * SAMPLE_RATE_HZ + int(source.integers(SAMPLE_RATE_HZ))
            if at >= samples:
                continue
            length = int(source.integers(12, 90))
            time = np.arange(length)
            tick = np.sin(2 * np.pi * source.uniform(0.02, 0.13) * time) * np.exp(-5 * time / length)
            level = 0.004 * source.pareto(2.2) + 0.001
            pan = source.uniform(0.2, 0.8)
            crackle[:, at : at + length] += min(level, 0.03) * tick * np.array([[1 - pan], [pan]])
    return crackle[:, :samples]
