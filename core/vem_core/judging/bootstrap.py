"""95 % intervals over films: of a mean, of a set's figure, and of the difference of two systems on the same films."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


class Drawn(NamedTuple):
    """A figure of a set of films, and of as many sets drawn from it; the same films are drawn for every system."""

    value: float
    draws: NDArray[np.float64]

    def less(self, other: Drawn) -> Drawn:
        """The difference, draw by draw, of two systems on the same films."""
        return Drawn(self.value - other.value, self.draws - other.draws)

    def interval(self) -> Interval:
        """Distances grow when films repeat, so the spread of the draws is laid around the value, not taken as it is."""
        low, high = np.quantile(self.draws, (0.025, 0.975)) - self.draws.mean()
        return Interval(self.value, self.value + float(low), self.value + float(high))


def draw_sets(figure: Callable[[NDArray[np.int64]], float], films: int, draws: int = SET_DRAWS) -> Drawn:
    """A figure of films given as indices, of all of them and of sets drawn with repetition."""
    random = np.random.default_rng(SEED)
    drawn = [figure(random.integers(films, size=films)) for _ in range(draws)]
    return Drawn(figure(np.arange(films)), np.array(drawn))


def difference_interval(one: Sequence[float], other: Sequence[float]) -> Interval | None:
    """The mean of `one` less `other`, film by film, with its interval; films that lack either are left out."""
    return mean_interval(np.asarray(one, float) - np.asarray(other, float))
