"""The form: bars over the beats, sections over the bars.

Dynamic programming over beats. A section is a run of bars of one metre, of which only the last may be shorter or
longer; sections like to begin where the picture turns, bars where heavy cuts fall.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.plan import Beat, Section, SectionRole
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import SHORTEST_SECTION_S

METERS = range(2, 8)
"""Beats that a bar may have."""

MOST_BARS = 16

DOWNBEAT_REWARD = 0.7
"""What a hit on a downbeat is worth more than one elsewhere in the bar, per unit of weight."""

EDGE_REWARD = 1.2
"""What a turn of the picture is worth at the beginning of a section, per unit."""

HURRIED_PRICE = 8.0
"""The price of a section shorter than sections are, where nothing forces its end."""

PICK_UP_PRICE = 0.15
FIRST_FRAME_DOWNBEAT_REWARD = 0.3


_PHRASES = {
    8: {1: 1.6, 2: 0.9, 4: 0.25, 8: 0.0, 12: 0.35, 16: 0.4},
    4: {1: 1.6, 2: 0.7, 4: 0.0, 8: 0.15, 12: 0.3, 16: 0.5},
    6: {1: 1.6, 2: 0.9, 4: 0.35, 6: 0.0, 8: 0.3, 12: 0.1},
}
PHRASE_BARS = tuple(_PHRASES)
"""How many bars a section may like to have best."""


def _bars_price(bars: int, phrase_bars: int) -> float:
    """The favourite number of bars is best, its relatives good, other even numbers fair."""
    return _PHRASES[phrase_bars].get(bars, 0.6 if bars % 2 == 0 else 1.0)


def last_bar_price(left: int, beats_per_bar: int) -> float:
    """The price of a section's last bar by the beats left over after whole bars; half a bar is the cheapest."""
    if left == 0:
        return 0.0
    if left == 1:
        return 0.8  # added to the bar before
    return 0.5 if 2 * left == beats_per_bar else 0.7


@dataclass(frozen=True)
class SectionPrices:
    """Prices of sections by their length in beats, from one beat on: arrays of shape (longest,)."""

    inner: NDArray[np.float64]
    last: NDArray[np.float64]  # of the last section, which ends as the score does
    regular_beats: NDArray[np.int64]  # beats of so many bars, if all were whole

    @property
    def longest(self) -> int:
        return len(self.inner)


