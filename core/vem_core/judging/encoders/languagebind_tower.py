"""LanguageBind's tower: a CLIP vision transformer with attention over time before the attention over space.

Source: Zhu et al. 2024 and its code, PKU-YuanGroup/LanguageBind (MIT), languagebind/video/modeling_video.py. Names of
parts are those of its weights. Axes: B clips, T frames, N patches with the class token, D width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class TowerConfig:
    """Sizes of a tower."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    patch_size: int
    projection_dim: int
    positions: int  # patches of a picture and the class token
    num_frames: int = 1
    add_time_attn: bool = False
    hidden_act: str = "gelu"  # or "quick_gelu"
    layer_norm_eps: float = 1e-5


class Tower(nn.Module):
    """Pictures (B, T, 3, height, width) to vectors (B, projection)."""

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.vision_model = _Transformer(config)
        self.visual_projection = nn.Linear(config.hidden_size, config.projection_dim, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        projected: Tensor = self.visual_projection(self.vision_model(pictures))
        return projected


class _Transformer(nn.Module):
    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.embeddings = _Embeddings(config)
        self.pre_layrnorm = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)  # spelt so in the weights
        self.encoder = _Encoder(config)
        self.post_layernorm = nn.LayerNorm(config.hidden_size, config.layer_norm_eps)

    def forward(self, pictures: Tensor) -> Tensor:
        frames = pictures.shape[1]
        hidden = self.pre_layrnorm(self.embeddings(rearrange(pictures, "b t c h w -> (b t) c h w")))  # (B T) N D
        for layer in self.encoder.layers:
            hidden = layer(hidden, frames)
        pooled = self.post_layernorm(hidden[:, 0])  # the class token
        return rearrange(pooled, "(b t) d -> b t d", t=frames).mean(dim=1)


class _Embeddings(nn.Module):
    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.randn(config.hidden_size))
        self.patch_embedding = nn.Conv2d(3, config.hidden_size, config.patch_size, config.patch_size, bias=False)
        self.position_embedding = nn.Embedding(config.positions, config.hidden_size)

    def forward(self, pictures: Tensor) -> Tensor:
        patches = rearrange(self.patch_embedding(pictures), "b d h w -> b (h w) d")
        token = self.class_embedding.expand(len(patches), 1, -1)
        return torch.cat([token, patches], dim=1) + self.position_embedding.weight


class _Encoder(nn.Module):
    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))


class _Layer(nn.Module):
    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.self_attn = _Attention(width, config.num_attention_heads)
        self.layer_norm1 = nn.LayerNorm(width, eps)
        self.mlp = _Mlp(config)
        self.layer_norm2 = nn.LayerNorm(width, eps)
        self.add_time_attn = config.add_time_attn
        if config.add_time_attn:
            self.temporal_embedding = nn.Parameter(torch.randn(1, config.num_frames, width) * width**-0.5)
            self.temporal_attn = _Attention(width, config.num_attention_heads)
            self.temporal_layer_norm1 = nn.LayerNorm(width, eps)

    def forward(self, hidden: Tensor, frames: int) -> Tensor:
        if self.add_time_attn:
            patches = hidden.shape[1]
            over_time = rearrange(hidden, "(b t) n d -> (b n) t d", t=frames)
            if frames > 1:
                over_time = over_time + self.temporal_embedding[:, :frames]
            over_time = over_time + self.temporal_attn(self.temporal_layer_norm1(over_time))
            hidden = rearrange(over_time, "(b n) t d -> (b t) n d", n=patches)
        hidden = hidden + self.self_attn(self.layer_norm1(hidden))
        out: Tensor = hidden + self.mlp(self.layer_norm2(hidden))
        return out


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(4))

    def forward(self, hidden: Tensor) -> Tensor:
        query, key, value = (
            rearrange(project(hidden), "b n (h d) -> b h n d", h=self.heads)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        attended = F.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.out_proj(rearrange(attended, "b h n d -> b n (h d)"))
        return out


class _Mlp(nn.Module):
    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.fc1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = nn.Linear(config.intermediate_size, config.hidden_size)
        self.quick = config.hidden_act == "quick_gelu"

    def forward(self, hidden: Tensor) -> Tensor:
        inner = self.fc1(hidden)
        out: Tensor = self.fc2(inner * torch.sigmoid(1.702 * inner) if self.quick else F.gelu(inner))
        return out
