"""Guesses of the music that vary as much as they should: a factor for each noise level, measured on real music.

A denoiser hedges, and a sampler that follows it hedges more from step to step: guesses vary less over time than the
music they stand for, and what is between is heard as a noise floor (exposure bias; Ning et al. 2024). A guess g that
is right in the mean has cov(g, x) = var(g), so its standard deviation is that of the music times its correlation with
it. What the correlation is at a level is measured on noised real music, what the sampler's guesses vary by there on its
own way down; the factor between the two is applied about the mean of each channel over the window.
`vem train dispersion` measures the factors, and they are kept with the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor


class LevelFactor(NamedTuple):
    """By how much guesses at a noise level are stretched."""

    sigma: float  # 0..1
    factor: float


class Dispersion:
    """Stretches guesses (1, C, W) at a noise level; between measured levels by linear interpolation.

    Without any factor it leaves everything as it is.
    """

    def __init__(self, factors: Sequence[tuple[float, float]] = ()) -> None:
        self.factors = tuple(sorted(LevelFactor(*each) for each in factors))

    def factor(self, sigma: float) -> float:
        """How far a guess at that level is stretched."""
        if not self.factors:
            return 1.0
        levels, factors = np.array(self.factors).T
        return float(np.interp(sigma, levels, factors))

    def __call__(self, guess: Tensor, sigma: float) -> Tensor:
        """The guess (1, C, W), stretched about the mean of each channel."""
        factor = self.factor(sigma)
        if factor == 1:
            return guess
        mean = guess.mean(dim=-1, keepdim=True)
        return mean + factor * (guess - mean)


AS_GUESSED = Dispersion()
