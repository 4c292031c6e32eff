"""How far one set of sounds lies from another, in an embedding that was trained on real music.

Sets are arrays (sounds, width). Both distances are 0 for two sets from one source, in the mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

Embeddings = NDArray[np.floating]


class Interval(NamedTuple):
    """A figure with the interval that holds 95 % of its bootstrap."""

    value: float
    low: float
    high: float


def kernel_distance(ours: Embeddings, reference: Embeddings) -> float:
    """Squared maximum mean discrepancy with a Gaussian kernel, unbiased: it can be a little below 0.

    The kernel is as wide as the median distance within the reference. Needs two sounds a side.
    Source: Gretton et al. 2012, eq. 3; for music Chung et al. 2025 (KAD), which leaves the bias out as well.
    """
    width = float(np.median(pdist(reference))) or 1.0
    within_ours, within_reference = (_kernel(side, side, width) for side in (ours, reference))
    return float(
        _mean_off_diagonal(within_ours)
        + _mean_off_diagonal(within_reference)
        - 2 * _kernel(ours, reference, width).mean()
    )


def frechet_distance(ours: Embeddings, reference: Embeddings) -> float:
    """Fréchet distance of the two Gaussians that fit best, at least 0; biased upwards for few sounds.

    Source: Kilgour et al. 2019 (FAD).
    """
    return Gaussian.of(reference).frechet_distance(ours)


class Gaussian(NamedTuple):
    """The Gaussian that fits a set best, ready to be compared with many others."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]  # covariance
    root: NDArray[np.float64]  # its square root

    @classmethod
    def of(cls, side: Embeddings) -> Gaussian:
        """Of embeddings (sounds, width), two at least."""
        spread = np.asarray(np.cov(side, rowvar=False), np.float64)
        values, vectors = np.linalg.eigh(spread)
        return cls(side.mean(axis=0), spread, (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)

    def frechet_distance(self, other: Embeddings) -> float:
        """To the Gaussian of another set, at least 0."""
        mean, spread = other.mean(axis=0), np.cov(other, rowvar=False)
        # the root of the product has the eigenvalues of this symmetric matrix, which stays real whatever the rounding
        shared = np.sqrt(np.maximum(np.linalg.eigvalsh(self.root @ spread @ self.root), 0)).sum()
        distance = np.square(self.mean - mean).sum() + np.trace(self.spread + spread) - 2 * shared
        return float(max(distance, 0.0))


def with_interval(
    distance: Callable[[Embeddings, Embeddings], float],
    ours: Embeddings,
    reference: Embeddings,
    *,
    draws: int = 200,
    seed: int = 0,
) -> Interval:
    """A distance with its 95 % interval over subsets of half of each side, drawn without repetition.

    A bootstrap with repetition would count a sound as its own neighbour, which an unbiased distance must not; half
    samples vary as whole ones drawn anew do (Politis, Romano and Wolf 1999).
    """
    random = np.random.default_rng(seed)

    def half(side: Embeddings) -> Embeddings:
        return side[random.permutation(len(side))[: max(2, len(side) // 2)]]

    value = distance(ours, reference)
    drawn = [distance(half(ours), half(reference)) for _ in range(draws)]
    low, high = np.quantile(drawn, (0.025, 0.975)) - np.mean(drawn)
    return Interval(value, value + float(low), value + float(high))


def _kernel(one: Embeddings, other: Embeddings, width: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-cdist(one, other, "sqeuclidean") / (2 * width**2)))


def _mean_off_diagonal(kernel: NDArray[np.float64]) -> float:
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))
