"""EfficientNet-Lite0: a small image network, as far as it takes to tell ImageNet's thousand classes.

Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks" (ICML 2019), in the form without
squeeze-and-excitation and with ReLU6 of tensorflow/tpu, models/official/efficientnet/lite (Apache-2.0).
Axes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = 1_000
SIDE = 224
"""Height and width of the pictures that it was trained on."""

_EPSILON = 1e-3  # of batch norms, TensorFlow's
_MEAN, _SPREAD = 127.0 / 255, 128.0 / 255
_STEM, _HEAD = 32, 1_280


class Stage(NamedTuple):
    blocks: int
    kernel: int
    stride: int
    widening: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class _SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow does: the odd pixel at the end."""

    def __init__(self, into: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(into, out, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # (B, C, H, W) -> (B, C', ceil(H / stride), ceil(W / stride))
        pads: list[int] = []
        for size in reversed(x.shape[-2:]):
            needed = max((-(-size // self.stride[0]) - 1) * self.stride[0] + self.kernel_size[0] - size, 0)
            pads += [needed // 2, needed - needed // 2]
        return super().forward(F.pad(x, pads) if any(pads) else x)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON)


class _Block(nn.Module):
    """A mobile inverted bottleneck: widen, filter each channel, narrow."""

    def __init__(self, into: int, stage: Stage, stride: int) -> None:
        super().__init__()
        wide = into * stage.widening
        if stage.widening > 1:
            self.expand_conv, self.bn0 = _SameConv(into, wide, 1), _norm(wide)
        self.depthwise_conv, self.bn1 = _SameConv(wide, wide, stage.kernel, stride, groups=wide), _norm(wide)
        self.project_conv, self.bn2 = _SameConv(wide, stage.channels, 1), _norm(stage.channels)
        self.widens, self.adds = stage.widening > 1, stride == 1 and into == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self.bn0(self.expand_conv(x))) if self.widens else x
        y = F.relu6(self.bn1(self.depthwise_conv(y)))
        y = self.bn2(self.project_conv(y))
        return x + y if self.adds else y


class EfficientNetLite0(nn.Module):
    """Pictures (B, 3, H, W), RGB in 0..1, to log-odds of ImageNet's classes (B, 1000)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem, self.bn0 = _SameConv(3, _STEM, 3, 2), _norm(_STEM)
        self.blocks = nn.Sequential(*_blocks())
        self.conv_head, self.bn1 = _SameConv(STAGES[-1].channels, _HEAD, 1), _norm(_HEAD)
        self.fc = nn.Linear(_HEAD, CLASSES)

    def forward(self, pictures: Tensor) -> Tensor:
        x = F.relu6(self.bn0(self.conv_stem((pictures - _MEAN) / _SPREAD)))  # (B, 32, H/2, W/2)
        x = F.relu6(self.bn1(self.conv_head(self.blocks(x))))  # (B, 1280, H/32, W/32)
        logits: Tensor = self.fc(x.mean((2, 3)))
        return logits


def _blocks() -> Iterator[_Block]:
    into = _STEM
    for stage in STAGES:
        for number in range(stage.blocks):
            yield _Block(into, stage, stage.stride if number == 0 else 1)
            into = stage.channels


def network_of(tensors: Mapping[str, np.ndarray]) -> EfficientNetLite0:
    """The network with a checkpoint's tensors, whose names begin every part with an underscore.

    Raises RuntimeError for names or shapes that are not the network's.
    """
    network = EfficientNetLite0()
    state = {".".join(part.lstrip("_") for part in name.split(".")): torch.from_numpy(values.copy())
             for name, values in tensors.items()}  # fmt: skip
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)
