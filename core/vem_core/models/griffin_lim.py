"""The vocoder that needs no training: phases by Griffin and Lim's iteration, one window length at a time.

It starts from phases that follow the spectrum's peaks (single-pass spectrogram inversion, Beauregard et al. 2015), from
which a few iterations reach what dozens do not from nowhere: `benchmarks/front_end.py --vocoder` prints the table. Each
group of bands is turned back on the window that it was read with, so that low notes keep their pitch and drums their
edge; the groups fill disjoint parts of the spectrum and simply add up. Of long windows only every fourth is taken.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from vem_core.models.spectrogram import (
    HOP_SAMPLES,
    Spectrogram,
    add_frames,
    frame_weights,
    from_log,
    mid_side,
    spectra_by_frame,
)

_MOST_STRIDE = 4  # frames
_LEAST_OVERLAP = 4  # windows on each sample, where frames are left out
_WINDOW_SAMPLES_PER_ITERATION = 256


def griffin_lim(
    spectrogram: Spectrogram,
    coded: Tensor,
    iterations: int | None = None,
    momentum: float = 0.9,
    known: Tensor | None = None,
) -> Tensor:
    """Sound for a coded spectrogram (B, 2 * bands, F): (B, 2, 480 F), left and right.

    Deterministic. `iterations` for every group of bands, or else for each as many as its window asks for. `known`
    (B, 2, 480 K) is the sound of the first K frames where that is made already: phases go on from it, and the result
    fades from it into what follows, so that long music can be made piece by piece. `momentum` as in Perraudin et al.
    2013.
    """
    batch, samples = coded.shape[0], coded.shape[-1] * HOP_SAMPLES
    power = from_log(rearrange(coded, "b (c k) f -> (b c) f k", c=2)).square()
    sound = power.new_zeros(len(power), samples)
    before = None if known is None else rearrange(mid_side(known), "b c t -> (b c) t")
    for index, group in enumerate(spectrogram.groups):
        window, filters = getattr(spectrogram, f"window_{index}"), getattr(spectrogram, f"filters_{index}")
        stride = frame_stride(len(window))
        bands = _every(power[..., group.first : group.first + len(group.filters)], stride)
        count = default_iterations(len(window)) if iterations is None else iterations
        made = _find_phases(bands, filters, window, HOP_SAMPLES * stride, count, momentum, before)
        sound = sound + made[:, :samples]
    stereo = mid_side(rearrange(sound, "(b c) t -> b c t", b=batch))
    return stereo if known is None else _fade_from(known, stereo)


def frame_stride(window_samples: int) -> int:
    """How many frames of a long window one stands for: a sample lies under 17 windows of 8,192, where 4 are enough."""
    return max(1, min(_MOST_STRIDE, window_samples // (_LEAST_OVERLAP * HOP_SAMPLES)))


def default_iterations(window_samples: int) -> int:
    """Low notes need the most iterations, which are the cheapest; above 5 kHz four do what sixteen did."""
    return max(1, window_samples // _WINDOW_SAMPLES_PER_ITERATION)


def _every(power: Tensor, stride: int) -> Tensor:
    """Every `stride`-th frame of (B, F, bands): the mean of the two around the middle of each stride."""
    if stride == 1:
        return power
    missing = -power.shape[1] % stride
    whole = torch.cat([power, power[:, -1:].expand(-1, missing, -1)], dim=1) if missing else power
    each = rearrange(whole, "b (f s) k -> b f s k", s=stride)
    return each[:, :, (stride - 1) // 2 : stride // 2 + 1].mean(dim=2)


def _fade_from(known: Tensor, sound: Tensor) -> Tensor:
    """`known` as it is in its first half, then a cross-fade into `sound`."""
    samples = known.shape[-1]
    share = (torch.arange(samples, device=sound.device) / samples * 2 - 1).clamp_min(0)
    faded = known * (1 - share) + sound[..., :samples] * share
    return torch.cat([faded, sound[..., samples:]], dim=-1)


def bin_amplitudes(filters: Tensor, power: Tensor, iterations: int = 20) -> Tensor:
    """Non-negative bin amplitudes (B, F, bins) whose band powers come near `power` (multiplicative updates).

    `filters`: (bands, bins). `power`: (B, F, bands).
    """
    heard = filters.sum(0) > 0  # most bins belong to other groups
    inside = filters[:, heard]
    drive = power @ inside
    found = drive / inside.sum(0)
    for _ in range(iterations):
        found = found * drive / ((found @ inside.T) @ inside).clamp_min(1e-14)
    amplitudes = power.new_zeros(*power.shape[:2], filters.shape[1])
    amplitudes[..., heard] = found.clamp_min(0.0).sqrt()
    return amplitudes


def _find_phases(
    power: Tensor,
    filters: Tensor,
    window: Tensor,
    hop: int,
    iterations: int,
    momentum: float,
    known: Tensor | None,
) -> Tensor:
    """(B, F, bands) powers to sound (B, hop * F). `known`: (B, T), the sound of the first frames.

    A group of low bands leaves most bins empty: its phases are looked for at the lowest sample rate that holds the
    others, where every sixteenth sample of a periodic Hann window is the Hann window of that rate.
    """
    step = _decimation(filters)
    low_window, low_hop = window[::step].contiguous(), hop // step
    bins, frames = len(low_window) // 2 + 1, power.shape[1]
    low = bin_amplitudes(filters[:, :bins], power) * (window.sum() / 2.0)  # (B, F, bins): frames as they are read
    given = None if known is None else _known_phases(known, window, hop, bins)
    spectra = _with_phases(low, _follow_peaks(low, low_hop / len(low_window), given), given)
    weights, previous = frame_weights(low_window, low_hop, frames), spectra
    for _ in range(iterations):
        consistent = spectra_by_frame(add_frames(spectra, low_window, low_hop) / weights, low_window, low_hop)
        spectra = _with_phases(low, _extrapolated(previous, consistent, momentum), given)
        previous = consistent
    full = F.pad(spectra, (0, filters.shape[1] - bins))
    return add_frames(full, window, hop) / frame_weights(window, hop, frames)


def _extrapolated(before: Tensor, now: Tensor, momentum: float) -> Tensor:
    """`now` and as much of the way from `before` on, in one pass over the memory."""
    return torch.view_as_complex(torch.lerp(torch.view_as_real(before), torch.view_as_real(now), 1 + momentum))


def _with_phases(magnitude: Tensor, direction: Tensor, given: Tensor | None) -> Tensor:
    """The amplitudes with the phases of complex numbers; those that are `given` (B, K, bins) stand."""
    power = direction.real.square() + direction.imag.square()  # the square root of abs() takes thrice as long
    spectra = direction * (magnitude * power.clamp_min(1e-24).rsqrt())
    if given is not None:
        spectra[:, : given.shape[1]] = given * magnitude[:, : given.shape[1]]
    return spectra


def _known_phases(known: Tensor, window: Tensor, hop: int, bins: int) -> Tensor | None:
    """(B, K, bins) unit numbers: the phases of known sound, as far as whole windows of it go; None without any."""
    if known.shape[-1] < hop:
        return None
    frames = known.shape[-1] // hop - math.ceil((len(window) - hop) / 2 / hop)
    spectra = spectra_by_frame(known, window, hop)[:, : max(1, frames), :bins]
    return spectra / spectra.abs().clamp_min(1e-12)


def _follow_peaks(magnitude: Tensor, hop_share: float, given: Tensor | None) -> Tensor:
    """(B, F, bins) unit numbers to start from: every bin goes with its nearest peak, which turns at its own frequency.

    `hop_share`: hop over window length. A peak's frequency is read from the parabola through its logarithm. Phases go
    on from those that are `given`.
    """
    bins = torch.arange(magnitude.shape[-1], device=magnitude.device, dtype=magnitude.dtype)
    level = magnitude.clamp_min(1e-9).log()
    before, here, after = level[..., :-2], level[..., 1:-1], level[..., 2:]
    curve = before - 2 * here + after
    shift = torch.zeros_like(level)
    shift[..., 1:-1] = torch.where(curve < -1e-6, 0.5 * (before - after) / curve, 0.0).clamp(-0.5, 0.5)
    peak = torch.zeros_like(level, dtype=torch.bool)
    peak[..., 1:-1] = (here >= before) & (here > after)
    below = torch.where(peak, bins, -math.inf).cummax(-1).values
    above = torch.where(peak, bins, math.inf).flip(-1).cummin(-1).values.flip(-1)
    nearest = torch.where(bins - below <= above - bins, below, above)
    nearest = torch.where(nearest.isfinite(), nearest, bins).long()  # without any peak each bin stands for itself
    turn = 2 * math.pi * hop_share * (nearest + shift.gather(-1, nearest))
    # At the middle of the window; at its start every other bin is turned round.
    alternate = 1 - 2 * (bins % 2)
    phases = torch.zeros_like(magnitude)
    first = 0
    if given is not None:
        first = given.shape[1]
        phases[:, :first] = (given * alternate).angle()
    current = phases[:, first - 1] if first else torch.zeros_like(phases[:, 0])
    for frame in range(first, magnitude.shape[1]):
        current = (current + turn[:, frame]).gather(-1, nearest[:, frame])
        phases[:, frame] = current
    return torch.polar(torch.ones_like(phases), phases) * alternate


def _decimation(filters: Tensor) -> int:
    """By how much the sample rate can fall without losing a bin that the filters (bands, bins) read."""
    highest, length = int((filters.sum(0) > 0).nonzero().max()), 2 * (filters.shape[1] - 1)
    step = 1
    while step < 32 and length // (4 * step) > highest:
        step *= 2
    return step
