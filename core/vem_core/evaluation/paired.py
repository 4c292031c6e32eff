"""Paired comparisons: the same pieces with one thing changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.stats


@dataclass(frozen=True)
class Paired:
    """Differences over the pieces: their mean with its 95 % interval (Student's t), and how many were above zero."""

    count: int
    mean: float
    low: float | None  # None: fewer than two pieces
    high: float | None
    above_zero: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def compare(before: Sequence[float], after: Sequence[float]) -> Paired:
    """`after` minus `before`, pairs with a nan left out."""
    differences = np.asarray(after, float) - np.asarray(before, float)
    differences = differences[np.isfinite(differences)]
    count = len(differences)
    if count < 2:
        return Paired(count, float(differences.mean()) if count else 0.0, None, None, 0.0)
    mean, error = float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(count))
    reach = float(scipy.stats.t.ppf(0.975, count - 1)) * error
    return Paired(count, mean, mean - reach, mean + reach, float((differences > 0).mean()))
