"""Banks of partials as matrix products.

A partial is a phasor z^t. Cut time into blocks of B samples, t = iB + j: then z^t = z^(iB) z^j, and a sum over P
partials is a product of an (N, 2P) with a (2P, B) matrix. That is exact, free of aliasing, and costs as little as a
matrix product does, on any device. Most partials of a note die long before it does: from stretch to stretch, those
that no longer sound are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.spectrum import Values

BLOCK_SAMPLES = 256
_FIRST_STRETCH_BLOCKS = 16  # 85 ms; each later stretch is as long as all before it, as long as it fits in a cache
_LONGEST_STRETCH_BLOCKS = 128
TURNS = 16  # of so many instants one is worked out, the others are turned on from it

Factors = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Sines and cosines of partials, (instants, P) each."""


def damped_partials(
    frequencies_hz: Values,
    amplitudes: Values,
    decays_s: Values,
    samples: int,
    *,
    phases: Values | None = None,
    floor: float = 0.0,
    device: str = "cpu",
    sample_rate_hz: int = SAMPLE_RATE_HZ,
) -> Tensor:
    """A sum of exponentially decaying sines: float32 (C, T).

    `frequencies_hz`, `decays_s` (time constants) and `phases` (radians) are (P,); `amplitudes` is (C, P).
    Partials at or above the Nyquist frequency are left out, and others once they are softer than `floor`.
    """
    blocks = -(-samples // BLOCK_SAMPLES)
    damping = 1 / (decays_s * sample_rate_hz)
    lasting = np.full(len(frequencies_hz), blocks)
    if floor > 0:
        lives = np.log(np.maximum(np.abs(amplitudes).max(0), floor) / floor) / (damping * BLOCK_SAMPLES)
        lasting = np.minimum(np.ceil(lives), blocks).astype(int)
    lasting[frequencies_hz >= 0.499 * sample_rate_hz] = 0
    order = longest_first(lasting)
    lasting = lasting[order]
    cycles, damping = frequencies_hz[order] / sample_rate_hz, damping[order]
    phases = None if phases is None else phases[order]

    level = np.exp(np.outer(np.arange(BLOCK_SAMPLES), -damping).astype(np.float32))
    level = level * np.take(amplitudes, order, 1)[:, None].astype(np.float32)
    sines, cosines = (
        torch.from_numpy((level * turned).reshape(-1, len(order))).to(device)
        for turned in _turning(cycles, 0, 1, BLOCK_SAMPLES)
    )  # C B, P
    summed = torch.zeros(len(amplitudes), blocks, BLOCK_SAMPLES, device=device)
    for start, end in stretches(blocks):
        count = end - start
        sounding = int(np.searchsorted(-lasting, -start))
        if not sounding:
            break
        instants = (start + np.arange(count)) * BLOCK_SAMPLES
        level = np.exp(np.outer(instants, -damping[:sounding]).astype(np.float32))
        sine, cosine = (
            torch.from_numpy(level * turned).to(device)
            for turned in _turning(cycles[:sounding], start * BLOCK_SAMPLES, BLOCK_SAMPLES, count, phases)
        )
        stretch = sine @ cosines[:, :sounding].T + cosine @ sines[:, :sounding].T
        summed[:, start:end] = stretch.reshape(count, -1, BLOCK_SAMPLES).transpose(0, 1)
    return summed.flatten(1)[:, :samples]


def stretches(blocks: int) -> Iterator[tuple[int, int]]:
    """Cuts `blocks` blocks into stretches [start, end), after each of which partials that have died may be left out."""
    start = 0
    while start < blocks:
        end = min(blocks, max(2 * start, _FIRST_STRETCH_BLOCKS), start + _LONGEST_STRETCH_BLOCKS)
        yield start, end
        start = end


def longest_first(lasting: NDArray[np.int64]) -> NDArray[np.int64]:
    """The partials that sound at all, those that last longest first."""
    order = np.argsort(-lasting, kind="stable")
    return order[: np.count_nonzero(lasting)]


def _turning(cycles: Values, start: int, step: int, count: int, phases: Values | None = None) -> Factors:
    """Sine and cosine of partials at `count` instants, `step` samples apart: (count, P) each, float32.

    By the sum of two angles: one of every few instants is worked out, the rest is multiplication.
    """
    coarse = _turn(start + step * TURNS * np.arange(-(-count // TURNS)), cycles)
    fine = _turn(step * np.arange(TURNS), cycles, None if phases is None else phases[: len(cycles)])
    (sine, cosine), (more_sine, more_cosine) = (part[:, None] for part in coarse), fine
    partials = len(cycles)
    return (
        (sine * more_cosine + cosine * more_sine).reshape(-1, partials)[:count],
        (cosine * more_cosine - sine * more_sine).reshape(-1, partials)[:count],
    )


def _turn(instants: NDArray[np.int64], cycles: Values, phases: Values | None = None) -> Factors:
    """Sine and cosine of partials at each instant; taken modulo a turn in float64, so that long notes keep phase."""
    turns = np.outer(instants, cycles)
    angle = ((turns - np.floor(turns)) * (2 * math.pi)).astype(np.float32)
    if phases is not None:
        angle = angle + phases.astype(np.float32)
    return np.sin(angle), np.cos(angle)
