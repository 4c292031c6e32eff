"""Struck and plucked things: strings, bars, bells. Modal synthesis: each partial rings and dies by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.additive import damped_partials
from vem_core.synth.envelope import apply_attack, fade_end
from vem_core.synth.noise import NoiseBurst, add_bursts, looped_noise
from vem_core.synth.spectrum import FLAT, Equaliser, Formant, Values, band_gain, formant_gain, halve_rate, low_pass_gain
from vem_core.synth.tone import Tone, random_source

_SILENT_TIME_CONSTANTS = 9.2  # -80 dB
_DIED_AWAY = 3e-5  # -90 dB, of the loudest partial
_MUTED = 0.03  # of how long a string rings: what a hand that lies on it leaves
_SCRATCH = NoiseBurst(0.9, 700, 4_500, 0.014, attack_s=0.0012, width=0.2)


@dataclass(frozen=True)
class Struck:
    """A string, bar or bell set ringing by a hammer, a pick or a finger.

    Values are for middle C at velocity 0.8; *_tracking says by which power of two they change per octave upwards.
    """

    partials: int = 48
    rolloff: float = 1.0  # amplitude of partial k is k ** -rolloff
    ratios: tuple[float, ...] = ()  # of a bar or bell; none: a string's harmonics
    amplitudes: tuple[float, ...] = ()  # one a ratio
    inharmonicity: float = 0.0  # stiffness B: f_k = k f sqrt(1 + B k^2)
    strike_position: float = 0.0  # 0..0.5 along the string: which partials are missing
    cutoff_hz: float = 4_000.0  # softness of the hammer or finger
    cutoff_tracking: float = 0.5
    velocity_octaves: float = 2.0  # how far the cut-off moves over the range of velocities
    brightness_octaves: float = 1.5
    sustain_s: float = 4.0  # T60 of the fundamental
    sustain_tracking: float = -0.6
    damping: float = 0.6  # how much faster partials die per kilohertz
    strings: int = 1  # strings struck together
    detune_cents: float = 0.0
    aftersound: float = 0.3  # share of the strings' sound that dies slowly, where there are several
    scatter_s: float = 0.0  # how much later than the first the last of several strings is struck: a section's players
    spread: float = 0.2  # how far partials lie apart in the stereo picture
    attack_s: float = 0.0006
    formants: tuple[Formant, ...] = ()
    knocks: tuple[NoiseBurst, ...] = ()
    chord: tuple[int, ...] = (0,)  # semitones above the note of what is struck with it, before the amplifier
    drive: float = 0.0
    bias: float = 0.0  # of the amplifier: even overtones
    take_cents: float = 0.0  # how far notes of different variations are out of tune with each other, each way
    grit: float = 0.0  # noise of strings and pickups that reaches the amplifier
    tight_hz: float = 0.0  # below, less reaches the amplifier, so that chords stay clear
    cabinet: Equaliser = FLAT
    level_tracking_db: float = 0.0  # per octave
    bloom: float = 0.0  # share of high partials that swell after the strike: a string that grazes its bridge
    bloom_s: float = 0.08  # how long they take
    bloom_hz: float = 1_000.0  # from where on
    mute_below: float = 0.0  # velocity: softer strikes are scratches over strings that the other hand damps
    name: str = field(default="struck", kw_only=True)  # seeds what is random in it

    @property
    def colours_itself(self) -> bool:
        return True

    def __call__(self, tone: Tone) -> Tensor:
        """The rendered note of a tone: (2, T), shorter than asked where it has died away."""
        if tone.velocity < self.mute_below:
            muted = replace(self, sustain_s=_MUTED * self.sustain_s, knocks=(*self.knocks, _SCRATCH), mute_below=0.0)
            return muted(tone)
        frequency, amplitude, decay_s, pan = self._chord_modes(tone)
        longest = decay_s.max() * _SILENT_TIME_CONSTANTS
        samples = min(tone.samples, round(longest * SAMPLE_RATE_HZ))
        amplitude = (
            amplitude / np.sqrt(np.sum(amplitude**2)) * 10 ** (self.level_tracking_db * tone.octaves_from_middle_c / 20)
        )
        if not self.drive:
            amplitude = amplitude * tone.equaliser.gain(frequency)
        sides = np.stack([np.sqrt(0.5 - 0.5 * pan), np.sqrt(0.5 + 0.5 * pan)]) * amplitude
        if self.drive:
            rendered = self._driven(frequency, sides, decay_s, samples, tone)
        elif self.scatter_s:
            rendered = self._scattered(frequency, sides, decay_s, samples, tone)
        else:
            floor = _DIED_AWAY * float(sides.max())
            rendered = damped_partials(frequency, sides, decay_s, samples, floor=floor, device=tone.device)
        apply_attack(rendered, self.attack_s)
        add_bursts(rendered, self.knocks, self.name, tone, tone.equaliser)
        return fade_end(rendered, 0.02) if samples < tone.samples else rendered

    def _scattered(self, frequency: Values, sides: Values, decay_s: Values, samples: int, tone: Tone) -> Tensor:
        """Each string from its own instant on, the first of them from the start."""
        floor = _DIED_AWAY * float(sides.max())
        late_s = self.scatter_s * random_source(self.name, "scatter", tone.pitch, tone.variation).random(self.strings)
        late = np.rint((late_s - late_s.min()) * SAMPLE_RATE_HZ).astype(int)
        rendered = torch.zeros(2, samples, device=tone.device)
        for start, modes in zip(late.tolist(), np.split(np.arange(len(frequency)), self.strings), strict=True):
            if start >= samples:
                continue  # of a note that is cut off before all have plucked
            string = damped_partials(
                frequency[modes], sides[:, modes], decay_s[modes], samples - start, floor=floor, device=tone.device
            )
            rendered[:, start:] += apply_attack(string, self.attack_s)
        return rendered

    def _driven(self, frequency: Values, sides: Values, decay_s: Values, samples: int, tone: Tone) -> Tensor:
        """Partials through a saturating amplifier at twice the rate, so that its overtones do not fold down, and then
        through the cabinet."""
        if self.tight_hz:
            sides = sides * band_gain(frequency, self.tight_hz, 0)
        floor = _DIED_AWAY * float(sides.max()) / self.drive  # what is soft is driven up
        string = damped_partials(
            frequency, sides, decay_s, 2 * samples, floor=floor, device=tone.device, sample_rate_hz=2 * SAMPLE_RATE_HZ
        )
        if self.grit:
            noise = looped_noise(2 * samples, (self.name, "grit", tone.variation), 300, 5_000, 0.3, tone.device)
            decaying = string.square().sum(0, keepdim=True).sqrt_()  # `vector_norm` takes eighty times as long
            string.addcmul_(noise, decaying, value=self.grit)
        amplified = string.mul_(self.drive).add_(self.bias).tanh_().sub_(math.tanh(self.bias))
        return halve_rate(amplified, self.cabinet, tone.equaliser)

    def _chord_modes(self, tone: Tone) -> tuple[Values, Values, Values, Values]:
        """The modes of all notes that are struck together."""
        notes = [self._modes(replace(tone, pitch=tone.pitch + interval)) for interval in self.chord]
        if len(notes) == 1:
            return notes[0]
        frequency, amplitude, decay_s, pan = (np.concatenate(values) for values in zip(*notes, strict=True))
        return frequency, amplitude, decay_s, pan

    def _modes(self, tone: Tone) -> tuple[Values, Values, Values, Values]:
        """Frequencies, amplitudes, time constants and pans of the partials of all strings, (P,) each."""
        octaves = tone.octaves_from_middle_c
        if self.ratios:
            number = np.asarray(self.ratios)
            amplitude = np.asarray(self.amplitudes, float)
        else:
            number = np.arange(1, self.partials + 1, dtype=float)
            amplitude = number**-self.rolloff
        if self.strike_position:
            amplitude = amplitude * (0.08 + np.abs(np.sin(np.pi * number * self.strike_position)))
        stiffness = self.inharmonicity * 2 ** (1.4 * octaves)
        frequency = tone.frequency_hz * number * np.sqrt((1 + stiffness * number**2) / (1 + stiffness))
        cutoff_hz = self.cutoff_hz * 2 ** (self.cutoff_tracking * octaves + tone.open_octaves)
        amplitude = amplitude * low_pass_gain(frequency, cutoff_hz) * formant_gain(frequency, self.formants)
        keep = (amplitude > amplitude.max() * 10 ** (-75 / 20)) & (frequency < 18_000)
        keep[0] = True
        number, frequency, amplitude = number[keep], frequency[keep], amplitude[keep]
        decay_s = self.sustain_s * 2 ** (self.sustain_tracking * octaves) / 6.9 / (1 + self.damping * frequency / 1_000)

        source = random_source(self.name, tone.pitch)
        take = random_source(self.name, tone.pitch, tone.variation)
        amplitude = amplitude * (1 + take.uniform(-0.12, 0.12, len(number)))
        if self.take_cents:
            frequency = frequency * 2 ** (self.take_cents * take.uniform(-1, 1) / 1200)
        cents = np.linspace(-0.5, 0.5, self.strings) * self.detune_cents if self.strings > 1 else np.zeros(1)
        slow = np.where(np.arange(self.strings) % 2 == 0, 1.0, 0.45) if self.strings > 1 else np.ones(1)
        share = np.where(slow == 1.0, self.aftersound, 1 - self.aftersound) if self.strings > 1 else np.ones(1)
        pan = self.spread * source.uniform(-1, 1, (self.strings, len(number)))
        modes = (
            (frequency * 2 ** (cents[:, None] / 1200)).ravel(),
            (amplitude * share[:, None]).ravel(),
            (decay_s * slow[:, None]).ravel(),
            pan.ravel(),
        )
        return self._blooming(*modes) if self.bloom else modes

    def _blooming(
        self, frequency: Values, amplitude: Values, decay_s: Values, pan: Values
    ) -> tuple[Values, Values, Values, Values]:
        """The modes, and the same again with the opposite sign, which die sooner: what is left swells."""
        missing = -self.bloom * amplitude * band_gain(frequency, self.bloom_hz, 0)
        sooner_s = 1 / (1 / decay_s + 1 / self.bloom_s)
        return (
            np.tile(frequency, 2),
            np.concatenate([amplitude, missing]),
            np.concatenate([decay_s, sooner_s]),
            np.tile(pan, 2),
        )
