"""The vocoder of last resort: phases by Griffin and Lim's iteration, one window length at a time.

It needs no training, and it is the floor that the trained vocoder must beat. Each group of bands is turned back on the
window that it was read with, so that low notes keep their pitch and drums their edge; the groups fill disjoint
parts of the spectrum and simply add up.
"""

from __future__ import annotations

import math

import torch
from einops import rearrange
from torch import Tensor

from vem_core.models.spectrogram import HOP_SAMPLES, Spectrogram, frame_spectra, from_log, mid_side, overlap_add


def griffin_lim(spectrogram: Spectrogram, coded: Tensor, iterations: int = 32, momentum: float = 0.9) -> Tensor:
    """Sound for a coded spectrogram (B, 2 * bands, F): (B, 2, 480 F), left and right.

    Deterministic: starts from phases that advance with each bin's frequency. `momentum` as in Perraudin et al. 2013.
    """
    batch = coded.shape[0]
    amplitude = from_log(rearrange(coded, "b (c k) f -> (b c) k f", c=2))
    sound = amplitude.new_zeros(amplitude.shape[0], amplitude.shape[-1] * HOP_SAMPLES)
    for index, group in enumerate(spectrogram.groups):
        window = getattr(spectrogram, f"window_{index}")
        filters = getattr(spectrogram, f"filters_{index}")
        bands = amplitude[:, group.first : group.first + len(group.filters)]
        magnitude = bin_amplitudes(filters, bands) * (window.sum() / 2.0)
        sound = sound + _find_phases(magnitude, window, iterations, momentum)
    return mid_side(rearrange(sound, "(b c) t -> b c t", b=batch))


def bin_amplitudes(filters: Tensor, bands: Tensor, iterations: int = 20) -> Tensor:
    """Non-negative bin amplitudes (B, bins, F) whose band powers come near `bands` squared (multiplicative updates).

    `filters`: (bands, bins). `bands`: (B, bands, F).
    """
    target = bands.square()
    heard = filters.sum(0) > 0  # most bins belong to other groups
    inside = filters[:, heard]
    drive = inside.T @ target
    power = drive / inside.sum(0)[:, None]
    for _ in range(iterations):
        power = power * drive / (inside.T @ (inside @ power)).clamp_min(1e-14)
    amplitudes = bands.new_zeros(bands.shape[0], filters.shape[1], bands.shape[-1])
    amplitudes[:, heard] = power.clamp_min(0.0).sqrt()
    return amplitudes


def _find_phases(magnitude: Tensor, window: Tensor, iterations: int, momentum: float) -> Tensor:
    """(B, bins, F) amplitudes to sound (B, 480 F).

    A group of low bands leaves most bins empty: its phases are looked for at the lowest sample rate that holds the
    others, where every sixteenth sample of a periodic Hann window is the Hann window of that rate.
    """
    step = _decimation(magnitude, len(window))
    low_window, hop = window[::step], HOP_SAMPLES // step
    low = magnitude[:, : len(low_window) // 2 + 1]
    bins, frames = low.shape[-2:]
    turns = torch.arange(bins, device=low.device)[:, None] * torch.arange(frames, device=low.device)
    angle = 2.0 * math.pi * ((turns * HOP_SAMPLES) % len(window)) / len(window)
    spectra = torch.polar(low, angle.to(low).expand_as(low).contiguous())
    previous = torch.zeros_like(spectra)
    for _ in range(iterations):
        consistent = frame_spectra(overlap_add(spectra, low_window, hop), low_window, hop)
        ahead = consistent + momentum * (consistent - previous)
        spectra = low * ahead / ahead.abs().clamp_min(1e-12)
        previous = consistent
    full = spectra.new_zeros(magnitude.shape)
    full[:, :bins] = spectra
    return overlap_add(full, window)


def _decimation(magnitude: Tensor, length: int) -> int:
    highest = int(magnitude.amax(dim=(0, 2)).nonzero().max()) if bool((magnitude > 0).any()) else 0
    step = 1
    while step < 32 and length // (4 * step) > highest:
        step *= 2
    return step
