"""Rough bands: music of no beauty but endless variety, made in a blink, for a beat tracker to learn from.

The composed corpus sounds good and therefore alike. Here everything that does not decide where the beat is, is drawn at
random: the sounds, the patterns, who plays, who pauses, swing, triplets, how the tempo drifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.base import Curve

Rng = np.random.Generator
Samples = NDArray[np.float64]

_SCALE = np.array([0, 2, 3, 5, 7, 8, 10])
_PROGRESSION_ROOTS = np.array([0, 3, 5, 7, 8, 10])


class BandRecording(NamedTuple):
    """What a band played, (T,) at 48 kHz, and when."""

    signal: Curve
    beats_s: NDArray[np.float64]
    downbeats_s: NDArray[np.float64]


@dataclass(frozen=True)
class _Metre:
    """The time grid: beats in samples, `steps` to the beat, `beats_per_bar` to the bar."""

    beats: NDArray[np.float64]
    steps: int
    beats_per_bar: int
    swing: float  # how far every second step is late, as a share of a step

    @property
    def bars(self) -> int:
        return (len(self.beats) - 1) // self.beats_per_bar

    @property
    def steps_per_bar(self) -> int:
        return self.steps * self.beats_per_bar

    def at(self, bar: int, step: float) -> float:
        """The sample of a step (fractions allowed) of a bar."""
        late = self.swing if round(step) % 2 and self.steps % 2 == 0 else 0.0
        place = bar * self.beats_per_bar + (step + late) / self.steps
        return float(np.interp(place, np.arange(len(self.beats)), self.beats))


def record_band(seed: int, duration_s: float = 20.0) -> BandRecording:
    """A band of two to six players at 62 to 178 BPM, in bars of four or three."""
    rng = np.random.default_rng((seed, 7))
    metre = _draw_metre(rng, duration_s)
    sound = np.zeros(int((duration_s + 4) * SAMPLE_RATE_HZ))
    roots = 36 + rng.choice(_PROGRESSION_ROOTS, 4) + rng.integers(0, 8)
    drums, bass, comp, lead = rng.random(4) < (0.8, 0.8, 0.8, 0.55)
    if drums or not (bass or comp):
        _play_drums(sound, metre, rng)
    if bass:
        _play_tones(sound, metre, rng, roots, octave=0, chord=False, busy=rng.uniform(0.1, 0.6), gain=0.5)
    if comp:
        _play_tones(sound, metre, rng, roots, octave=12, chord=True, busy=rng.uniform(0.0, 0.4), gain=0.2)
    if lead:
        _play_tones(sound, metre, rng, roots, octave=24, chord=False, busy=rng.uniform(0.2, 0.9), gain=0.25)
    beats_s = metre.beats[: metre.bars * metre.beats_per_bar] / SAMPLE_RATE_HZ
    signal = sound[: int(duration_s * SAMPLE_RATE_HZ)].astype(np.float32)
    return BandRecording(signal, beats_s, beats_s[:: metre.beats_per_bar])


def _draw_metre(rng: Rng, duration_s: float) -> _Metre:
    interval = 60 / float(np.exp(rng.uniform(np.log(62), np.log(178))))
    bend = rng.uniform(0, 0.035)
    beats = [rng.uniform(0.02, 1.0)]
    drift = 0.0
    while beats[-1] < duration_s - 0.3:
        drift = float(np.clip(0.85 * drift + rng.normal(0, bend), -0.2, 0.2))
        beats.append(beats[-1] + interval * np.exp(drift))
    steps = int(rng.choice([2, 3, 4], p=[0.3, 0.15, 0.55]))
    swing = rng.uniform(0.0, 0.6) if rng.random() < 0.25 else 0.0
    return _Metre(np.array(beats) * SAMPLE_RATE_HZ, steps, int(rng.choice([4, 3], p=[0.85, 0.15])), swing)


def _play_drums(sound: Samples, metre: _Metre, rng: Rng) -> None:
    beat_of_step = np.arange(metre.steps_per_bar) / metre.steps
    on_beat = beat_of_step % 1 == 0
    backbeat = on_beat & (beat_of_step % 2 == 1)
    four_on_the_floor = rng.random() < 0.35
    kick = np.where(on_beat, 0.9 if four_on_the_floor else 0.3, rng.uniform(0, 0.25))
    kick[0] = 0.97
    snare = np.where(backbeat, 0.93, rng.uniform(0, 0.08))
    hat_every = int(rng.choice([1, max(1, metre.steps // 2), metre.steps]))
    hat = np.where(np.arange(metre.steps_per_bar) % hat_every == 0, 0.95, 0.03)
    players = ((kick, _kick(rng), 0.9), (snare, _burst(rng, 0.16), 0.6), (hat, _burst(rng, 0.05), 0.25))
    for chances, strike, gain in players:
        if rng.random() < 0.88:
            _play_pattern(sound, metre, rng, chances, strike, gain * rng.uniform(0.5, 1.3))


def _play_pattern(
    sound: Samples, metre: _Metre, rng: Rng, chances: NDArray[np.float64], strike: Samples, gain: float
) -> None:
    """A pattern drawn once, repeated with a slip or a fill now and then, silent for whole bars at times."""
    pattern = rng.random(len(chances)) < chances
    accents = rng.uniform(0.6, 1.0, len(chances))
    resting = False
    for bar in range(metre.bars):
        if bar % 4 == 0:
            resting = bool(rng.random() < 0.15)
        played = rng.random(len(chances)) < chances if rng.random() < 0.15 else pattern
        for step in np.flatnonzero(played & (not resting)):
            _add(
                sound,
                metre.at(bar, float(step)) + rng.normal(0, 100),
                strike,
                gain * accents[step] * rng.uniform(0.8, 1),
            )


def _play_tones(
    sound: Samples,
    metre: _Metre,
    rng: Rng,
    roots: NDArray[np.int_],
    *,
    octave: int,
    chord: bool,
    busy: float,
    gain: float,
) -> None:
    """Notes or chords on the bar's first step, and on others as busy as asked; the harmony holds one or two bars."""
    voice = _Voice(rng)
    steps = np.arange(metre.steps_per_bar)
    chances = np.where(steps % metre.steps == 0, min(1.0, 1.6 * busy), busy)
    chances[0] = 0.95
    pattern = rng.random(len(chances)) < chances
    degrees = rng.integers(0, len(_SCALE), len(chances))
    bars_a_chord = int(rng.choice([1, 2]))
    resting = False
    for bar in range(metre.bars):
        if bar % 4 == 0:
            resting = bool(rng.random() < 0.15)
        if resting:
            continue
        root = int(roots[bar // bars_a_chord % len(roots)])
        played = np.flatnonzero(pattern)
        for index, step in enumerate(played):
            end = played[index + 1] if index + 1 < len(played) else metre.steps_per_bar
            start, stop = metre.at(bar, float(step)), metre.at(bar, float(end))
            single = root if octave == 0 and step == 0 else root + int(_SCALE[degrees[step]])
            pitches = (root, root + 3, root + 7) if chord else (single,)
            for pitch in pitches:
                note = voice.note(pitch + octave, (stop - start) / SAMPLE_RATE_HZ)
                _add(sound, start + rng.normal(0, 150), note, gain * (1.0 if step == 0 else rng.uniform(0.5, 1.0)))


class _Voice:
    """A pitched sound with attack, decay and harmonics of its own."""

    def __init__(self, rng: Rng) -> None:
        self._attack_s = float(np.exp(rng.uniform(np.log(0.002), np.log(0.06))))
        self._decay_s = float(np.exp(rng.uniform(np.log(0.15), np.log(3.0))))
        self._harmonics = rng.uniform(0, 1, 8) / np.arange(1, 9) ** rng.uniform(0.5, 2.0)
        self._harmonics[0] = 1.0
        self._detune = rng.uniform(0, 0.004)

    def note(self, pitch: int, duration_s: float) -> Samples:
        time_s = np.arange(max(1, int((duration_s + 0.05) * SAMPLE_RATE_HZ))) / SAMPLE_RATE_HZ
        phase = 2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time_s
        tone = sum(level * np.sin(order * phase) for order, level in enumerate(self._harmonics, 1))
        tone = tone + 0.5 * np.sin((1 + self._detune) * phase)
        envelope = np.minimum(time_s / self._attack_s, 1) * np.exp(-time_s / self._decay_s)
        return np.asarray(0.3 * tone * envelope * np.clip((duration_s + 0.04 - time_s) / 0.03, 0, 1))


def _kick(rng: Rng) -> Samples:
    time_s = np.arange(int(0.3 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    fall_s, sweep_hz = rng.uniform(0.01, 0.05), rng.uniform(50, 250)
    phase = 2 * np.pi * (rng.uniform(40, 65) * time_s + sweep_hz * fall_s * (1 - np.exp(-time_s / fall_s)))
    return np.asarray(np.sin(phase) * np.exp(-time_s / rng.uniform(0.05, 0.15)) * np.minimum(time_s / 0.001, 1))


def _burst(rng: Rng, duration_s: float) -> Samples:
    """Filtered noise with a quick decay: a snare, a hat, a shaker, a clap."""
    samples = int(4 * duration_s * SAMPLE_RATE_HZ)
    low_hz = np.exp(rng.uniform(np.log(200), np.log(7_000)))
    shaped = sosfilt(butter(2, low_hz, "high", fs=SAMPLE_RATE_HZ, output="sos"), rng.normal(0, 0.5, samples))
    decay_s = duration_s * rng.uniform(0.3, 1.0)
    return np.asarray(shaped * np.exp(-np.arange(samples) / SAMPLE_RATE_HZ / decay_s))


def _add(sound: Samples, start: float, note: Samples, gain: float) -> None:
    first = max(0, round(start))
    note = note[: max(0, len(sound) - first)]
    sound[first : first + len(note)] += gain * note
