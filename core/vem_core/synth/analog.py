"""Subtractive synthesis without aliasing: oscillators as partials, the filter as their amplitudes."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import Envelope, apply_attack, interpolate
from vem_core.synth.kept import kept
from vem_core.synth.noise import NoiseBurst, add_bursts
from vem_core.synth.oscillator import steady_angle
from vem_core.synth.spectrum import FLAT, Formant, Values, formant_gain, low_pass_gain
from vem_core.synth.steered import STEERED_BLOCK, control_times_s, steered_partials
from vem_core.synth.tone import Tone, frequency_of, random_source

_INAUDIBLE = 4e-4  # -68 dB: partials that never rise above
_DIED_AWAY = 2e-4  # -74 dB: partials that stay below
_FAST_ATTACK_S = 0.03  # faster ones are shaped sample by sample
_WARP_MARGIN = 256
_BLOCKS = ((4.5, 4), (18.0, 2), (math.inf, 1))  # up to so many octaves a second: so many times 5 ms
_HELD = Envelope()


@dataclass(frozen=True)
class Vibrato:
    """A wavering pitch that sets in after the note has begun."""

    cents: float = 12.0
    rate_hz: float = 5.3
    onset_s: float = 0.35

    def apply(self, rendered: Tensor, samples: int) -> Tensor:
        """The rendered note read with a wavering speed; it must be longer by a margin than `samples`."""
        at, weights = _wavering(self, 1 << (samples - 1).bit_length(), str(rendered.device))
        reach = rendered.shape[-1] - 3
        read = torch.zeros(len(rendered), samples, device=rendered.device)
        for offset, weight in enumerate(weights):
            read.addcmul_(rendered[:, offset : offset + reach].index_select(1, at[:samples]), weight[:samples])
        return read

    def shifts(self, samples: int, device: str = "cpu") -> Tensor:
        """How much later each sample is read than it is heard, in samples: float32 (T,)."""
        depth = self.cents * math.log(2) / 1200 / (2 * math.pi * self.rate_hz) * SAMPLE_RATE_HZ
        time = torch.arange(samples, dtype=torch.float32, device=device)
        swell = time.mul_(1 / (self.onset_s * SAMPLE_RATE_HZ)).sub_(0.4).clamp_(0, 1)
        return steady_angle(self.rate_hz, samples, device).cos_().neg_().add_(1).mul_(swell).mul_(depth)


@kept
def _wavering(vibrato: Vibrato, samples: int, device: str) -> tuple[Tensor, Tensor]:
    """The first of the four samples that each sample is read from, (T,), and the four's weights of a cubic, (4, T)."""
    shifts = vibrato.shifts(samples, device)
    whole = shifts.floor()
    at = shifts.sub_(whole)  # 0..1, between the second and the third
    weights = torch.stack(
        [
            at * (at * (1 - at / 2) - 0.5),
            at * at * (1.5 * at - 2.5) + 1,
            at * (at * (2 - 1.5 * at) + 0.5),
            at * at * (at - 1) / 2,
        ]
    )
    first = torch.arange(-1, samples - 1, dtype=torch.int32, device=device).add_(whole.int())
    first[0], weights[:, 0] = 0, torch.tensor([1.0, 0.0, 0.0, 0.0])  # nothing stands before the first sample
    return first, weights


