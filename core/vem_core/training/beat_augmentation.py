"""What a beat tracker should not care about: speed, register, tone, room noise, and someone talking over the music.

All of it is done on band spectrograms, so that each step of training hears something new at next to no cost. Powers
add; phases are ignored. Axes: F frames at 100 Hz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.bars import bar_features
from vem_core.rhythm.tracking.base import Curve
from vem_core.rhythm.tracking.onsets import COMPRESSION, FRAME_RATE_HZ, band_spectrogram, mono


@dataclass(frozen=True)
class BeatExample:
    """A piece as the tracker hears it, and where its beats are."""

    spectrogram: Curve  # (F, bands)
    beats_s: NDArray[np.float64]
    downbeats_s: NDArray[np.float64]


@dataclass(frozen=True)
class Augmentation:
    """How far each thing may be changed. Probabilities are per clip."""

    slowest: float = 0.8  # speed relative to the original
    fastest: float = 1.25
    transposition_bands: int = 3
    tone_db: float = 8.0
    gain_db: float = 6.0
    noise_probability: float = 0.4
    speech_probability: float = 0.45


def cut_clip(
    example: BeatExample, frames: int, speech: Curve, rng: np.random.Generator, how: Augmentation = Augmentation()
) -> tuple[Curve, Curve]:
    """A random clip, changed at random: (frames, bands), and where its beats are, (frames,)."""
    speed = float(np.exp(rng.uniform(np.log(how.slowest), np.log(how.fastest))))
    heard = frames * speed
    first = rng.uniform(-0.1 * heard, max(0.0, len(example.spectrogram) - 0.9 * heard))
    clip = _resampled(example.spectrogram, first + np.arange(frames) * speed)
    clip = _transposed(clip, int(rng.integers(-how.transposition_bands, how.transposition_bands + 1)))
    clip = _coloured(clip, speech, rng, how)
    return clip, beat_target((example.beats_s - first / FRAME_RATE_HZ) / speed, frames)


def beats_of(
    example: BeatExample, speech: Curve, rng: np.random.Generator, *, changed: bool, how: Augmentation = Augmentation()
) -> tuple[Curve, Curve]:
    """The features of the example's beats (N, FEATURES) and 1 for those that begin a bar, (N,).

    Changed: in another tone and register, each beat up to 20 ms off.
    """
    spectrogram = example.spectrogram.astype(np.float32)
    frames = np.round(example.beats_s * FRAME_RATE_HZ).astype(np.int64)
    begins_bar = np.isin(example.beats_s, example.downbeats_s).astype(np.float32)
    if changed:
        bands = int(rng.integers(-how.transposition_bands, how.transposition_bands + 1))
        spectrogram = _coloured(_transposed(spectrogram, bands), speech, rng, how)
        frames = frames + rng.integers(-2, 3, len(frames))
    return bar_features(spectrogram, frames), begins_bar


def beat_target(instants_s: NDArray[np.float64], frames: int) -> Curve:
    """1 at the frame of each instant and 0.5 on either side of it, (frames,)."""
    target = np.zeros(frames, np.float32)
    places = np.round(instants_s * FRAME_RATE_HZ).astype(int)
    for offset, value in ((-1, 0.5), (1, 0.5), (0, 1.0)):
        inside = places[(places + offset >= 0) & (places + offset < frames)] + offset
        target[inside] = np.maximum(target[inside], value)
    return target


def speech_like_noise(duration_s: float, seed: int) -> Curve:
    """Babble of one voice: a pulse train or hiss through moving formants, in syllables and pauses. Mono, 48 kHz."""
    rng = np.random.default_rng(seed)
    syllables = []
    length = 0
    while length < duration_s * SAMPLE_RATE_HZ:
        syllable = _syllable(rng)
        pause = np.zeros(int(rng.choice([0.0, 0.03, 0.35], p=[0.6, 0.3, 0.1]) * SAMPLE_RATE_HZ), np.float32)
        syllables += [syllable, pause]
        length += len(syllable) + len(pause)
    return np.concatenate(syllables)[: int(duration_s * SAMPLE_RATE_HZ)]


def speech_spectrograms(duration_s: float = 600.0, seed: int = 0) -> Curve:
    """A stretch of `speech_like_noise` as a band spectrogram, to be laid over clips."""
    return band_spectrogram(mono(speech_like_noise(duration_s, seed)[None]))


def _resampled(spectrogram: Curve, places: NDArray[np.floating]) -> Curve:
    """Frames at fractional places, linear between; silence outside."""
    before = np.floor(places).astype(int)
    share = (places - before)[:, None].astype(np.float32)
    padded = np.concatenate([spectrogram, np.zeros((1, spectrogram.shape[1]), spectrogram.dtype)]).astype(np.float32)
    last = len(spectrogram)

    def at(frames: NDArray[np.int_]) -> Curve:
        return np.asarray(padded[np.where((frames >= 0) & (frames < last), frames, last)])

    return (1 - share) * at(before) + share * at(before + 1)


def _transposed(clip: Curve, bands: int) -> Curve:
    if bands == 0:
        return clip
    moved = np.roll(clip, bands, axis=1)
    moved[:, : max(0, bands)] = 0
    if bands < 0:
        moved[:, bands:] = 0
    return moved


def _coloured(clip: Curve, speech: Curve, rng: np.random.Generator, how: Augmentation) -> Curve:
    """Another tone control, another level, perhaps noise and a voice."""
    bands = clip.shape[1]
    magnitudes = np.expm1(clip) / COMPRESSION
    knots = rng.normal(0, how.tone_db / 2, 5)
    tone_db = np.interp(np.arange(bands), np.linspace(0, bands - 1, 5), knots) + rng.uniform(-1, 1) * how.gain_db
    magnitudes *= 10 ** (tone_db / 20)
    power = np.square(magnitudes)
    level = float(np.sqrt(power.mean())) + 1e-6
    if rng.random() < how.noise_probability:
        slope = 10 ** (rng.uniform(-1.5, 0.2) * np.arange(bands) / bands)
        hiss = rng.rayleigh(1.0, clip.shape) * slope
        power += np.square(hiss * level * 10 ** (rng.uniform(-30, -6) / 20))
    if rng.random() < how.speech_probability and len(speech) > len(clip):
        start = rng.integers(len(speech) - len(clip))
        voice = np.expm1(speech[start : start + len(clip)]) / COMPRESSION
        loudness = level / (float(np.sqrt(np.square(voice).mean())) + 1e-6)
        power += np.square(voice * loudness * 10 ** (rng.uniform(-12, 6) / 20))
    return np.asarray(np.log1p(COMPRESSION * np.sqrt(power)), np.float32)


def _syllable(rng: np.random.Generator) -> Curve:
    samples = int(rng.uniform(0.08, 0.3) * SAMPLE_RATE_HZ)
    time = np.arange(samples) / samples
    if rng.random() < 0.25:
        source = rng.normal(0, 0.3, samples)
        formants_hz: tuple[float, ...] = (4_500.0, 7_000.0)
    else:
        pitch_hz = rng.uniform(90, 240) * (1 + 0.1 * np.sin(np.pi * time * rng.uniform(-1, 1)))
        phase = np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
        source = np.diff(np.floor(phase), prepend=0.0) + rng.normal(0, 0.02, samples)
        formants_hz = (rng.uniform(300, 800), rng.uniform(900, 2_200), rng.uniform(2_300, 3_200))
    voiced = sum(_resonance(source, formant_hz) / (1 + order) for order, formant_hz in enumerate(formants_hz))
    envelope = np.minimum(time / 0.15, 1) * np.minimum((1 - time) / 0.3, 1)
    return np.asarray(voiced * envelope * rng.uniform(0.4, 1.0), np.float32)


def _resonance(source: NDArray[np.float64], centre_hz: float, width_hz: float = 120.0) -> NDArray[np.float64]:
    """A two-pole resonator at unit gain on its centre."""
    radius = np.exp(-np.pi * width_hz / SAMPLE_RATE_HZ)
    turn = 2 * np.pi * centre_hz / SAMPLE_RATE_HZ
    gain = (1 - radius) * np.sqrt(1 - 2 * radius * np.cos(2 * turn) + radius**2)
    return np.asarray(lfilter([gain], [1, -2 * radius * np.cos(turn), radius**2], source))
