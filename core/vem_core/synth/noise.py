"""Noise with a colour and a decay."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import apply_attack, fade_end
from vem_core.synth.spectrum import FLAT, Equaliser, Values, band_gain, fast_length
from vem_core.synth.tone import Tone, random_source

_LOOP_SAMPLES = 131_072


@dataclass(frozen=True)
class NoiseBurst:
    """A burst of band-limited noise: breath, bow, snare wires, hammer."""

    level: float = 1.0  # peak of the envelope; the noise itself has an RMS of 1
    low_hz: float = 200.0
    high_hz: float = 8_000.0
    decay_s: float = 0.05  # time constant
    attack_s: float = 0.0005
    delay_s: float = 0.0
    width: float = 0.5  # 0 the same on both sides .. 1 unrelated

    def render(self, samples: int, key: tuple[object, ...], device: str = "cpu", equaliser: Equaliser = FLAT) -> Tensor:
        """The burst from sample 0: float32 (2, T), T at most `samples`; not to be written to."""
        start = round(self.delay_s * SAMPLE_RATE_HZ)
        length = min(samples - start, round((self.attack_s + 7.5 * self.decay_s) * SAMPLE_RATE_HZ))
        if length <= 0:
            return torch.zeros(2, min(samples, 1), device=device)
        return _burst(self, length, key, device, equaliser)


@functools.lru_cache(maxsize=512)
def _burst(burst: NoiseBurst, length: int, key: tuple[object, ...], device: str, equaliser: Equaliser) -> Tensor:
    """A burst of a length, with the silence before it."""
    noise = coloured_noise(length, key, burst.low_hz, burst.high_hz, burst.width, device, equaliser)
    time = torch.arange(length, dtype=torch.float32, device=device)
    noise *= burst.level * torch.exp(time * (-1 / (burst.decay_s * SAMPLE_RATE_HZ)))
    apply_attack(noise, burst.attack_s)
    fade_end(noise, 0.0013)
    return torch.nn.functional.pad(noise, (round(burst.delay_s * SAMPLE_RATE_HZ), 0))


def coloured_noise(
    samples: int,
    key: tuple[object, ...],
    low_hz: float,
    high_hz: float,
    width: float = 1.0,
    device: str = "cpu",
    equaliser: Equaliser = FLAT,
) -> Tensor:
    """Steady band-limited noise with an RMS of 1 before the equaliser: float32 (2, T). It loops without a seam
    where T is a `fast_length`."""
    size = fast_length(samples)
    gain = _colour(size, low_hz, high_hz, equaliser)
    parts = random_source("noise", *key).standard_normal((2, 2, len(gain)), np.float32)  # C, real and imaginary, F
    if width < 1:
        parts[1] = (1 - width) * parts[0] + np.float32(np.sqrt(1 - (1 - width) ** 2)) * parts[1]
    parts *= gain
    spectrum = torch.complex(torch.from_numpy(parts[:, 0]), torch.from_numpy(parts[:, 1])).to(device)
    noise: Tensor = torch.fft.irfft(spectrum, size)
    return noise[:, :samples].contiguous()


def looped_noise(
    samples: int,
    key: tuple[object, ...],
    low_hz: float,
    high_hz: float,
    width: float = 1.0,
    device: str = "cpu",
    equaliser: Equaliser = FLAT,
) -> Tensor:
    """Like `coloured_noise` for sounds of any length: the same 2.7 s over and over; not to be written to."""
    loop = _noise_loop(key, low_hz, high_hz, width, device, equaliser)
    return (loop if samples <= _LOOP_SAMPLES else loop.repeat(1, -(-samples // _LOOP_SAMPLES)))[:, :samples]


@functools.lru_cache(maxsize=64)
def _noise_loop(
    key: tuple[object, ...], low_hz: float, high_hz: float, width: float, device: str, equaliser: Equaliser
) -> Tensor:
    """Like `coloured_noise` for _LOOP_SAMPLES of sound; not to be written to.

    Of so many bins the phases alone need be random: their sum is normally distributed all the same.
    """
    gain = torch.from_numpy(_colour(_LOOP_SAMPLES, low_hz, high_hz, equaliser)).to(device)
    turns = random_source("noise", *key).random((2, len(gain)), np.float32)
    angle = torch.from_numpy(turns).to(device).mul_(2 * math.pi)
    spectrum = torch.empty(2, len(gain), 2, device=device)
    torch.mul(angle.cos(), gain, out=spectrum[..., 0])
    torch.mul(angle.sin_(), gain, out=spectrum[..., 1])
    if width < 1:
        spectrum[1].mul_(math.sqrt(1 - (1 - width) ** 2)).add_(spectrum[0], alpha=1 - width)
    noise: Tensor = torch.fft.irfft(torch.view_as_complex(spectrum), _LOOP_SAMPLES)
    return noise.mul_(math.sqrt(2))


@functools.lru_cache(maxsize=256)
def _colour(size: int, low_hz: float, high_hz: float, equaliser: Equaliser) -> Values:
    """The magnitude of band-limited noise of RMS 1 (Parseval), for a complex normal spectrum."""
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    gain = band_gain(frequency, low_hz, high_hz)
    gain[0] = 0.0
    scale = size / 2 / np.sqrt(np.sum(gain**2))
    return np.asarray(gain * equaliser.gain(frequency) * scale, np.float32)


def add_bursts(body: Tensor, bursts: tuple[NoiseBurst, ...], name: str, tone: Tone, equaliser: Equaliser) -> Tensor:
    """The body with a note's bursts added at its start, in place; a harder note has louder ones."""
    scale = 0.3 + 0.875 * tone.velocity
    for index, burst in enumerate(bursts):
        key = (name, tone.pitch, tone.variation, index)
        noise = burst.render(body.shape[-1], key, tone.device, equaliser)
        body[:, : noise.shape[-1]].add_(noise, alpha=scale)
    return body
