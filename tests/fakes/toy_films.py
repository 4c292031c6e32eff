"""Small films with music that fits them, and ears that hear just what was put in: clicks, and how high a tone is.

Each film has a tone of its own, low or high, and says so in its caption; its cuts lie on beats, and its music is as
loud as its picture is active.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import cast

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.encoders.base import Frames, Vector, unit
from vem_core.judging.faults import Take
from vem_core.judging.films import Film, FilmCut
from vem_core.judging.hearing import Ears, Reference, see
from vem_core.judging.sound_measures import held_curve
from vem_core.musicnn.tagger import TRAINING_SETS, Hearing, Tagger
from vem_core.rhythm.tracking.base import TrackedBeats

RATE = Fraction(24)
BEATS = 40
CLICK_S = 0.01


class ClickTracker:
    """Hears a beat wherever a click begins."""

    tracker_id = "clicks"
    licence_note = ""

    def track(self, audio: Audio) -> TrackedBeats:
        loud = np.abs(audio[0]) > 0.2 * max(float(np.abs(audio[0]).max()), 1e-6)
        if not np.any(np.abs(audio) > 1e-4):
            return TrackedBeats((), ())
        at = np.flatnonzero(loud)
        begins = at[np.concatenate([[True], np.diff(at) > 0.1 * SAMPLE_RATE_HZ])]
        return TrackedBeats(tuple(int(each) for each in begins), tuple(int(each) for each in begins[::4]))


class ToneEncoder:
    """Words, films and sounds as low or high: "low" or "high" in the words, dark or bright, the centre of the sound."""

    frames_wanted = 2

    def embed_text(self, text: str) -> Vector:
        return _direction("high" in text)

    def embed_film(self, frames: Frames) -> Vector:
        return _direction(float(frames.mean()) > 127)

    def embed_sound(self, audio: Audio) -> Vector:
        spectrum = np.abs(np.fft.rfft(audio.mean(axis=0)))
        hertz = np.fft.rfftfreq(audio.shape[1], 1 / SAMPLE_RATE_HZ)
        low, high = (float(spectrum[(hertz >= a) & (hertz < b)].max(initial=0)) for a, b in ((150, 600), (600, 2000)))
        return unit(np.array([low, high]))


class ToneTagger:
    """Tags how much of a sound is low, high and neither; what it embeds is the logarithm of that, second by second."""

    training_set = "MTT"
    labels = ("low", "high", "neither")

    def hear(self, sound: np.ndarray, sample_rate_hz: int) -> Hearing:
        seconds = sound.mean(axis=0)[: sound.shape[1] // sample_rate_hz * sample_rate_hz].reshape(-1, sample_rate_hz)
        power = np.abs(np.fft.rfft(seconds, axis=1)) ** 2
        hertz = np.fft.rfftfreq(sample_rate_hz, 1 / sample_rate_hz)
        bands = ((150, 600), (600, 2_000), (2_000, 24_000))
        parts = np.stack([power[:, (hertz >= low) & (hertz < high)].sum(axis=1) for low, high in bands], axis=1)
        shares = (parts + 1e-9) / (parts + 1e-9).sum(axis=1, keepdims=True)
        return Hearing(shares, np.log(shares))


def tone_taggers() -> dict[str, Tagger]:
    """Both of musicnn's places taken by a `ToneTagger`."""
    return {name: cast(Tagger, ToneTagger()) for name in TRAINING_SETS}


def toy_ears(**more: object) -> Ears:
    """Ears of clicks and tones; `more` are fields of `Ears`."""
    return dataclasses.replace(Ears(ClickTracker(), {}, ToneEncoder(), ToneEncoder()), **more)  # type: ignore[arg-type]


def toy_takes(ears: Ears, count: int = 6) -> list[Take]:
    """Films whose music fits them in every way."""
    return [toy_take(index, ears) for index in range(count)]


def toy_take(index: int, ears: Ears) -> Take:
    """One of them. Tempi differ, so that another film's music has other beats."""
    rng = np.random.default_rng(index)
    period = (14, 11, 13, 17, 12, 19)[index % 6]  # frames
    shots = rng.choice(np.arange(2, 7), 8)
    edges = np.cumsum(shots[np.cumsum(shots) < BEATS - 2]) * period
    high = index % 2 == 1
    tone = "high" if high else "low"
    film = Film(
        f"toy-{index}", RATE, BEATS * period + period // 3, tuple(FilmCut(int(edge)) for edge in edges),
        caption=f"a {tone} tone", tags=(tone,),
        shots=(f"a {tone} tone",) * (len(edges) + 1), tempo_bpm=60 * float(RATE) / period,
    )  # fmt: skip
    energies = rng.uniform(0.1, 1.0, len(edges) + 1)
    activity = held_curve(film.shots_s, energies.tolist())
    music = toy_music(film, period, high, energies)
    seen = see(film, None, Reference.of(film, music, ears), ears)
    vector = _direction(high)
    seen = dataclasses.replace(seen, activity=activity, picture=vector, shot_pictures=(vector,) * (len(edges) + 1))
    return Take(seen, music, period * SAMPLE_RATE_HZ // int(RATE))


def toy_music(film: Film, period_frames: int, high: bool, energies: np.ndarray) -> Audio:
    """A click on every beat over a tone that is as loud as the shot is active."""
    samples = round(film.duration_s * SAMPLE_RATE_HZ)
    time = np.arange(samples) / SAMPLE_RATE_HZ
    loudness = np.zeros(samples)
    for (start_s, end_s), energy in zip(film.shots_s, energies, strict=True):
        loudness[round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)] = energy
    sound = 0.08 * loudness * np.sin(2 * np.pi * (990 if high else 330) * time)
    click = np.exp(-np.arange(round(CLICK_S * SAMPLE_RATE_HZ)) / (0.002 * SAMPLE_RATE_HZ))
    for start in range(0, samples, period_frames * SAMPLE_RATE_HZ // int(RATE)):
        part = sound[start : start + len(click)]
        part += 0.8 * click[: len(part)]
    return np.stack([sound, sound]).astype(np.float32)


def _direction(high: bool) -> Vector:
    return np.array([0.0, 1.0] if high else [1.0, 0.0], np.float32)
