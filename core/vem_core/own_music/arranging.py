"""Which beat of a song plays on which beat of a plan: bars in their order, and as few and as smooth jumps as need be.

Dynamic programming over the plan's bars; the state is the beat of the song that a bar begins with. Going on as the song
does is free. A jump costs the more the less the music round it is like what it leaves and where it lands, in level most
of all, and less at the edges of phrases and sections. It lies where it costs least: on the bar line, or up to three
beats before it, so that the new bar comes with what leads up to it. The drop falls on the song's own, the last hit on
its last.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.plan import Ending, ScorePlan
from vem_core.own_music.song import PHRASE_BARS, Song

_JUMP = 1.0
"""The price of a jump between two places that sound alike; those that do not cost up to `_UNLIKE` more a side."""

_UNLIKE = 1.5
_OFF_PHRASE = 0.6  # a jump that leaves one place of a phrase and lands on another
_INSIDE_PHRASE = 0.25  # one that keeps its place, but in the middle of a phrase
_AT_AN_EDGE = 0.6  # of its price, what a jump at the edge of a section costs
_STEP, _USUAL_STEP_DB = 0.12, 9.0
"""What a dB costs that the song steps up or down where a jump lands, beyond what a bar's first beat does: a hit after a
stop is heard with the stop, so a jump comes before that."""

_EARLIEST = 3  # beats that a jump may come before its bar line
_EARLY = 0.1  # what each of them costs
_LEVEL, _EVEN_DB = 0.3, 1.0  # a dB, beyond so many, that both sides differ by where one fades into the other
_OTHER_STEP = 0.04  # a dB that the song steps up or down otherwise where it lands than where it would have gone on

_ENERGY = 0.4  # a bar that is as soft as can be where the plan is as loud as can be
_STRETCH, _WIDE_STRETCH = 0.15, 0.04
"""What a bar costs whose speed changes by so much, and by the square of that."""

_AGAIN, _WHIM, _WHIMS = 6.0, 1.5, 997
"""What a bar costs that plays again what it shall vary: more than two jumps. And how far a seed's taste goes, which has
so many values, one for each stretch of the song."""

_LATE_START = 0.3  # a piece that begins in the middle of a phrase
_NEVER = 1e6


@dataclass(frozen=True)
class _Bar:
    """A bar of the plan: its beats [first, end), and the place of its first beat in the bar, from 0."""

    first: int
    end: int
    begins_at: int
    edge: bool
    energy: float

    @property
    def beats(self) -> int:
        return self.end - self.first


@dataclass(frozen=True)
class Varied:
    """A bar that shall play something else of the song."""

    seed: int  # chooses which
    before: int | None  # the song's beat that it began with; None: not known


def arranged(
    plan: ScorePlan,
    song: Song,
    drops: Sequence[int] = (),
    kept: Mapping[int, int] | None = None,
    varied: Mapping[int, Varied] | None = None,
) -> ScorePlan:
    """The plan with a place in the song for each of its beats.

    `drops` are beats of the plan that the song opens up on. `kept` holds for beats of the plan that stay as they were
    the song's beat that plays there, `varied` what bars that shall be other music played, by their first beats.
    """
    if not plan.beats:
        return plan
    kept = kept or {}
    bars = _bars_of(plan)
    starts = np.unique(np.concatenate([song.bars, [kept[bar.first] for bar in bars if bar.first in kept]]).astype(int))
    last = plan.beats[plan.final_beat].bar - plan.beats[0].bar  # of the last hit: what comes after it only rings
    chosen = _Search(plan, song, bars[: last + 1], starts, drops, kept, varied or {}).run()
    sources: list[int] = []
    for number, bar in enumerate(bars):
        first, early = chosen[number] if number < len(chosen) else (sources[-1] + 1, 0)
        sources[len(sources) - early :] = range(first - early, first)
        sources += [kept.get(beat, first + beat - bar.first) for beat in range(bar.first, bar.end)]
    return with_sources(plan, song, sources)


def carried_on(plan: ScorePlan, song: Song) -> ScorePlan:
    """The plan with the song as it runs: nothing is cut, and each beat is the one that was nearest to begin with."""
    if not plan.beats:
        return plan
    first = song.nearest_beat(plan.beats[0].samples)
    return with_sources(plan, song, [first + number for number in range(len(plan.beats))])


def with_sources(plan: ScorePlan, song: Song, sources: Sequence[int]) -> ScorePlan:
    """The plan whose beats come from these beats of the song."""
    beats = tuple(
        dataclasses.replace(beat, source_samples=round(song.at(source)))
        for beat, source in zip(plan.beats, sources, strict=True)
    )
    return dataclasses.replace(plan, beats=beats)


def _bars_of(plan: ScorePlan) -> list[_Bar]:
    edges = {section.first_bar for section in plan.sections}
    levels = {
        bar: section.energy
        for section in plan.sections
        for bar in range(section.first_bar, section.first_bar + section.bars)
    }
    found = []
    for bar, group in itertools.groupby(range(len(plan.beats)), key=lambda beat: plan.beats[beat].bar):
        beats = list(group)
        shot = np.searchsorted(plan.shot_starts_samples, plan.beats[beats[0]].samples, side="right") - 1
        energy = plan.shot_energies[max(0, int(shot))] if plan.shot_energies else levels.get(bar, 0.5)
        begins_at = plan.beats[beats[0]].number - 1
        found.append(_Bar(beats[0], beats[-1] + 1, begins_at, bar in edges, float(energy)))
    return found


class _Search:
    """One search. Tables are (bars of the plan, starts in the song)."""

    def __init__(
        self,
        plan: ScorePlan,
        song: Song,
        bars: Sequence[_Bar],
        starts: NDArray[np.int64],
        drops: Sequence[int],
        kept: Mapping[int, int],
        varied: Mapping[int, Varied],
    ) -> None:
        self._plan, self._song, self._bars, self._starts, self._kept = plan, song, bars, starts, kept
        self._varied = varied
        self._drops = frozenset(drops)
        self._places = np.searchsorted(song.bars, starts, side="right") - 1  # the song's bar that each start lies in
        self._on_bar = np.isin(starts, song.bars)
        self._phrase = song.phrase[np.maximum(self._places, 0)]
        level = song.loudness_db[np.clip(starts, 0, len(song.beats) - 1)]
        ranks = level.argsort().argsort() / max(1, len(level) - 1)
        self._levels = np.asarray(ranks, float)
        self._tables: dict[tuple[int, int, bool, int], tuple[NDArray[np.float64], NDArray[np.int8]]] = {}

    def run(self) -> list[tuple[int, int]]:
        """The song's beat that each bar of the plan begins with, of a pick-up the beat before its bar by so many; and
        how many beats before its line the song jumps to it."""
        value = self._prices(0) + np.where(self._phrase == 0, 0.0, _LATE_START)
        came: list[NDArray[np.int64]] = []
        for number in range(1, len(self._bars)):
            total = value[:, None] + self._jumps(number)[0]
            came.append(total.argmin(axis=0))
            value = total.min(axis=0) + self._prices(number)
        at = int(value.argmin())
        path, early = [at], []
        for number in range(len(came), 0, -1):
            before = int(came[number - 1][at])
            early.append(int(self._jumps(number)[1][before, at]))
            at = before
            path.append(at)
        starts = [int(self._starts[at]) + self._offset(bar) for bar, at in zip(self._bars, path[::-1], strict=True)]
        return list(zip(starts, [0, *early[::-1]], strict=True))

    def _offset(self, bar: _Bar) -> int:
        """A bar that begins in its middle, a pick-up, plays the end of a bar of the song."""
        return bar.begins_at if bar.first not in self._kept else 0

    def _prices(self, number: int) -> NDArray[np.float64]:
        bar, song = self._bars[number], self._song
        if bar.first in self._kept:
            return np.where(self._starts == self._kept[bar.first], 0.0, _NEVER)
        price = _ENERGY * np.abs(self._levels - bar.energy)
        price = price + _STRETCH * np.square(self._stretch(bar) / _WIDE_STRETCH)
        price = np.where(self._on_bar, price, _NEVER) + self._taste(bar)
        final = song.final_beat
        last = len(song.beats) if final is None else final
        if bar.first <= self._plan.final_beat < bar.end and self._plan.ending in (Ending.RING_OUT, Ending.LAST_FRAME):
            if final is not None and bar.first == self._plan.final_beat:
                return np.where(self._starts == final, 0.0, price + _NEVER / 100)
        elif bar.first < self._plan.final_beat:
            price = price + _NEVER / 1000 * (self._starts + bar.begins_at + bar.beats > last)
        if self._drops & set(range(bar.first, bar.end)):
            at_drop = np.isin(self._starts, song.bars[list(song.drops)])
            price = price + np.where(at_drop, 0.0, _NEVER / 100)
        return np.asarray(price, float)

    def _taste(self, bar: _Bar) -> NDArray[np.float64]:
        """What a bar that shall vary has against what it was, and for or against each stretch of the song."""
        varied = self._varied.get(bar.first)
        if varied is None:
            return np.zeros(len(self._starts))
        whims = np.random.default_rng(abs(varied.seed)).uniform(0, _WHIM, _WHIMS)
        again = self._starts + self._offset(bar) == varied.before
        return np.asarray(whims[(self._starts - bar.first) % _WHIMS] + _AGAIN * again)

    def _stretch(self, bar: _Bar) -> NDArray[np.float64]:
        """How much the song's speed would change in a bar, relative, by its start in the song."""
        beats = self._plan.beats
        last = min(bar.end, len(beats) - 1)
        if last == bar.first:
            return np.zeros(len(self._starts))
        target = beats[last].samples - beats[bar.first].samples
        first = self._starts + self._offset(bar)
        source = np.array([self._song.at(at + last - bar.first) - self._song.at(at) for at in first.tolist()])
        return source / target - 1

    def _jumps(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        """What it costs to go from each start of the bar before to each of this one, and how many beats before its line
        that is done: (from, to)."""
        before, bar = self._bars[number - 1], self._bars[number]
        free = next((k for k in range(before.beats) if before.end - 1 - k in self._kept), before.beats - 1)
        if before.end - 1 in self._kept:
            return self._priced(number, self._kept[before.end - 1] + 1, 0)
        key = (before.beats, self._offset(before), bar.edge, min(free, _EARLIEST))
        if key not in self._tables:
            self._tables[key] = self._priced(number, None, key[-1])
        return self._tables[key]

    def _priced(
        self, number: int, going_on_at: int | None, earliest: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        before, bar, song = self._bars[number - 1], self._bars[number], self._song
        going_on = self._starts + self._offset(before) + before.beats
        if going_on_at is not None:
            going_on = np.full_like(self._starts, going_on_at)
        seams = np.array(
            [self._seam(going_on - early, self._starts - early) + self._early(early) for early in range(earliest + 1)]
        )
        early = seams.argmin(axis=0).astype(np.int8)
        whole = before.beats == song.beats_per_bar
        would_be = (self._phrase + int(whole)) % PHRASE_BARS
        off = would_be[:, None] != self._phrase[None, :]
        price = _JUMP + np.where(off, _OFF_PHRASE, 0.0)
        price = price + np.where(~off & (self._phrase[None, :] != 0), _INSIDE_PHRASE, 0.0)
        price = price * (_AT_AN_EDGE if bar.edge else 1.0) + seams.min(axis=0)
        goes_on = going_on[:, None] == self._starts[None, :]
        return np.where(goes_on, 0.0, price), np.where(goes_on, 0, early).astype(np.int8)

    def _early(self, beats: int) -> NDArray[np.float64]:
        """What it costs to jump so many beats before a bar line, by the start that follows. Their speed counts, too."""
        if beats == 0:
            return np.zeros(len(self._starts))
        lasts = np.array([self._song.at(at) - self._song.at(at - beats) for at in self._starts.tolist()])
        off = lasts / (beats * self._song.period_samples) - 1
        return np.asarray(_EARLY * beats + _STRETCH * np.square(off / _WIDE_STRETCH))

    def _seam(self, leaves: NDArray[np.int64], lands: NDArray[np.int64]) -> NDArray[np.float64]:
        """What a jump to beats that the song lands on costs for its sound, instead of those that would follow: (from,
        to)."""
        song = self._song
        outside = lands < min(0, int(self._starts[0]))
        leaves, lands = self._clipped(leaves), self._clipped(lands)
        unlike = self._apart(leaves, lands) + self._apart(self._clipped(leaves - 1), self._clipped(lands - 1))
        uneven = np.abs(song.approach_db[leaves][:, None] - song.approach_db[lands][None, :]).mean(axis=2)
        steps = np.abs(song.steps_db[lands])
        price = _UNLIKE * np.minimum(unlike, 2.0) + _LEVEL * np.maximum(uneven - _EVEN_DB, 0.0)
        price += _OTHER_STEP * np.abs(song.steps_db[leaves][:, None] - song.steps_db[lands][None, :])
        return price + _STEP * np.maximum(steps - _USUAL_STEP_DB, 0.0) + np.where(outside, _NEVER, 0.0)

    def _clipped(self, beats: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.clip(beats, 0, len(self._song.beats) - 1)

    def _apart(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """How unlike the song's beats sound, pair by pair: (one, other)."""
        features = self._song.features
        return np.linalg.norm(features[one][:, None, :] - features[other][None, :, :], axis=2)
