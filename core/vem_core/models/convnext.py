"""ConvNeXt blocks over time (Liu et al. 2022, in the one-dimensional form of Vocos, Siuzdak 2023).

Normalisation is per frame, never over time, so that the output at a frame depends on `reach` frames on either side and
on nothing else: what makes exact chunking possible.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

KERNEL = 7


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution over time, then an MLP over channels, added to the input."""

    def __init__(self, width: int, expansion: int, initial_scale: float) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, expansion * width)
        self.narrow = nn.Linear(expansion * width, width)
        self.scale = nn.Parameter(torch.full((width,), initial_scale))

    def forward(self, frames: Tensor) -> Tensor:
        """(B, D, F) to (B, D, F)."""
        hidden = self.norm(self.depthwise(frames).transpose(1, 2))
        hidden = self.narrow(nn.functional.gelu(self.widen(hidden)))
        return frames + (self.scale * hidden).transpose(1, 2)


def convnext_stack(width: int, blocks: int, expansion: int = 3) -> nn.Sequential:
    """`blocks` blocks one after the other; reaches `blocks * 3` frames to either side."""
    return nn.Sequential(*(ConvNeXtBlock(width, expansion, initial_scale=1.0 / max(1, blocks)) for _ in range(blocks)))


def stack_reach(blocks: int) -> int:
    """Frames on either side that a stack looks at."""
    return blocks * (KERNEL // 2)
