"""Which shots each latent hears, and how much of each: eq. 7 of the paper, without its T x S table.

Latents are cells of 40 ms; a cut seldom falls between two of them, a dissolve covers many, and a shot can be shorter
than one. So a latent's shots are shares rather than a yes or no: shot i's presence at an instant is 1 inside it, falls
linearly to 0 over a dissolve, and a cell takes its mean presence. The shares of a cell sum to 1 by construction. With
cuts on cell edges and no dissolves they are exactly the paper's mask.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.errors import ContractError

Floats = NDArray[np.float64]


class SceneIndex(NamedTuple):
    """The shots that each latent hears: a few slots per latent instead of a column per shot."""

    shots: Tensor  # (B, L, M) int64: index of the shot in each slot
    log_share: Tensor  # (B, L, M): log of its share of the latent; -inf where the slot is empty

    def window(self, first: int, last_excl: int) -> SceneIndex:
        """The same for the latents [first, last_excl)."""
        return SceneIndex(self.shots[:, first:last_excl], self.log_share[:, first:last_excl])


def scene_index(starts_latents: Floats, dissolves_latents: Floats, latents: int) -> SceneIndex:
    """The index of one timeline (B = 1).

    `starts_latents`: (N,) where each shot begins, in latents, rising from 0; `dissolves_latents`: (N,) the length of
    the dissolve centred there (the first is ignored). Memory grows with `latents` + N. Raises ContractError for no
    shots or starts that go back.
    """
    starts = np.asarray(starts_latents, dtype=np.float64)
    if len(starts) == 0 or latents <= 0:
        raise ContractError("a timeline needs at least one shot and one latent frame")
    if starts[0] != 0 or np.any(np.diff(starts) < 0) or not np.all(np.isfinite(starts)):
        raise ContractError("shots must begin at 0 and follow each other in time")
    half = np.asarray(dissolves_latents, dtype=np.float64)[1:] / 2
    # Dissolves that run into each other keep their order, so that no share can become negative.
    opens = np.maximum.accumulate(starts[1:] - half)
    closes = np.maximum.accumulate(starts[1:] + half)
    cells = np.arange(latents)
    first = np.searchsorted(closes, cells, side="right")
    last = np.searchsorted(opens, cells + 1, side="left")
    slots = int((last - first).max()) + 1
    shots = np.minimum(first[:, None] + np.arange(slots), last[:, None])
    share = _arrived(shots, cells, opens, closes) - _arrived(shots + 1, cells, opens, closes)
    share[first[:, None] + np.arange(slots) > last[:, None]] = 0.0
    with np.errstate(divide="ignore"):
        log_share = np.log(np.where(share > 1e-6, share, 0.0))
    return SceneIndex(torch.from_numpy(shots)[None], torch.from_numpy(log_share).float()[None])


def _arrived(shot: NDArray[np.int64], cells: NDArray[np.int64], opens: Floats, closes: Floats) -> Floats:
    """Mean over each cell of how far the timeline has come into `shot` or beyond: 1 for the first shot."""
    if len(opens) == 0:
        return np.where(shot == 0, 1.0, 0.0)
    boundary = np.clip(shot - 1, 0, len(opens) - 1)
    begin, end = opens[boundary], closes[boundary]
    low = cells[:, None].astype(np.float64)
    high: Floats = low + 1.0
    passed = _ramp_area(high, begin, end) - _ramp_area(low, begin, end)
    return np.where(shot == 0, 1.0, np.where(shot > len(opens), 0.0, passed))


def _ramp_area(until: Floats, begin: Floats, end: Floats) -> Floats:
    """Area up to `until` under a ramp from 0 at `begin` to 1 at `end` that stays at 1."""
    length = end - begin
    inside = np.clip(until - begin, 0.0, length)
    rising = np.divide(inside**2, 2 * length, out=np.zeros_like(inside), where=length > 0)
    return rising + np.maximum(until - end, 0.0)


def shot_shares(index: SceneIndex, shots: int) -> Tensor:
    """The index as a dense table (B, L, shots) of shares: for tests, ablations and pictures only."""
    batch, latents, _ = index.shots.shape
    table = index.log_share.new_zeros(batch, latents, shots)
    return table.scatter_add_(2, index.shots, index.log_share.exp())
