"""Drums and cymbals, built from layers: a sweeping body, a membrane's modes, metal, noise and a click."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.additive import damped_partials
from vem_core.synth.envelope import apply_attack, fade_end
from vem_core.synth.kept import kept
from vem_core.synth.noise import NoiseBurst
from vem_core.synth.oscillator import decay, steady_angle
from vem_core.synth.spectrum import Equaliser, band_gain
from vem_core.synth.steered import STEERED_BLOCK, control_times_s, steered_partials
from vem_core.synth.tone import NOMINAL_VELOCITY, Tone, random_source
from vem_core.synth.vocal import Scratch

MEMBRANE_RATIOS = (1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501)
"""Modes of an ideal circular membrane (Rayleigh, Theory of Sound, section 206)."""


_FLAT = Equaliser()
_DIED_AWAY = 3e-5  # -90 dB, of the loudest mode
_SHORT_S, _LONG_S = 0.05, 0.1  # time constants: over a tenth of them an exponential is a line to 0.2 %


@dataclass(frozen=True)
class Sweep:
    """A sine whose pitch falls: the body of kicks and toms."""

    from_hz: float
    to_hz: float
    sweep_s: float = 0.03  # time constant of the fall
    decay_s: float = 0.15
    hold_s: float = 0.0
    level: float = 1.0
    overtone: float = 0.0  # level of the octave above
    attack_s: float = 0.0007
    drive: float = 0.0
    hardness: float = 0.0

    def render(self, samples: int, key: tuple[object, ...], tune: float, device: str) -> Tensor:
        length = min(samples, round((self.hold_s + 8 * self.decay_s) * SAMPLE_RATE_HZ))
        swept = 2 * math.pi * tune * (self.from_hz - self.to_hz) * self.sweep_s
        angle = steady_angle(tune * self.to_hz, length, device)
        angle.add_(swept).sub_(decay(self.sweep_s, length, device), alpha=swept)
        rendered = torch.sin(angle)
        if self.overtone:
            rendered.add_(angle.mul_(2).sin_(), alpha=self.overtone)
        held = min(length, round(self.hold_s * SAMPLE_RATE_HZ))
        rendered[held:] *= decay(self.decay_s, length - held, device)
        if self.drive:
            rendered = rendered.mul_(1 + 5 * self.drive).tanh_().mul_(1 / math.tanh(1 + 5 * self.drive))
        return fade_end(apply_attack(rendered.repeat(2, 1), self.attack_s), 0.005)


@dataclass(frozen=True)
class Modes:
    """A few ringing modes: a membrane, a wood block, a cowbell, a triangle."""

    frequency_hz: float
    ratios: tuple[float, ...] = MEMBRANE_RATIOS
    rolloff: float = 0.8  # amplitude of mode k is k ** -rolloff
    decay_s: float = 0.1
    damping: float = 0.5  # mode k dies 1 + damping (k - 1) times faster
    level: float = 0.5
    spread: float = 0.3
    hardness: float = 0.0

    def render(self, samples: int, key: tuple[object, ...], tune: float, device: str) -> Tensor:
        number = np.arange(1, len(self.ratios) + 1)
        amplitude = number**-self.rolloff
        amplitude = amplitude / np.sqrt(np.sum(amplitude**2))
        decay_s = self.decay_s / (1 + self.damping * (number - 1))
        source = random_source(*key)
        amplitude = amplitude * (1 + source.uniform(-0.2, 0.2, len(number)))
        pan = self.spread * random_source(*key[:-2]).uniform(-1, 1, len(number))
        sides = np.stack([np.sqrt(0.5 - 0.5 * pan), np.sqrt(0.5 + 0.5 * pan)]) * amplitude * math.sqrt(2)
        length = min(samples, round(8 * self.decay_s * SAMPLE_RATE_HZ))
        frequency = tune * self.frequency_hz * np.asarray(self.ratios)
        floor = _DIED_AWAY * float(sides.max())
        rendered = damped_partials(frequency, sides, decay_s, length, floor=floor, device=device)
        return fade_end(apply_attack(rendered, 0.0004), 0.005)


@dataclass(frozen=True)
class Metal:
    """Hundreds of close modes: cymbals and hi-hats. Given frequencies instead, the square waves of a drum machine."""

    low_hz: float = 3_000.0
    high_hz: float = 15_000.0
    decay_s: float = 0.1  # time constant at `low_hz`
    damping: float = 0.5  # per octave above `low_hz`
    modes: int = 180
    squares_hz: tuple[float, ...] = ()
    level: float = 1.0
    attack_s: float = 0.0005
    bloom_s: float = 0.0  # cymbals: the high modes take time to be fed
    width: float = 0.7
    hardness: float = 0.2

    def render(self, samples: int, key: tuple[object, ...], tune: float, device: str) -> Tensor:
        source = random_source(*key[:-2])  # the same metal every time ...
        if self.squares_hz:
            harmonics = np.arange(1, 41, 2)
            frequency = np.outer(self.squares_hz, harmonics).ravel()
            amplitude = np.outer(np.ones(len(self.squares_hz)), 1 / harmonics).ravel()
            keep = frequency < 18_000
            frequency, amplitude = frequency[keep], amplitude[keep] * band_gain(frequency[keep], self.low_hz, 0) ** 2
        else:
            places = (np.arange(self.modes) + source.uniform(0, 1, self.modes)) / self.modes
            frequency = self.low_hz * 0.6 * (self.high_hz * 1.2 / (self.low_hz * 0.6)) ** (places**0.75)
            amplitude = source.uniform(0.25, 1, self.modes) * band_gain(frequency, self.low_hz, self.high_hz)
        octaves = np.maximum(np.log2(frequency / self.low_hz), 0)
        decay_s = self.decay_s / (1 + self.damping * octaves) * source.uniform(0.6, 1.3, len(frequency))
        struck = random_source(*key)  # ... struck at another place
        amplitude = amplitude * struck.uniform(0.6, 1.4, len(frequency))
        phases = struck.uniform(0, 2 * np.pi, len(frequency))
        pan = self.width * source.uniform(-1, 1, len(frequency))
        sides = np.stack([np.sqrt(0.5 - 0.5 * pan), np.sqrt(0.5 + 0.5 * pan)]) * amplitude
        sides *= math.sqrt(2) / np.sqrt(np.sum(amplitude**2) / 2)
        length = min(samples, round(5.5 * decay_s.max() * SAMPLE_RATE_HZ))
        if decay_s.min() < _SHORT_S:
            floor = _DIED_AWAY * float(sides.max())
            rendered = damped_partials(frequency, sides, decay_s, length, phases=phases, floor=floor, device=device)
        else:  # what dies slowly may do so by straight lines
            block = STEERED_BLOCK if decay_s.min() < _LONG_S else 2 * STEERED_BLOCK
            time_s = control_times_s(length, block)
            levels = np.exp(np.outer(1 / decay_s, -time_s).astype(np.float32))
            if self.bloom_s:
                levels[octaves > 1] *= 1 - 0.55 * np.exp(-time_s / self.bloom_s)
            rendered = steered_partials(
                frequency, levels, sides, length, phases=phases, floor=_DIED_AWAY, block_samples=block, device=device
            )
        return fade_end(apply_attack(rendered, self.attack_s), 0.02)


@dataclass(frozen=True)
class Hiss:
    """A noise burst as a layer of a drum."""

    burst: NoiseBurst
    hardness: float = 0.3

    @property
    def level(self) -> float:
        return 1.0

    def render(self, samples: int, key: tuple[object, ...], tune: float, device: str) -> Tensor:
        return self.burst.render(samples, key, device)


Layer = Sweep | Modes | Metal | Hiss | Scratch


@dataclass(frozen=True)
class Drum:
    """One instrument of a kit."""

    layers: tuple[Layer, ...]
    level_db: float = 0.0
    pan: float = 0.0
    drive: float = 0.0
    equaliser: Equaliser = _FLAT
    humanise: float = 0.004  # how far the pitch differs from strike to strike


@dataclass(frozen=True)
class Kit:
    """Drums by General MIDI percussion key; a key that is missing plays its nearest relative."""

    drums: Mapping[int, Drum] = field(hash=False)
    name: str = "kit"
    velocity_octaves: float = 0.0  # harder layers are louder instead
    brightness_octaves: float = 0.0

    @property
    def colours_itself(self) -> bool:
        return False

    def __call__(self, tone: Tone) -> Tensor:
        """One strike: (2, T) as long as it rings."""
        drum = self.drum(tone.pitch)
        tune = 1 + drum.humanise * random_source(self.name, tone.pitch, tone.variation, "tune").uniform(-1, 1)
        sounds = [
            _render_layer(
                layer, tone.samples, (self.name, tone.pitch, index, tone.variation, "layer"), tune, tone.device
            )
            for index, layer in enumerate(drum.layers)
        ]
        rendered = torch.zeros(2, max(part.shape[-1] for part in sounds), device=tone.device)
        for layer, part in zip(drum.layers, sounds, strict=True):
            rendered[:, : part.shape[-1]].add_(
                part, alpha=layer.level * (tone.velocity / NOMINAL_VELOCITY) ** (2 * layer.hardness)
            )
        if drum.drive:
            rendered = rendered.mul_(1 + 3 * drum.drive).tanh_().mul_(1 / (1 + 1.5 * drum.drive))
        rendered = drum.equaliser.apply(rendered)
        level = 10 ** (drum.level_db / 20)
        for side, sign in zip(rendered, (-1, 1), strict=True):
            side *= level * math.sqrt(1 + sign * drum.pan)
        return fade_end(rendered, 0.005)

    def drum(self, key: int) -> Drum:
        """The instrument on a key."""
        return self.drums[key] if key in self.drums else self.drums[_RELATIVES.get(key, 37 if 37 in self.drums else 38)]


@kept
def _render_layer(layer: Layer, samples: int, key: tuple[object, ...], tune: float, device: str) -> Tensor:
    """A layer's sound, which strikes of all strengths share; not to be written to."""
    return layer.render(samples, key, tune, device)


_RELATIVES = {
    35: 36, 40: 38, 41: 45, 43: 45, 47: 45, 48: 50, 44: 42, 52: 49, 55: 49, 57: 49, 53: 51, 59: 51,
    39: 38, 60: 76, 61: 77, 62: 76, 63: 76, 64: 77, 65: 50, 66: 45, 67: 56, 68: 56, 69: 82, 70: 82,
    71: 81, 72: 81, 73: 82, 74: 82, 75: 76, 78: 37, 79: 37, 80: 81, 83: 81, 84: 81, 85: 76, 86: 50, 87: 45,
}  # fmt: skip
