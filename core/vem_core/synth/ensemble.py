"""Many players at once: strings, choirs, pads, organs, brass.

Each harmonic is a narrow band of noise as wide as the players' tuning differs, made in one inverse FFT with random
phases; the result loops without a seam and never repeats audibly. After N. O. Paul's PADsynth
algorithm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.analog import Vibrato
from vem_core.synth.envelope import Envelope, apply_attack, interpolate
from vem_core.synth.kept import kept
from vem_core.synth.noise import NoiseBurst, add_bursts, looped_noise
from vem_core.synth.spectrum import Equaliser, Formant, Values, formant_gain, low_pass_gain
from vem_core.synth.steered import STEERED_BLOCK, control_times_s
from vem_core.synth.tone import Tone, chance, frequency_of, on_device, random_source

_LOOP_SAMPLES = (
    94_080, 96_000, 97_200, 98_000, 100_000, 100_800, 103_680, 105_000, 105_840, 107_520, 108_000, 112_500, 112_896,
    113_400, 114_688, 115_200, 120_000, 120_960, 121_500, 122_500, 125_440, 126_000, 127_008, 128_000, 129_024, 131_072,
)  # fmt: skip
"""2.0 to 2.7 s, quick to transform (see `spectrum.fast_length`)."""
_SHORT_SAMPLES = (
    32_000, 32_256, 32_400, 33_600, 34_560, 35_280, 35_840, 36_000, 36_288, 38_400, 38_880, 40_000, 40_320, 40_960,
    41_472, 42_000, 43_200, 44_800, 45_360, 46_080, 47_040, 48_000, 48_384,
)  # fmt: skip
"""0.7 to 1.0 s, for what dies away by itself."""
_TABLE_BINS = 131_072
_BAND_EDGES_HZ = (700.0, 2_400.0)  # three bands that the filter moves against each other
_BAND_CENTRES_HZ = (350.0, 1_300.0, 4_200.0)
_FAST_ATTACK_S = 0.03
_WARP_MARGIN = 256
_SLOW = Envelope(attack_s=0.3)


@dataclass(frozen=True)
class Ensemble:
    """A section of players or a bank of oscillators, bowed, blown or sung."""

    partials: int = 60
    rolloff: float = 1.0  # amplitude of partial k is k ** -rolloff
    even: float = 1.0  # level of the even partials: 0 is hollow
    drawbars: tuple[tuple[float, float], ...] = ()  # (ratio, level) instead of a harmonic series
    octaves: tuple[tuple[float, float], ...] = ((1.0, 1.0),)  # (ratio, level) of each section
    bandwidth_cents: float = 25.0  # how much the players differ in pitch
    steadiness: float = 0.5  # share of a tone that does not waver in its band of noise
    shimmer: float = 1.0  # how the bandwidth in cents grows: 0 bandwidth of all partials the same in Hz
    formants: tuple[Formant, ...] = ()
    cutoff_hz: float = 3_000.0
    velocity_octaves: float = 1.2
    brightness_octaves: float = 2.5
    swell_octaves: float = 0.0  # how far the sound opens with the attack
    swell_s: float = 0.2
    fade_octaves: float = 0.0  # how far it closes afterwards
    fade_s: float = 1.0
    envelope: Envelope = _SLOW
    air_level: float = 0.0
    air_band_hz: tuple[float, float] = (2_000.0, 9_000.0)
    tremolo: float = 0.0
    tremolo_hz: float = 5.5
    vibrato: Vibrato | None = None
    width: float = 1.0  # 0 mono .. 1 the two sides unrelated
    noise: tuple[NoiseBurst, ...] = ()
    name: str = field(default="ensemble", kw_only=True)

    @property
    def colours_itself(self) -> bool:
        return True

    def __call__(self, tone: Tone) -> Tensor:
        """The rendered note of a tone: (2, T)."""
        samples = tone.samples + (_WARP_MARGIN if self.vibrato else 0)
        bands = _loop(self, tone.pitch, tone.equaliser, tone.device)  # K C T
        size = bands.shape[-1]
        start = int(chance(self.name, tone.pitch, tone.variation) * size)
        time_s = control_times_s(samples)
        gains = interpolate(self._band_gains(tone, time_s), STEERED_BLOCK, samples, tone.device)  # K T
        rendered = torch.empty(2, samples, device=tone.device)
        position = 0
        while position < samples:
            here = slice(position, min(samples, position + size - start))
            there = slice(start, start + here.stop - position)
            torch.mul(bands[0, :, there], gains[0, here], out=rendered[:, here])
            for band, gain in zip(bands[1:], gains[1:], strict=True):
                rendered[:, here].addcmul_(band[:, there], gain[here])
            position, start = here.stop, 0
        if self.vibrato:
            rendered = self.vibrato.apply(rendered, tone.samples)
        if self.air_level:
            curve = interpolate(self.envelope.level(time_s), STEERED_BLOCK, tone.samples, tone.device)
            key = (self.name, "air", tone.pitch % 5)  # the notes of a chord breathe apart
            air = looped_noise(tone.samples, key, *self.air_band_hz, 0.8, tone.device, tone.equaliser)
            rendered.addcmul_(air, curve, value=self.air_level)
        if self.envelope.attack_s <= _FAST_ATTACK_S:
            apply_attack(rendered, self.envelope.attack_s)
        return add_bursts(rendered, self.noise, self.name, tone, tone.equaliser)

    def _band_gains(self, tone: Tone, time_s: Values) -> Values:
        """How loud each band is at the control points: (K, N + 1)."""
        fast = self.envelope.attack_s <= _FAST_ATTACK_S
        level = self.envelope.level(time_s + (self.envelope.attack_s if fast else 0))
        octaves = (
            tone.open_octaves
            - self.swell_octaves * np.exp(-time_s / self.swell_s)
            - self.fade_octaves * (1 - np.exp(-time_s / self.fade_s))
        )
        if self.tremolo:
            level = level * (1 - 0.5 * self.tremolo * (1 - np.cos(2 * np.pi * self.tremolo_hz * time_s)))
        centres = np.asarray(_BAND_CENTRES_HZ)[:, None]
        opened = low_pass_gain(centres, np.clip(self.cutoff_hz * 2**octaves, 60, 20_000))
        nominal = low_pass_gain(centres, self.cutoff_hz)
        return np.asarray(level * np.minimum(opened / nominal, 12.0))

    def spectrum(self, frequency_hz: float) -> tuple[Values, Values]:
        """Frequencies and amplitudes of the partials of all sections."""
        frequencies, amplitudes = [], []
        for ratio, level in self.octaves:
            if self.drawbars:
                number, amplitude = np.asarray(self.drawbars, float).T
            else:
                number = np.arange(1, self.partials + 1, dtype=float)
                amplitude = number**-self.rolloff * np.where(number % 2 == 0, self.even, 1.0)
            frequencies.append(frequency_hz * ratio * number)
            amplitudes.append(amplitude * level)
        frequency, amplitude = np.concatenate(frequencies), np.concatenate(amplitudes)
        amplitude = amplitude * formant_gain(frequency, self.formants) * low_pass_gain(frequency, self.cutoff_hz)
        audible = (frequency < 16_000) & (amplitude > amplitude.max() * 1e-4)
        return frequency[audible], amplitude[audible]


@kept
def _loop(ensemble: Ensemble, pitch: int, equaliser: Equaliser, device: str) -> Tensor:
    """The seamless loop of a pitch, in three bands: (K, 2, T). About 2.7 MB each."""
    frequency, amplitude = ensemble.spectrum(frequency_of(pitch))
    lowest = min(ratio for ratio, _ in ensemble.octaves) * min(
        1.0, *(ratio for ratio, _ in ensemble.drawbars or [(1, 1)])
    )
    size = _loop_samples(frequency_of(pitch) * lowest, _LOOP_SAMPLES if ensemble.envelope.sustain else _SHORT_SAMPLES)
    bin_hz = SAMPLE_RATE_HZ / size
    relative = 2 ** (ensemble.bandwidth_cents / 1200) - 1
    wide_hz = relative * frequency[0] * (frequency / frequency[0]) ** ensemble.shimmer
    coloured = amplitude * equaliser.gain(frequency)
    magnitude = _bands_of_noise(
        frequency / bin_hz, coloured, np.maximum(wide_hz / 2 / bin_hz, 0.35), ensemble.steadiness, size // 2 + 1
    )
    loudness = math.sqrt(np.sum(coloured**2) / np.sum(amplitude**2))  # 1 before the equaliser
    magnitude *= loudness * size / 2 / math.sqrt(np.sum(magnitude**2) / 2)
    level = on_device(_band_shares(size)[:, : len(magnitude)] * magnitude.astype(np.float32), device)[:, None]  # K 1 F
    phasors = _phasors((ensemble.name, pitch), ensemble.width, len(magnitude), np.rint(frequency / bin_hz).astype(int))
    turned = torch.view_as_real(torch.from_numpy(phasors).to(device))
    spectrum = torch.zeros(len(level), 2, size // 2 + 1, 2, device=device)
    for part in (0, 1):
        torch.mul(level, turned[..., part], out=spectrum[:, :, : len(magnitude), part])
    loop: Tensor = torch.fft.irfft(torch.view_as_complex(spectrum), size)
    return loop


def _phasors(key: tuple[object, ...], width: float, bins: int, steady: NDArray[np.int_]) -> NDArray[np.complex64]:
    """What turns each bin of the two sides by a random angle: (2, bins), stretches of one table.

    The angles of the sides differ by up to half a turn times the width; those of steady tones by half of that, neither
    more nor less, lest some be lost in mono.
    """
    starts = [int(chance(*key, side) * _TABLE_BINS) for side in "LR"]
    left, right = (slice(start, start + bins) for start in starts)
    phasors = np.stack([_phasor_table(1.0)[left], _phasor_table(width)[right]])
    if width < 1:
        phasors[1] *= phasors[0]
    phasors[1, steady] = phasors[0, steady] * np.exp(0.5j * math.pi * width)
    return phasors


@kept
def _phasor_table(width: float) -> NDArray[np.complex64]:
    """Phasors turned by up to half a turn times `width` either way: (bins,)."""
    turns = random_source("phasors").random(_TABLE_BINS + max(_LOOP_SAMPLES) // 2 + 1, np.float32) - np.float32(0.5)
    angle = turns * np.float32(2 * math.pi * width)
    phasors = np.empty(len(angle), np.complex64)
    phasors.real, phasors.imag = np.cos(angle), np.sin(angle)
    return phasors


def _bands_of_noise(centres: Values, amplitudes: Values, deviations: Values, steadiness: float, bins: int) -> Values:
    """Magnitudes of Gaussian bands about partials, and of what is steady in them, up to the last that is heard.

    `centres` and `deviations` are in bins; each band has the energy of its partial's amplitude.
    """
    reach = (4 * deviations).astype(int) + 1
    low = np.maximum(1, centres.astype(int) - reach)
    widths = np.minimum(bins - 1, centres.astype(int) + reach + 2) - low
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    partial = np.repeat(np.arange(len(centres)), widths)
    places = np.arange(len(partial)) - starts[partial] + low[partial]
    distance = ((places - centres[partial]) / deviations[partial]).astype(np.float32)
    shape = np.exp(distance * distance * np.float32(-0.5))
    level = amplitudes * math.sqrt(1 - steadiness**2) / np.sqrt(np.add.reduceat(shape * shape, starts))
    magnitude = np.bincount(places, level[partial] * shape)
    steady = np.bincount(np.rint(centres).astype(int), amplitudes * steadiness, len(magnitude))
    return np.asarray(magnitude + steady, float)


def _loop_samples(frequency_hz: float, lengths: tuple[int, ...]) -> int:
    """The length that holds very nearly a whole number of periods, so that steady tones loop in tune."""
    periods = np.asarray(lengths) * (frequency_hz / SAMPLE_RATE_HZ)
    return lengths[int(np.argmin(np.abs(periods - np.round(periods)) / periods))]


@kept
def _band_shares(size: int) -> Values:
    """How each bin of a loop's spectrum is shared among the bands; the shares of a bin sum to 1: (K, F)."""
    bins, bin_hz = size // 2 + 1, SAMPLE_RATE_HZ / size
    octave = np.log2(np.maximum(np.arange(bins, dtype=np.float32) * np.float32(bin_hz), 1))
    above = [1 / (1 + np.exp(-(octave - np.log2(edge)) * 5)) for edge in _BAND_EDGES_HZ]
    return np.stack([1 - above[0], above[0] - above[1], above[1]])
