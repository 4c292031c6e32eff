from __future__ import annotations

import numpy as np
import pytest

from fakes.random_edits import random_edit
from vem_core.contract.time import sample_of_frame
from vem_core.rhythm.planner_steady import EIGHTH_REWARD, SteadyGrid, best_steady_grid

PERIODS = (18_000.0, 36_000.0)  # 160 to 80 BPM
FRAME = 1999.0


def reward(samples: np.ndarray, weights: np.ndarray, period: float, phase: float) -> float:
    """What a grid collects, target by target."""
    total = 0.0
    for sample, weight in zip(samples, weights, strict=True):
        behind = (sample - phase) % period
        if min(behind, period - behind) <= FRAME:
            total += weight
        elif abs(behind - period / 2) <= FRAME:
            total += EIGHTH_REWARD * weight
    return total


def cuts_of(seed: int) -> np.ndarray:
    sheet = random_edit(seed)
    return np.array([sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts])


def best(samples: np.ndarray, weights: np.ndarray, must: np.ndarray | None = None) -> SteadyGrid | int:
    no = np.zeros(len(samples), bool)
    return best_steady_grid(samples, weights, no, no if must is None else must, PERIODS, FRAME)


@pytest.mark.parametrize("seed", range(5))
def test_no_grid_found_by_brute_force_is_better(seed: int) -> None:
    samples = cuts_of(seed)
    weights = np.random.default_rng(seed).uniform(0.2, 1.0, len(samples))
    grid = best(samples, weights)
    assert isinstance(grid, SteadyGrid)
    assert grid.reward == pytest.approx(reward(samples, weights, grid.period_samples, grid.phase_samples))
    bpms, phases = np.arange(80, 160.01, 2.0), np.linspace(0, 1, 60, endpoint=False)
    periods = 48_000 * 60 / bpms
    brute = max(reward(samples, weights, period, phase * period) for period in periods for phase in phases)
    assert grid.reward >= brute - 1e-9


def test_targets_that_must_be_hit_come_before_all_others() -> None:
    samples = cuts_of(3)
    must = np.isin(np.arange(len(samples)), [2, 9, 17])
    weights = np.where(must, 0.1, 1.0)
    grid = best(samples, weights, must)
    assert isinstance(grid, SteadyGrid)
    for sample in samples[must]:
        assert reward(np.array([sample]), np.ones(1), grid.period_samples, grid.phase_samples) > 0


def test_the_first_target_that_cannot_be_met_is_named() -> None:
    samples = np.array([10_000, 58_000, 62_500, 200_000])
    assert best(samples, np.ones(4), np.ones(4, bool)) == 2


def test_a_single_tempo_is_kept() -> None:
    grid = best_steady_grid(
        np.array([7_000]), np.ones(1), np.zeros(1, bool), np.zeros(1, bool), (24_000.0, 24_000.0), FRAME
    )
    assert isinstance(grid, SteadyGrid)
    assert grid.period_samples == pytest.approx(24_000)
    assert grid.phase_samples == pytest.approx(7_000)
