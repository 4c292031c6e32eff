"""95 % intervals over films: of a mean, of a set's figure, and of the difference of two systems on the same films."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vem_core.judging.distances import Interval

DRAWS = 2_000
SET_DRAWS = 100
"""Of figures of whole sets, each of which takes a matrix root."""

SEED = 23


def mean_interval(values: Sequence[float], draws: int = DRAWS) -> Interval | None:
    """The mean of the finite values with its percentile bootstrap; None where there is none.

    Source: Efron and Tibshirani 1993, chapter 13. One value has no interval: low and high are the value.
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    value = float(known.mean())
    if len(known) == 1:
        return Interval(value, value, value)
    picks = np.random.default_rng(SEED).integers(len(known), size=(draws, len(known)))
    low, high = np.quantile(known[picks].mean(axis=1), (0.025, 0.975))
    return Interval(value, float(low), float(high))


def set_interval(
    figure: Callable[[np.ndarray], float], films: int, least_films: int = 2, draws: int = SET_DRAWS
) -> Interval | None:
    """A figure of a set of films, given as indices, with its interval; None for too few films.

    Distances grow when films repeat, so the spread of the bootstrap is laid around the value (as `with_interval`
    does), not its percentiles as they are.
    """
    if films < least_films:
        return None
    value = figure(np.arange(films))
    random = np.random.default_rng(SEED)
    drawn = np.array([figure(random.integers(films, size=films)) for _ in range(draws)])
    low, high = np.quantile(drawn, (0.025, 0.975)) - drawn.mean()
    return Interval(value, value + float(low), value + float(high))


def difference_interval(one: Sequence[float], other: Sequence[float]) -> Interval | None:
    """The mean of `one` less `other`, film by film, with its interval; films that lack either are left out."""
    return mean_interval(np.asarray(one, float) - np.asarray(other, float))
