"""Banks of partials whose amplitudes move, as non-uniform Fourier transforms.

Around each control point a partial is a steady sine, so what sounds there is the transform of a spectrum that has the
partial between two bins. Each partial is spread over the few bins about it by a Kaiser-Bessel kernel, one inverse FFT
sounds them all, and dividing by the kernel's own transform undoes the spreading. Neighbouring control points are faded
into each other by straight lines. After the gridding of Jackson et al. (1991); inverse FFTs for partials: Rodet &
Depalle (1992).
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.additive import longest_first
from vem_core.synth.spectrum import Values
from vem_core.synth.tone import on_device

STEERED_BLOCK = 256  # 5.3 ms: how often a steered partial's amplitude is set; linear between
_FRAME = 4 * STEERED_BLOCK  # of which the middle half is used: an oversampling of two
_SPREAD_BINS = 7  # errors below 2e-6 of a partial (-115 dB)
_KERNEL_SHAPE = math.pi * math.sqrt((0.75 * _SPREAD_BINS) ** 2 - 0.8)  # Beatty et al. (2005) for that oversampling
_MARGIN_BINS = _SPREAD_BINS // 2 + 1  # what is spread below zero and above the Nyquist frequency
_GRID_BINS = _FRAME // 2 + 1 + 2 * _MARGIN_BINS
_HIGHEST_HZ = 0.499 * SAMPLE_RATE_HZ
_FIRST_STRETCH_BLOCKS = 16  # 85 ms; each later stretch is as long as all before it
_TURNS = 16


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

    `levels` is (P, N + 1) at every STEERED_BLOCK samples, N = ceil(T / STEERED_BLOCK), linear between; `channels`
    (C, P) places each partial in the stereo picture. Partials at or above the Nyquist frequency are left out, and
    others once they stay softer than `floor`.
    """
    blocks = control_points(samples) - 1
    lasting = np.full(len(frequencies_hz), blocks)
    if floor > 0:
        quiet_from = levels.shape[1] - np.argmax(levels[:, ::-1] > floor, 1)  # the point after the last loud one
        lasting = np.where((levels > floor).any(1), np.minimum(quiet_from, blocks), 0)
    lasting[frequencies_hz >= _HIGHEST_HZ] = 0
    order = longest_first(lasting)
    levels = np.asarray(levels[order], np.float32)
    lasting, cycles = lasting[order], frequencies_hz[order] / SAMPLE_RATE_HZ
    phasors = _phasors(cycles, blocks + 1, np.zeros(len(order)) if phases is None else phases[order])
    rows, weights = _spread(cycles, channels[:, order])
    summed = torch.zeros(len(channels), blocks, STEERED_BLOCK, device=device)
    start = 0
    while start < blocks:
        end = min(blocks, max(2 * start, _FIRST_STRETCH_BLOCKS))
        sounding = int(np.searchsorted(-lasting, -start))
        if not sounding:
            break
        points = slice(start, end + 1)
        turned = torch.from_numpy(levels[:sounding, points] * phasors[:sounding, points]).to(device)
        summed[:, start:end] = _sound(_gridded(rows[:sounding], weights[:sounding], turned, len(channels)))
        start = end
    return summed.flatten(1)[:, :samples]


