"""Banks of partials as matrix products.

A partial is a phasor z^t. Cut time into blocks of B samples, t = iB + j: then z^t = z^(iB) z^j, and a sum over P
partials is a product of an (N, 2P) with a (2P, B) matrix. That is exact, free of aliasing, and costs as little as a
matrix product does, on any device. Most partials of a note die long before it does: from stretch to stretch, those
that no longer sound are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.spectrum import Values

BLOCK_SAMPLES = 256
STEERED_BLOCK = BLOCK_SAMPLES  # 5.3 ms: how often a steered partial's amplitude is set; linear between
_FIRST_STRETCH_BLOCKS = 16  # 85 ms; each later stretch is as long as all before it
_TURNS = 16

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
    order = _longest_first(lasting)
    cycles, damping = frequencies_hz[order] / sample_rate_hz, damping[order]
    phases = None if phases is None else phases[order]

    def left(start_block: int, count: int, sounding: int) -> list[Factors]:
        start = start_block * BLOCK_SAMPLES
        sine, cosine = _turning(cycles[:sounding], start, BLOCK_SAMPLES, count, phases)
        level = np.exp(np.outer(start + np.arange(count) * BLOCK_SAMPLES, -damping[:sounding]).astype(np.float32))
        return [(level * sine, level * cosine)]

    sine, cosine = _turning(cycles, 0, 1, BLOCK_SAMPLES)
    level = np.exp(np.outer(np.arange(BLOCK_SAMPLES), -damping).astype(np.float32))
    right = (level * sine, level * cosine)
    return _sum(left, right, np.take(amplitudes, order, 1), lasting[order], blocks, device)[:, :samples]


def steered_partials(
    frequencies_hz: Values,
    levels: Values,
    channels: Values,
    samples: int,
    *,
    phases: Values | None = None,
    floor: float = 0.0,
    device: str = "cpu",
) -> Tensor:
    """A sum of sines whose amplitudes move: float32 (C, T).

    `levels` is (N + 1, P) at every STEERED_BLOCK samples, N = ceil(T / STEERED_BLOCK), linear between; `channels`
    (C, P) places each partial in the stereo picture. Partials at or above the Nyquist frequency are left out, and
    others once they stay softer than `floor`.
    """
    blocks = control_points(samples) - 1
    lasting = np.full(len(frequencies_hz), blocks)
    if floor > 0:
        quiet_from = len(levels) - np.argmax(levels[::-1] > floor, 0)  # the control point after the last loud one
        lasting = np.where((levels > floor).any(0), np.minimum(quiet_from, blocks), 0)
    lasting[frequencies_hz >= 0.499 * SAMPLE_RATE_HZ] = 0
    order = _longest_first(lasting)
    cycles, levels = frequencies_hz[order] / SAMPLE_RATE_HZ, np.take(levels.astype(np.float32), order, 1)
    phases = None if phases is None else phases[order]

    def left(start_block: int, count: int, sounding: int) -> list[Factors]:
        sine, cosine = _turning(cycles[:sounding], start_block * BLOCK_SAMPLES, BLOCK_SAMPLES, count, phases)
        before = levels[start_block : start_block + count, :sounding]
        after = levels[start_block + 1 : start_block + count + 1, :sounding]
        return [(before * sine, before * cosine), (after * sine, after * cosine)]

    right = _turning(cycles, 0, 1, BLOCK_SAMPLES)
    return _sum(left, right, np.take(channels, order, 1), lasting[order], blocks, device)[:, :samples]


def control_points(samples: int) -> int:
    """How many amplitudes steer `samples` samples: one at the start of each block and one at the end."""
    return -(-samples // STEERED_BLOCK) + 1


def control_times_s(samples: int) -> Values:
    """The instants of the control points, in seconds."""
    return np.arange(control_points(samples)) * (STEERED_BLOCK / SAMPLE_RATE_HZ)


def _longest_first(lasting: NDArray[np.int64]) -> NDArray[np.int64]:
    """The partials that sound at all, those that last longest first."""
    order = np.argsort(-lasting, kind="stable")
    return order[: np.count_nonzero(lasting)]


def _turning(cycles: Values, start: int, step: int, count: int, phases: Values | None = None) -> Factors:
    """Sine and cosine of partials at `count` instants, `step` samples apart: (count, P) each, float32.

    By the sum of two angles: one of every few instants is worked out, the rest is multiplication.
    """
    coarse = _turn(start + step * _TURNS * np.arange(-(-count // _TURNS)), cycles)
    fine = _turn(step * np.arange(_TURNS), cycles, None if phases is None else phases[: len(cycles)])
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


def _sum(
    left: Callable[[int, int, int], list[Factors]],
    right: Factors,
    channels: Values,
    lasting: NDArray[np.int64],
    blocks: int,
    device: str,
) -> Tensor:
    """The partials' sum, (C, blocks * B).

    `right` turns partials within a block, (B, P) each of sine and cosine; `left` gives the sines and cosines that a
    stretch of blocks begins with, of the partials that still sound: once, or at both ends of blocks that are faded
    from the one to the other. `lasting` says for how many blocks each partial sounds, in falling order.
    """
    weights = channels.astype(np.float32)[:, None]  # C 1 P
    sines, cosines = (
        torch.from_numpy((weights * turned).reshape(-1, weights.shape[-1])).to(device) for turned in right
    )  # C B, P
    rise = torch.arange(BLOCK_SAMPLES, dtype=torch.float32, device=device) / BLOCK_SAMPLES
    summed = torch.zeros(len(channels), blocks, BLOCK_SAMPLES, device=device)
    start = 0
    while start < blocks:
        count = min(blocks, max(2 * start, _FIRST_STRETCH_BLOCKS)) - start
        sounding = int(np.searchsorted(-lasting, -start))
        if not sounding:
            break
        ends = [
            torch.from_numpy(sine).to(device) @ cosines[:, :sounding].T
            + torch.from_numpy(cosine).to(device) @ sines[:, :sounding].T
            for sine, cosine in left(start, count, sounding)
        ]
        shaped = [end.reshape(count, len(channels), BLOCK_SAMPLES).transpose(0, 1) for end in ends]
        summed[:, start : start + count] = shaped[0] if len(shaped) == 1 else torch.lerp(shaped[0], shaped[1], rise)
        start += count
    return summed.flatten(1)
