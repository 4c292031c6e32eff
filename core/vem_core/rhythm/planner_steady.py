"""The best constant tempo and phase: an exact sweep over phase for each of many tempi."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EIGHTH_REWARD = 0.4
"""What a cut on the eighth between two beats is worth, against one on a beat."""

SORT_BUDGET = 8_000_000
"""Window edges sorted in one search: what bounds its time on a timeline of hours."""


CHUNK_EDGES = 1_000_000
"""Window edges held in memory at a time."""

PREFERENCE = 1.5
"""What the tempo at the far end of the range from the preferred one costs, in targets of mean weight."""

MUST_REWARD = 1000.0
"""Added for a target that must be hit, on a beat or an eighth alike: more than all others together."""


@dataclass(frozen=True)
class SteadyGrid:
    """Beats at `phase_samples + k * period_samples`, 0 <= phase < period, and the reward they collect."""

    period_samples: float
    phase_samples: float
    reward: float


def best_steady_grid(
    samples: NDArray[np.int64],
    weights: NDArray[np.float64],
    full_beat_only: NDArray[np.bool_],
    must_hit: NDArray[np.bool_],
    period_range_samples: tuple[float, float],
    tolerance_samples: float,
    eighth_reward: float = EIGHTH_REWARD,
    preferred_samples: float | None = None,
) -> SteadyGrid | int:
    """The constant tempo and phase that meet the most weight of targets.

    `samples`, `weights`, `full_beat_only`, `must_hit`: (N,), N > 0, in order of time. A target counts its weight where
    a beat lies within the tolerance, `eighth_reward` of it where an eighth does unless it accepts full beats only. For
    each tempo of a grid fine enough that neighbours differ by a quarter of the tolerance over the whole span, the phase
    is optimal. Of tempi that meet as much the one nearest to `preferred_samples` wins. Where no tempo meets all targets
    that must be hit, the answer is a number: which of them is the first that cannot be met together with those before.
    """
    if must_hit.any():
        required = samples[must_hit], full_beat_only[must_hit]
        periods = _periods_meeting(*required, period_range_samples, tolerance_samples)
        if not len(periods):
            return next(
                count - 1
                for count in range(2, len(required[0]) + 1)
                if not len(
                    _periods_meeting(required[0][:count], required[1][:count], period_range_samples, tolerance_samples)
                )
            )
        periods = periods[:: max(1, len(periods) * 4 * len(samples) // SORT_BUDGET)]
    else:
        periods = _period_grid(samples, period_range_samples, tolerance_samples)
    on_beat = weights + MUST_REWARD * must_hit
    on_eighth = np.where(full_beat_only, 0.0, eighth_reward * weights + MUST_REWARD * must_hit)
    best = SteadyGrid(periods[0], 0.0, -math.inf)
    rows = max(1, CHUNK_EDGES // (4 * len(samples)))
    for start in range(0, len(periods), rows):
        chunk = periods[start : start + rows]
        phases, rewards = _best_phases(samples, on_beat, on_eighth, chunk, tolerance_samples)
        if preferred_samples is not None:
            width = max(math.log(period_range_samples[1] / period_range_samples[0]), 1e-3)
            rewards = rewards - PREFERENCE * weights.mean() * (np.log(chunk / preferred_samples) / width) ** 2
        row = int(np.argmax(rewards))
        if rewards[row] > best.reward + 1e-9:
            best = SteadyGrid(float(chunk[row]), float(phases[row]), float(rewards[row]))
    return best


def _periods_meeting(
    samples: NDArray[np.int64],
    full_beat_only: NDArray[np.bool_],
    period_range_samples: tuple[float, float],
    tolerance_samples: float,
) -> NDArray[np.float64]:
    """The periods of the grid at which some phase meets all of the targets."""
    periods = _period_grid(samples, period_range_samples, tolerance_samples)
    on_beat = np.ones(len(samples))
    on_eighth = np.where(full_beat_only, 0.0, 1.0)
    rows = max(1, CHUNK_EDGES // (4 * len(samples)))
    rewards = [
        _best_phases(samples, on_beat, on_eighth, periods[start : start + rows], tolerance_samples)[1]
        for start in range(0, len(periods), rows)
    ]
    return periods[np.concatenate(rewards) > len(samples) - 0.5]


def _period_grid(
    samples: NDArray[np.int64], period_range_samples: tuple[float, float], tolerance_samples: float
) -> NDArray[np.float64]:
    shortest, longest = period_range_samples
    span = max(float(samples[-1] - samples[0]), longest)
    wanted = math.log(longest / shortest) * span / (tolerance_samples / 4)
    affordable = SORT_BUDGET // (4 * len(samples))
    return np.geomspace(shortest, longest, 1 + int(min(max(wanted, 1), max(affordable, 64))))


def _best_phases(
    samples: NDArray[np.int64],
    on_beat: NDArray[np.float64],
    on_eighth: NDArray[np.float64],
    periods: NDArray[np.float64],
    tolerance_samples: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each period the phase of the highest reward, and the reward: two arrays of shape (periods,).

    Each target opens a window of phases around its residue, and a lower one half a period on. Sweeping the sorted
    window edges gives the reward of every phase exactly; the answer is the middle of the best stretch.
    """
    period = periods[:, None]
    residues = np.concatenate([samples / period, samples / period + 0.5], axis=1) % 1.0  # (P, 2N), in periods
    values = np.concatenate([on_beat, on_eighth])  # (2N,)
    half_width = np.minimum(tolerance_samples / period, 0.25)
    opening, closing = residues - half_width, residues + half_width
    # A window across phase 0 is also open at the start: begin the sweep with it inside.
    wraps_low, wraps_high = opening < 0, closing >= 1
    at_zero = ((wraps_low | wraps_high) * values).sum(axis=1, keepdims=True)
    edges = np.concatenate([opening % 1.0, closing % 1.0], axis=1)  # (P, 4N)
    steps = np.broadcast_to(np.concatenate([values, -values]), edges.shape)
    # Openings before closings at the same phase: windows are closed.
    order = np.lexsort((-steps, edges), axis=1)
    edges = np.take_along_axis(edges, order, axis=1)
    rewards = at_zero + np.cumsum(np.take_along_axis(steps, order, axis=1), axis=1)
    best = np.argmax(rewards, axis=1)[:, None]
    left = np.take_along_axis(edges, best, axis=1)[:, 0]
    right = np.take_along_axis(np.concatenate([edges, edges[:, :1] + 1], axis=1), best + 1, axis=1)[:, 0]
    return ((left + right) / 2 % 1.0) * periods, np.take_along_axis(rewards, best, axis=1)[:, 0]