def control_points(samples: int) -> int:
    """How many amplitudes steer `samples` samples: one at the start of each block and one at the end."""
    return -(-samples // STEERED_BLOCK) + 1


def control_times_s(samples: int) -> Values:
    """The instants of the control points, in seconds."""
    return np.arange(control_points(samples)) * (STEERED_BLOCK / SAMPLE_RATE_HZ)


def _phasors(cycles: Values, count: int, phases: Values) -> NDArray[np.complex64]:
    """Each partial at its control points, as a complex number whose real part sounds: (P, count)."""
    coarse = _turn(np.outer(cycles, STEERED_BLOCK * _TURNS * np.arange(-(-count // _TURNS))))
    fine = _turn(np.outer(cycles, STEERED_BLOCK * np.arange(_TURNS)) + phases[:, None] / (2 * math.pi) - 0.25)
    return (coarse[:, :, None] * fine[:, None]).reshape(len(cycles), -1)[:, :count]


def _turn(turns: Values) -> NDArray[np.complex64]:
    """Unit phasors after so many turns, whose whole ones are dropped in float64: long notes keep their phase."""
    angle = ((turns - np.floor(turns)) * (2 * math.pi)).astype(np.float32)
    phasors = np.empty(angle.shape, np.complex64)
    phasors.real, phasors.imag = np.cos(angle), np.sin(angle)
    return phasors


def _spread(cycles: Values, channels: Values) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of the grid (channels, one after the other, of bins) that each partial is spread over, and how much of it
    each row gets: (P, C * bins)."""
    place = cycles[:, None] * _FRAME
    bins = np.ceil(place - _SPREAD_BINS / 2) + np.arange(_SPREAD_BINS)
    bell = np.sqrt(np.maximum(1 - ((place - bins) * (2 / _SPREAD_BINS)) ** 2, 0))
    kernel = torch.special.i0(torch.from_numpy(_KERNEL_SHAPE * bell)).numpy() / _kernel_transform(np.zeros(1))
    rows = _GRID_BINS * np.arange(len(channels))[:, None] + bins[:, None].astype(int) + _MARGIN_BINS
    weights = channels.T[:, :, None] * (kernel[:, None] * (_FRAME / 2))
    return rows.reshape(len(cycles), -1), weights.reshape(len(cycles), -1).astype(np.float32)


def _kernel_transform(offset_samples: Values) -> Values:
    """The transform of the kernel at offsets from a frame's middle."""
    shape = np.sqrt(_KERNEL_SHAPE**2 - (math.pi * _SPREAD_BINS * offset_samples / _FRAME) ** 2)
    return np.asarray(_SPREAD_BINS * np.sinh(shape) / shape)


def _gridded(rows: NDArray[np.int64], weights: NDArray[np.float32], turned: Tensor, channels: int) -> Tensor:
    """The spectra at the control points, of partials (P, N + 1) spread over bins: complex (C, bins, N + 1)."""
    partials, points = turned.shape
    index = torch.from_numpy(np.stack([rows.ravel(), np.repeat(np.arange(partials), rows.shape[1])]))
    spreading = torch.sparse_coo_tensor(
        index,
        torch.from_numpy(weights.ravel()),
        (channels * _GRID_BINS, partials),
        device=turned.device,
        check_invariants=False,
    )
    grid = torch.sparse.mm(spreading, torch.view_as_real(turned).flatten(1))
    spectra = torch.view_as_complex(grid.view(channels, _GRID_BINS, points, 2))
    inner = spectra[:, _MARGIN_BINS:-_MARGIN_BINS].clone()  # what lies beyond comes back as its conjugate
    inner[:, : _MARGIN_BINS + 1] += spectra[:, : _MARGIN_BINS + 1].flip(1).conj()
    inner[:, -_MARGIN_BINS - 1 :] += spectra[:, -_MARGIN_BINS - 1 :].flip(1).conj()
    return inner


def _sound(spectra: Tensor) -> Tensor:
    """Spectra at N + 1 control points as sound, faded from each to the next: (C, N, B)."""
    frames = torch.fft.irfft(spectra.transpose(1, 2), _FRAME)
    leaving, coming = (part.to(spectra.device) for part in _fades())
    return torch.addcmul(frames[:, :-1, :STEERED_BLOCK] * leaving, frames[:, 1:, -STEERED_BLOCK:], coming)


@functools.cache
def _fades() -> tuple[Tensor, Tensor]:
    """How the frames of a block's two ends are faded and freed of the kernel: (B,) each."""
    time = np.arange(STEERED_BLOCK, dtype=float)
    leaving = (1 - time / STEERED_BLOCK) / _kernel_transform(time)
    coming = time / STEERED_BLOCK / _kernel_transform(time - STEERED_BLOCK)
    middle = _kernel_transform(np.zeros(1))
    return on_device(leaving * middle, "cpu"), on_device(coming * middle, "cpu")
