"""Procedural sound for the demo edit: what each reel was recorded with, and a voice that speaks no language.

Everything is made by numpy: noise that is coloured and moved, and a voice of harmonics under moving formants, whose
syllables mean nothing. It is there to be played under, made room for, and heard beside the picture.
"""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
Sound = NDArray[np.float64]

_AMBIENCE_DBFS, _VOICE_DBFS = -38.0, -23.0  # RMS
_VOWELS_HZ = ((730, 1090, 2440), (530, 1840, 2480), (390, 1990, 2550), (570, 840, 2410), (300, 870, 2240))
"""The first three formants of a, e, i, o, u as a man says them (Peterson and Barney 1952)."""

_WIDTHS_HZ = (80.0, 110.0, 160.0)
_BREATH_S = 0.35


@dataclass(frozen=True)
class Phrase:
    """Something that the voice says."""

    name: str
    syllables: int
    pitch_hz: float  # where it begins; it falls by a fifth of that, as statements do
    seed: int

    @property
    def duration_s(self) -> float:
        """How long it takes, with a breath after each few syllables."""
        return self.syllables * 0.19 + (self.syllables // 7) * _BREATH_S + 0.2


PHRASES = (Phrase("voice_opening", 17, 118.0, 1), Phrase("voice_summit", 14, 112.0, 2))


def write_ambience(name: str, draw: Callable[[Sound, np.random.Generator], Sound], seconds: float, path: Path) -> None:
    """Write a reel's own sound as a WAV, mono, atomically; leaves an existing file alone."""
    if path.exists():
        return
    random = np.random.default_rng(sum(name.encode()))
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    _write(path, _at_level(draw(times_s, random), _AMBIENCE_DBFS))


def write_phrase(phrase: Phrase, path: Path) -> None:
    """Write what the voice says as a WAV, mono, atomically; leaves an existing file alone."""
    if not path.exists():
        _write(path, _at_level(speak(phrase), _VOICE_DBFS))


def speak(phrase: Phrase) -> Sound:
    """A phrase, (T,): harmonics under formants that go from vowel to vowel, with a burst of noise between some."""
    random = np.random.default_rng(phrase.seed)
    times_s = np.arange(round(phrase.duration_s * RATE_HZ)) / RATE_HZ
    starts_s, at_s = [], 0.05
    for syllable in range(phrase.syllables):
        starts_s.append(at_s)
        at_s += 0.19 * random.uniform(0.85, 1.15) + (_BREATH_S if syllable % 7 == 6 else 0.0)
    vowels = np.array([_VOWELS_HZ[index] for index in random.integers(len(_VOWELS_HZ), size=phrase.syllables)])
    strength = np.zeros_like(times_s)
    for start_s in starts_s:
        strength = np.maximum(strength, np.sin(np.pi * np.clip((times_s - start_s) / 0.17, 0, 1)) ** 0.6)
    pitch_hz = phrase.pitch_hz * (1 - 0.2 * times_s / times_s[-1]) * (1 + 0.03 * np.sin(2 * np.pi * 2.3 * times_s))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    formants = [np.interp(times_s, starts_s, vowels[:, number]) for number in range(3)]
    voiced = np.zeros_like(times_s)
    for harmonic in range(1, 33):
        hertz = harmonic * pitch_hz
        gain = sum(
            (0.5**number) / (1 + ((hertz - formant) / width) ** 2)
            for number, (formant, width) in enumerate(zip(formants, _WIDTHS_HZ, strict=True))
        )
        voiced += gain / harmonic**0.5 * np.sin(harmonic * phase)
    sound = voiced * strength
    for start_s in starts_s[::2]:
        burst = np.sin(np.pi * np.clip((times_s - start_s + 0.02) / 0.05, 0, 1))
        sound += 0.25 * np.max(np.abs(voiced)) * burst * _coloured(len(times_s), random, 2_500, 7_000)
    return sound


def sea(times_s: Sound, random: np.random.Generator) -> Sound:
    """Waves that come in and draw back."""
    surf = 0.35 + 0.65 * (0.5 - 0.5 * np.cos(2 * np.pi * times_s / 5.5)) ** 2
    return surf * _coloured(len(times_s), random, 120, 3_000) + 0.4 * _coloured(len(times_s), random, 30, 160)


def road(times_s: Sound, random: np.random.Generator) -> Sound:
    """Tyres, an engine, and what passes by."""
    engine = sum(np.sin(2 * np.pi * 41 * number * times_s) / number for number in (1, 2, 3))
    passing = sum(np.exp(-(((times_s - at_s) / 0.7) ** 2)) for at_s in (2.6, 7.9))
    return 0.25 * engine + (0.5 + 1.6 * passing) * _coloured(len(times_s), random, 90, 1_400)


def forest(times_s: Sound, random: np.random.Generator) -> Sound:
    """Wind in leaves, steps, and a bird now and then."""
    wind = (0.6 + 0.4 * np.sin(2 * np.pi * times_s / 4.1)) * _coloured(len(times_s), random, 400, 5_000)
    steps = _knocks(times_s, np.arange(0.4, times_s[-1], 0.56), 0.05) * _coloured(len(times_s), random, 200, 2_200)
    bird = np.zeros_like(times_s)
    for at_s in random.uniform(0.5, times_s[-1] - 0.5, 7):
        place = times_s - at_s
        bird += np.exp(-((place / 0.06) ** 2)) * np.sin(2 * np.pi * (3_100 + 2_400 * place) * place)
    return wind + 3.0 * steps + 0.6 * bird


def market(times_s: Sound, random: np.random.Generator) -> Sound:
    """Many voices at once, none of them near."""
    crowd = np.zeros_like(times_s)
    for _ in range(9):
        bursts = 0.5 + 0.5 * np.sin(2 * np.pi * random.uniform(2.5, 4.5) * times_s + random.uniform(0, 6))
        crowd += bursts * _coloured(len(times_s), random, random.uniform(220, 500), random.uniform(900, 2_200))
    clinks = _knocks(times_s, random.uniform(0, times_s[-1], 9), 0.02) * np.sin(2 * np.pi * 2_700 * times_s)
    return crowd + 1.2 * clinks


def city(times_s: Sound, random: np.random.Generator) -> Sound:
    """A street at night: a hum, and cars far away."""
    cars = 0.5 + 0.5 * np.sin(2 * np.pi * times_s / 3.7) * np.sin(2 * np.pi * times_s / 2.3)
    return 0.15 * np.sin(2 * np.pi * 100 * times_s) + (0.4 + cars) * _coloured(len(times_s), random, 60, 900)


def club(times_s: Sound, random: np.random.Generator) -> Sound:
    """Feet on a floor and a crowd: no music, for that is what is being made."""
    feet = _knocks(times_s, np.arange(0.1, times_s[-1], 0.31), 0.08) * _coloured(len(times_s), random, 50, 260)
    return 2.5 * feet + 0.5 * market(times_s, random)


def summit(times_s: Sound, random: np.random.Generator) -> Sound:
    """Wind over a ridge."""
    gusts = 0.5 + 0.5 * np.sin(2 * np.pi * times_s / 6.3) * np.sin(2 * np.pi * times_s / 1.9)
    return (0.3 + gusts) * _coloured(len(times_s), random, 180, 1_100)


def _coloured(samples: int, random: np.random.Generator, low_hz: float, high_hz: float) -> Sound:
    """Noise between two frequencies, 12 dB an octave beyond them, RMS 1: (T,)."""
    hertz = np.fft.rfftfreq(samples, 1 / RATE_HZ)
    shape = 1 / (1 + (low_hz / np.maximum(hertz, 1e-3)) ** 4) ** 0.5 / (1 + (hertz / high_hz) ** 4) ** 0.5
    noise = np.fft.irfft(np.fft.rfft(random.standard_normal(samples)) * shape, samples)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def _knocks(times_s: Sound, at_s: Sound, decay_s: float) -> Sound:
    """An envelope that is struck at each of the given seconds."""
    struck = np.zeros_like(times_s)
    for start_s in at_s:
        first = np.searchsorted(times_s, start_s)
        rings = times_s[first : first + round(8 * decay_s * RATE_HZ)] - start_s
        struck[first : first + len(rings)] = np.maximum(struck[first : first + len(rings)], np.exp(-rings / decay_s))
    return struck


def _at_level(sound: Sound, dbfs: float) -> Sound:
    """With faded ends and an RMS of so much over what is not silent, peaks below full scale."""
    fade = np.minimum(1, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / (0.02 * RATE_HZ))
    sound = sound * fade
    loud = sound[np.abs(sound) > 0.05 * np.max(np.abs(sound))]
    return np.asarray(np.clip(sound * 10 ** (dbfs / 20) / np.sqrt(np.mean(loud**2)), -0.95, 0.95))


def _write(path: Path, sound: Sound) -> None:
    partial = path.with_name(f".{path.name}.part")
    with wave.open(str(partial), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.round(sound * 32_767).astype("<i2").tobytes())
    partial.replace(path)
