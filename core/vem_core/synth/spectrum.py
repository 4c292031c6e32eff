"""Filters, as frequency responses.

Responses of causal filters (complex, bilinear-transformed analogue prototypes) are applied by FFT with room for their
ringing; an attack stays where it is. Magnitudes alone serve partials and noise, whose phases are free.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ

Values = NDArray[np.floating]
"""Real numbers of any precision."""

RINGING_SAMPLES = 4_096
BLOCK_SAMPLES = 16_384  # with the ringing 5 * 2^12: a transform that is planned in a third of the time of 2^15
_AHEAD_SAMPLES = 64  # what a block must hear of the next where the rate is halved: that filter rings both ways
_BLOCKS_AT_ONCE = 8  # one transform of many blocks costs much less than many of one
_LEAST_LOW_CUT_HZ = 16.0
TILT_PIVOT_HZ = 900.0


@dataclass(frozen=True)
class Formant:
    """A resonance or dip of an instrument's body."""

    frequency_hz: float
    gain_db: float
    octaves: float = 0.7  # width


def low_pass_gain(frequency_hz: Values, cutoff_hz: Values | float, resonance: float = 0.0) -> Values:
    """Magnitude of a four-pole low-pass (24 dB per octave); `resonance` 0..1 raises a peak at the cut-off."""
    ratio = (frequency_hz / cutoff_hz) ** 2
    damping = 2.0 - 1.75 * resonance
    return np.asarray(1 / np.sqrt(((1 - ratio) ** 2 + damping * ratio) * (1 + ratio) ** 2))


def formant_gain(frequency_hz: Values, formants: tuple[Formant, ...]) -> Values:
    """Magnitude of a body's resonances: bumps that are Gaussian in log frequency and add in decibels."""
    octave = np.log2(np.maximum(frequency_hz, 1.0))
    decibels = np.zeros_like(octave)
    for formant in formants:
        distance = (octave - np.log2(formant.frequency_hz)) / formant.octaves
        decibels += formant.gain_db * np.exp(-(distance**2))
    return np.asarray(10 ** (decibels / 20))


def band_gain(frequency_hz: Values, low_hz: float, high_hz: float) -> Values:
    """Magnitude of a band with slopes of 12 dB per octave; a limit of 0 or none leaves that side open."""
    frequency_hz = np.maximum(frequency_hz, 1e-3)
    gain = np.ones_like(frequency_hz)
    if low_hz > 0:
        gain = gain / np.sqrt(1 + np.square((low_hz / frequency_hz) ** 2))
    if high_hz > 0:
        gain = gain / np.sqrt(1 + np.square((frequency_hz / high_hz) ** 2))
    return gain


@dataclass(frozen=True)
class Equaliser:
    """A channel's tone: low cut, high cut (12 dB per octave each) and a tilt about 900 Hz."""

    low_cut_hz: float = 0.0
    high_cut_hz: float = 20_000.0
    tilt_db: float = 0.0  # treble against bass

    @property
    def neutral(self) -> bool:
        return self.low_cut_hz <= 10 and self.high_cut_hz >= 19_000 and abs(self.tilt_db) < 0.01

    def response(self, frequency_hz: Values) -> NDArray[np.complex128]:
        """The causal complex response."""
        s = 1j * _warp(frequency_hz)
        response = np.ones_like(s)
        if self.low_cut_hz > 10:
            ratio = s / _warp(np.array(self.low_cut_hz))
            response *= ratio**2 / (ratio**2 + np.sqrt(2) * ratio + 1)
        if self.high_cut_hz < 19_000:
            ratio = s / _warp(np.array(self.high_cut_hz))
            response /= ratio**2 + np.sqrt(2) * ratio + 1
        if abs(self.tilt_db) >= 0.01:
            ratio = s / _warp(np.array(TILT_PIVOT_HZ))
            root = 10 ** (self.tilt_db / 40)
            response *= (1 + ratio * root) / (1 + ratio / root) / root
        return response

    def without_dc(self) -> Equaliser:
        """The same with a low cut below hearing, at least."""
        return replace(self, low_cut_hz=max(self.low_cut_hz, _LEAST_LOW_CUT_HZ))

    def gain(self, frequency_hz: Values) -> Values:
        """The magnitude of the response."""
        return np.abs(self.response(frequency_hz)) if not self.neutral else np.ones_like(frequency_hz)

    def apply(self, body: Tensor) -> Tensor:
        """A body (C, T) through the equaliser, cut to its own length."""
        if self.neutral:
            return body
        return filter_track(body, self)


