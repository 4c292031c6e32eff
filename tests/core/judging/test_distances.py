from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vem_core.judging.distances import frechet_distance, kernel_distance, with_interval


def sounds(seed: int, count: int = 40, shift: float = 0.0, width: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, width)) + shift


def slow_kernel_distance(ours: np.ndarray, reference: np.ndarray) -> float:
    """The definition, pair by pair."""
    lengths = [
        float(np.linalg.norm(here - other)) for at, here in enumerate(reference) for other in reference[at + 1 :]
    ]
    width = float(np.median(lengths))

    def alike(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.exp(-np.sum((one - other) ** 2) / (2 * width**2)))

    def within(side: np.ndarray) -> float:
        return float(np.mean([alike(a, b) for i, a in enumerate(side) for j, b in enumerate(side) if i != j]))

    across = float(np.mean([alike(sound, other) for sound in ours for other in reference]))
    return within(ours) + within(reference) - 2 * across


@given(st.integers(0, 1000), st.floats(0, 2))
def test_the_kernel_distance_is_its_definition(seed: int, shift: float) -> None:
    ours, reference = sounds(seed, 6, shift), sounds(seed + 1, 7)
    assert kernel_distance(ours, reference) == pytest.approx(slow_kernel_distance(ours, reference), abs=1e-12)


@pytest.mark.parametrize("distance", [kernel_distance, frechet_distance])
def test_what_is_further_away_is_further_away(distance: object) -> None:
    assert callable(distance)
    reference = sounds(0)
    apart = [distance(sounds(1, shift=shift), reference) for shift in (0.0, 0.3, 0.6, 1.2)]
    assert apart == sorted(apart)
    assert apart[-1] > 2 * apart[1]


def test_two_sets_from_one_source_are_no_distance_apart_in_the_mean() -> None:
    drawn = [kernel_distance(sounds(2 * seed), sounds(2 * seed + 1)) for seed in range(60)]
    assert abs(float(np.mean(drawn))) < 3 * float(np.std(drawn)) / np.sqrt(60)
    assert min(drawn) < 0 < max(drawn)  # unbiased, so on both sides


def test_frechet_distance_of_shifted_gaussians_is_the_shift() -> None:
    one = sounds(3, 4000)
    assert frechet_distance(one, one + 1.0) == pytest.approx(8.0)


def test_the_interval_holds_the_value_and_the_seed_decides_it() -> None:
    drawn = [with_interval(kernel_distance, sounds(1, shift=0.5), sounds(0), seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0].low < drawn[0].value < drawn[0].high
