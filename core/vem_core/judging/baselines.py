"""Music that knows little or nothing of the film, for every table to be read against: silence and metronomes."""

from __future__ import annotations

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.films import Film

BLIND_BPM = 120.0
TEMPI_BPM = np.arange(70.0, 180.05, 0.1)
"""Among which the best constant tempo is looked for, as in the table of the facts: 70 to 180 BPM in tenths."""

_PHASES = 64  # of a beat
_CLICK_S = 0.06
_CLICK_HZ, _DOWNBEAT_HZ = 1_000.0, 1_600.0
_BEATS_PER_BAR = 4


def silence(film: Film) -> Audio:
    """Nothing, as long as the film: (2, T)."""
    return np.zeros((2, _samples(film)), np.float32)


def metronome(film: Film, tempo_bpm: float = BLIND_BPM, first_beat_s: float = 0.0) -> Audio:
    """Clicks at one tempo, every fourth one higher: (2, T)."""
    return clicks(film, np.arange(first_beat_s, film.duration_s, 60 / tempo_bpm))


def best_metronome(film: Film) -> Audio:
    """The metronome whose tempo and phase meet most cuts within one frame: what plain arithmetic reaches."""
    tempo, phase = best_grid(np.array(film.cuts_s), 1 / float(film.rate))
    return metronome(film, tempo, phase)


def best_grid(cuts_s: np.ndarray, tolerance_s: float) -> tuple[float, float]:
    """The tempo in BPM and first beat in seconds of the constant grid that meets most cuts; of equals the slowest."""
    best, found = -1, (BLIND_BPM, 0.0)
    for tempo in TEMPI_BPM:
        period = 60 / tempo
        phases = np.arange(_PHASES) / _PHASES * period
        off = (cuts_s[None, :] - phases[:, None]) / period
        met = (np.abs(off - np.round(off)) * period <= tolerance_s).sum(axis=1)
        if met.max(initial=0) > best:
            best, found = int(met.max(initial=0)), (float(tempo), float(phases[met.argmax()]))
    return found


def clicks(film: Film, instants_s: np.ndarray) -> Audio:
    """A click at each instant, as long as the film: (2, T)."""
    sound = np.zeros(_samples(film), np.float32)
    time = np.arange(round(_CLICK_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    for number, instant in enumerate(instants_s):
        hertz = _DOWNBEAT_HZ if number % _BEATS_PER_BAR == 0 else _CLICK_HZ
        click = 0.5 * np.sin(2 * np.pi * hertz * time) * np.exp(-time / 0.012)
        start = round(float(instant) * SAMPLE_RATE_HZ)
        part = sound[start : start + len(click)]
        part += click[: len(part)].astype(np.float32)
    return np.stack([sound, sound])


def _samples(film: Film) -> int:
    return round(film.duration_s * SAMPLE_RATE_HZ)
