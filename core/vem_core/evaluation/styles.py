"""Telling styles from the sound alone: a logistic regression on the statistics of short stretches of the spectrogram.

It learns from real renders. What it says of a stretch before the softmax is the embedding in which Fréchet distances
are taken: thirteen numbers that are about style and little else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from vem_core.audio.features import Spectrogram

Array = NDArray[np.float64]

STRETCH_FRAMES = 500  # five seconds
_LAGS = tuple(range(20, 125, 3))  # frames: 300 to 48 BPM
_RIDGE = 3e-3


def stretch_features(sound: Spectrogram) -> Array:
    """What a classifier hears of each five seconds, (stretches, features): bands, their spread, rises and pulse."""
    rows = []
    for start in range(0, len(sound.bands) - STRETCH_FRAMES + 1, STRETCH_FRAMES // 2):
        bands = sound.bands[start : start + STRETCH_FRAMES]
        rises = np.maximum(np.diff(bands, axis=0), 0)
        level = max(float(bands.mean()), 1e-9)
        pulse = [_pulse(part.sum(axis=1)) for part in np.array_split(rises, 3, axis=1)]
        rows.append(
            np.concatenate([bands.mean(axis=0) / level, bands.std(axis=0) / level, rises.mean(axis=0) / level, *pulse])
        )
    return np.stack(rows)


def _pulse(rises: Array) -> Array:
    """The autocorrelation of a curve of attacks at the lags of beats and their parts."""
    centred = rises - rises.mean()
    power = max(float(centred @ centred), 1e-12)
    return np.array([centred[lag:] @ centred[:-lag] / power for lag in _LAGS])


@dataclass(frozen=True)
class StyleClassifier:
    """Weights of the regression. `mean` and `spread`: (features,). `weights`: (features + 1, styles)."""

    mean: Array
    spread: Array
    weights: Array

    @classmethod
    def fit(cls, pieces: Sequence[Sequence[Array]]) -> StyleClassifier:
        """Learn from the stretch features of the pieces of each style, in order of the styles."""
        features = np.concatenate([piece for style in pieces for piece in style])
        labels = np.concatenate([np.full(len(piece), style) for style, ones in enumerate(pieces) for piece in ones])
        mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
        return cls(mean, spread, _fit((features - mean) / spread, labels, len(pieces)))

    def embed(self, stretches: Array) -> Array:
        """(stretches, styles): the scores before the softmax."""
        return np.asarray(_with_one((stretches - self.mean) / self.spread) @ self.weights)

    def name(self, stretches: Array) -> int:
        """The style of a piece: the likeliest over all its stretches."""
        return int(_log_shares(self.embed(stretches)).mean(axis=0).argmax())


def tell_apart(train: Sequence[Sequence[Array]], test: Sequence[Sequence[Array]]) -> NDArray[np.int64]:
    """Learn styles from the stretches of some pieces and name others: how often which is called what, (true, said)."""
    classifier = StyleClassifier.fit(train)
    confusion = np.zeros((len(train), len(train)), np.int64)
    for style, pieces in enumerate(test):
        for piece in pieces:
            confusion[style, classifier.name(piece)] += 1
    return confusion


def frechet_distance(one: Array, other: Array) -> float:
    """Between two sets of embeddings (N, D) as Gaussians (Dowson and Landau 1982)."""
    mean = np.square(one.mean(axis=0) - other.mean(axis=0)).sum()
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    # The root of the product has the eigenvalues of a symmetric matrix, which stays real whatever the rounding; a
    # covariance of few pieces is singular, and its own root is taken by its eigenvalues for that.
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ second @ root), 0)).sum()
    return float(max(mean + np.trace(first) + np.trace(second) - 2 * cross, 0.0))


def _fit(features: Array, labels: NDArray[np.int64], styles: int) -> Array:
    """Multinomial logistic regression with a ridge, (features + 1, styles)."""
    inputs, wanted = _with_one(features), np.eye(styles)[labels]
    shape = (inputs.shape[1], styles)

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(shape)
        logs = _log_shares(inputs @ weights)
        gradient = inputs.T @ (np.exp(logs) - wanted) / len(inputs) + 2 * _RIDGE * weights
        return float(-(wanted * logs).sum() / len(inputs) + _RIDGE * np.square(weights).sum()), gradient.ravel()

    found = scipy.optimize.minimize(
        loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200}
    )
    return np.asarray(found.x).reshape(shape)


def _with_one(features: Array) -> Array:
    return np.concatenate([features, np.ones((len(features), 1))], axis=1)


def _log_shares(scores: Array) -> Array:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
