"""Moving music in time, a few milliseconds here and there, without a seam.

A `TimeWarp` says where instants of the sound go; between them time runs at one factor. Stretches whose factor is 1 are
copied sample for sample. The others go through Signalsmith Stretch, and neighbours are joined a little before the
instant between them, where an attack is about to mask the joint, at the place where the two agree best.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.tape import blocks, let_go, silent_like
from vem_core.audio.types import Audio, Rendering
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.crossfade import cross_fade, cross_fade_by_octaves, similarity

_FADE_SAMPLES = SAMPLE_RATE_HZ * 12 // 1000
_EARLIEST_JOINT_SAMPLES = SAMPLE_RATE_HZ * 60 // 1000  # before the instant between two stretches
_LATEST_JOINT_SAMPLES = SAMPLE_RATE_HZ * 4 // 1000
_SEARCH_SAMPLES = SAMPLE_RATE_HZ // 1000
_RUN_UP_SAMPLES = SAMPLE_RATE_HZ // 4  # the stretcher's windows are 120 ms; it settles within two
JUMP_FADE_SAMPLES = SAMPLE_RATE_HZ * 300 // 1000
JUMP_ENTRANCE_SAMPLES = SAMPLE_RATE_HZ * 50 // 1000
"""Where the source jumps, the fade is as long, and ends as long before the instant, as where a re-cut's new sound gives
way to kept sound: what leads up to an attack is heard with it, and nothing steps in front of it."""

CLOSEST_ANCHORS_SAMPLES = SAMPLE_RATE_HZ // 10


@dataclass(frozen=True)
class TimeWarp:
    """Instants of the source, and where they go. Both start at 0, increase strictly, and end at their lengths."""

    source_samples: tuple[int, ...]
    target_samples: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.source_samples) != len(self.target_samples) or len(self.source_samples) < 2:
            raise ValueError("a warp needs as many targets as sources, two at least")
        if self.source_samples[0] or self.target_samples[0]:
            raise ValueError("a warp starts at the first sample")
        for instants in (self.source_samples, self.target_samples):
            if any(later <= earlier for earlier, later in itertools.pairwise(instants)):
                raise ValueError("a warp's instants must increase")

    @property
    def largest_shift_samples(self) -> int:
        """How far any instant is moved at most."""
        return max(abs(b - a) for a, b in zip(self.source_samples, self.target_samples, strict=True))

    @property
    def is_identity(self) -> bool:
        """Whether nothing is moved."""
        return self.source_samples == self.target_samples

    def where(self, samples: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where instants of the source go."""
        return np.round(np.interp(samples, self.source_samples, self.target_samples)).astype(np.int64)


def anchored_warp(
    source: NDArray[np.int64], target: NDArray[np.int64], source_length: int, target_length: int
) -> TimeWarp:
    """The warp that takes each source instant to its target and the ends to the ends.

    Instants too close to an end or to the one before are left out: a joint needs room.
    """
    anchors = [(0, 0)]
    for anchor in zip(source.tolist(), target.tolist(), strict=True):
        rooms = [place - last for place, last in zip(anchor, anchors[-1], strict=True)]
        rooms += [length - place for place, length in zip(anchor, (source_length, target_length), strict=True)]
        if min(rooms) >= CLOSEST_ANCHORS_SAMPLES:
            anchors.append(anchor)
    anchors.append((source_length, target_length))
    sources, targets = zip(*anchors, strict=True)
    return TimeWarp(sources, targets)


def limit_slope(instants: NDArray[np.int64], shifts: NDArray[np.float64], slope: float) -> NDArray[np.float64]:
    """The shifts, bent as little as needed so that none differs from another by more than `slope` x their distance.

    The mean of the largest such curve below the shifts and the smallest one above them (both McShane extensions).
    """
    reach = slope * np.diff(instants)
    above, below = shifts.astype(np.float64).tolist(), shifts.astype(np.float64).tolist()
    for here in range(1, len(above)):
        above[here] = min(above[here], above[here - 1] + reach[here - 1])
        below[here] = max(below[here], below[here - 1] - reach[here - 1])
    for here in range(len(above) - 2, -1, -1):
        above[here] = min(above[here], above[here + 1] + reach[here])
        below[here] = max(below[here], below[here + 1] - reach[here])
    return 0.5 * (np.array(above) + np.array(below))


def warp_audio(audio: Audio, warp: TimeWarp) -> Audio:
    """The (C, T) sound with its time warped, (C, target length). An identity gives back the very same array."""
    if warp.source_samples[-1] != audio.shape[1]:
        raise ValueError(f"the warp is for {warp.source_samples[-1]} samples, the sound has {audio.shape[1]}")
    if warp.is_identity:
        return audio
    return play_stretches(audio, _stretches(warp), warp.target_samples[-1])


