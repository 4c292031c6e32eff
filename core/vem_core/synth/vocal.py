"""Wordless voices, as a sampler has them: syllables cut out of what somebody said, and a record that is scratched."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.envelope import apply_attack, fade_end
from vem_core.synth.kept import kept
from vem_core.synth.noise import NoiseBurst
from vem_core.synth.spectrum import Values
from vem_core.synth.steered import STEERED_BLOCK, control_times_s, steered_partials
from vem_core.synth.tone import Tone, frequency_of, on_device, random_source

_VOWELS_HZ = {
    "a": (730, 1_150, 2_500, 3_400, 4_400),
    "ae": (680, 1_700, 2_450, 3_400, 4_400),
    "e": (480, 1_850, 2_500, 3_500, 4_400),
    "i": (300, 2_200, 2_900, 3_600, 4_500),
    "o": (480, 850, 2_400, 3_300, 4_300),
    "u": (330, 800, 2_250, 3_300, 4_300),
    "uh": (620, 1_200, 2_450, 3_400, 4_400),
}
"""The five lowest formants of a man's vowels, after Peterson & Barney (1952)."""
_BANDWIDTHS_HZ = np.array((70.0, 90.0, 130.0, 180.0, 250.0))
_ROLLOFF = 1.1  # of the glottis and the lips: amplitude of partial k is k ** -rolloff
_HIGHEST_HZ = 7_500.0
_EVENNESS = 0.7  # how far closed vowels are brought to the level of open ones, 0..1
_LONGEST_S = 0.9
_DIED_AWAY = 2e-4
_RISE_SEMITONES, _RISE_S = 1.2, 0.07
_MARGIN = 1.15  # of the sound that is read faster where the pitch is higher


@dataclass(frozen=True)
class Syllable:
    """A consonant, and a vowel that becomes another."""

    start: str
    end: str
    consonant: NoiseBurst | None = None
    voiced_s: float = 0.0  # when the voice sets in
    glide: tuple[float, float] = (0.02, 0.09)  # seconds at which the first vowel begins to give way, and has


def _burst(level: float, centre_hz: float, decay_s: float, attack_s: float = 0.0006) -> NoiseBurst:
    return NoiseBurst(level, centre_hz / 1.5, centre_hz * 1.5, decay_s, attack_s, width=0.1)


_HEY = Syllable("ae", "i", _burst(0.45, 1_500, 0.026), 0.008, (0.12, 0.30))
_YO = Syllable("i", "o")
_AH = Syllable("a", "a")
_OH = Syllable("o", "u", glide=(0.10, 0.30))
_WA = Syllable("u", "a")
_YA = Syllable("i", "a")
_DA = Syllable("e", "a", _burst(0.9, 3_500, 0.010), 0.004)
_BA = Syllable("u", "a", _burst(0.9, 800, 0.010), 0.004)
_GO = Syllable("o", "u", _burst(0.9, 1_500, 0.012), 0.008)
_KA = Syllable("ae", "uh", _burst(1.0, 1_900, 0.014), 0.030)
_TA = Syllable("e", "ae", _burst(1.0, 4_200, 0.014), 0.026)
_SA = Syllable("ae", "uh", _burst(0.6, 5_800, 0.045, 0.001), 0.060)


@dataclass(frozen=True)
class Chop:
    """Somebody's syllables: each variation of a tone is another. What is spoken falls in pitch."""

    syllables: tuple[Syllable, ...]
    size: float = 1.0  # of the formants against a man's: smaller heads have higher ones
    fall_semitones: float = 3.0
    decay_s: float = 0.5
    breath: float = 0.03
    people: int = 1  # who say it at once
    name: str = field(default="chop", kw_only=True)
    velocity_octaves: float = 0.0
    brightness_octaves: float = 0.0

    @property
    def colours_itself(self) -> bool:
        return False

    def __call__(self, tone: Tone) -> Tensor:
        """The rendered note of a tone: (2, T), at most nine tenths of a second."""
        syllable = self.syllables[tone.variation % len(self.syllables)]
        samples = min(tone.samples, round(_LONGEST_S * SAMPLE_RATE_HZ))
        rendered = torch.zeros(2, samples, device=tone.device)
        for person in range(self.people):
            said = self._said(syllable, tone, samples, person)
            place = 0.0 if self.people == 1 else 1.4 * person / (self.people - 1) - 0.7
            rendered[0].add_(said, alpha=math.sqrt((1 - place) / self.people))
            rendered[1].add_(said, alpha=math.sqrt((1 + place) / self.people))
        key = (self.name, tone.pitch, tone.variation)
        if syllable.consonant:
            noise = syllable.consonant.render(samples, key, tone.device)
            rendered[:, : noise.shape[-1]] += noise
        if self.breath:
            noise = NoiseBurst(self.breath, 1_200, 7_000, self.decay_s / 2, 0.02).render(samples, key, tone.device)
            rendered[:, : noise.shape[-1]] += noise
        return fade_end(rendered, 0.02)

    def _said(self, syllable: Syllable, tone: Tone, samples: int, person: int) -> Tensor:
        """The voiced part, (T,), with an RMS of about 1 at its height."""
        source = random_source(self.name, tone.pitch, tone.variation, person)
        late = round((syllable.voiced_s + 0.006 * person) * SAMPLE_RATE_HZ)
        heard = samples - late
        if heard <= 0:
            return torch.zeros(samples, device=tone.device)
        length = round(heard * _MARGIN) + 8
        time_s = control_times_s(length)
        pitch_hz = min(frequency_of(tone.pitch), 900.0) * 2 ** (source.uniform(-0.25, 0.25) * (person > 0) / 12)
        levels = self._levels(syllable, pitch_hz, time_s)
        steady = steered_partials(
            pitch_hz * np.arange(1, len(levels) + 1), levels, np.ones((1, len(levels))), length,
            floor=_DIED_AWAY, device=tone.device,
        )[0]  # fmt: skip
        said = torch.zeros(samples, device=tone.device)
        said[late:] = _read(steady, self._speed(source, heard), heard, tone.device)
        apply_attack(said[late:], 0.004)
        return said

    def _levels(self, syllable: Syllable, pitch_hz: float, time_s: Values) -> Values:
        """How loud each partial is at the control points, (P, N + 1): what the mouth makes of the voice."""
        number = np.arange(1, max(2, int(_HIGHEST_HZ / pitch_hz)) + 1)
        begin, end = syllable.glide
        moved = np.clip((time_s - begin) / (end - begin), 0, 1)
        moved = moved * moved * (3 - 2 * moved)
        first, last = (self.size * np.array(_VOWELS_HZ[vowel]) for vowel in (syllable.start, syllable.end))
        mouth = [_resonances(number * pitch_hz, formants) for formants in (first, (first + last) / 2, last)]
        there = np.interp(moved, (0, 0.5, 1), (0, 1, 2))
        weights = [np.clip(1 - np.abs(there - place), 0, 1) for place in range(3)]
        levels = sum(np.outer(gain, weight) for gain, weight in zip(mouth, weights, strict=True))
        levels = levels * (number**-_ROLLOFF)[:, None]
        loudness = np.sqrt(np.square(levels).sum(0) / 2)
        level = (loudness / loudness.mean()) ** -_EVENNESS / loudness.mean()
        return np.asarray(levels * level * np.exp(-time_s / self.decay_s))

    def _speed(self, source: np.random.Generator, samples: int) -> Values:
        """The pitch against the tone's own at each control point: up at first, then down, never quite steady."""
        time_s = control_times_s(samples)
        fall = self.fall_semitones * source.uniform(0.7, 1.3)
        semitones = _RISE_SEMITONES * np.exp(-(((time_s - _RISE_S) / 0.06) ** 2))
        semitones -= fall * (1 - np.exp(-np.maximum(time_s - _RISE_S, 0) / 0.25))
        return np.asarray(2 ** ((semitones + source.normal(0, 0.08, len(time_s))) / 12))


