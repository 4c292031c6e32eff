"""Loudness as ITU-R BS.1770-4 and EBU Tech 3342 define it, and the power that it is made of."""

from __future__ import annotations

import math

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from vem_core.audio.k_weighting import k_weighting
from vem_core.audio.pcm import in_unit
from vem_core.audio.types import Audio, Pcm
from vem_core.contract.time import SAMPLE_RATE_HZ

HOP_SAMPLES = SAMPLE_RATE_HZ // 10
"""The grain of loudness: a tenth of a second."""

_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, 10.0
_BS1770_OFFSET_LU = -0.691
_HOPS_A_BLOCK = 4
_HOPS_AT_ONCE = 10  # a stretch that stays in the processor's cache


def measure_loudness(audio: Audio | Pcm) -> float:
    """The integrated loudness of (C, T) in LUFS (ITU-R BS.1770-4); minus infinity for silence.

    Whole numbers, as `Pcm.T` has them, are measured as the sound they stand for.

    Sound shorter than the gating block of 400 ms counts as one block.
    """
    samples = audio.shape[1]
    return loudness_of(weighted_powers(audio, hops_in(samples)), samples)


def hops_in(samples: int) -> int:
    """How many tenths of a second loudness is made of."""
    return max(1, round((samples - _HOPS_A_BLOCK * HOP_SAMPLES) / HOP_SAMPLES) + _HOPS_A_BLOCK)


def loudness_of(powers: NDArray[np.float64], samples: int) -> float:
    """The integrated loudness in LUFS of so many samples whose `weighted_powers` these are."""
    if samples == 0:
        return -math.inf
    if samples <= _HOPS_A_BLOCK * HOP_SAMPLES:
        blocks = np.array([powers.sum() * HOP_SAMPLES / samples])
    else:
        blocks = np.convolve(powers, np.ones(_HOPS_A_BLOCK) / _HOPS_A_BLOCK, mode="valid")
    with np.errstate(divide="ignore"):
        loudness = _BS1770_OFFSET_LU + 10 * np.log10(blocks)
    heard = blocks[loudness > _GATE_LUFS]
    if not len(heard):
        return -math.inf
    threshold = _BS1770_OFFSET_LU + 10 * math.log10(heard.mean()) - _RELATIVE_GATE_LU
    gated = heard[_BS1770_OFFSET_LU + 10 * np.log10(heard) > threshold]
    found = _BS1770_OFFSET_LU + 10 * math.log10(gated.mean()) if len(gated) else -math.inf
    return found if found > _GATE_LUFS else -math.inf


def weighted_powers(audio: Audio | Pcm, hops: int) -> NDArray[np.float64]:
    """The K-weighted power of each 100 ms, summed over the channels: (hops,). What lies beyond the end is silent."""
    powers = np.zeros(hops)
    weighting = k_weighting().astype(np.float32)
    state = np.zeros((len(weighting), audio.shape[0], 2), np.float32)
    for first in range(0, hops, _HOPS_AT_ONCE):
        part = in_unit(audio[:, first * HOP_SAMPLES : (first + _HOPS_AT_ONCE) * HOP_SAMPLES])
        if part.shape[1] == 0:
            break
        weighted, state = scipy.signal.sosfilt(weighting, part, axis=1, zi=state)
        count = min(_HOPS_AT_ONCE, hops - first)
        padded = np.zeros((audio.shape[0], count * HOP_SAMPLES), np.float32)
        padded[:, : weighted.shape[1]] = weighted[:, : padded.shape[1]]
        squares = np.square(padded).reshape(-1, count, HOP_SAMPLES)
        powers[first : first + count] = squares.mean(2, dtype=np.float64).sum(0)
    return powers


def block_powers(audio: Audio) -> NDArray[np.float64]:
    """The K-weighted power of each tenth of a second, channels added: (blocks,). What is left over is not counted."""
    blocks = audio.shape[1] // HOP_SAMPLES
    squares = weighted(audio)[:, : blocks * HOP_SAMPLES] ** 2
    return np.asarray(squares.sum(0).reshape(blocks, HOP_SAMPLES).mean(1))


def weighted(audio: Audio) -> NDArray[np.float64]:
    """Audio as loud as it is heard: the K-weighting of ITU-R BS.1770, (2, T)."""
    return np.asarray(scipy.signal.sosfilt(k_weighting(), audio.astype(np.float64), axis=-1))


def loudness_range_lu(audio: Audio) -> float:
    """The loudness range (EBU Tech 3342) of at least four seconds of sound."""
    import pyloudnorm

    return float(pyloudnorm.Meter(SAMPLE_RATE_HZ).loudness_range(audio.T.astype(np.float64)))
