"""How well probabilities tell two kinds apart, and whether they mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.stats
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """The cases whose probability lies between two tenths."""

    count: int
    said: float  # mean probability
    came_true: float  # share that was true


@dataclass(frozen=True)
class ProbabilityFigures:
    """Probabilities against what was true."""

    count: int
    share_true: float
    auc: float
    brier: float  # mean squared error; a constant guess has share_true * (1 - share_true)
    calibration_error: float  # mean distance of said from came true over the bins, by count
    bins: tuple[ReliabilityBin, ...]


def judge_probabilities(probabilities: Floats, truths: Truths) -> ProbabilityFigures:
    """All figures at once. Bins without cases are left out."""
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    bins = tuple(
        ReliabilityBin(int(inside.sum()), float(probabilities[inside].mean()), float(truths[inside].mean()))
        for inside in (places == place for place in range(BINS))
        if inside.any()
    )
    error = sum(bin_.count * abs(bin_.said - bin_.came_true) for bin_ in bins) / len(truths)
    return ProbabilityFigures(
        len(truths),
        float(truths.mean()),
        area_under_curve(probabilities, truths),
        float(np.square(probabilities - truths).mean()),
        float(error),
        bins,
    )


def area_under_curve(scores: Floats, truths: Truths) -> float:
    """The chance that a true case has a higher score than a false one, ties counting half; nan for one kind only."""
    true, false = int(truths.sum()), int((~truths).sum())
    if not true or not false:
        return float("nan")
    ranks = scipy.stats.rankdata(scores)
    return float((ranks[truths].sum() - true * (true + 1) / 2) / (true * false))


def fit_scaling(logits: Floats, truths: Truths) -> tuple[float, float]:
    """(slope, shift) that make sigmoid(slope * logit + shift) likeliest for what was true (Platt 1999).

    The slope is one over what Guo et al. 2017 call the temperature.
    """

    def loss(pair: Floats) -> float:
        scaled = np.exp(pair[0]) * logits + pair[1]
        return float(np.mean(np.logaddexp(0, np.where(truths, -scaled, scaled))))

    found = scipy.optimize.minimize(loss, np.zeros(2), method="Nelder-Mead")
    return float(np.exp(found.x[0])), float(found.x[1])
