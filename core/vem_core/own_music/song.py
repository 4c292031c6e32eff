"""What has to be known of a song before it can be cut: beats, bars and phrases, where it opens up, where it ends."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.features import HOP_SAMPLES, Spectrogram, attack_at, spectrogram
from vem_core.audio.loudness import block_powers
from vem_core.audio.types import Audio
from vem_core.contract.errors import AudioError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.form import METERS
from vem_core.rhythm.tracking.base import TrackedBeats
from vem_core.rhythm.warping import JUMP_ENTRANCE_SAMPLES, JUMP_FADE_SAMPLES

FEWEST_BEATS = 8
"""Less is no pulse that a cut could follow."""

LONGEST_S = 1_800
"""A longer file is an album."""

PHRASE_BARS = 4
"""Songs are written in phrases of so many bars, and their multiples."""

_STEP_SAMPLES = SAMPLE_RATE_HZ // 20
_SILENT = 1e-7  # -70 dB: below that a step is none
_SMOOTHING_BEATS = 4  # on each side: a tracker's beats scatter by 5 to 10 ms, a band drifts slower than that
_DROP_BARS = 4  # compared on each side of a bar line
_LEAST_DROP_DB = 2.0
_HIT_SHARE = 0.35  # of a strong attack, above which something is struck
_RING_S, _DEAD_DB = (0.2, 10.0), -12.0  # of a last hit: how long it may ring, and how much softer the file then ends
_POWER_HOP_SAMPLES = SAMPLE_RATE_HZ // 10


@dataclass(frozen=True)
class Song:
    """A song on its own clock. Bars are given by their first beats; bar i lasts until bar i + 1 begins."""

    beats: NDArray[np.float64]  # (B,) samples, strictly increasing, as the band drifts and without a tracker's scatter
    bars: NDArray[np.int64]  # (S,) first beats, strictly increasing
    features: NDArray[np.float64]  # (B, D): how each beat sounds; the distance of two is about 1 where they differ much
    loudness_db: NDArray[np.float64]  # (B,) of each beat
    steps_db: NDArray[np.float64]  # (B,) how much louder 50 ms from each beat on are than 50 ms before it
    approach_db: NDArray[np.float64]  # (B, 6) the level in each 50 ms before a beat where a joint to it fades
    duration_samples: int
    final_beat: int | None  # of its last hit, which rings out; None: it fades, or stops in full swing

    @functools.cached_property
    def period_samples(self) -> float:
        """How long its beats last, in the middle."""
        return float(np.median(np.diff(self.beats)))

    @property
    def bpm(self) -> float:
        """Its tempo."""
        return 60 * SAMPLE_RATE_HZ / self.period_samples

    @functools.cached_property
    def beats_per_bar(self) -> int:
        """How many beats most bars have."""
        sizes = np.diff(self.bars)
        return int(np.bincount(sizes).argmax()) if len(sizes) else 4

    @functools.cached_property
    def phrase(self) -> NDArray[np.int64]:
        """The place of each bar in its phrase, 0 to 3: phrases begin where the sound changes most."""
        turns = self._turns()
        phases = [turns[phase::PHRASE_BARS].mean() if len(turns) > phase else 0.0 for phase in range(PHRASE_BARS)]
        return (np.arange(len(self.bars)) - int(np.argmax(phases))) % PHRASE_BARS

    @functools.cached_property
    def drops(self) -> tuple[int, ...]:
        """The bars at which it opens up, the greatest first; the loudest bar where it never does."""
        rises = [self._rise(bar) for bar in range(len(self.bars))]
        found = sorted((bar for bar, rise in enumerate(rises) if rise >= _LEAST_DROP_DB), key=lambda bar: -rises[bar])
        return tuple(found) or (int(np.argmax(self.bar_loudness_db)),)

    @functools.cached_property
    def bar_loudness_db(self) -> NDArray[np.float64]:
        """(S,)"""
        ends = [*self.bars[1:], len(self.beats)]
        return np.array([self.loudness_db[a : max(a + 1, b)].mean() for a, b in zip(self.bars, ends, strict=True)])

    def at(self, beat: int) -> float:
        """The sample of a beat by its number; before the first and after the last the tempo goes on."""
        last = len(self.beats) - 1
        inside = float(self.beats[min(max(beat, 0), last)])
        return inside + self.period_samples * (beat - min(max(beat, 0), last))

    def nearest_beat(self, samples: float) -> int:
        """The number of the beat nearest to a sample; the tempo goes on at both ends."""
        last = len(self.beats) - 1
        for end in (0, last):
            beyond = (samples - self.beats[end]) / self.period_samples
            if (end == 0 and beyond < 0) or (end == last and beyond > 0):
                return end + round(beyond)
        return int(np.abs(self.beats - samples).argmin())

    def _rise(self, bar: int) -> float:
        level = self.bar_loudness_db
        before, after = level[max(0, bar - _DROP_BARS) : bar], level[bar : bar + _DROP_BARS]
        return float(after.mean() - before.mean()) if len(before) and len(after) else 0.0

    def _turns(self) -> NDArray[np.float64]:
        """How much the sound changes at each bar line, over two bars: (S,)."""
        width = 2 * self.beats_per_bar
        turns = np.zeros(len(self.bars))
        for place, beat in enumerate(self.bars.tolist()):
            before, after = self.features[max(0, beat - width) : beat], self.features[beat : beat + width]
            if len(before) and len(after):
                turns[place] = np.linalg.norm(after.mean(0) - before.mean(0))
        return turns


def read_song(sound: Audio, tracked: TrackedBeats) -> Song:
    """The song in a sound (2, T) whose beats were tracked. Raises AudioError where it has no pulse."""
    heard_beats = np.array(tracked.beats_samples, np.float64)
    if len(heard_beats) < FEWEST_BEATS:
        raise AudioError("No beat can be heard in this music.", hint="Only music with a pulse can be fitted to cuts.")
    heard = spectrogram(sound)
    beats = smoothed(heard_beats)
    loudness = _loudness_db(block_powers(sound), beats)
    final = _final_beat(heard, beats, loudness, sound)
    bars = _bars(tracked, final)
    steps = _steps_db(sound, beats)
    approach = _approach_db(sound, beats)
    return Song(beats, bars, _features(heard, beats, loudness), loudness, steps, approach, sound.shape[1], final)


def smoothed(beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """Beats on a line fitted to their neighbours, each by itself; where that is far off, as at a jolt, as they were."""
    found = beats.copy()
    numbers = np.arange(len(beats))
    for beat in range(len(beats)):
        near = slice(max(0, beat - _SMOOTHING_BEATS), beat + _SMOOTHING_BEATS + 1)
        slope, intercept = np.polyfit(numbers[near], beats[near], 1)
        found[beat] = slope * beat + intercept
    off = np.abs(found - beats) > 0.02 * SAMPLE_RATE_HZ
    found[off] = beats[off]
    return found if np.all(np.diff(found) > 0) else beats


def _bars(tracked: TrackedBeats, final: int | None) -> NDArray[np.int64]:
    """First beats of the bars: the downbeats that were heard; longer stretches are cut up, the last hit has its own."""
    number = {beat: index for index, beat in enumerate(tracked.beats_samples)}
    heard = sorted(number[beat] for beat in tracked.downbeats_samples if beat in number)
    sizes = [size for size in np.diff(heard).tolist() if size in METERS]
    usual = int(np.bincount(sizes).argmax()) if sizes else 4
    edges = heard or [0]
    firsts: set[int] = set()
    for begin, end in zip(edges, [*edges[1:], len(tracked.beats_samples)], strict=True):
        firsts.update(range(begin, end, usual) if end - begin not in METERS else [begin])
    if final is not None:
        firsts.add(final)
    return np.array(sorted(firsts), np.int64)


def _loudness_db(powers: NDArray[np.float64], beats: NDArray[np.float64]) -> NDArray[np.float64]:
    edges = np.append(beats, 2 * beats[-1] - beats[-2]) / _POWER_HOP_SAMPLES
    levels = []
    for begin, end in itertools.pairwise(edges):
        within = powers[int(begin) : max(int(begin) + 1, round(end))]
        levels.append(10 * np.log10(within.mean() + 1e-9) if len(within) else -90.0)
    return np.array(levels)


def _steps_db(sound: Audio, beats: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array(
        [
            _level_db(sound, at, _STEP_SAMPLES) - _level_db(sound, at - _STEP_SAMPLES, _STEP_SAMPLES)
            for at in np.round(beats).astype(int).tolist()
        ]
    )


def _approach_db(sound: Audio, beats: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = range(-JUMP_ENTRANCE_SAMPLES - JUMP_FADE_SAMPLES, -JUMP_ENTRANCE_SAMPLES, _STEP_SAMPLES)
    return np.array(
        [[_level_db(sound, at + step, _STEP_SAMPLES) for step in steps] for at in np.round(beats).astype(int).tolist()]
    )


def _level_db(sound: Audio, begin: int, length: int) -> float:
    part = sound[:, max(0, begin) : max(0, begin + length)].astype(np.float64)
    return 10 * float(np.log10((np.square(part).mean() if part.size else 0.0) + _SILENT))


def _features(heard: Spectrogram, beats: NDArray[np.float64], loudness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pitch classes, timbre and level of each beat, each group about 1 apart where nothing is alike: (B, D)."""
    edges = np.round(np.append(beats, 2 * beats[-1] - beats[-2]) / HOP_SAMPLES).astype(int)
    spans = [slice(min(a, len(heard.bands) - 1), max(a + 1, b)) for a, b in itertools.pairwise(edges)]
    chroma = np.array([heard.chroma[span].mean(0) for span in spans])
    chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-9) * np.sqrt(2)
    bands = np.array([heard.bands[span].mean(0) for span in spans]).reshape(len(spans), 16, -1).mean(2)
    bands /= max(float(np.linalg.norm(bands.std(0))) * 2, 1e-9)
    return np.hstack([chroma, bands, loudness[:, None] / 12])


def _final_beat(
    heard: Spectrogram, beats: NDArray[np.float64], loudness: NDArray[np.float64], sound: Audio
) -> int | None:
    """The beat of the last hit, where the song dies away after it."""
    attacks = attack_at(heard, beats.astype(np.int64))
    struck = np.flatnonzero(attacks > _HIT_SHARE * np.quantile(attacks, 0.9))
    if not len(struck):
        return None
    final = int(struck[-1])
    ring_s = (sound.shape[1] - beats[final]) / SAMPLE_RATE_HZ
    tail = block_powers(sound)[-1:]
    ends_db = 10 * np.log10(tail.mean() + 1e-9) if len(tail) else -90.0
    dies = ends_db - loudness[final] <= _DEAD_DB
    return final if dies and _RING_S[0] <= ring_s <= _RING_S[1] and final > 0 else None
