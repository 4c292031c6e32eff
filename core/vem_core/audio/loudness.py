"""Loudness as ITU-R BS.1770-4 and EBU Tech 3342 define it, and the power that it is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from vem_core.audio.k_weighting import k_weighting
from vem_core.audio.pcm import in_unit
from vem_core.audio.sections import Sections
from vem_core.audio.tape import Sound, blocks
from vem_core.audio.types import Audio, Pcm
from vem_core.contract.time import SAMPLE_RATE_HZ

HOP_SAMPLES = SAMPLE_RATE_HZ // 10
"""The grain of loudness: a tenth of a second."""

_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, 10.0
_BS1770_OFFSET_LU = -0.691
_HOPS_A_BLOCK = 4
_SAMPLES_AT_ONCE = 10 * HOP_SAMPLES  # a stretch that stays in the processor's cache
_HOPS_A_STRETCH = 100


def measure_loudness(audio: Sound | Pcm) -> float:
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
        gating = np.array([powers.sum() * HOP_SAMPLES / samples])
    else:
        gating = np.convolve(powers, np.ones(_HOPS_A_BLOCK) / _HOPS_A_BLOCK, mode="valid")
    with np.errstate(divide="ignore"):
        loudness = _BS1770_OFFSET_LU + 10 * np.log10(gating)
    heard = gating[loudness > _GATE_LUFS]
    if not len(heard):
        return -math.inf
    threshold = _BS1770_OFFSET_LU + 10 * math.log10(heard.mean()) - _RELATIVE_GATE_LU
    gated = heard[_BS1770_OFFSET_LU + 10 * np.log10(heard) > threshold]
    found = _BS1770_OFFSET_LU + 10 * math.log10(gated.mean()) if len(gated) else -math.inf
    return found if found > _GATE_LUFS else -math.inf


class PowerMeter:
    """The K-weighted power of each 100 ms of a sound that comes piece by piece."""

    def __init__(self, channels: int) -> None:
        self._weighting = Sections(k_weighting().astype(np.float32), channels)
        self._rest = np.zeros((channels, 0), np.float32)

    def hear(self, audio: Audio) -> NDArray[np.float64]:
        """The powers of the hops that are complete after the next of the sound, (C, T): (hops,), channels added."""
        powers = [np.zeros(0)]
        for first in range(0, audio.shape[1], _SAMPLES_AT_ONCE):
            part = audio[:, first : first + _SAMPLES_AT_ONCE]
            weighted = self._weighting.apply(np.asarray(part, np.float32))
            if self._rest.shape[1]:
                weighted = np.concatenate([self._rest, weighted], axis=1)
            hops = weighted.shape[1] // HOP_SAMPLES
            powers.append(_powers_of(weighted[:, : hops * HOP_SAMPLES]))
            self._rest = weighted[:, hops * HOP_SAMPLES :]
        return np.concatenate(powers)

    def end(self) -> NDArray[np.float64]:
        """The power of the last hop, where it is not complete: (1,) or (0,)."""
        missing = -self._rest.shape[1] % HOP_SAMPLES
        return _powers_of(np.pad(self._rest, ((0, 0), (0, missing))))


def weighted_powers(audio: Sound | Pcm, hops: int, first_hop: int = 0) -> NDArray[np.float64]:
    """The K-weighted power of each 100 ms from hop `first_hop` on, summed over the channels: (hops,).

    What lies beyond the end is silent, and so is what comes before the first.
    """
    first = first_hop * HOP_SAMPLES
    inside = slice(first, first + hops * HOP_SAMPLES).indices(audio.shape[1])[1] - first
    parts = (
        in_unit(audio[:, first + where.start : first + where.stop])
        for where in blocks(inside, audio, size=_SAMPLES_AT_ONCE)
    )
    return powers_of(parts, audio.shape[0], hops)


def powers_of(parts: Iterable[Audio], channels: int, hops: int) -> NDArray[np.float64]:
    """As `weighted_powers`, of a sound that comes in parts (C, T)."""
    powers, done = np.zeros(hops), 0
    meter = PowerMeter(channels)
    for part in parts:
        made = meter.hear(part)[: hops - done]
        powers[done : done + len(made)] = made
        done += len(made)
    last = meter.end()[: hops - done]
    powers[done : done + len(last)] = last
    return powers


def powers_with_changes(
    powers: NDArray[np.float64], changed: NDArray[np.bool_], measure: Callable[[int, int], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """The K-weighted powers of a sound, from those that it would have without its changes: (hops,).

    Only hops that are `changed`, and those after them, are measured: the weighting's memory is shorter than a hop.
    `measure(first, end)` gives the powers of hops [first, end), as if all before them were silent.
    """
    changed = changed.copy()
    changed[1:] |= changed[:-1]
    edges = np.flatnonzero(np.diff(changed, prepend=False, append=False))
    found = powers.copy()
    for first, end in edges.reshape(-1, 2).tolist():
        lead = max(first - 1, 0)
        found[first:end] = measure(lead, end)[first - lead :]
    return found


def _powers_of(weighted: Audio) -> NDArray[np.float64]:
    """The power of each whole hop of weighted sound (C, T): (hops,)."""
    squares = np.square(weighted).reshape(len(weighted), -1, HOP_SAMPLES)
    return np.asarray(squares.mean(2, dtype=np.float64).sum(0))


def block_powers(audio: Sound, first: int = 0, end: int | None = None) -> NDArray[np.float64]:
    """The K-weighted power of each tenth of a second in float64, channels added: (blocks,).

    What is left over is not counted. Of blocks [first, end) as if what comes before were silent.
    """
    powers = np.zeros((audio.shape[1] // HOP_SAMPLES if end is None else end) - first)
    weighting, begin = Sections(k_weighting(), audio.shape[0]), first * HOP_SAMPLES
    for where in blocks(len(powers) * HOP_SAMPLES, audio, size=_HOPS_A_STRETCH * HOP_SAMPLES):
        part = audio[:, begin + where.start : begin + where.stop]
        weighted = weighting.apply(part.astype(np.float64))
        hops = slice(where.start // HOP_SAMPLES, where.stop // HOP_SAMPLES)
        powers[hops] = (weighted**2).sum(0).reshape(-1, HOP_SAMPLES).mean(1)
    return powers


def weighted(audio: Audio) -> NDArray[np.float64]:
    """Audio as loud as it is heard: the K-weighting of ITU-R BS.1770, (2, T)."""
    return np.asarray(scipy.signal.sosfilt(k_weighting(), audio.astype(np.float64), axis=-1))


def loudness_range_lu(audio: Audio) -> float:
    """The loudness range (EBU Tech 3342) of at least four seconds of sound."""
    import pyloudnorm

    return float(pyloudnorm.Meter(SAMPLE_RATE_HZ).loudness_range(audio.T.astype(np.float64)))