@functools.lru_cache(maxsize=32)
def section_prices(beats_per_bar: int = 4, phrase_bars: int = 8) -> SectionPrices:
    """The prices of sections in a metre."""
    lengths = range(1, beats_per_bar * MOST_BARS + beats_per_bar)
    inner, last, regular = [], [], []
    for length in lengths:
        bars, left = divmod(length, beats_per_bar)
        price = _bars_price(max(1, bars), phrase_bars) + last_bar_price(left, beats_per_bar)
        inner.append(4.0 if length == 1 else price)  # a bar of one beat: only where two forced edges leave no other way
        last.append(_bars_price(-(-length // beats_per_bar), phrase_bars) / 2)
        regular.append(beats_per_bar * max(1, bars if left == 1 else -(-length // beats_per_bar)))
    return SectionPrices(np.array(inner), np.array(last), np.array(regular))


@dataclass(frozen=True)
class Meter:
    """Where sections and bars begin, as indices into the beats, both increasing; every section start begins a bar.

    Beats before the first bar are the pick-up.
    """

    section_starts: tuple[int, ...]
    bar_starts: tuple[int, ...]


@dataclass(frozen=True)
class FormBeats:
    """What the form needs to know of each beat: arrays of shape (beats,)."""

    samples: NDArray[np.int64]
    hit_weights: NDArray[np.float64]  # weight of the cuts and events on the beat, and of what else wants a bar line
    turns: NDArray[np.float64]  # how much the picture turns there, 0..1
    forced: frozenset[int] = frozenset()  # beats that must begin a section: drops, new home tempi, the final beat
    beats_per_bar: int = 4
    phrase_bars: int = 8


def meter_over(beats: FormBeats) -> Meter:
    """The bars and sections that put most weight on downbeats and section edges for the fewest odd bars."""
    count = len(beats.samples)
    if count == 0:
        return Meter((), ())
    prices = section_prices(beats.beats_per_bar, beats.phrase_bars)
    downbeats_from = DOWNBEAT_REWARD * _downbeat_sums(beats.hit_weights, beats.beats_per_bar, prices.longest)
    next_forced = _next_forced(beats.forced, count)
    long_enough = np.searchsorted(beats.samples, beats.samples + SHORTEST_SECTION_S * SAMPLE_RATE_HZ)
    best = np.zeros(count + 1)
    length_from = np.zeros(count, dtype=np.int64)
    for start in range(count - 1, -1, -1):
        lengths = min(next_forced[start] - start, prices.longest)
        value = best[start + 1 : start + 1 + lengths] - prices.inner[:lengths]
        value -= downbeats_from[start + prices.regular_beats[:lengths]]
        value[: max(0, min(int(long_enough[start]) - start, lengths) - 1)] -= HURRIED_PRICE
        last = count - start - 1
        if last < lengths:  # how the last section ends is the score's end, not an odd bar
            value[last] += prices.inner[last] - prices.last[last]
            value[last] += downbeats_from[start + prices.regular_beats[last]]
        pick = int(np.argmax(value))
        length_from[start] = pick + 1
        best[start] = value[pick] + downbeats_from[start] + EDGE_REWARD * beats.turns[start]
    first = _first_downbeat(beats, best)
    starts = [first]
    while starts[-1] + length_from[starts[-1]] < count:
        starts.append(int(starts[-1] + length_from[starts[-1]]))
    return Meter(tuple(starts), _bar_starts(starts, count, beats.beats_per_bar))


def beats_in_bars(samples: Sequence[int], meter: Meter, beats_per_bar: int = 4) -> tuple[Beat, ...]:
    """The beats with the bar and the number in the bar that each has."""
    if not len(samples):
        return ()
    first = meter.bar_starts[0]
    pick_up = 1 if first else 0
    bars = np.searchsorted(meter.bar_starts, np.arange(len(samples)), side="right") - 1
    return tuple(
        Beat(int(sample), 0, beats_per_bar - first + index + 1)
        if bar < 0
        else Beat(int(sample), int(bar) + pick_up, index - meter.bar_starts[bar] + 1)
        for index, (sample, bar) in enumerate(zip(samples, bars, strict=True))
    )


def sections_of(
    meter: Meter,
    beats: Sequence[Beat],
    shot_starts_samples: Sequence[int],
    energies: Sequence[float],
    duration_samples: int,
    *,
    drops: frozenset[int] = frozenset(),
    last_is_ending: bool = False,
    tolerance_samples: int = 0,
    homes: Sequence[tuple[int, float]] = (),
) -> tuple[Section, ...]:
    """The sections with role, energy and the shots that they accompany; together they hold every bar.

    A shot that goes on over a section's edge belongs to both. `tolerance_samples`: a cut this near an edge counts as on
    it. `drops` are beats, each the beginning of a section, that open a climax. `homes` are first beats and home periods
    in samples.
    """
    if not beats:
        return ()
    edges = [0, *meter.section_starts[1:], len(beats)]
    instants = [0, *(beats[edge].samples for edge in edges[1:-1]), duration_samples]
    shots = np.append(np.asarray(shot_starts_samples, float), duration_samples)
    means = [_mean_energy(shots, energies, *instants[i : i + 2]) for i in range(len(edges) - 1)]
    dropped = [meter.section_starts[i] in drops for i in range(len(edges) - 1)]
    roles = _roles(means, dropped, last_is_ending)
    sections = []
    for i, role in enumerate(roles):
        first_bar = 0 if i == 0 else beats[edges[i]].bar
        end_bar = beats[-1].bar + 1 if edges[i + 1] == len(beats) else beats[edges[i + 1]].bar
        first_shot = max(0, int(np.searchsorted(shots[:-1], instants[i] + tolerance_samples, side="right")) - 1)
        end_shot = int(np.searchsorted(shots[:-1], instants[i + 1] - tolerance_samples, side="left"))
        count = max(1, end_shot - first_shot)
        home = next((period for first, period in reversed(homes) if first <= edges[i]), None)
        sections.append(
            Section(
                role,
                first_bar,
                end_bar - first_bar,
                means[i],
                first_shot,
                count,
                start_samples=int(instants[i]),
                home_bpm=None if home is None else SAMPLE_RATE_HZ * 60 / home,
            )
        )
    return tuple(sections)


def _downbeat_sums(weights: NDArray[np.float64], beats_per_bar: int, longest: int) -> NDArray[np.float64]:
    """For each beat the weight on it and on every one whole bars later: (beats,), and zeros beyond the end."""
    count = len(weights)
    padded = np.zeros(-(-count // beats_per_bar) * beats_per_bar)
    padded[:count] = weights
    sums = np.cumsum(padded.reshape(-1, beats_per_bar)[::-1], axis=0)[::-1].ravel()
    return np.append(sums[:count], np.zeros(longest + beats_per_bar))


def _next_forced(forced: frozenset[int], count: int) -> list[int]:
    """For each beat the first later one that must begin a section, or the end."""
    found = [count] * count
    for beat in range(count - 2, -1, -1):
        found[beat] = beat + 1 if beat + 1 in forced else found[beat + 1]
    return found


def _first_downbeat(beats: FormBeats, best: NDArray[np.float64]) -> int:
    limit = min([beats.beats_per_bar - 1, len(beats.samples) - 1, *beats.forced])
    values = [best[first] - PICK_UP_PRICE * first for first in range(limit + 1)]
    if beats.samples[0] == 0:
        values[0] += FIRST_FRAME_DOWNBEAT_REWARD
    return int(np.argmax(values))


def _bar_starts(section_starts: Sequence[int], count: int, beats_per_bar: int) -> tuple[int, ...]:
    starts: list[int] = []
    for begin, end in zip(section_starts, [*section_starts[1:], count], strict=True):
        bars = list(range(begin, end, beats_per_bar))
        if end - bars[-1] == 1 and len(bars) > 1 and end < count:
            bars.pop()  # one beat left over makes the last bar longer by one
        starts += bars
    return tuple(starts)


def _mean_energy(shots: NDArray[np.float64], energies: Sequence[float], begin: float, end: float) -> float:
    """The mean over [begin, end), each shot counting by the time that it is seen."""
    first = max(0, int(np.searchsorted(shots, begin, side="right")) - 1)
    stop = max(first + 1, int(np.searchsorted(shots[:-1], end)))
    edges = shots[first : stop + 1]
    seen = np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin), 0, None)
    return float(np.average(energies[first:stop], weights=seen)) if seen.sum() > 0 else float(energies[-1])


def _roles(means: Sequence[float], dropped: Sequence[bool], last_is_ending: bool) -> list[SectionRole]:
    count = len(means)
    body = count - 1 if last_is_ending else count
    roles = [SectionRole.GROOVE] * count
    if last_is_ending:
        roles[-1] = SectionRole.ENDING
    if body == 0:
        return roles
    mean = float(np.mean(means[:body]))
    for index in range(1, body):
        if means[index] < mean - 0.08:
            roles[index] = SectionRole.BREAK
    climaxes = [index for index in range(body) if dropped[index]]
    if not climaxes and body >= 3:
        climaxes = [1 + int(np.argmax(means[1:body]))]
    if body >= 2 and 0 not in climaxes:
        roles[0] = SectionRole.INTRO
    for index in climaxes:
        roles[index] = SectionRole.CLIMAX
        if index > 1 and roles[index - 1] is not SectionRole.CLIMAX:
            roles[index - 1] = SectionRole.BUILD
    return roles
