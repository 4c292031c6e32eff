"""The decoders against slow twins that try every path."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.rhythm.tracking.decoding import BarPrior, BeatPrior, decode_bars, decode_beats

RATE_HZ = 10.0
PRIOR = BeatPrior(slowest_bpm=120, fastest_bpm=200, likeliest_bpm=150, bend=0.15, restart=1.5)  # 3 to 5 frames
INTERVALS = range(3, 6)


def tempo_score(interval: int) -> float:
    octaves = math.log2(60 * RATE_HZ / interval / PRIOR.likeliest_bpm)
    return -0.5 * PRIOR.tempo_weight * (octaves / PRIOR.octaves) ** 2


def change_score(before: int, after: int) -> float:
    relative = abs(math.log(after / before))
    if relative > 0.25:
        return -math.inf
    return -0.5 * (max(0.0, relative - 0.5 / math.sqrt(before * after)) / PRIOR.bend) ** 2


def score_of(beats: list[int], breaks: frozenset[int], evidence: np.ndarray) -> float:
    """The score of beats, of which those numbered in `breaks` begin anew."""
    total = float(evidence[beats].sum()) - PRIOR.restart * len(breaks)
    interval = None
    for index in range(1, len(beats)):
        if index in breaks:
            interval = None
            continue
        step = beats[index] - beats[index - 1]
        total += tempo_score(step) + (0.0 if interval is None else change_score(interval, step))
        interval = step
    return total


def best_by_trying(evidence: np.ndarray) -> float:
    """The best score of any beats at all: runs of two or more at allowed intervals, with breaks between runs."""
    best = 0.0

    def extend(beats: list[int], breaks: frozenset[int]) -> None:
        nonlocal best
        run = len(beats) - max(breaks, default=0)
        if run >= 2:
            best = max(best, score_of(beats, breaks, evidence))
            for start in range(beats[-1] + INTERVALS[0], len(evidence)):
                extend([*beats, start], breaks | {len(beats)})
        for interval in INTERVALS:
            if beats[-1] + interval < len(evidence):
                extend([*beats, beats[-1] + interval], breaks)

    for first in range(len(evidence)):
        extend([first], frozenset())
    return best


def found_score(beats: np.ndarray, evidence: np.ndarray) -> float:
    """The best reading of the decoder's beats: any of them may begin anew."""
    places = beats.tolist()
    inner = range(2, len(places) - 1)
    readings = itertools.chain.from_iterable(itertools.combinations(inner, count) for count in range(len(inner) + 1))

    def possible(breaks: frozenset[int]) -> bool:
        runs = [0, *sorted(breaks), len(places)]
        steps = (places[index] - places[index - 1] for index in range(1, len(places)) if index not in breaks)
        return all(b - a >= 2 for a, b in itertools.pairwise(runs)) and all(step in INTERVALS for step in steps)

    return max(score_of(places, frozenset(reading), evidence) for reading in readings if possible(frozenset(reading)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=6, max_size=15))
def test_the_beat_path_is_the_best_of_all_paths(values: list[float]) -> None:
    evidence = np.array(values, np.float32)
    beats = decode_beats(evidence, RATE_HZ, PRIOR)
    best = best_by_trying(evidence.astype(np.float64))
    if len(beats) == 0:
        assert best == pytest.approx(0.0, abs=1e-5)
    else:
        assert found_score(beats, evidence.astype(np.float64)) == pytest.approx(best, abs=1e-4)


def test_beats_follow_a_tempo_that_bends() -> None:
    rng = np.random.default_rng(0)
    intervals = 50 * np.exp(0.06 * np.sin(np.arange(40)) + rng.normal(0, 0.01, 40))
    places = np.round(np.cumsum(intervals)).astype(int)
    evidence = np.full(places[-1] + 60, -3.0, np.float32)
    evidence[places] = 4.0
    assert decode_beats(evidence, 100.0).tolist() == places.tolist()


def test_a_long_break_is_left_empty() -> None:
    evidence = np.full(4_000, -6.0, np.float32)
    places = [*range(100, 1_000, 50), *range(3_030, 3_900, 60)]
    evidence[places] = 5.0
    assert decode_beats(evidence, 100.0).tolist() == places


@pytest.mark.parametrize("frames", [0, 1, 20, 5_000])
def test_no_evidence_gives_no_beats(frames: int) -> None:
    assert len(decode_beats(np.full(frames, -2.0, np.float32), 100.0)) == 0


def best_bars_by_trying(evidence: np.ndarray, prior: BarPrior) -> float:
    def score(numbers: tuple[int, ...], metre: int) -> float:
        total = sum(float(value) for value, number in zip(evidence, numbers, strict=True) if number == 0)
        for before, after in itertools.pairwise(numbers):
            if after == (before + 1) % metre:
                total += math.log(1 - prior.irregular)
            elif after == 0 and before:
                total += math.log(prior.irregular)
            else:
                return -math.inf
        return total

    return max(
        score(numbers, metre)
        for metre in prior.metres
        for numbers in itertools.product(range(metre), repeat=len(evidence))
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-4, 4), min_size=1, max_size=7))
def test_the_bars_are_the_best_of_all_bars(values: list[float]) -> None:
    prior = BarPrior(irregular=0.05)
    evidence = np.array(values)
    downbeats = decode_bars(evidence, prior)
    assert set(downbeats) <= set(range(len(values)))
    best = best_bars_by_trying(evidence, prior)
    assert evidence[downbeats].sum() >= best - 1e-6  # transitions only take away


def test_a_shortened_bar_is_followed() -> None:
    evidence = np.full(22, -3.0)
    downbeats = [1, 5, 9, 11, 15, 19]
    evidence[downbeats] = 3.0
    assert decode_bars(evidence).tolist() == downbeats
