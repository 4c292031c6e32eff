from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.contract.plan import SectionRole
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.budget import SHORTEST_SECTION_S
from vem_core.rhythm.form import (
    DOWNBEAT_REWARD,
    EDGE_REWARD,
    FIRST_FRAME_DOWNBEAT_REWARD,
    HURRIED_PRICE,
    PICK_UP_PRICE,
    FormBeats,
    Meter,
    beats_in_bars,
    meter_over,
    section_prices,
    sections_of,
)

SPACING = 120_000
"""Samples from beat to beat: four to the shortest section, so that small examples have several."""


def beats_of(hit_weights: list[float], turns: list[float] | None = None, forced: tuple[int, ...] = ()) -> FormBeats:
    count = len(hit_weights)
    return FormBeats(
        SPACING * np.arange(count), np.array(hit_weights), np.array(turns or [0.0] * count), frozenset(forced)
    )


def value(beats: FormBeats, meter: Meter) -> float:
    """The objective, counted from the meter itself."""
    count = len(beats.samples)
    total = DOWNBEAT_REWARD * sum(beats.hit_weights[start] for start in meter.bar_starts)
    ends = [*meter.section_starts[1:], count]
    for begin, end in zip(meter.section_starts, ends, strict=True):
        prices = section_prices()
        price = (prices.last if end == count else prices.inner)[end - begin - 1]
        hurried = (
            end < count and end not in beats.forced and (end - begin) * SPACING < SHORTEST_SECTION_S * SAMPLE_RATE_HZ
        )
        total += EDGE_REWARD * beats.turns[begin] - price - HURRIED_PRICE * hurried
    pick_up = meter.bar_starts[0]
    return float(total - PICK_UP_PRICE * pick_up + (FIRST_FRAME_DOWNBEAT_REWARD if pick_up == 0 else 0))


def bars_within(begin: int, end: int, is_last: bool) -> list[int]:
    starts = list(range(begin, end, 4))
    return starts[:-1] if end - starts[-1] == 1 and len(starts) > 1 and not is_last else starts


def every_meter(beats: FormBeats) -> Iterator[Meter]:
    """Every way to cut the beats into sections, after every pick-up."""
    count = len(beats.samples)
    for first in range(min([3, count - 1, *beats.forced]) + 1):
        for length in range(count - first):
            for rest in itertools.combinations(range(first + 1, count), length):
                starts = (first, *rest)
                if beats.forced <= set(starts):
                    spans = zip(starts, [*starts[1:], count], strict=True)
                    bars = [bar for begin, end in spans for bar in bars_within(begin, end, end == count)]
                    yield Meter(starts, tuple(bars))


@pytest.mark.parametrize("seed", range(12))
def test_no_other_meter_is_better(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 12))
    hits = np.where(random.random(count) < 0.6, random.random(count), 0)
    turns = 4 * hits * random.random(count)
    forced = tuple(random.choice(count, 1).tolist()) if seed % 3 == 0 else ()
    beats = beats_of(hits.tolist(), turns.tolist(), forced)
    best = max(value(beats, meter) for meter in every_meter(beats))
    assert value(beats, meter_over(beats)) == pytest.approx(best)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=150),
    st.lists(st.integers(0, 149), max_size=4),
    st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_bars_are_odd_at_section_edges_only(hits: list[float], forced: list[int], seed: int) -> None:
    count = len(hits)
    turns = np.random.default_rng(seed).random(count).tolist()
    starts = frozenset(beat for beat in forced if beat < count)
    meter = meter_over(beats_of(hits, turns, tuple(starts)))
    assert starts <= set(meter.section_starts) <= set(meter.bar_starts)
    assert meter.bar_starts[0] <= 3
    edges = {*meter.section_starts, count}
    for begin, end in zip(meter.bar_starts, [*meter.bar_starts[1:], count], strict=True):
        if end - begin != 4:
            assert end in edges
            assert 1 <= end - begin <= 5
        if end - begin == 1:  # only where two edges were forced upon neighbouring beats, or the score ends
            assert end == count or {begin, end} <= starts


def test_a_heavy_cut_gets_the_downbeat() -> None:
    hits = [0.0] * 32
    hits[18] = 1.0
    meter = meter_over(beats_of(hits))
    assert 18 in meter.bar_starts


def test_a_pick_up_has_numbers_that_end_its_bar() -> None:
    beats = beats_in_bars([0, 10, 20, 30, 40, 50, 60], Meter((2,), (2, 6)))
    assert [(beat.bar, beat.number) for beat in beats] == [(0, 3), (0, 4), (1, 1), (1, 2), (1, 3), (1, 4), (2, 1)]


def test_no_beats_have_no_form() -> None:
    meter = meter_over(beats_of([]))
    assert beats_in_bars([], meter) == ()
    assert sections_of(meter, (), (0,), (0.5,), 100) == ()


def test_sections_hold_all_bars_and_know_their_shots() -> None:
    meter = Meter((0, 8, 16), (0, 4, 8, 12, 16, 20))
    samples = (1000 * np.arange(24)).tolist()
    beats = beats_in_bars(samples, meter)
    sections = sections_of(
        meter, beats, (0, 4100, 8000, 15_990), (0.2, 0.3, 0.9, 0.4), 24_000, drops=frozenset({8}), tolerance_samples=20
    )
    assert [section.role for section in sections] == [SectionRole.INTRO, SectionRole.CLIMAX, SectionRole.BREAK]
    assert [(section.first_bar, section.bars) for section in sections] == [(0, 2), (2, 2), (4, 2)]
    assert [(section.first_shot, section.shots) for section in sections] == [(0, 2), (2, 1), (3, 1)]
    assert sections[0].energy == pytest.approx((4100 * 0.2 + 3900 * 0.3) / 8000)


def test_what_rings_out_is_the_ending() -> None:
    meter = Meter((0, 8), (0, 4, 8))
    beats = beats_in_bars((1000 * np.arange(10)).tolist(), meter)
    sections = sections_of(meter, beats, (0,), (0.5,), 10_000, last_is_ending=True)
    assert [section.role for section in sections] == [SectionRole.GROOVE, SectionRole.ENDING]
    assert math.isclose(sections[1].energy, 0.5)