def play_stretches(audio: Audio, stretches: Sequence[Stretch], length_samples: int) -> Audio:
    """Stretches of the (C, T) sound one after the other, joined without a seam: (C, length).

    Each begins in the target where the one before ends; in the source they may lie anywhere, also beyond its ends.
    """
    warped = silent_like(audio, length_samples)
    start, entering = 0, _render(audio, stretches[0])
    for before, stretch in itertools.pairwise(stretches):
        if stretch.source_start == before.source_end_excl:
            leaving, entering = entering, _render(audio, stretch)
            joint = _best_joint(leaving, entering, stretch.target_start)
            end = joint + _FADE_SAMPLES
        else:
            leaving, entering = entering, _render(audio, stretch, JUMP_FADE_SAMPLES + JUMP_ENTRANCE_SAMPLES)
            soonest = min(start + JUMP_FADE_SAMPLES, stretch.target_start)  # after a jump that was just before
            end = max(soonest, stretch.target_start - JUMP_ENTRANCE_SAMPLES)
            joint = max(start, end - JUMP_FADE_SAMPLES)
        _lay(warped, leaving, start, joint)
        start = end
        fade = cross_fade if end - joint <= _FADE_SAMPLES else cross_fade_by_octaves
        warped[:, joint:start] = fade(leaving.span(joint, start), entering.span(joint, start))
        let_go(audio, warped)
    _lay(warped, entering, start, warped.shape[1])
    return warped


def warp_rendering(rendering: Rendering, warp: TimeWarp) -> Rendering:
    """The rendering with its time warped: the stems first and the mix as their sum, so that they still add up."""
    if not rendering.stems:
        return replace(rendering, mix=warp_audio(rendering.mix, warp))
    stems = {name: warp_audio(stem, warp) for name, stem in rendering.stems.items()}
    mix = silent_like(rendering.mix, warp.target_samples[-1])
    for where in blocks(mix.shape[1], mix, *stems.values()):
        mix[:, where] = np.sum([stem[:, where] for stem in stems.values()], axis=0)
    return replace(rendering, mix=mix, stems=stems)


def _lay(warped: Audio, take: _Take | _Copy, start: int, end: int) -> None:
    for where in blocks(end - start, warped):
        here = slice(start + where.start, start + where.stop)
        warped[:, here] = take.span(here.start, here.stop)


class Stretch(NamedTuple):
    """Samples [start, end) of a sound, and where they go; time runs at one factor in between."""

    source_start: int
    source_end_excl: int
    target_start: int
    target_end_excl: int


class _Take(NamedTuple):
    """A stretch rendered, with some more on either side: sound whose first sample is target sample `start`."""

    start: int
    sound: Audio

    def span(self, start: int, end_excl: int) -> Audio:
        return self.sound[:, start - self.start : end_excl - self.start]


class _Copy(NamedTuple):
    """A stretch whose time runs as it did: the sound itself, moved by so many samples."""

    sound: Audio
    shift: int

    def span(self, start: int, end_excl: int) -> Audio:
        return _padded(self.sound, start - self.shift, end_excl - self.shift)


def _stretches(warp: TimeWarp) -> list[Stretch]:
    """The spans between the warp's instants; neighbours that are both copied with one shift are one."""
    merged: list[Stretch] = []
    pairs = itertools.pairwise(zip(warp.source_samples, warp.target_samples, strict=True))
    for (source, target), (source_end, target_end) in pairs:
        copied = source_end - source == target_end - target
        last = merged[-1] if merged else None
        if last and copied and last.source_end_excl - last.source_start == last.target_end_excl - last.target_start:
            merged[-1] = last._replace(source_end_excl=source_end, target_end_excl=target_end)
        else:
            merged.append(Stretch(source, source_end, target, target_end))
    return merged


def _render(audio: Audio, stretch: Stretch, margin: int = _EARLIEST_JOINT_SAMPLES + _FADE_SAMPLES) -> _Take | _Copy:
    """The stretch with some sound on either side; silence beyond the file."""
    length = stretch.target_end_excl - stretch.target_start
    factor = (stretch.source_end_excl - stretch.source_start) / length
    if factor == 1:
        return _Copy(audio, stretch.target_start - stretch.source_start)
    run_up = _RUN_UP_SAMPLES + max(0, margin - _EARLIEST_JOINT_SAMPLES - _FADE_SAMPLES)
    taken = _padded(audio, stretch.source_start - run_up, stretch.source_end_excl + run_up)
    faster = _stretcher(audio.shape[0])
    faster.timeFactor = factor
    sound = faster.process(np.ascontiguousarray(taken))
    offset = round(run_up / factor) - margin
    return _Take(stretch.target_start - margin, sound[:, offset : offset + length + 2 * margin])


@functools.lru_cache(maxsize=4)
def _stretcher(channels: int):  # type: ignore[no-untyped-def]  # python_stretch has no types
    from python_stretch import Signalsmith

    stretcher = Signalsmith.Stretch()
    stretcher.preset(channels, SAMPLE_RATE_HZ)
    return stretcher


def _padded(audio: Audio, start: int, end_excl: int) -> Audio:
    """Samples [start, end) of a sound; silence where there is none."""
    first, last_excl = (min(max(0, place), audio.shape[1]) for place in (start, end_excl))
    before = min(max(0, -start), end_excl - start)
    return np.pad(audio[:, first:last_excl], ((0, 0), (before, end_excl - start - before - (last_excl - first))))


def _best_joint(leaving: _Take | _Copy, entering: _Take | _Copy, instant: int) -> int:
    """Where the fade from one take to the other begins: where their waveforms agree best before the instant."""
    candidates = range(
        instant - _EARLIEST_JOINT_SAMPLES, instant - _LATEST_JOINT_SAMPLES - _FADE_SAMPLES + 1, _SEARCH_SAMPLES
    )
    return max(
        candidates,
        key=lambda at: similarity(leaving.span(at, at + _FADE_SAMPLES), entering.span(at, at + _FADE_SAMPLES)),
    )
