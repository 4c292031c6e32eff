"""The transition-beat adapter (VeM section 2.3, eq. 10): z <- z + strength * (gamma * z + beta), per latent frame.

Gamma and beta come from the aligner's features and the plan's, through convolutions whose last layer starts at zero: a
fresh adapter changes nothing, and strength 0 changes nothing ever.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from einops import rearrange
from torch import Tensor, nn

from vem_core.models.base import VemModel

__all__ = ["ConfigMixin", "ModelMixin", "ScaleShift", "TransitionBeatAdapter", "scale_and_shift", "spread_over_latents"]


class ScaleShift(NamedTuple):
    """One block's gamma and beta, (B, L, D) each."""

    scale: Tensor
    shift: Tensor


def scale_and_shift(latents: Tensor, by: ScaleShift, strength: float | Tensor) -> Tensor:
    """Eq. 10 with a knob. `latents`: (B, L, D). `strength`: 0..1, or (B, 1, 1)."""
    return latents + strength * (by.scale * latents + by.shift)


class TransitionBeatAdapter(VemModel):
    """Scale and shift of every block for every latent frame, from features at the latent rate.

    `width` and `depth` are the transformer's.
    """

    @register_to_config
    def __init__(self, features: int = 85, hidden: int = 128, width: int = 256, depth: int = 8) -> None:
        super().__init__()
        self.into = nn.Conv1d(features, hidden, kernel_size=3, padding=1)
        self.middle = nn.Conv1d(hidden, hidden, kernel_size=3, padding=1)
        self.out = nn.Conv1d(hidden, depth * 2 * width, kernel_size=1)
        for tensor in self.out.parameters():
            nn.init.zeros_(tensor)

    def forward(self, features: Tensor) -> list[ScaleShift]:
        """`features`: (B, P, L). Returns one ScaleShift per block."""
        hidden = F.silu(self.into(features))
        hidden = hidden + F.silu(self.middle(hidden))
        # A convolution of one latent is a product, which the CPU does two to three times as fast.
        made = F.linear(hidden.transpose(1, 2), self.out.weight[..., 0], self.out.bias)  # (B, L, 2 D x depth)
        both = rearrange(made, "b l (n s d) -> n s b l d", n=self.config.depth, s=2)
        return [ScaleShift(scale, shift) for scale, shift in both.unbind(0)]


def spread_over_latents(values: Tensor, positions_latents: Tensor, latents: int, reach: float = 6.0) -> Tensor:
    """Features that belong to instants, interpolated to the latent rate.

    `values`: (N, A), `positions_latents`: (N,) in latents. Each value fades linearly to nothing within `reach` latents
    of its instant, measured from the cells' middles. Returns (A, latents).
    """
    middles = torch.arange(latents, dtype=values.dtype) + 0.5
    out = values.new_zeros(values.shape[1], latents)
    for value, position in zip(values, positions_latents.tolist(), strict=True):
        first, last_excl = max(0, int(position - reach)), min(latents, int(position + reach) + 1)
        fade = (1.0 - (middles[first:last_excl] - position).abs() / reach).clamp_min(0.0)
        out[:, first:last_excl] += value[:, None] * fade
    return out
