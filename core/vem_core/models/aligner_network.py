"""The layers of the transition-beat aligner, to be asked without waiting seconds for diffusers."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple, Protocol, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vem_core.models.weights_file import WEIGHTS_FILE, damaged, fill, unpack_weights

CLASS_NAME = "TransitionBeatAligner"


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


class AlignerLayers(Protocol):
    """A module that has the layers."""

    stem: nn.Module
    blocks: nn.Module
    to_features: nn.Linear
    to_logit: nn.Linear


def aligner_layers(widths: tuple[int, ...], feature_width: int) -> dict[str, nn.Module]:
    """The layers by the names that weights files know them by."""
    sizes = [widths[0], *widths]
    blocks = (
        ResidualBlock(into, out, stride=1 if index == 0 else 2)
        for index, (into, out) in enumerate(itertools.pairwise(sizes))
    )
    return {
        "stem": nn.Sequential(Conv2Plus1d(3, widths[0], stride=2), nn.ReLU()),
        "blocks": nn.Sequential(*blocks),
        "to_features": nn.Linear(2 * widths[-1], feature_width),
        "to_logit": nn.Linear(feature_width, 1),
    }


def look_at_strips(layers: AlignerLayers, strips: Tensor) -> AlignerOutput:
    """(N, 3, T, H, W) strips, RGB in 0..1, as a module with those layers sees them.

    Before and after the cut are pooled apart: the cut's direction matters.
    """
    maps = layers.blocks(layers.stem(strips * 2.0 - 1.0)).mean(dim=(3, 4))  # (N, D, T)
    half = maps.shape[2] // 2
    pooled = torch.cat([maps[:, :, :half].mean(2), maps[:, :, half:].mean(2)], dim=1)
    features = F.silu(layers.to_features(pooled))
    return AlignerOutput(layers.to_logit(features)[:, 0], features)


class AlignerNetwork(nn.Module):
    """The aligner of a weights file, to be asked only. It looks at strips of `strip_frames` frames of `size`."""

    def __init__(self, strip_frames: int, size: tuple[int, int], widths: tuple[int, ...], feature_width: int) -> None:
        super().__init__()
        self.strip_frames, self.size = strip_frames, (size[0], size[1])
        self.stem: nn.Module
        self.blocks: nn.Module
        self.to_features: nn.Linear
        self.to_logit: nn.Linear
        for name, layer in aligner_layers(tuple(widths), feature_width).items():
            self.add_module(name, layer)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The aligner that `TransitionBeatAligner` saved in a folder. Raises OSError, WeightsDamaged."""
        path = folder / WEIGHTS_FILE
        header, tensors = unpack_weights(path.read_bytes(), path)
        if header.class_name != CLASS_NAME:
            raise damaged(path, "class", f"it holds a {header.class_name}, not a {CLASS_NAME}")
        network = cls(**header.config)
        fill(network, tensors, path)
        return network.eval()

    def forward(self, strips: Tensor) -> AlignerOutput:
        """(N, 3, T, H, W) strips around cuts, RGB in 0..1, to one log odds per cut and its features."""
        return look_at_strips(self, strips)
