"""The spectrogram that the music VAE codes: narrow bands where pitch lives, short windows where onsets live.

A mel spectrogram on one window has to choose. 112 mel bands on 2,048 samples keep onsets and lose the harmony; bands of
6 Hz on 8,192 samples keep the harmony and smear a drum over a sixth of a second. Here each band is read from the window
that suits it: long ones for the low bands, short ones for the high. `benchmarks/front_end.py` prints the table that the
windows were chosen by.

Frame i covers the samples [480 i, 480 (i + 1)) and every window is centred on the middle of that span, so that frames,
latents (four frames) and samples share their boundaries and no conversion is ever off by half a hop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor, nn

from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT

FRAMES_PER_LATENT = 4
HOP_SAMPLES = SAMPLES_PER_LATENT // FRAMES_PER_LATENT
"""Samples per spectrogram frame: 480, a hundred frames a second."""


@dataclass(frozen=True)
class BandLayout:
    """Where the bands lie and which window each is read from.

    `windows` holds (highest centre in Hz, window length in samples), from low to high; the last one takes the rest.
    """

    linear_step_hz: float = 6.0
    linear_until_hz: float = 400.0
    per_octave: int = 24
    top_hz: float = 20_000.0
    windows: tuple[tuple[float, int], ...] = ((800.0, 8192), (5000.0, 2048), (math.inf, 1024))

    def centres_hz(self) -> NDArray[np.float64]:
        """Centre frequencies, rising: evenly spaced up to `linear_until_hz`, then by `per_octave` steps."""
        linear = np.arange(self.linear_step_hz * 4, self.linear_until_hz, self.linear_step_hz)
        octaves = math.log2(self.top_hz / self.linear_until_hz)
        steps = np.arange(math.floor(octaves * self.per_octave) + 1)
        return np.concatenate([linear, self.linear_until_hz * 2.0 ** (steps / self.per_octave)])


@dataclass(frozen=True)
class BandGroup:
    """Neighbouring bands that are read from one window. `filters` has shape (bands, window // 2 + 1)."""

    first: int
    window: int
    filters: NDArray[np.float32]


def band_groups(layout: BandLayout) -> list[BandGroup]:
    """The layout's bands by window, each with its triangular filters, which are normalised to a sum of 1."""
    centres = layout.centres_hz()
    groups, first = [], 0
    for highest_hz, window in layout.windows:
        last_excl = int(np.searchsorted(centres, highest_hz, side="right"))
        if last_excl > first:
            filters = np.stack([_triangle(centres, band, window) for band in range(first, last_excl)])
            groups.append(BandGroup(first, window, filters.astype(np.float32)))
            first = last_excl
    return groups


def _triangle(centres: NDArray[np.float64], band: int, window: int) -> NDArray[np.float64]:
    bins_hz = np.arange(window // 2 + 1) * SAMPLE_RATE_HZ / window
    centre = centres[band]
    # A triangle narrower than the bins that it is read from would see nothing between two of them.
    narrowest = SAMPLE_RATE_HZ / window
    below = max(centre - centres[band - 1] if band else centres[1] - centres[0], narrowest)
    above = max(centres[band + 1] - centre if band + 1 < len(centres) else centre - centres[band - 1], narrowest)
    rising, falling = (bins_hz - centre + below) / below, (centre + above - bins_hz) / above
    weights = np.maximum(0.0, np.minimum(rising, falling))
    return weights / weights.sum()


def _bins_read(filters: NDArray[np.float32]) -> slice:
    """From the first bin that any band is read from to the last."""
    read = np.flatnonzero(filters.any(axis=0))
    return slice(int(read[0]), int(read[-1]) + 1)


def frame_spectra(audio: Tensor, window: Tensor, hop: int = HOP_SAMPLES) -> Tensor:
    """Short-time spectra, one per hop, each centred on the middle of its hop.

    `audio`: (..., T) with T a multiple of `hop`. `window`: (N,). Returns complex (..., N // 2 + 1, T / hop); beyond its
    ends the sound counts as silence.
    """
    return rearrange(spectra_by_frame(audio, window, hop), "... f k -> ... k f")


def spectra_by_frame(audio: Tensor, window: Tensor, hop: int) -> Tensor:
    """`frame_spectra` as they lie in memory: (..., T / hop, N // 2 + 1)."""
    side = (len(window) - hop) // 2
    padded = F.pad(audio, (side, len(window) - hop - side))
    return torch.fft.rfft(padded.unfold(-1, len(window), hop) * window)


def overlap_add(spectra: Tensor, window: Tensor, hop: int = HOP_SAMPLES) -> Tensor:
    """The sound whose `frame_spectra` come nearest to `spectra` (least squares; Griffin and Lim 1984, eq. 6).

    `spectra`: complex (B, N // 2 + 1, F). `window`: (N,). Returns (B, hop * F).
    """
    by_frame = spectra.transpose(1, 2)
    return add_frames(by_frame, window, hop) / frame_weights(window, hop, by_frame.shape[1])


def add_frames(spectra: Tensor, window: Tensor, hop: int) -> Tensor:
    """Spectra (B, F, N // 2 + 1) as windowed pieces, added up: (B, hop * F), still to be divided by `frame_weights`."""
    return _inside(_fold(torch.fft.irfft(spectra, n=len(window)) * window, hop), len(window), hop)


def frame_weights(window: Tensor, hop: int, frames: int) -> Tensor:
    """(hop * frames,): how much of the squared window lies on each sample."""
    weight = _fold(window.square().expand(1, frames, len(window)), hop)
    return _inside(weight, len(window), hop)[0].clamp_min(1e-8)


def _inside(sound: Tensor, length: int, hop: int) -> Tensor:
    """Without what the first and the last windows reach beyond their hops."""
    side = (length - hop) // 2
    return sound[:, side : sound.shape[-1] - (length - hop - side)]


def _fold(pieces: Tensor, hop: int) -> Tensor:
    """Pieces (B, F, N), each a hop later than the one before, added up: (B, hop * (F - 1) + N)."""
    batch, frames, length = pieces.shape
    parts = -(-length // hop)
    total = pieces.new_zeros(batch, frames + parts - 1, hop)
    for part in range(parts):
        piece = pieces[..., part * hop : (part + 1) * hop]
        total[:, part : part + frames, : piece.shape[-1]] += piece
    return total.flatten(1)[:, : hop * (frames - 1) + length]


def mid_side(stereo: Tensor) -> Tensor:
    """(B, 2, T) left and right as mid and side, or back: the transform is its own inverse."""
    left, right = stereo.unbind(-2)
    return torch.stack([left + right, left - right], dim=-2) * math.sqrt(0.5)


class Spectrogram(nn.Module):
    """Log band amplitudes of stereo sound, as mid and side.

    Values are decibels of a full-scale sine, floored at -100 dB and mapped by x / 50 + 1 to about -1..1.
    """

    FLOOR_DB = -100.0

    def __init__(self, layout: BandLayout = BandLayout()) -> None:
        super().__init__()
        self.layout = layout
        self.bands = len(layout.centres_hz())
        self.groups = band_groups(layout)
        self._read = [_bins_read(group.filters) for group in self.groups]
        for index, group in enumerate(self.groups):
            window = torch.hann_window(group.window)
            self.register_buffer(f"window_{index}", window, persistent=False)
            self.register_buffer(f"filters_{index}", torch.from_numpy(group.filters), persistent=False)

    def forward(self, stereo: Tensor) -> Tensor:
        """(B, 2, T) left and right, T a multiple of 480, to (B, 2 * bands, T / 480): mid's bands, then side's."""
        amplitude = self.band_amplitudes(mid_side(stereo))  # (B, 2, bands, F)
        return rearrange(to_log(amplitude), "b c k f -> b (c k) f")

    def band_amplitudes(self, audio: Tensor) -> Tensor:
        """(..., T) to (..., bands, T / 480): root mean power in each band; a full-scale sine reads about 1."""
        return torch.cat([self._group_amplitudes(audio, index) for index in range(len(self.groups))], dim=-2)

    def _group_amplitudes(self, audio: Tensor, index: int) -> Tensor:
        window, filters = getattr(self, f"window_{index}"), getattr(self, f"filters_{index}")
        read = self._read[index]  # the long window is read in a thirtieth of its bins
        spectra = spectra_by_frame(audio, window * (2.0 / window.sum()), HOP_SAMPLES)[..., read]
        power = spectra.real.square() + spectra.imag.square()
        return (power @ filters[:, read].T).clamp_min(1e-14).sqrt().transpose(-1, -2)


def to_log(amplitude: Tensor) -> Tensor:
    """Amplitude (1 is full scale) to the coded range: -100 dB is -1, 0 dB is 1."""
    return (20.0 * torch.log10(amplitude.clamp_min(10.0 ** (Spectrogram.FLOOR_DB / 20.0)))) / 50.0 + 1.0


def from_log(coded: Tensor) -> Tensor:
    """The inverse of `to_log`, at most +20 dB; what lies within half a decibel of the floor is silence."""
    amplitude = 10.0 ** ((coded.clamp(-1.0, 1.4) - 1.0) * 50.0 / 20.0)
    return torch.where(coded > -0.99, amplitude, 0.0)
