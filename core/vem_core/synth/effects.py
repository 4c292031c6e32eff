"""Risers, impacts and other effects that frame a scene. Each lasts exactly as long as its note."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.drums import Hiss, Metal, Modes, Sweep
from vem_core.synth.envelope import apply_attack, fade_end, interpolate
from vem_core.synth.noise import LOOP_SAMPLES, NoiseBurst, looped, noise_bands
from vem_core.synth.spectrum import Values
from vem_core.synth.steered import STEERED_BLOCK, control_times_s
from vem_core.synth.tone import Tone, chance, on_device

_GLIDE_BLOCK = 64  # 1.3 ms: so long a sliding tone keeps its pitch
_NOISE_BANDS_HZ = tuple(150.0 * 2 ** (octave * 0.8) for octave in range(9))


@dataclass(frozen=True)
class NoiseSweep:
    """A band of noise that travels while it grows or dies."""

    from_hz: float = 300.0
    to_hz: float = 9_000.0
    octaves: float = 1.4  # width of the band
    growth: float = 3.0  # how steeply the level rises (positive) or falls (negative), in time constants
    level: float = 1.0
    flutter_hz: float = 0.0  # a pulsing that quickens towards the end
    attack_s: float = 0.02

    def render(self, tone: Tone, name: str) -> Tensor:
        time_s = control_times_s(tone.samples)
        position = np.clip(time_s / max(time_s[-2], 1e-3), 0, 1)
        centre = self.from_hz * (self.to_hz / self.from_hz) ** position
        level = self.level * _grow(position, self.growth)
        if self.flutter_hz:
            turns = self.flutter_hz * time_s[-1] * (position + position**2) / 2
            level = level * (0.62 + 0.38 * np.cos(2 * np.pi * turns))
        rendered = torch.zeros(2, tone.samples, device=tone.device)
        start = int(chance(name) * LOOP_SAMPLES)
        for band_hz, loop in zip(_NOISE_BANDS_HZ, _noise_loops(tone.device), strict=True):
            near = np.exp(-(((np.log2(centre / band_hz) + tone.open_octaves) / self.octaves) ** 2))
            if near.max() < 0.02:
                continue
            rendered.addcmul_(
                looped(loop, tone.samples, start),
                interpolate(level * near * 0.5, STEERED_BLOCK, tone.samples, tone.device),
            )
        return apply_attack(rendered, self.attack_s)


@functools.cache
def _noise_loops(device: str) -> Tensor:
    """The bands that sweeps pass through."""
    bands_hz = tuple((band_hz / 1.4, band_hz * 1.4) for band_hz in _NOISE_BANDS_HZ)
    return noise_bands(LOOP_SAMPLES, [("sweep", *band_hz) for band_hz in bands_hz], bands_hz, 0.9, device)


@dataclass(frozen=True)
class Glide:
    """A chord of sliding tones."""

    semitones: float = 12.0
    partials: tuple[float, ...] = (1.0, 1.006, 2.0, 2.011, 3.0, 4.02)
    rolloff: float = 0.8
    growth: float = 2.5
    level: float = 0.5
    curve: float = 2.0  # 1 slides evenly; more: late; less: early
    attack_s: float = 0.02
    transpose: float = 0.0

    def render(self, tone: Tone, name: str) -> Tensor:
        pitch_hz = tone.frequency_hz * 2 ** (self.transpose / 12)
        lasts_s = max((tone.samples - 1) / SAMPLE_RATE_HZ, 1e-3)
        position = control_times_s(tone.samples, _GLIDE_BLOCK) / lasts_s
        step = pitch_hz * 2 ** (self.semitones * position**self.curve / 12) * (_GLIDE_BLOCK / SAMPLE_RATE_HZ)
        cycles = np.concatenate([[0], np.cumsum((step[:-1] + step[1:]) / 2)])
        rendered = torch.zeros(2, tone.samples, device=tone.device)
        highest = pitch_hz * 2 ** (max(self.semitones, 0) / 12)
        for index, ratio in enumerate(self.partials):
            if ratio * highest > 18_000:
                continue
            wave = _gliding_angle(ratio * cycles, tone.samples, tone.device).sin_()
            level = (index + 1) ** -self.rolloff
            pan = 0.6 * (-1) ** index * (index > 0)
            rendered[0].add_(wave, alpha=level * math.sqrt(0.5 - 0.5 * pan))
            rendered[1].add_(wave, alpha=level * math.sqrt(0.5 + 0.5 * pan))
        growing = self.level * _grow(np.clip(control_times_s(tone.samples) / lasts_s, 0, 1), self.growth)
        rendered *= interpolate(growing, STEERED_BLOCK, tone.samples, tone.device)
        return apply_attack(rendered, self.attack_s)


def _gliding_angle(cycles: Values, samples: int, device: str) -> Tensor:
    """The phase in radians of a tone that has made so many cycles at every _GLIDE_BLOCK samples: float32 (T,).

    Whole cycles are dropped in float64.
    """
    lines = on_device(np.stack([cycles[:-1] % 1, np.diff(cycles)], -1) * (2 * math.pi), device)
    place = torch.arange(_GLIDE_BLOCK, dtype=torch.float32, device=device) / _GLIDE_BLOCK
    return (lines @ torch.stack([torch.ones_like(place), place])).flatten()[:samples]


@dataclass(frozen=True)
class Strike:
    """A drum's layer used as an effect; `reverse` plays it backwards, ending on the note's end."""

    layer: Sweep | Modes | Metal | Hiss
    reverse: bool = False

    def render(self, tone: Tone, name: str) -> Tensor:
        key = (name, "strike", tone.pitch, tone.variation, "layer")
        rendered = self.layer.level * self.layer.render(tone.samples, key, 1.0, tone.device)
        short = tone.samples - rendered.shape[-1]
        if self.reverse:
            return apply_attack(torch.nn.functional.pad(rendered.flip(-1), (short, 0)), 0.02)
        return torch.nn.functional.pad(rendered, (0, short))


@dataclass(frozen=True)
class Effect:
    """Layers of an effect played together."""

    layers: tuple[NoiseSweep | Glide | Strike, ...]
    drive: float = 0.0
    end_fade_s: float = 0.012
    velocity_octaves: float = 0.0
    name: str = field(default="fx", kw_only=True)

    @property
    def brightness_octaves(self) -> float:
        return 1.0 if any(isinstance(layer, NoiseSweep) for layer in self.layers) else 0.0

    @property
    def colours_itself(self) -> bool:
        return False

    def __call__(self, tone: Tone) -> Tensor:
        """The effect over exactly `tone.samples`: (2, T)."""
        rendered = torch.zeros(2, tone.samples, device=tone.device)
        for index, layer in enumerate(self.layers):
            rendered += layer.render(tone, f"{self.name}.{index}")
        if self.drive:
            rendered = torch.tanh(rendered * (1 + 3 * self.drive)) / (1 + 1.5 * self.drive)
        return fade_end(rendered, self.end_fade_s)


def _grow(position: Values, growth: float) -> Values:
    """A level that rises (growth > 0) to 1 at the end, or falls from 1 (growth < 0)."""
    return np.asarray(np.exp(growth * (position - 1)) if growth >= 0 else np.exp(growth * position))


RISER = Effect(
    (
        NoiseSweep(350, 10_000, growth=2.8, level=0.9, flutter_hz=4.0),
        Glide(semitones=12, growth=2.6, level=0.30, curve=1.6),
    ),
    name="fx.riser",
)
DOWNER = Effect(
    (
        NoiseSweep(9_000, 250, growth=-2.6, level=0.9, attack_s=0.0008),
        Glide(semitones=-24, growth=-2.2, level=0.35, curve=0.6, attack_s=0.001),
    ),
    end_fade_s=0.15,
    name="fx.downer",
)
IMPACT = Effect(
    (
        Strike(Sweep(110, 34, 0.06, 0.55, level=0.8, overtone=0.15, drive=0.1)),
        Strike(Modes(58, decay_s=0.5, level=0.5)),
        Strike(Hiss(NoiseBurst(0.9, 90, 2_500, 0.06, width=0.7))),
        Strike(Hiss(NoiseBurst(0.30, 600, 7_000, 0.35, attack_s=0.002, width=1.0))),
        Strike(Metal(500, 7_000, 0.9, 0.5, 160, level=0.16, width=1.0)),
        Strike(Hiss(NoiseBurst(0.6, 1_800, 6_000, 0.004, attack_s=0.0003))),
    ),
    drive=0.12,
    end_fade_s=0.3,
    name="fx.impact",
)
REVERSE = Effect(
    (
        Strike(Metal(1_200, 13_000, 0.6, 0.3, 260, level=0.7), reverse=True),
        NoiseSweep(2_500, 9_000, growth=4.5, level=0.45, octaves=1.8),
    ),
    name="fx.reverse",
)
SUB_DROP = Effect(
    (
        Strike(Sweep(88, 27, 0.45, 0.8, hold_s=0.15, level=1.0, overtone=0.12, attack_s=0.004)),
        Strike(Hiss(NoiseBurst(0.12, 80, 700, 0.05))),
    ),
    drive=0.15,
    end_fade_s=0.2,
    name="fx.subdrop",
)
NOISE = Effect(
    (
        NoiseSweep(700, 2_200, growth=0.5, octaves=2.2, level=0.7, attack_s=0.4),
        NoiseSweep(4_000, 3_000, growth=-0.3, octaves=1.5, level=0.3, attack_s=0.6),
    ),
    end_fade_s=0.4,
    name="fx.noise",
)
