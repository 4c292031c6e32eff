"""musicnn's network: a musically motivated front end, three dense layers in time, and temporal pooling.

Source: Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging" (ISMIR 2019).
Axes: B patches, T frames of the spectrogram, M mel bands, C channels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MEL_BANDS = 96
TAGS = 50
EMBEDDING_WIDTH = 200
BATCH_NORM_EPSILON = 1e-3  # TensorFlow's default; torch's is 1e-5

_TIMBRAL = ((7, 38), (7, 67))  # (frames, mel bands) of the kernels that see a stretch of the spectrum
_TEMPORAL = (128, 64, 32)  # frames of the kernels that see one band over time
_TIMBRAL_CHANNELS, _TEMPORAL_CHANNELS, _MIDDLE_CHANNELS = 204, 51, 64
_FRONT_CHANNELS = len(_TIMBRAL) * _TIMBRAL_CHANNELS + len(_TEMPORAL) * _TEMPORAL_CHANNELS
_POOLED = 2 * (_FRONT_CHANNELS + 3 * _MIDDLE_CHANNELS)


class Heard(NamedTuple):
    """What the network makes of patches of sound."""

    tags: Tensor  # (B, 50), each 0..1
    embedding: Tensor  # (B, 200), the layer before the tags


class Musicnn(nn.Module):
    """Log-mel patches (B, T, 96) to tags and an embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = _norm2d(1)
        self.timbral = nn.ModuleList(nn.Conv2d(1, _TIMBRAL_CHANNELS, kernel) for kernel in _TIMBRAL)
        self.timbral_norm = nn.ModuleList(_norm2d(_TIMBRAL_CHANNELS) for _ in _TIMBRAL)
        self.temporal = nn.ModuleList(nn.Conv2d(1, _TEMPORAL_CHANNELS, (frames, 1)) for frames in _TEMPORAL)
        self.temporal_norm = nn.ModuleList(_norm2d(_TEMPORAL_CHANNELS) for _ in _TEMPORAL)
        widths = (_FRONT_CHANNELS, _MIDDLE_CHANNELS, _MIDDLE_CHANNELS)
        self.middle = nn.ModuleList(nn.Conv1d(width, _MIDDLE_CHANNELS, 7, padding=3) for width in widths)
        self.middle_norm = nn.ModuleList(_norm1d(_MIDDLE_CHANNELS) for _ in widths)
        self.pooled_norm = _norm1d(_POOLED)
        self.dense = nn.Linear(_POOLED, EMBEDDING_WIDTH)
        self.dense_norm = _norm1d(EMBEDDING_WIDTH)
        self.output = nn.Linear(EMBEDDING_WIDTH, TAGS)

    def forward(self, patches: Tensor) -> Heard:
        front = self._front_end(self.normalise(patches.unsqueeze(1)))  # B C T
        first = self._middle(0, front)
        second = self._middle(1, first) + first
        third = self._middle(2, second) + second
        features = torch.cat([front, first, second, third], dim=1)
        pooled = torch.stack([features.amax(dim=2), features.mean(dim=2)], dim=2).flatten(1)  # B 2C, interleaved
        embedding = self.dense_norm(F.relu(self.dense(self.pooled_norm(pooled))))
        return Heard(torch.sigmoid(self.output(embedding)), embedding)

    def _front_end(self, spectrogram: Tensor) -> Tensor:
        """Channels over time, each the loudest response of its kernel over the mel bands: (B, 1, T, M) to (B, C, T)."""
        responses = []
        padded = F.pad(spectrogram, (0, 0, 3, 3))  # in time only
        for convolve, norm in zip(self.timbral, self.timbral_norm, strict=True):
            responses.append(norm(F.relu(convolve(padded))).amax(dim=3))
        for convolve, norm, frames in zip(self.temporal, self.temporal_norm, _TEMPORAL, strict=True):
            # TensorFlow's "same": of an even kernel's padding the smaller half comes first
            padded = F.pad(spectrogram, (0, 0, (frames - 1) // 2, frames // 2))
            responses.append(norm(F.relu(convolve(padded))).amax(dim=3))
        return torch.cat(responses, dim=1)

    def _middle(self, layer: int, features: Tensor) -> Tensor:
        activated: Tensor = self.middle_norm[layer](F.relu(self.middle[layer](features)))
        return activated


def _norm1d(channels: int) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(channels, eps=BATCH_NORM_EPSILON)


def _norm2d(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=BATCH_NORM_EPSILON)
