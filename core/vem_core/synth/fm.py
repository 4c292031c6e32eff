"""Frequency modulation: electric pianos, bells, metallic basses (Chowning 1973)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import apply_attack, fade_end
from vem_core.synth.noise import NoiseBurst, add_bursts
from vem_core.synth.oscillator import decay, steady_angle
from vem_core.synth.spectrum import FLAT
from vem_core.synth.tone import Tone

_TIME_CONSTANTS = 8  # until a pair has died away


@dataclass(frozen=True)
class Operators:
    """A carrier and its modulator."""

    level: float = 1.0
    carrier: float = 1.0  # ratio to the pitch
    modulator: float = 1.0
    index: float = 1.5  # of modulation, radians, at velocity 0.8
    index_decay_s: float = 0.6
    index_floor: float = 0.2  # share of the index that stays
    decay_s: float = 2.0  # time constant at middle C
    cents: float = 0.0
    pan: float = 0.0


@dataclass(frozen=True)
class FrequencyModulation:
    """Pairs of operators played together."""

    pairs: tuple[Operators, ...]
    decay_tracking: float = -0.5
    velocity_octaves: float = 1.6  # how the index grows with velocity
    brightness_octaves: float = 1.2
    highest_index_hz: float = 9_000.0  # overtones are kept below
    tremolo: float = 0.0  # from side to side
    tremolo_hz: float = 4.6
    attack_s: float = 0.001
    knocks: tuple[NoiseBurst, ...] = ()
    name: str = field(default="fm", kw_only=True)

    @property
    def colours_itself(self) -> bool:
        return False

    def __call__(self, tone: Tone) -> Tensor:
        """The rendered note of a tone: (2, T), shorter than asked where it has died away."""
        tracked = 2 ** (self.decay_tracking * tone.octaves_from_middle_c)
        longest_s = max(pair.decay_s for pair in self.pairs) * tracked * _TIME_CONSTANTS
        samples = min(tone.samples, round(longest_s * SAMPLE_RATE_HZ))
        rendered = torch.zeros(2, samples, device=tone.device)
        for pair in self.pairs:
            length = min(samples, round(pair.decay_s * tracked * _TIME_CONSTANTS * SAMPLE_RATE_HZ))
            wave = self._pair(pair, tone, length, tracked)
            rendered[0, :length].add_(wave, alpha=pair.level * math.sqrt(0.5 - 0.5 * pair.pan))
            rendered[1, :length].add_(wave, alpha=pair.level * math.sqrt(0.5 + 0.5 * pair.pan))
        if self.tremolo:
            sway = steady_angle(self.tremolo_hz, samples, tone.device).sin_().mul_(0.5 * self.tremolo)
            rendered[0] *= 1 - self.tremolo / 2 + sway
            rendered[1] *= 1 - self.tremolo / 2 - sway
        apply_attack(rendered, self.attack_s)
        add_bursts(rendered, self.knocks, self.name, tone, FLAT)
        return fade_end(rendered, 0.02) if samples < tone.samples else rendered

    def _pair(self, pair: Operators, tone: Tone, samples: int, tracked: float) -> Tensor:
        pitch_hz = tone.frequency_hz * 2 ** (pair.cents / 1200)
        index = pair.index * 2**tone.open_octaves
        room = (self.highest_index_hz / pitch_hz - pair.carrier) / pair.modulator  # Carson: sidebands up to index + 1
        index = max(0.0, min(index, room - 1))
        angle = steady_angle(pitch_hz * pair.carrier, samples, tone.device)
        if index:
            depth = decay(pair.index_decay_s, samples, tone.device).mul_(index * (1 - pair.index_floor))
            depth += index * pair.index_floor
            angle.addcmul_(depth, steady_angle(pitch_hz * pair.modulator, samples, tone.device).sin_())
        return angle.sin_().mul_(decay(pair.decay_s * tracked, samples, tone.device))
