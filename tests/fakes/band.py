"""A small band for tests of beat tracking: drums, bass and chords on any beats, as plain samples."""

from __future__ import annotations

import numpy as np

RATE_HZ = 48_000


def drifting_beats(duration_s: float, bpm: float, bend: float, seed: int, first_s: float = 0.4) -> np.ndarray:
    """Beats in samples whose interval changes by up to `bend` (relative) from one to the next, around `bpm`."""
    rng = np.random.default_rng(seed)
    instant, interval, beats = first_s, 60 / bpm, []
    while instant < duration_s - 0.2:
        beats.append(round(instant * RATE_HZ))
        pull = 0.3 * np.log(60 / bpm / interval)
        interval *= np.exp(np.clip(pull + rng.normal(0, bend / 2), -bend, bend))
        instant += interval
    return np.array(beats)


def play_band(beats: np.ndarray, duration_s: float, seed: int, metre: int = 4) -> np.ndarray:
    """Kick, snare, hats on eighths, a bass note a beat and a chord a bar: (2, T) float32, bars from the first beat."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(duration_s * RATE_HZ) + 2 * RATE_HZ)
    root = 40.0
    chord = np.array([0, 3, 7])
    for index, beat in enumerate(beats):
        interval = (beats[index + 1] if index + 1 < len(beats) else 2 * beat - beats[index - 1]) - beat
        number = index % metre
        if number == 0:
            root = 40 + rng.choice([0, 3, 5, 7, 8])
            for tone in root + 12 + chord:
                _add(sound, beat, _tone(tone, metre * interval / RATE_HZ, attack_s=0.01, decay_s=2.0), 0.12)
        _add(sound, beat, _tone(root, interval / RATE_HZ, attack_s=0.004, decay_s=0.4), 0.3)
        if number in (0, metre // 2 if metre % 2 == 0 else metre):
            _add(sound, beat, _kick(), 0.8)
        else:
            _add(sound, beat, _noise(rng, 0.12, 0.05), 0.5)
        for half in (0, interval // 2):
            _add(sound, beat + half, _noise(rng, 0.05, 0.012), 0.2)
    mix = sound[: round(duration_s * RATE_HZ)]
    return np.stack([mix, mix]).astype(np.float32) * 0.5


def _add(sound: np.ndarray, start: int, note: np.ndarray, gain: float) -> None:
    note = note[: max(0, len(sound) - start)]
    sound[start : start + len(note)] += gain * note


def _tone(pitch: float, duration_s: float, attack_s: float, decay_s: float) -> np.ndarray:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    hz = 440 * 2 ** ((pitch - 69) / 12)
    harmonics = sum(np.sin(2 * np.pi * hz * k * time_s) / k for k in (1, 2, 3, 4))
    release = np.clip((duration_s - time_s) / 0.02, 0, 1)
    return harmonics * np.clip(time_s / attack_s, 0, 1) * np.exp(-time_s / decay_s) * release


def _kick() -> np.ndarray:
    time_s = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
    return np.sin(2 * np.pi * (50 * time_s + 80 * 0.03 * (1 - np.exp(-time_s / 0.03)))) * np.exp(-time_s / 0.08)


def _noise(rng: np.random.Generator, duration_s: float, decay_s: float) -> np.ndarray:
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return rng.normal(0, 0.5, len(time_s)) * np.exp(-time_s / decay_s)
