"""The latent diffusion transformer: predicts the velocity of a rectified flow from noise to music.

    latents + lead sheet + score -> [ self-attention, scene-guided cross-attention, MLP ] x depth -> velocity

Three things steer each block: the noise level (adaptive layer norm, one table a block), the scene tokens (SG-CAtt, in
every `scene_every`-th block), and the transition-beat adapter (a scale and a shift per latent frame, eq. 10, applied to
what the self-attention reads). Positions are relative (rotary), so a window of a long timeline looks like any other.

Axes: B batch, L latent frames, D width, H heads, C latent channels, P features.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from einops import rearrange
from torch import Tensor, nn

from vem_core.models.adapter import ScaleShift, scale_and_shift
from vem_core.models.base import VemModel, plain_config
from vem_core.models.scene_attention import SceneGuidedCrossAttention, SceneTokens
from vem_core.models.scene_encoder import SceneCues, SceneEncoder
from vem_core.models.scenes import SceneIndex

__all__ = ["ConfigMixin", "ModelMixin", "VemTransformer", "flow_loss", "noised"]


Turns = tuple[Tensor, Tensor]
"""Cosine and sine of the rotary embedding's angles, (L, d / 2) each."""


class VemTransformer(VemModel):
    """v(x, sigma | scene, lead sheet, rhythm) with x = (1 - sigma) * latents + sigma * noise and v = noise - latents.

    A model of fewer `score_channels` than there are takes the first so many; 0, as before 0.4, none.
    `self_attention=False` leaves cross-attention as the only way from one latent to another: for tests.
    """

    @register_to_config
    def __init__(
        self,
        latent_channels: int = 64,
        lead_sheet_channels: int = 36,
        width: int = 256,
        depth: int = 8,
        heads: int = 4,
        scene_every: int = 2,
        mask_form: str = "additive",
        self_attention: bool = True,
        text_width: int = 384,
        visual_width: int = 16,
        overall_tokens: int = 3,
        score_channels: int = 0,
    ) -> None:
        super().__init__()
        self.scene = SceneEncoder(width, text_width, visual_width, overall_tokens)
        self.into = nn.Linear(latent_channels + lead_sheet_channels, width)
        self.score_into = ScoreReader(score_channels, width) if score_channels else None
        self.noise_level = nn.Sequential(nn.Linear(width // 2, width // 2), nn.SiLU())
        self.to_levels = nn.Linear(width // 2, 6 * width)
        self.layers = nn.ModuleList(
            Block(width, heads, mask_form if index % scene_every == 0 else None, self_attention)
            for index in range(depth)
        )
        self.out_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.out_level = nn.Linear(width // 2, 2 * width)
        self.out = nn.Linear(width, latent_channels)
        for tensor in self.out.parameters():
            nn.init.zeros_(tensor)

    def reading(self, score_channels: int) -> VemTransformer:
        """The same model with more channels of the score, to which it does not listen before it has learnt to."""
        wider = type(self).from_config({**plain_config(self), "score_channels": score_channels})
        weights = self.state_dict()
        if self.score_into is not None:
            more = score_channels - self.config.score_channels
            weights["score_into.down.weight"] = F.pad(weights["score_into.down.weight"], (0, more))
        wider.load_state_dict(wider.state_dict() | weights)
        return wider

    def encode_scene(
        self, cues: SceneCues, drop_overall: Tensor | None = None, drop_shots: Tensor | None = None
    ) -> SceneTokens:
        """Tokens for `forward`: made once, used at every step. `drop_*`: (B,) bool, for guidance."""
        keep = torch.zeros(cues.start_s.shape[0], dtype=torch.bool, device=cues.start_s.device)
        return self.scene(
            cues, keep if drop_overall is None else drop_overall, keep if drop_shots is None else drop_shots
        )

    def forward(
        self,
        latents: Tensor,
        sigma: Tensor,
        lead_sheet: Tensor,
        tokens: SceneTokens,
        index: SceneIndex,
        adapter: Sequence[ScaleShift] | None = None,
        strength: float = 1.0,
        score: Tensor | None = None,
    ) -> Tensor:
        """`latents`: (B, C, L) noised. `sigma`: (B,) in 0..1. `lead_sheet`, `score`: (B, P, L); no score is one that is
        not told. Returns v, (B, C, L)."""
        hidden = self.into(torch.cat([latents, lead_sheet], dim=1).transpose(1, 2))  # (B, L, D)
        if self.score_into is not None and score is not None:
            hidden = hidden + self.score_into(score[:, : self.config.score_channels].transpose(1, 2).to(latents))
        noise_level = self.noise_level(sinusoids(sigma, hidden.shape[-1] // 2))  # (B, D / 2)
        level = self.to_levels(noise_level)  # (B, 6 D)
        angles = rotations(hidden.shape[1], hidden.shape[-1] // self.config.heads, hidden.device)
        turns = (angles.cos(), angles.sin())
        for number, layer in enumerate(self.layers):
            steer = None if adapter is None or strength == 0 else adapter[number]
            hidden = layer(hidden, level, turns, tokens, index, steer, strength)
        shift, scale = self.out_level(noise_level)[:, None].chunk(2, dim=-1)  # (B, 1, D)
        return self.out(self.out_norm(hidden) * (1 + scale) + shift).transpose(1, 2)


class ScoreReader(nn.Module):
    """The score's many channels as few numbers, then as wide as the transformer; silent at first."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.down = nn.Linear(channels, width // 4, bias=False)
        self.up = nn.Linear(width // 4, width, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, score: Tensor) -> Tensor:
        """(B, L, P) to (B, L, D)."""
        return self.up(self.down(score))


class Block(nn.Module):
    """One layer of the transformer."""

    def __init__(self, width: int, heads: int, mask_form: str | None, self_attention: bool) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(6, width) * width**-0.5)
        self.attention_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.attention = SelfAttention(width, heads) if self_attention else None
        self.scene_norm = nn.LayerNorm(width) if mask_form else nn.Identity()
        self.scene_attention = SceneGuidedCrossAttention(width, heads, mask_form) if mask_form else None
        self.mlp_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(
        self,
        hidden: Tensor,
        level: Tensor,
        turns: Turns,
        tokens: SceneTokens,
        index: SceneIndex,
        steer: ScaleShift | None,
        strength: float,
    ) -> Tensor:
        """`hidden`: (B, L, D). `level`: (B, 6 D), what the noise level says to every block."""
        modulation = self.table + rearrange(level, "b (n d) -> b n d", n=6)
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = modulation[:, :, None].unbind(1)  # (B, 1, D)
        if self.attention is not None:
            read = self.attention_norm(hidden) * (1 + scale_a) + shift_a
            hidden = hidden + gate_a * self.attention(_steered(read, steer, strength), turns)
        if self.scene_attention is not None:
            hidden = hidden + self.scene_attention(self.scene_norm(hidden), tokens, index)
        read = self.mlp_norm(hidden) * (1 + scale_m) + shift_m
        return hidden + gate_m * self.mlp(_steered(read, steer, strength))


def _steered(read: Tensor, steer: ScaleShift | None, strength: float) -> Tensor:
    return read if steer is None else scale_and_shift(read, steer, strength)


class SelfAttention(nn.Module):
    """Multi-head self-attention over latent frames, with rotary positions (Su et al. 2021)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.to_out = nn.Linear(width, width)

    def forward(self, hidden: Tensor, turns: Turns) -> Tensor:
        """(B, L, D) to (B, L, D)."""
        query, key, value = rearrange(self.to_qkv(hidden), "b l (n h d) -> n b h l d", n=3, h=self.heads)
        mixed = F.scaled_dot_product_attention(rotate(query, turns), rotate(key, turns), value)
        return self.to_out(rearrange(mixed, "b h l d -> b l (h d)"))


def sinusoids(values: Tensor, width: int) -> Tensor:
    """(B,) values in 0..1 to (B, width) sines and cosines of geometrically spaced frequencies up to 1000 turns."""
    frequencies = torch.exp(torch.arange(width // 2, device=values.device) * (math.log(1000.0) / (width // 2 - 1)))
    angle = values[:, None] * frequencies
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


def rotations(length: int, head_width: int, device: torch.device) -> Tensor:
    """(length, head_width / 2) angles of the rotary embedding."""
    frequencies = 10_000.0 ** (-torch.arange(0, head_width, 2, device=device) / head_width)
    return torch.arange(length, device=device)[:, None] * frequencies


def rotate(heads: Tensor, turns: Turns) -> Tensor:
    """(B, H, L, d) with each pair of channels turned by its angle."""
    first, second = heads.chunk(2, dim=-1)
    cosine, sine = (part.to(heads) for part in turns)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


def noised(latents: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """The point at `sigma` (B,) on the straight line from latents (0) to noise (1), (B, C, L)."""
    at = sigma[:, None, None]
    return (1 - at) * latents + at * noise


def flow_loss(velocity: Tensor, latents: Tensor, noise: Tensor) -> Tensor:
    """Rectified flow's objective (Liu et al. 2022): mean squared error from noise - latents."""
    return F.mse_loss(velocity, noise - latents)
