"""The room: a synthetic impulse response, and the convolution with it.

Convolution runs in blocks on a fixed grid of samples, so that a change in the music is heard, bit for bit, in its own
blocks and their tails only.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.noise import coloured_noise
from vem_core.synth.spectrum import band_gain, fast_length
from vem_core.synth.tone import on_device, random_source

_BANDS_HZ = ((0.0, 350.0), (350.0, 1_400.0), (1_400.0, 5_000.0), (5_000.0, 0.0))
_EARLY_REFLECTIONS = 14
_EARLY_S = (0.007, 0.075)
_PREDELAY_S = 0.012
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
    time = np.arange(samples) / SAMPLE_RATE_HZ
    treble = 0.25 + 0.55 * brightness
    decays = (1.05, 1.0, 0.55 + 0.45 * treble, treble * 0.75)
    levels = (0.8, 1.0, 0.75 + 0.25 * brightness, 0.35 + 0.45 * brightness)
    response = np.zeros((2, samples))
    for index, ((low_hz, high_hz), decay, level) in enumerate(zip(_BANDS_HZ, decays, levels, strict=True)):
        noise = coloured_noise(samples, ("room", index), low_hz, high_hz, 1.0).numpy()
        density = np.sqrt((min(high_hz or 16_000, 16_000) - low_hz) / 16_000)  # white across the bands
        response += noise * level * density * np.exp(-6.91 * time / (reverb_s * decay))
    response *= np.clip((time - _PREDELAY_S) / 0.03, 0, 1) ** 0.7
    _add_early_reflections(response, reverb_s)
    size = fast_length(samples + 4_096)
    spectrum = np.fft.rfft(response, size) * band_gain(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), *_SEND_BAND_HZ)
    response = np.fft.irfft(spectrum, size)[:, :samples]
    response[:, -2_400:] *= np.linspace(1, 0, 2_400)
    return np.asarray(response / np.sqrt(np.sum(response**2, 1, keepdims=True)), np.float32)


def _add_early_reflections(response: NDArray[np.float64], reverb_s: float) -> None:
    source = random_source("room", "early")
    scale = min(1.0, 0.5 + 0.35 * reverb_s)
    norm = np.sqrt(np.sum(response**2) / 2)
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
        self._block = max(65_536, 1 << (self.tail_samples - 1).bit_length())  # of that size transforms are quickest
        self._spectrum = torch.fft.rfft(on_device(response, device), 2 * self._block)

    def reverberate(self, send: Tensor) -> Tensor:
        """What the room answers to a send (2, T): (2, T), without the send itself."""
        samples = send.shape[-1]
        wet = torch.zeros_like(send)
        for start in range(0, samples, self._block):
            block = send[:, start : start + self._block]
            if not bool(block.any()):
                continue
            answer = torch.fft.irfft(torch.fft.rfft(block, 2 * self._block) * self._spectrum, 2 * self._block)
            end = min(samples, start + 2 * self._block)
            wet[:, start:end] += answer[:, : end - start]
        return wet
