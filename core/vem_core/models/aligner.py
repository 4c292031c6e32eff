"""The transition-beat aligner (VeM section 2.3): which cuts should music hit?

A small ResNet(2+1)D (Tran et al. 2018) looks at the frames around a cut: every spatial convolution is followed by one
over time. It gives a probability that the cut coincides with a beat, and the features before it, which the adapter
takes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from vem_core.models.base import VemModel

__all__ = ["AlignerOutput", "ConfigMixin", "ModelMixin", "TransitionBeatAligner", "aligner_loss"]


class AlignerOutput(NamedTuple):
    """`logits`: (N,), a cut's log odds of coinciding with a beat. `features`: (N, A)."""

    logits: Tensor
    features: Tensor


class Conv2Plus1d(nn.Sequential):
    """A k x 3 x 3 convolution as 1 x 3 x 3, then 3 x 1 x 1, with as many weights as the whole would have."""

    def __init__(self, into: int, out: int, stride: int) -> None:
        middle = (3 * 9 * into * out) // (9 * into + 3 * out)
        super().__init__(
            nn.Conv3d(into, middle, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
            nn.GroupNorm(1, middle),
            nn.ReLU(),
            nn.Conv3d(middle, out, (3, 1, 1), padding=(1, 0, 0), bias=False),
            nn.GroupNorm(1, out),
        )


class ResidualBlock(nn.Module):
    """Two (2+1)D convolutions beside a shortcut. `stride` shrinks height and width; time keeps its length."""

    def __init__(self, into: int, out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(Conv2Plus1d(into, out, stride), nn.ReLU(), Conv2Plus1d(out, out, 1))
        same = into == out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Conv3d(into, out, 1, (1, stride, stride), bias=False)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, C, T, H, W) to (N, C', T, H / stride, W / stride)."""
        return F.relu(self.body(frames) + self.shortcut(frames))


class TransitionBeatAligner(VemModel):
    """(N, 3, T, H, W) strips of frames around cuts, RGB in 0..1, to one probability per cut and its features.

    T is `strip_frames`, half of them before the cut; H and W are `size`.
    """

    @register_to_config
    def __init__(
        self,
        strip_frames: int = 8,
        size: tuple[int, int] = (56, 56),
        widths: tuple[int, ...] = (12, 24, 48),
        feature_width: int = 32,
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(Conv2Plus1d(3, widths[0], stride=2), nn.ReLU())
        sizes = [widths[0], *widths]
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(into, out, stride=1 if index == 0 else 2)
                for index, (into, out) in enumerate(zip(sizes, widths, strict=False))
            )
        )
        self.to_features = nn.Linear(2 * widths[-1], feature_width)
        self.to_logit = nn.Linear(feature_width, 1)

    def forward(self, strips: Tensor) -> AlignerOutput:
        """What the class says. Before and after the cut are pooled apart: the cut's direction matters."""
        maps = self.blocks(self.stem(strips * 2.0 - 1.0)).mean(dim=(3, 4))  # (N, D, T)
        half = maps.shape[2] // 2
        pooled = torch.cat([maps[:, :, :half].mean(2), maps[:, :, half:].mean(2)], dim=1)
        features = F.silu(self.to_features(pooled))
        return AlignerOutput(self.to_logit(features)[:, 0], features)


def aligner_loss(logits: Tensor, hits: Tensor, positive_weight: float = 1.0) -> Tensor:
    """Binary cross-entropy, eq. 9. `hits`: (N,) 1 where the cut coincides with a beat, the paper's f_v AND f_m."""
    weight = logits.new_tensor(positive_weight)
    return F.binary_cross_entropy_with_logits(logits, hits.to(logits.dtype), pos_weight=weight)
