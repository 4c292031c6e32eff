"""Scene-guided cross-attention (SG-CAtt, VeM section 2.2): each latent sees its own shots.

The softmax runs over the shots of the latent alone, in one of two ways that give the same: `dense_attention` masks a
table of latents and shots, which is the faster one for as few shots as a window mostly has; `gather_attention` fetches
for every latent the keys of its few shots, so that memory grows with latents + shots. `product_attention` is eq. 8 as
printed, where a 0/1 mask multiplies the logits *before* the softmax: a logit of 0 is not -inf, and 41, 66, 82 and 90 %
of the attention goes to other shots for 2, 4, 8 and 16 shots. It is kept as an ablation (`mask_form="product"`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor, nn

from vem_core.models.scenes import SceneIndex, shot_shares

MOST_DENSE_SHOTS = 48
"""Up to which a table is faster than fetching: four keys a shot, against 192 to 256 of a window's self-attention."""


class SceneTokens(NamedTuple):
    """What can be attended to."""

    overall: Tensor  # (B, G, D): global cues
    shots: Tensor  # (B, N, K, D): each shot's cues

    def window(self, index: SceneIndex) -> tuple[SceneTokens, SceneIndex]:
        """Only the shots that `index` names, renumbered: the cost of a window does not grow with the timeline."""
        heard = index.log_share > -math.inf
        first = int(index.shots[heard].min())
        last = int(index.shots[heard].max())
        renumbered = (index.shots - first).clamp(0, last - first)
        return SceneTokens(self.overall, self.shots[:, first : last + 1]), SceneIndex(renumbered, index.log_share)


def additive_attention(
    queries: Tensor,
    overall: tuple[Tensor, Tensor],
    shots: tuple[Tensor, Tensor],
    index: SceneIndex,
) -> Tensor:
    """softmax(Q K^T / sqrt(d) + log share) V over the global tokens and the latent's own shots.

    `queries`: (B, H, L, d). `overall`: keys and values (B, H, G, d). `shots`: keys and values (B, N, K, H, d).
    Returns (B, H, L, d).
    """
    attend = dense_attention if shots[0].shape[1] <= MOST_DENSE_SHOTS else gather_attention
    return attend(queries, overall, shots, index)


def dense_attention(
    queries: Tensor,
    overall: tuple[Tensor, Tensor],
    shots: tuple[Tensor, Tensor],
    index: SceneIndex,
) -> Tensor:
    """`additive_attention` by a table of latents and tokens, in which other shots count -inf."""
    keys, values = _all_tokens(overall, shots)
    bias = repeat(shot_shares(index, shots[0].shape[1]).log(), "b l n -> b 1 l (n k)", k=shots[0].shape[2])
    bias = F.pad(bias, (overall[0].shape[2], 0))
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias.to(queries))


def gather_attention(
    queries: Tensor,
    overall: tuple[Tensor, Tensor],
    shots: tuple[Tensor, Tensor],
    index: SceneIndex,
) -> Tensor:
    """`additive_attention` by the keys of each latent's own shots, whatever their number."""
    scale = 1.0 / math.sqrt(queries.shape[-1])
    to_overall = torch.einsum("bhld,bhgd->bhlg", queries, overall[0]) * scale
    keys, values = (_fetch(part, index.shots) for part in shots)  # (B, L, M, K, H, d)
    to_shots = torch.einsum("bhld,blmkhd->bhlmk", queries, keys) * scale
    to_shots = to_shots + index.log_share[:, None, :, :, None]
    logits = torch.cat([to_overall, rearrange(to_shots, "b h l m k -> b h l (m k)")], dim=-1)
    attention = logits.softmax(dim=-1)
    from_overall, from_shots = attention.split([to_overall.shape[-1], logits.shape[-1] - to_overall.shape[-1]], dim=-1)
    from_shots = rearrange(from_shots, "b h l (m k) -> b h l m k", m=index.shots.shape[-1])
    return torch.einsum("bhlg,bhgd->bhld", from_overall, overall[1]) + torch.einsum(
        "bhlmk,blmkhd->bhld", from_shots, values
    )


def _fetch(part: Tensor, shots: Tensor) -> Tensor:
    batch = torch.arange(part.shape[0], device=part.device)[:, None, None]
    return part[batch, shots]


def product_attention(
    queries: Tensor,
    overall: tuple[Tensor, Tensor],
    shots: tuple[Tensor, Tensor],
    index: SceneIndex,
) -> Tensor:
    """Eq. 8 as printed: softmax(sMask * Q K^T / sqrt(d)) V over the tokens of all shots. Same shapes as above."""
    keys, values = _all_tokens(overall, shots)
    mask = repeat(shot_shares(index, shots[0].shape[1]), "b l n -> b 1 l (n k)", k=shots[0].shape[2])
    mask = torch.cat([mask.new_ones(*mask.shape[:3], overall[0].shape[2]), mask], dim=-1)
    logits = queries @ keys.transpose(-1, -2) / math.sqrt(queries.shape[-1])
    return (mask * logits).softmax(dim=-1) @ values


def _all_tokens(overall: tuple[Tensor, Tensor], shots: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Keys and values of the global tokens and of every shot's: (B, H, G + N K, d) each."""
    keys, values = (
        torch.cat([part, rearrange(of_shots, "b n k h d -> b h (n k) d")], dim=2)
        for part, of_shots in zip(overall, shots, strict=True)
    )
    return keys, values


class SceneGuidedCrossAttention(nn.Module):
    """Multi-head cross-attention from latents to scene tokens.

    `mask_form`: "additive", or "product" for the paper's printed form.
    """

    def __init__(self, width: int, heads: int, mask_form: str = "additive") -> None:
        super().__init__()
        self.heads = heads
        self.attend = {"additive": additive_attention, "product": product_attention}[mask_form]
        self.to_query = nn.Linear(width, width, bias=False)
        self.to_key_value = nn.Linear(width, 2 * width, bias=False)
        self.to_out = nn.Linear(width, width)

    def forward(self, latents: Tensor, tokens: SceneTokens, index: SceneIndex) -> Tensor:
        """`latents`: (B, L, D). Returns (B, L, D)."""
        queries = rearrange(self.to_query(latents), "b l (h d) -> b h l d", h=self.heads)
        overall = self.to_key_value(tokens.overall).chunk(2, dim=-1)
        shots = self.to_key_value(tokens.shots).chunk(2, dim=-1)
        heard = self.attend(
            queries,
            tuple(rearrange(part, "b g (h d) -> b h g d", h=self.heads) for part in overall),
            tuple(rearrange(part, "b n k (h d) -> b n k h d", h=self.heads) for part in shots),
            index,
        )
        return self.to_out(rearrange(heard, "b h l d -> b l (h d)"))
