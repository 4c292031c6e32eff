"""From choices and marks to a ranking: Bradley-Terry strengths, and how far raters agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 500
_CLOSE = 1e-10
PRIOR_WINS = 0.1
"""That each system is given over each other, so that one that never wins still has a strength."""


def bradley_terry(wins: NDArray[np.floating]) -> NDArray[np.float64]:
    """Strengths of systems, sum 1, from `wins[i, j]`: how often i was taken over j. P(i over j) = p_i / (p_i + p_j).

    Source: Bradley and Terry 1952; fitted by Hunter 2004's MM steps.
    """
    counts = np.asarray(wins, float) + PRIOR_WINS
    np.fill_diagonal(counts, 0)
    met, won = counts + counts.T, counts.sum(axis=1)
    strengths = np.full(len(counts), 1 / len(counts))
    for _ in range(_ROUNDS):
        before = strengths
        strengths = won / (met / (before[:, None] + before[None, :])).sum(axis=1)
        strengths /= strengths.sum()
        if np.abs(strengths - before).max() < _CLOSE:
            break
    return strengths


def krippendorff_alpha(ratings: Sequence[Mapping[str, float]], *, nominal: bool = False) -> float:
    """How far raters agree: 1 fully, 0 as by chance, below 0 less; nan where no thing was rated by two.

    `ratings` holds for each thing the marks by rater. Marks differ by their squared difference, choices (`nominal`) by
    being others. Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability".
    """
    units = [np.array(list(unit.values()), float) for unit in ratings if len(unit) > 1]
    if not units:
        return float("nan")
    every = np.concatenate(units)
    expected = _disagreement(every, nominal) / (len(every) - 1)
    observed = sum(_disagreement(unit, nominal) / (len(unit) - 1) for unit in units)
    return float(1 - observed / expected) if expected > 0 else float("nan")


def _disagreement(values: NDArray[np.float64], nominal: bool) -> float:
    differences = np.subtract.outer(values, values)
    return float((differences != 0).sum() if nominal else np.square(differences).sum())