def _resonances(frequency_hz: Values, formants_hz: Values) -> Values:
    """What five resonances leave of partials, (P,)."""
    gain = np.ones(len(frequency_hz))
    for centre, width in zip(formants_hz, _BANDWIDTHS_HZ, strict=True):
        top = centre**2 + (width / 2) ** 2
        gain *= top / np.hypot(top - frequency_hz**2, frequency_hz * width)
    return gain


def _read(sound: Tensor, speed: Values, samples: int, device: str) -> Tensor:
    """So many samples of a sound (T,), read at a speed that is given at control points; silence beyond its ends."""
    block = STEERED_BLOCK
    points = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2)]) * block
    points -= min(points.min(), 0.0)
    place = np.interp(np.arange(samples), np.arange(len(speed)) * block, points)
    whole = place.astype(int)
    part = on_device(place - whole, device)
    first = torch.from_numpy(np.minimum(whole, len(sound) - 2)).to(device)
    read = sound[first].lerp_(sound[first + 1], part)
    return read.mul_(on_device(whole < len(sound) - 2, device))


@dataclass(frozen=True)
class Scratch:
    """A record with a voice on it, pushed and pulled under the needle: a layer of a drum."""

    length_s: float
    speed: float = 1.9  # of the record at the middle of a stroke, against its own
    strokes: float = 2.0  # half of them backwards
    cuts: int = 0  # how often the fader is closed
    level: float = 1.0
    hardness: float = 0.3

    def render(self, samples: int, key: tuple[object, ...], tune: float, device: str) -> Tensor:
        length = min(samples, round(self.length_s * SAMPLE_RATE_HZ))
        source = random_source(*key)
        time = control_times_s(length) / self.length_s
        hand = self.speed * source.uniform(0.85, 1.15) * np.sin(np.pi * self.strokes * time)
        sound = _read(_on_record(device), hand, length, device)
        place = np.arange(length) / length
        fader = np.clip(np.minimum(place, 1 - place) / 0.03, 0, 1)
        if self.cuts:
            closed = np.abs((place * self.cuts) % 1 - 0.78) / 0.22
            fader *= np.clip((closed - 1) / 0.08 + 1, 0, 1)
        sound.mul_(on_device(fader, device))
        return fade_end(apply_attack(sound.repeat(2, 1), 0.001), 0.004)


@kept
def _on_record(device: str) -> Tensor:
    """What is on the record that is scratched: (T,)."""
    said = Chop((_SA,), fall_semitones=1.0, decay_s=0.8, breath=0.06, name="record")
    return said(Tone(53, round(0.5 * SAMPLE_RATE_HZ), device=device)).mean(0)


VOICES: dict[str, Chop] = {
    "voice.chop": Chop((_HEY, _TA, _KA, _DA, _BA, _GO, _SA, _YO), fall_semitones=6.0, breath=0.05, name="voice.chop"),
    "voice.shout": Chop((_HEY, _YA), fall_semitones=5.0, people=3, breath=0.05, name="voice.shout"),
    "voice.diva": Chop((_AH, _OH, _HEY, _WA), size=1.17, fall_semitones=1.0, decay_s=0.7, name="voice.diva"),
}
RELEASES_S = {"voice.chop": 0.04, "voice.shout": 0.06, "voice.diva": 0.08}
ROUND_ROBIN = {name: len(voice.syllables) for name, voice in VOICES.items()}
HOME_PITCHES = {"voice.chop": 48, "voice.shout": 48, "voice.diva": 62}
