"""Textures under everything: the crackle of vinyl, the hiss of tape."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.errors import ContractError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.kept import kept
from vem_core.synth.noise import coloured_noise
from vem_core.synth.tone import on_device, random_source

_LOOP_SAMPLES = 12 * SAMPLE_RATE_HZ
_FADE_S = 0.4
_LONGEST_TICK = 90  # samples, exclusive
TEXTURES = ("vinyl", "tape")


def render_texture(
    name: str, samples: int, seed: int, device: str = "cpu", *, stretch: tuple[int, int] | None = None
) -> Tensor:
    """The samples [start, end) of a stretch (default: all) of a texture over a whole score of `samples`, (2, T).

    About -50 dBFS. Raises ContractError for an unknown name.
    """
    if name not in TEXTURES:
        raise ContractError(f"There is no texture {name!r}; there are: {', '.join(TEXTURES)}.")
    start, end = stretch or (0, samples)
    hiss = _of_loop(_loop(name, 900, 9_000, 0.8, device), start, end)
    texture = hiss * (0.0022 if name == "tape" else 0.0012)
    if name == "vinyl":
        texture += _of_loop(_loop("rumble", 25, 90, 0.1, device), start, end) * 0.0016
        texture += on_device(_crackle(samples, seed, start, end), device)
    fade = min(samples, round(_FADE_S * SAMPLE_RATE_HZ))
    ramp = torch.linspace(0, 1, fade, device=device)
    if start < fade:
        texture[:, : fade - start] *= ramp[start:end]
    if end > samples - fade:
        first = max(start, samples - fade)
        texture[:, first - start :] *= ramp.flip(0)[first - samples + fade : end - samples + fade]
    return texture


@kept
def _loop(name: str, low_hz: float, high_hz: float, width: float, device: str) -> Tensor:
    return coloured_noise(_LOOP_SAMPLES, ("bed", name), low_hz, high_hz, width, device)


def _of_loop(loop: Tensor, start: int, end: int) -> Tensor:
    """Samples [start, end) of a loop over and over."""
    first = start % _LOOP_SAMPLES
    return loop.repeat(1, -(-(first + end - start) // _LOOP_SAMPLES))[:, first : first + end - start]


def _crackle(samples: int, seed: int, start: int, end: int) -> NDArray[np.float32]:
    """Ticks of dust: each second has its own, so a longer score keeps the ticks of a shorter one."""
    first = max(0, start // SAMPLE_RATE_HZ - 1)  # a tick may reach over from the second before
    origin = first * SAMPLE_RATE_HZ
    crackle = np.zeros((2, max(0, end - origin) + SAMPLE_RATE_HZ + _LONGEST_TICK), np.float32)
    for second in range(first, -(-end // SAMPLE_RATE_HZ)):
        source = random_source("crackle", seed, second)
        for _ in range(source.poisson(7)):
            at = second * SAMPLE_RATE_HZ + int(source.integers(SAMPLE_RATE_HZ))
            if at >= samples:
                continue
            length = int(source.integers(12, _LONGEST_TICK))
            time = np.arange(length)
            tick = np.sin(2 * np.pi * source.uniform(0.02, 0.13) * time) * np.exp(-5 * time / length)
            level = 0.004 * source.pareto(2.2) + 0.001
            pan = source.uniform(0.2, 0.8)
            crackle[:, at - origin : at - origin + length] += min(level, 0.03) * tick * np.array([[1 - pan], [pan]])
    return crackle[:, start - origin : end - origin]
