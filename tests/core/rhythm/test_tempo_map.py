from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vem_core.rhythm.tempo_map import TempoMap

increasing = st.lists(st.integers(1, 100_000), min_size=2, max_size=40).map(
    lambda steps: tuple(np.cumsum(steps).tolist())
)


@given(increasing, st.lists(st.floats(-20, 60), min_size=1, max_size=20))
def test_positions_survive_the_round_trip(beats: tuple[int, ...], positions: list[float]) -> None:
    tempo = TempoMap(beats)
    assert tempo.beats_at(tempo.samples_at(positions)) == pytest.approx(positions, abs=1e-6)


@given(increasing, st.floats(-20, 60))
def test_one_position_is_like_many(beats: tuple[int, ...], position: float) -> None:
    tempo = TempoMap(beats)
    many = float(tempo.samples_at(position))
    assert abs(tempo.sample_at(position) - many) <= 0.5 + 1e-6
    assert tempo.beat_at(many) == pytest.approx(position, abs=1e-6)


@given(increasing)
def test_beats_fall_where_they_were_put(beats: tuple[int, ...]) -> None:
    assert TempoMap(beats).samples_at(np.arange(len(beats))).tolist() == list(beats)


@given(increasing, st.floats(-20, 60), st.floats(0.001, 5))
def test_later_positions_fall_later(beats: tuple[int, ...], position: float, step: float) -> None:
    tempo = TempoMap(beats)
    assert tempo.samples_at(position + step) > tempo.samples_at(position)


def test_the_outermost_tempi_go_on() -> None:
    tempo = TempoMap((1000, 2000, 2500))
    assert tempo.samples_at([-1.0, 3.0, 4.0]).tolist() == [0.0, 3000.0, 3500.0]
    assert tempo.sample_at(2.5) == 2750
    assert tempo.bpm_at([0.5, 7.0]).tolist() == [48_000 * 60 / 1000, 48_000 * 60 / 500]


def test_a_lone_beat_needs_a_tempo() -> None:
    assert TempoMap((500,), 1000).samples_at([0, 2]).tolist() == [500, 2500]
    assert TempoMap((), 1000).samples_at(1).item() == 1000
    with pytest.raises(ValueError, match="no tempo"):
        TempoMap((500,))


def test_beats_must_increase() -> None:
    with pytest.raises(ValueError, match="increasing"):
        TempoMap((0, 10, 10))