@dataclass(frozen=True)
class Analog:
    """Oscillators, a low-pass filter with its envelope, an amplifier with its own."""

    shape: str = "saw"  # saw, square, pulse, triangle, sine
    pulse_width: float = 0.3
    voices: int = 1
    detune_cents: float = 12.0  # from the lowest voice to the highest
    side_level: float = 0.6  # of the detuned voices against the one in the middle
    spread: float = 0.0  # of the voices in the stereo picture
    octaves: tuple[tuple[int, float], ...] = ((0, 1.0),)  # (octave, level) of each oscillator
    sub_level: float = 0.0  # a sine at the pitch, past the filter
    cutoff_hz: float = 1_200.0  # at middle C, velocity 0.8
    cutoff_tracking: float = 0.4
    velocity_octaves: float = 1.5
    brightness_octaves: float = 2.5
    sweep_octaves: float = 0.0  # how far the filter's envelope opens it
    sweep_attack_s: float = 0.0
    sweep_decay_s: float = 0.2
    resonance: float = 0.2
    envelope: Envelope = _HELD
    formants: tuple[Formant, ...] = ()
    drive: float = 0.0
    vibrato: Vibrato | None = None
    noise: tuple[NoiseBurst, ...] = ()
    name: str = field(default="analog", kw_only=True)

    @property
    def colours_itself(self) -> bool:
        return True

    def __call__(self, tone: Tone) -> Tensor:
        """The rendered note of a tone: (2, T)."""
        margin = _WARP_MARGIN if self.vibrato else 0
        samples = tone.samples + margin
        block = self._block
        time_s = control_times_s(samples, block)
        frequency, amplitude, phase, pan = _oscillators(self, tone.pitch, tone.variation)
        cutoff_hz = self._cutoff_hz(tone, time_s)
        loudness = np.sqrt(np.sum((amplitude * low_pass_gain(frequency, self._nominal_cutoff_hz(tone))) ** 2))
        amplitude = amplitude / max(loudness, 1e-9)
        keep = amplitude * low_pass_gain(frequency, cutoff_hz.max(), self.resonance) > _INAUDIBLE
        frequency, amplitude, phase, pan = frequency[keep], amplitude[keep], phase[keep], pan[keep]
        coloured = FLAT if self.drive else tone.equaliser  # what is linear has its colour from the start
        amplitude = amplitude * coloured.gain(frequency)
        levels = _filtered_levels(frequency, amplitude, cutoff_hz, self.resonance, self._amplifier(time_s))
        sides = np.stack([np.sqrt(0.5 - 0.5 * pan), np.sqrt(0.5 + 0.5 * pan)])
        mono = bool(np.all(pan == 0))
        rendered = steered_partials(
            frequency,
            levels,
            sides[:1] if mono else sides,
            samples,
            phases=phase,
            floor=_DIED_AWAY,
            block_samples=block,
            device=tone.device,
        )
        if self.sub_level:
            rendered.add_(self._sub(tone, samples), alpha=float(coloured.gain(np.array(tone.frequency_hz))))
        if self.drive:
            rendered = rendered.mul_(1 + 4 * self.drive).tanh_().mul_(1 / (1 + 2.2 * self.drive))
            rendered = tone.equaliser.without_dc().apply(rendered)
        if self.vibrato:
            rendered = self.vibrato.apply(rendered, tone.samples)
        if self.envelope.attack_s <= _FAST_ATTACK_S:
            apply_attack(rendered, self.envelope.attack_s)
        if mono:
            rendered = rendered.repeat(2, 1)
        return add_bursts(rendered, self.noise, self.name, tone, tone.equaliser)

    @property
    def _block(self) -> int:
        """How often the filter is set: it may close by a fifth of an octave, over which partials fall nearly evenly."""
        octaves_s = self.sweep_octaves / self.sweep_decay_s
        return STEERED_BLOCK * next(times for most, times in _BLOCKS if octaves_s <= most)

    def _nominal_cutoff_hz(self, tone: Tone) -> float:
        return self.cutoff_hz * 2 ** (self.cutoff_tracking * tone.octaves_from_middle_c + 0.5 * self.sweep_octaves)

    def _cutoff_hz(self, tone: Tone, time_s: Values) -> Values:
        swept = np.exp(-np.maximum(time_s - self.sweep_attack_s, 0) / self.sweep_decay_s)
        if self.sweep_attack_s:
            swept = swept * np.clip(time_s / self.sweep_attack_s, 0, 1)
        octaves = self.cutoff_tracking * tone.octaves_from_middle_c + tone.open_octaves + self.sweep_octaves * swept
        return np.asarray(np.minimum(self.cutoff_hz * 2**octaves, 20_000))

    def _amplifier(self, time_s: Values) -> Values:
        """The amplifier's envelope at the control points, without an attack that is too fast for them."""
        if self.envelope.attack_s > _FAST_ATTACK_S:
            return self.envelope.level(time_s)
        return self.envelope.level(time_s + self.envelope.attack_s)

    def _sub(self, tone: Tone, samples: int) -> Tensor:
        level = interpolate(self._amplifier(control_times_s(samples)), STEERED_BLOCK, samples, tone.device)
        return steady_angle(tone.frequency_hz, samples, tone.device).sin_().mul_(level).mul_(self.sub_level)


