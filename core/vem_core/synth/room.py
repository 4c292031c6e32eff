"""The room: a synthetic impulse response, and the convolution with it.

Convolution runs in blocks on a fixed grid of samples, so that a change in the music is heard, bit for bit, in its own
blocks and their tails only.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import fade_end
from vem_core.synth.noise import noise_bands
from vem_core.synth.oscillator import decay
from vem_core.synth.spectrum import band_gain, fast_length
from vem_core.synth.stretches import FIRST_STRETCH_SAMPLES, ScratchBuffers
from vem_core.synth.tone import on_device, random_source
from vem_core.synth.waiting import Waiting

_BANDS_HZ = ((0.0, 350.0), (350.0, 1_400.0), (1_400.0, 5_000.0), (5_000.0, 0.0))
_EARLY_REFLECTIONS = 14
_EARLY_S = (0.007, 0.075)
_PREDELAY_S = 0.012
_RISE_S = 0.03
_SEND_BAND_HZ = (160.0, 11_000.0)
_LONGEST_S = 10.0
_TAIL = 1.15  # of the RT60

LONGEST_TAIL_S = _TAIL * _LONGEST_S
"""How long a room is heard at most."""


@functools.lru_cache(maxsize=8)
def impulse_response(reverb_s: float, brightness: float) -> NDArray[np.float32]:
    """A hall's answer to an impulse: (2, T), energy 1 on each side.

    `reverb_s` is the RT60 at middle frequencies; `brightness` 0..1 says how long the treble lasts.
    """
    reverb_s = min(max(reverb_s, 0.15), _LONGEST_S)
    samples = round(_TAIL * reverb_s * SAMPLE_RATE_HZ)
    treble = 0.25 + 0.55 * brightness
    decays = (1.05, 1.0, 0.55 + 0.45 * treble, treble * 0.75)
    levels = (0.8, 1.0, 0.75 + 0.25 * brightness, 0.35 + 0.45 * brightness)
    response = torch.zeros(2, samples)
    bands = noise_bands(samples, [("room", *band_hz) for band_hz in _BANDS_HZ], _BANDS_HZ)
    for noise, (low_hz, high_hz), dies, level in zip(bands, _BANDS_HZ, decays, levels, strict=True):
        density = math.sqrt((min(high_hz or 16_000, 16_000) - low_hz) / 16_000)  # white across the bands
        response.addcmul_(noise, decay(reverb_s * dies / 6.91, samples), value=level * density)
    predelay, rise = round(_PREDELAY_S * SAMPLE_RATE_HZ), round(_RISE_S * SAMPLE_RATE_HZ)
    response[:, :predelay] = 0
    rising = response[:, predelay : predelay + rise]
    rising *= (torch.arange(rising.shape[1]) / rise) ** 0.7
    _add_early_reflections(response.numpy(), reverb_s)
    size = fast_length(samples + 4_096)
    band = band_gain(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), *_SEND_BAND_HZ)
    spectrum = torch.fft.rfft(response, size).mul_(on_device(band, "cpu"))
    response = torch.fft.irfft(spectrum, size)[:, :samples]
    fade_end(response, 0.05)
    return np.asarray(response.div_(response.square().sum(1, keepdim=True).sqrt_()).numpy())


def _add_early_reflections(response: NDArray[np.float32], reverb_s: float) -> None:
    source = random_source("room", "early")
    scale = min(1.0, 0.5 + 0.35 * reverb_s)
    norm = math.sqrt(np.sum(np.square(response)) / 2)
    for side in (0, 1):
        times_s = np.sort(source.uniform(*_EARLY_S, _EARLY_REFLECTIONS)) * scale
        for time_s in times_s:
            level = 0.20 * norm * (0.012 / (time_s + 0.012)) ** 0.6 * source.choice([-1, 1])
            at = round(time_s * SAMPLE_RATE_HZ)
            response[side, at : at + 6] += level * np.array([0.2, 0.7, 1.0, 0.7, 0.35, 0.15])


class Room:
    """A room that sound can be sent into."""

    def __init__(self, reverb_s: float, brightness: float, device: str = "cpu") -> None:
        response = impulse_response(round(reverb_s, 2), round(brightness, 2))
        self.tail_samples = response.shape[1]
        self._size = max(131_072, 1 << round(2.5 * self.tail_samples).bit_length())
        self.block_samples = self._size - self.tail_samples
        self._spectrum = torch.fft.rfft(on_device(response, device), self._size)

    def answer_to(self, send: Tensor) -> Tensor:
        """What it answers to a block of sound (2, T), at most `block_samples`, and its tail: (2, T + tail_samples)."""
        answer = torch.fft.irfft(torch.fft.rfft(send, self._size).mul_(self._spectrum), self._size)
        return answer[:, : send.shape[1] + self.tail_samples]


class Reverb:
    """A sound and what a room answers to it, stretch by stretch, on the room's own grid of blocks."""

    def __init__(self, room: Room, scratch: ScratchBuffers) -> None:
        """What is complete lies in `scratch`, until the next is."""
        self._room = room
        self._next = min(FIRST_STRETCH_SAMPLES, room.block_samples)  # of the next block: the first is soon heard
        self._waiting = Waiting(room.block_samples, scratch, self._next)
        self._tail: Tensor | None = None  # of the answer to the block before

    def play(self, tracks: Tensor, *, last: bool) -> Tensor:
        """The next of the dry sound and of what the room hears, (4, T), left and right of each: as much as is complete,
        (2, T')."""
        tracks = self._waiting.complete(tracks, last=last)
        start = 0
        while start < tracks.shape[1]:
            block = tracks[:, start : start + self._next]
            self._add_answer(block[:2], block[2:])
            start, self._next = start + self._next, self._room.block_samples
        return tracks[:2]

    def _add_answer(self, dry: Tensor, send: Tensor) -> None:
        samples = dry.shape[1]
        if self._tail is not None:  # no longer than the blocks after the first
            rings = min(samples, self._room.tail_samples)
            dry[:, :rings] += self._tail[:, :rings]
            self._tail = None
        if bool(send.any()):
            answer = self._room.answer_to(send)
            dry += answer[:, :samples]
            self._tail = answer[:, samples:].clone()
