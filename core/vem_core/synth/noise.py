"""Noise with a colour and a decay."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import apply_attack, fade_end
from vem_core.synth.kept import kept
from vem_core.synth.oscillator import decay
from vem_core.synth.spectrum import FLAT, Equaliser, band_gain, fast_length
from vem_core.synth.tone import Tone, chance, random_source

LOOP_SAMPLES = 131_072
_MOST_BINS = 131_073
_TABLE_BINS = 65_536


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


@kept
def _burst(burst: NoiseBurst, length: int, key: tuple[object, ...], device: str, equaliser: Equaliser) -> Tensor:
    """A burst of a length, with the silence before it."""
    noise = coloured_noise(length, key, burst.low_hz, burst.high_hz, burst.width, device, equaliser)
    noise *= decay(burst.decay_s, length, device).mul_(burst.level)
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
    return noise_bands(samples, (key,), ((low_hz, high_hz),), width, device, equaliser)[0]


def noise_bands(
    samples: int,
    keys: Sequence[tuple[object, ...]],
    bands_hz: Sequence[tuple[float, float]],
    width: float = 1.0,
    device: str = "cpu",
    equaliser: Equaliser = FLAT,
) -> Tensor:
    """Several `coloured_noise` of one length, made together: float32 (K, 2, T)."""
    size = fast_length(samples)
    spectra = torch.empty(len(bands_hz), 2, size // 2 + 1, 2)
    for spectrum, key, band_hz in zip(spectra, keys, bands_hz, strict=True):
        gain = _colour(size, *band_hz, equaliser)
        for into, side in zip(spectrum, _white_spectra(key, len(gain)), strict=True):
            torch.mul(side, gain, out=into)
        if width < 1:
            spectrum[1].mul_(math.sqrt(1 - (1 - width) ** 2)).add_(spectrum[0], alpha=1 - width)
    noise: Tensor = torch.fft.irfft(torch.view_as_complex(spectra.to(device)), size)
    return noise[..., :samples].contiguous()


def _white_spectra(key: tuple[object, ...], bins: int) -> tuple[Tensor, Tensor]:
    """White noise for the left and for the right: complex numbers of variance 2, (bins, 2) each; not to be written to.

    For sounds of up to 5.4 s they are normally distributed stretches of one table, for other keys others: that costs
    much less than new ones. In longer sounds so many are summed that signs will do.
    """
    if bins > _MOST_BINS:
        signs = np.unpackbits(np.frombuffer(random_source("noise", *key).bytes(-(-bins // 2)), np.uint8))
        left, right = torch.from_numpy(signs[: 4 * bins].reshape(2, bins, 2).astype(np.float32)).mul_(2).sub_(1)
        return left, right
    left, right = (int(chance("noise", *key, side) * _TABLE_BINS) for side in "LR")
    return _white_table()[left : left + bins], _white_table()[right : right + bins]


@functools.cache
def _white_table() -> Tensor:
    return torch.from_numpy(random_source("noise").standard_normal((_TABLE_BINS + _MOST_BINS, 2), np.float32))


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
    return looped(_noise_loop(key, low_hz, high_hz, width, device, equaliser), samples)


def looped(loop: Tensor, samples: int, start: int = 0) -> Tensor:
    """So many samples of a loop (2, L), over and over from number `start` on: (2, T); not to be written to."""
    times = -(-(start + samples) // loop.shape[-1])
    return (loop if times == 1 else loop.repeat(1, times))[:, start : start + samples]


@kept
def _noise_loop(
    key: tuple[object, ...], low_hz: float, high_hz: float, width: float, device: str, equaliser: Equaliser
) -> Tensor:
    return coloured_noise(LOOP_SAMPLES, key, low_hz, high_hz, width, device, equaliser)


@kept
def _colour(size: int, low_hz: float, high_hz: float, equaliser: Equaliser) -> Tensor:
    """The magnitude of band-limited noise of RMS 1 (Parseval), for a complex normal spectrum: (bins, 2), twice each."""
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    gain = band_gain(frequency, low_hz, high_hz)
    gain[0] = 0.0
    scale = size / 2 / np.sqrt(np.sum(gain**2))
    coloured = (gain * equaliser.gain(frequency) * scale).astype(np.float32)
    return torch.from_numpy(np.repeat(coloured, 2).reshape(-1, 2))


def add_bursts(rendered: Tensor, bursts: tuple[NoiseBurst, ...], name: str, tone: Tone, equaliser: Equaliser) -> Tensor:
    """The rendered note with bursts added at its start, in place; a note that opens the sound has louder ones."""
    scale = 2 ** (tone.open_octaves / 2)
    for index, burst in enumerate(bursts):
        key = (name, tone.pitch, tone.variation, index)
        noise = burst.render(rendered.shape[-1], key, tone.device, equaliser)
        rendered[:, : noise.shape[-1]].add_(noise, alpha=scale)
    return rendered