def filter_track(track: Tensor, *equalisers: Equaliser) -> Tensor:
    """A whole track (C, T) through equalisers one after the other: (C, T).

    Runs in blocks on a fixed grid of samples, so that a change in the music is heard, bit for bit, in its own block
    and the next.
    """
    return _filtered(track, equalisers, 1)


def halve_rate(track: Tensor, *equalisers: Equaliser) -> Tensor:
    """A track (C, 2 T) at twice the sample rate through equalisers, as a `filter_track` at the sample rate: (C, T)."""
    return _filtered(track, equalisers, 2)


def _filtered(track: Tensor, equalisers: tuple[Equaliser, ...], rate: int) -> Tensor:
    """A track at `rate` times the sample rate, filtered, at the sample rate."""
    samples = track.shape[-1] // rate
    if samples == 0:
        return track
    blocks = -(-samples // BLOCK_SAMPLES)
    size = BLOCK_SAMPLES + RINGING_SAMPLES
    ringing, block = rate * RINGING_SAMPLES, rate * BLOCK_SAMPLES
    response = (
        functools.reduce(torch.mul, (_sampled_response(one, size, str(track.device)) for one in equalisers)) / rate
    )
    ahead = _AHEAD_SAMPLES if rate > 1 else 0
    around = (ringing - rate * ahead, blocks * block - track.shape[-1] + rate * ahead)
    padded = torch.nn.functional.pad(track, around)
    heard = padded.unfold(1, rate * size, block)  # C blocks size
    filtered = torch.zeros(len(track), blocks, BLOCK_SAMPLES, device=track.device)
    own = padded[:, around[0] : around[0] + blocks * block].unflatten(1, (blocks, block))
    sounding = _sounding(own)
    if not sounding:
        return filtered.flatten(1)[:, :samples]
    ringing_into = sorted({*sounding, *(number + 1 for number in sounding if number + 1 < blocks)})
    for start in range(0, len(ringing_into), _BLOCKS_AT_ONCE):
        some = ringing_into[start : start + _BLOCKS_AT_ONCE]
        spectra = torch.fft.rfft(heard[:, some])[..., : len(response)]
        filtered[:, some] = torch.fft.irfft(spectra * response, size)[..., RINGING_SAMPLES - ahead : size - ahead]
    first = sounding[0]
    onset = own[:, first].any(0).int().argmax() // rate
    filtered[:, first, :onset] = 0  # the responses are causal: before is silence
    return filtered.flatten(1)[:, :samples]


def _sounding(blocks: Tensor) -> list[int]:
    """Which blocks of (C, N, B) are not silent."""
    found: list[int] = torch.linalg.vector_norm(blocks, dim=2).amax(0).nonzero().flatten().tolist()
    return found


FLAT = Equaliser()


@functools.lru_cache(maxsize=256)
def _sampled_response(equaliser: Equaliser, size: int, device: str) -> Tensor:
    response = equaliser.response(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ))
    return torch.from_numpy(response.astype(np.complex64)).to(device)


def fast_length(samples: int) -> int:
    """The next of a few sizes (2^n and 3 * 2^n) for which an FFT is fast and its responses are kept."""
    power = 1 << max(samples - 1, 1).bit_length()
    return power // 4 * 3 if power // 4 * 3 >= samples else power


def _warp(frequency_hz: Values) -> Values:
    """The analogue frequency that the bilinear transform maps to a digital one."""
    return np.asarray(np.tan(np.pi * np.minimum(frequency_hz / SAMPLE_RATE_HZ, 0.4999)))
