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
    means = [side.mean(axis=0) for side in (ours, reference)]
    spreads = [np.cov(side, rowvar=False) for side in (ours, reference)]
    # the trace of the product's square root, through its eigenvalues: fewer sounds than dimensions make it singular
    shared = np.sqrt(np.maximum(np.linalg.eigvals(spreads[0] @ spreads[1]).real, 0)).sum()
    distance = np.square(means[0] - means[1]).sum() + np.trace(spreads[0] + spreads[1]) - 2 * shared
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
