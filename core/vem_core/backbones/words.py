"""Words for each shot, heard by its own latents (SG-CAtt): a log-share bias on the shot's complete prompt.

Every shot's prompt is encoded by itself, as the backbone was trained on it, and the prompts stand one after the other.
The logarithm of a shot's share of a latent is added to the attention's logits of its tokens: where all shots say the
same the network gives what it gives to one prompt, and a shot's latents never attend to another shot's words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

EVERYBODY = -1
"""The shot of tokens that all latents hear."""


@dataclasses.dataclass(frozen=True)
class TokenSet:
    """Tokens that a network attends to: (1, S, D), the shot of each (S,), and which are padding (1, S), if any are."""

    tokens: Tensor
    shots: Tensor
    mask: Tensor | None = None

    def heard_by(self, shares: Tensor) -> TokenSet:
        """Only what some latent hears, by the shots' shares (L, N)."""
        heard = torch.cat([shares.sum(0) > 0, torch.ones(1, dtype=torch.bool, device=shares.device)])  # -1 is last
        kept = heard[self.shots]
        if bool(kept.all()):
            return self
        return TokenSet(self.tokens[:, kept], self.shots[kept], None if self.mask is None else self.mask[:, kept])


@dataclasses.dataclass(frozen=True)
class Words:
    """What a backbone was told: its token sets by name, and what it takes as one vector."""

    sets: Mapping[str, TokenSet]
    pooled: Tensor | None = None
    nothing: Words | None = None  # what guidance goes away from; None: the model takes none

    def heard_by(self, shares: Tensor) -> Words:
        """Only the words that some latent hears."""
        return dataclasses.replace(self, sets={name: each.heard_by(shares) for name, each in self.sets.items()})


def join_sets(parts: list[TokenSet]) -> TokenSet:
    """Token sets one after the other."""
    mask = None if parts[0].mask is None else torch.cat([_mask_of(part) for part in parts], dim=1)
    return TokenSet(torch.cat([part.tokens for part in parts], 1), torch.cat([part.shots for part in parts]), mask)


def said_in(shot: int, tokens: Tensor, mask: Tensor | None = None) -> TokenSet:
    """Tokens (1, S, D) that one shot's latents hear (EVERYBODY: all do)."""
    return TokenSet(tokens, torch.full((tokens.shape[1],), shot, device=tokens.device), mask)


def shares_for(shares: Tensor, queries: int) -> Tensor:
    """Shares (L, N) of shots in latents, at a network's own number of tokens: (queries, N), the mean of each one's."""
    latents = shares.shape[0]
    if queries == latents:
        return shares
    if latents % queries:  # a network pads its last token
        whole = -(-latents // queries) * queries
        shares = torch.cat([shares, shares[-1:].expand(whole - latents, -1)])
    return F.adaptive_avg_pool1d(shares.T[None], queries)[0].T


def share_bias(shares: Tensor, shots: Tensor, before: int = 0) -> Tensor:
    """(before + Q, S): the logarithm of the share (Q, N) of each token's shot (S,); 0 for what everybody hears.

    `before` tokens that belong to no time come first in a network's queries: they hear the mean of all.
    """
    if before:
        shares = torch.cat([shares.mean(0, keepdim=True).expand(before, -1), shares])
    heard = shares[:, shots.clamp_min(0)]
    return torch.where(shots == EVERYBODY, torch.ones_like(heard), heard).log()


def _mask_of(part: TokenSet) -> Tensor:
    assert part.mask is not None
    return part.mask
