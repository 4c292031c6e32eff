"""What a piece of music under a cut is like."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.chroma import PITCH_CLASSES, pitch_class_of
from vem_core.audio.loudness import block_powers
from vem_core.audio.types import Audio
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.temp_track.styles import nearest_styles, traits_of

TEMPO_ROOM = 0.06
"""How far around the heard tempo a score that follows it may move."""

_FEWEST_BEATS = 8
_SILENT_POWER = 1e-7  # -70 LUFS
_SOFTEST, _LOUDEST = 0.15, 0.9  # the energies of a temp track's softest and loudest shots
_LEAST_RANGE_DB = 6.0  # a temp track that hardly changes its level is not spread over all energies
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""How well each degree fits a key (Krumhansl and Kessler, 1982)."""

_FRAME_SAMPLES = 32_768  # semitones are apart down to 55 Hz


def listen(audio: Audio, sheet: CutSheet, tracker: BeatTracker) -> TempTrack:
    """What is heard on a temp track (2, T) that begins with the sheet's first frame."""
    beats = np.array(tracker.track(audio).beats_samples, np.int64)
    tempo = tempo_range(beats)
    key, clarity = key_of(audio)
    return TempTrack(
        tempo_bpm=tempo,
        key=key,
        key_clarity=clarity,
        shot_energies=shot_energies(audio, sheet),
        styles=nearest_styles(traits_of(audio), None if tempo is None else math.sqrt(tempo[0] * tempo[1])),
    )


def tempo_range(beats: NDArray[np.int64]) -> tuple[float, float] | None:
    """The range in BPM in which a score that follows these beats (samples) may move; None where they tell none."""
    if len(beats) < _FEWEST_BEATS:
        return None
    middle = 60 * SAMPLE_RATE_HZ / float(np.median(np.diff(beats)))
    return (round(max(20.0, middle * (1 - TEMPO_ROOM)), 1), round(min(400.0, middle * (1 + TEMPO_ROOM)), 1))


def shot_energies(audio: Audio, sheet: CutSheet) -> tuple[float | None, ...]:
    """How loud the music is under each shot against its own softest and loudest, as energies."""
    power = block_powers(audio)
    hop = SAMPLE_RATE_HZ // 10
    levels: list[float | None] = []
    for shot in sheet.shots:
        first = sample_of_frame(shot.start_frames, sheet.rate) // hop
        last = max(first + 1, sample_of_frame(shot.end_excl_frames, sheet.rate) // hop)
        heard = power[first:last]
        loud = heard[heard > _SILENT_POWER]
        levels.append(float(10 * np.log10(loud.mean())) if len(loud) else None)
    known = [level for level in levels if level is not None]
    if not known:
        return (None,) * len(levels)
    middle, spread = (max(known) + min(known)) / 2, max(max(known) - min(known), _LEAST_RANGE_DB)
    centre = (_SOFTEST + _LOUDEST) / 2
    return tuple(
        None if level is None else round(centre + (level - middle) / spread * (_LOUDEST - _SOFTEST), 3)
        for level in levels
    )


def key_of(audio: Audio) -> tuple[str | None, float]:
    """The key that fits the music's pitch classes best, and how much better than the next (0..1); None for none.

    On thirteen styles by `sketch` it is right for nine, and right or the relative key for ten.
    """
    chroma = _chroma(audio)
    if chroma.sum() <= 0:
        return None, 0.0
    fits = sorted(
        (
            (float(np.corrcoef(chroma, np.roll(profile, tonic))[0, 1]), f"{PITCH_CLASSES[tonic]} {mode}")
            for profile, mode in ((_MAJOR, "major"), (_MINOR, "minor"))
            for tonic in range(12)
        ),
        reverse=True,
    )
    clarity = max(0.0, fits[0][0] - fits[1][0])
    return (fits[0][1], round(min(1.0, clarity), 3)) if math.isfinite(fits[0][0]) else (None, 0.0)


def _chroma(audio: Audio) -> NDArray[np.float64]:
    """How much of each pitch class sounds, C first: (12,). Only peaks of the spectrum between 55 and 600 Hz count."""
    mono = audio.mean(0)
    window = np.hanning(_FRAME_SAMPLES)
    hertz = np.fft.rfftfreq(_FRAME_SAMPLES, 1 / SAMPLE_RATE_HZ)
    used = (hertz >= 55) & (hertz <= 600)
    classes = pitch_class_of(hertz[used])
    chroma = np.zeros(12)
    for start in range(0, len(mono) - _FRAME_SAMPLES + 1, _FRAME_SAMPLES // 2):
        spectrum = np.abs(np.fft.rfft(mono[start : start + _FRAME_SAMPLES] * window))[used]
        peaks = np.zeros(len(spectrum), bool)
        peaks[1:-1] = (spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:])
        strongest = spectrum.max(initial=0.0)
        peaks &= spectrum > 0.1 * strongest
        if strongest > 0:
            chroma += np.bincount(classes[peaks], weights=spectrum[peaks] / strongest, minlength=12)
    return chroma