@functools.lru_cache(maxsize=256)
def _oscillators(analog: Analog, pitch: int, variation: int) -> tuple[Values, Values, Values, Values]:
    """Frequencies, amplitudes, phases and pans of all partials, (P,) each; not to be written to."""
    source = random_source(analog.name, pitch, variation)
    parts = []
    for octave, level in analog.octaves:
        cents = _fan(analog.voices) / 2 * analog.detune_cents * source.uniform(0.9, 1.1, analog.voices)
        weight = np.where(cents == 0, 1.0, analog.side_level)  # the middle voice carries the pitch
        weight = weight / np.sqrt(np.sum(weight**2))
        base = frequency_of(pitch) * 2**octave
        number = np.arange(1, max(2, int(18_000 / base) + 1), dtype=float)
        amplitude, quarter = _waveform(analog.shape, number, analog.pulse_width)
        offset = np.where(cents == 0, 0.0, source.uniform(0, 1, analog.voices))
        places = analog.spread * _fan(analog.voices) * (1 - 2 * (octave % 2))
        frequency = base * number * 2 ** (cents[:, None] / 1200)
        parts.append(
            (
                frequency,
                level * weight[:, None] * amplitude * formant_gain(frequency, analog.formants),
                2 * np.pi * offset[:, None] * number + quarter,
                np.broadcast_to(places[:, None], frequency.shape),
            )
        )
    frequency, amplitude, phase, pan = (np.concatenate([p[i].ravel() for p in parts]) for i in range(4))
    return frequency, amplitude, phase, pan


def _filtered_levels(
    frequency: Values, amplitude: Values, cutoff_hz: Values, resonance: float, level: Values
) -> NDArray[np.float32]:
    """What `low_pass_gain` leaves of partials at each control point, times a level there: (P, N + 1)."""
    ratio = torch.outer(*(torch.from_numpy(factor.astype(np.float32)) for factor in (frequency**2, cutoff_hz**-2.0)))
    gain = (ratio - 1.75 * resonance).mul_(ratio).add_(1)
    ratio += 1
    gain.mul_(ratio).mul_(ratio).rsqrt_()
    gain *= torch.from_numpy(amplitude.astype(np.float32))[:, None]
    gain *= torch.from_numpy(level.astype(np.float32))
    return gain.numpy()


def _fan(voices: int) -> Values:
    """Places of voices from -1 to 1; the one in the middle at exactly 0."""
    return np.linspace(-1, 1, voices) if voices > 1 else np.zeros(1)


def _waveform(shape: str, number: Values, width: float) -> tuple[Values, Values]:
    """Fourier amplitudes and phase offsets of a waveform's harmonics."""
    odd = number % 2 == 1
    flat = np.zeros_like(number)
    if shape == "saw":
        return 1 / number, flat
    if shape == "square":
        return np.where(odd, 1 / number, 0.0), flat
    if shape == "pulse":
        return np.abs(np.sin(np.pi * number * width)) / number, flat
    if shape == "triangle":
        return np.where(odd, 1 / number**2, 0.0), np.where(number % 4 == 3, np.pi, 0.0)
    if shape == "sine":
        return np.where(number == 1, 1.0, 0.0), flat
    raise ValueError(f"unknown waveform {shape!r}")
