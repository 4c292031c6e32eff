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
import warnings
from typing import NamedTuple

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.additive import TURNS, longest_first, stretches
from vem_core.synth.spectrum import Values
from vem_core.synth.tone import on_device

STEERED_BLOCK = 256  # 5.3 ms: how often a steered partial's amplitude is set; linear between
_FRAME_BLOCKS = 3  # of a frame the middle two are used: an oversampling of 1.5
_SPREAD_BINS = 7  # errors below 6e-6 of a partial (-105 dB)
_KERNEL_SHAPE = math.pi * math.sqrt((2 / 3 * _SPREAD_BINS) ** 2 - 0.8)  # Beatty et al. (2005) for that oversampling
_KERNEL_STEPS = 2_048  # between two bins: linear between them, the kernel is exact to 1e-6
_MARGIN_BINS = _SPREAD_BINS // 2 + 1  # what is spread below zero and above the Nyquist frequency
_WORTH_SORTING_OUT = 0.7  # what is left of the partials when those that have died are dropped
_HIGHEST_HZ = 0.499 * SAMPLE_RATE_HZ


def steered_partials(
    frequencies_hz: Values,
    levels: Values,
    channels: Values,
    samples: int,
    *,
    phases: Values | None = None,
    floor: float = 0.0,
    block_samples: int = STEERED_BLOCK,
    device: str = "cpu",
) -> Tensor:
    """A sum of sines whose amplitudes move: float32 (C, T).

    `levels` is (P, N + 1) at every `block_samples` samples, N = ceil(T / block_samples), linear between; `channels`
    (C, P) places each partial in the stereo picture. Partials at or above the Nyquist frequency are left out, and
    others once they stay softer than `floor`.
    """
    blocks = control_points(samples, block_samples) - 1
    steered = torch.from_numpy(np.asarray(levels, np.float32))
    lasting = _lasting(steered, blocks, floor) if floor > 0 else np.full(len(frequencies_hz), blocks)
    lasting[frequencies_hz >= _HIGHEST_HZ] = 0
    order = longest_first(lasting)
    steered = steered[torch.from_numpy(order)]
    lasting, cycles = lasting[order], frequencies_hz[order] / SAMPLE_RATE_HZ
    phases = np.zeros(len(order)) if phases is None else phases[order]
    coarse, fine = _turning(cycles * block_samples, blocks + 1, phases)
    spreading = _spread(cycles * (_FRAME_BLOCKS * block_samples), channels[:, order])
    summed = torch.zeros(len(channels), blocks, block_samples, device=device)
    points = max((end - start + 1 for start, end in stretches(blocks)), default=0)
    bins = _FRAME_BLOCKS * block_samples // 2 + 1
    spectra = torch.zeros(len(channels), points, bins, dtype=torch.complex64, device=device)
    grid = torch.zeros(0, 0, device=device)
    for start, end in stretches(blocks):
        sounding = int(np.searchsorted(-lasting, -start))
        if not sounding:
            break
        if sounding < _WORTH_SORTING_OUT * grid.shape[1] or not start:
            grid = spreading.of_first(sounding).matrix(device)
        sounding = grid.shape[1]
        turns = slice(start // TURNS, end // TURNS + 1)  # a stretch begins with a turn that was worked out
        turned = (coarse[:sounding, turns, None] * fine[:sounding, None]).flatten(1)[:, : end + 1 - start]
        turned = turned.mul_(steered[:sounding, start : end + 1]).to(device)
        _put_on_grid(grid, turned, spectra[:, : turned.shape[1]])
        _sound(spectra[:, : turned.shape[1]], summed[:, start:end])
    return summed.flatten(1)[:, :samples]


def _lasting(levels: Tensor, blocks: int, floor: float) -> NDArray[np.int64]:
    """The end of the last stretch in which each partial rises above `floor`: (P,)."""
    lasting = torch.zeros(len(levels), dtype=torch.int64)
    for start, end in stretches(blocks):
        lasting[levels[:, start : end + 1].amax(1) > floor] = end
    return np.asarray(lasting.numpy())


def control_points(samples: int, block_samples: int = STEERED_BLOCK) -> int:
    """How many amplitudes steer `samples` samples: one at the start of each block and one at the end."""
    return -(-samples // block_samples) + 1


def control_times_s(samples: int, block_samples: int = STEERED_BLOCK) -> Values:
    """The instants of the control points, in seconds."""
    return np.arange(control_points(samples, block_samples)) * (block_samples / SAMPLE_RATE_HZ)


def _turning(cycles: Values, count: int, phases: Values) -> tuple[Tensor, Tensor]:
    """Phasors, whose real parts sound, of partials that make so many cycles from one control point to the next.

    As products: (P, ceil(count / TURNS)) and (P, TURNS).
    """
    coarse = np.outer(cycles, TURNS * np.arange(-(-count // TURNS)))
    fine = np.outer(cycles, np.arange(TURNS)) + phases[:, None] / (2 * math.pi) - 0.25
    return _turn(coarse), _turn(fine)


def _turn(turns: Values) -> Tensor:
    """Unit phasors after so many turns, whose whole ones are dropped in float64: long notes keep their phase."""
    angle = torch.from_numpy(turns).frac_().float().mul_(2 * math.pi)
    return torch.complex(angle.cos(), angle.sin())


class Spreading(NamedTuple):
    """Which rows of a grid (channels, one after the other, of bins) each partial is spread over: (P, C * bins)."""

    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    grid_rows: int

    def of_first(self, partials: int) -> Spreading:
        """The same for the first so many."""
        return Spreading(self.rows[:partials], self.weights[:partials], self.grid_rows)

    def matrix(self, device: str) -> Tensor:
        """As a sparse matrix (grid rows, P), row by row: such products take a third of the time of those by index."""
        _accept_sparse_rows()
        spans = np.arange(len(self.rows) + 1, dtype=np.int32) * self.rows.shape[1]
        shape = (self.grid_rows, len(self.rows))
        by_row = scipy.sparse.csc_array((self.weights.ravel(), self.rows.ravel(), spans), shape).tocsr()
        starts, columns, weights = (torch.from_numpy(part) for part in (by_row.indptr, by_row.indices, by_row.data))
        return torch.sparse_csr_tensor(starts, columns, weights, shape, device=device, check_invariants=False)


def _spread(place: Values, channels: Values) -> Spreading:
    """How partials are spread over as many bins as their places among them need."""
    first = np.ceil(place - _SPREAD_BINS / 2)
    step, rest = np.divmod((first - (place - _SPREAD_BINS / 2)) * _KERNEL_STEPS, 1)
    table, step = _kernels(), step.astype(np.int32)
    kernel = table[step]
    kernel += np.asarray(rest, np.float32)[:, None] * (table[step + 1] - kernel)
    bins = first.astype(np.int32)[:, None] + np.arange(_SPREAD_BINS, dtype=np.int32)
    height = max(int(bins[:, -1].max(initial=0)) + _MARGIN_BINS + 1, 2 * _MARGIN_BINS + 1)
    rows = height * np.arange(len(channels), dtype=np.int32)[:, None] + bins[:, None] + _MARGIN_BINS
    weights = np.asarray(channels.T, np.float32)[:, :, None] * kernel[:, None]
    return Spreading(rows.reshape(len(place), -1), weights.reshape(len(place), -1), height * len(channels))


@functools.cache
def _kernels() -> NDArray[np.float32]:
    """The kernel on its bins, for each of the places between two bins that a partial may have: (steps + 2, bins)."""
    offsets = np.arange(_KERNEL_STEPS + 2)[:, None] / _KERNEL_STEPS + np.arange(_SPREAD_BINS) - _SPREAD_BINS / 2
    bell = np.sqrt(np.maximum(1 - (offsets * (2 / _SPREAD_BINS)) ** 2, 0))
    return np.asarray(np.i0(_KERNEL_SHAPE * bell) / _kernel_transform(np.zeros(1)), np.float32)


def _kernel_transform(offset: Values) -> Values:
    """The transform of the kernel at offsets from a frame's middle, in frames."""
    shape = np.sqrt(_KERNEL_SHAPE**2 - (math.pi * _SPREAD_BINS * offset) ** 2)
    return np.asarray(_SPREAD_BINS * np.sinh(shape) / shape)


def _put_on_grid(grid: Tensor, turned: Tensor, spectra: Tensor) -> None:
    """Put partials (P, N + 1), spread over the lowest bins, into the spectra (C, N + 1, bins) at the control points."""
    spread = torch.view_as_complex(
        (grid @ torch.view_as_real(turned).flatten(1)).view(len(spectra), -1, turned.shape[1], 2)
    )  # C bins N+1
    inner = spread[:, _MARGIN_BINS : _MARGIN_BINS + spectra.shape[2]]
    beside = _MARGIN_BINS + 1  # what is spread beyond comes back as its conjugate
    inner[:, :beside] += spread[:, :beside].flip(1).conj()
    beyond = spread.shape[1] - _MARGIN_BINS - (spectra.shape[2] - 1)
    if beyond > 0:
        inner[:, -beyond:] += spread[:, -beyond:].flip(1).conj()
    spectra[..., : inner.shape[1]] = inner.transpose(1, 2)


@functools.cache
def _accept_sparse_rows() -> None:
    """Make the first such tensor quietly: torch says once, and once only, that they are new."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
        none = torch.zeros(0, dtype=torch.int64)
        torch.sparse_csr_tensor(torch.zeros(2, dtype=none.dtype), none, none, (1, 1), check_invariants=False)


def _sound(spectra: Tensor, blocks: Tensor) -> None:
    """Spectra (C, N + 1, bins) at control points as sound, faded from each to the next, put into `blocks` (C, N, B)."""
    block = blocks.shape[-1]
    frames = torch.fft.irfft(spectra, _FRAME_BLOCKS * block, norm="forward")
    leaving, coming = (part.to(spectra.device) for part in _fades(block))
    torch.mul(frames[:, :-1, :block], leaving, out=blocks)
    blocks.addcmul_(frames[:, 1:, -block:], coming)


@functools.cache
def _fades(block: int) -> tuple[Tensor, Tensor]:
    """How the frames of a block's two ends are faded and freed of the kernel: (B,) each."""
    time = np.arange(block) / block
    leaving = (1 - time) / _kernel_transform(time / _FRAME_BLOCKS)
    coming = time / _kernel_transform((time - 1) / _FRAME_BLOCKS)
    middle = _kernel_transform(np.zeros(1)) / 2
    return on_device(leaving * middle, "cpu"), on_device(coming * middle, "cpu")
