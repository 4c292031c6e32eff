"""The transition-beat aligner (VeM section 2.3): which cuts should music hit?

A small ResNet(2+1)D (Tran et al. 2018) looks at the frames around a cut: every spatial convolution is followed by one
over time. It gives a probability that the cut coincides with a beat, and the features before it, which the adapter
takes.
"""

from __future__ import annotations

import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from vem_core.models.aligner_network import AlignerOutput, aligner_layers, look_at_strips
from vem_core.models.base import VemModel

__all__ = ["AlignerOutput", "ConfigMixin", "ModelMixin", "TransitionBeatAligner", "aligner_loss"]


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
        self.stem: nn.Module
        self.blocks: nn.Module
        self.to_features: nn.Linear
        self.to_logit: nn.Linear
        for name, layer in aligner_layers(widths, feature_width).items():
            self.add_module(name, layer)

    def forward(self, strips: Tensor) -> AlignerOutput:
        """What the class says."""
        return look_at_strips(self, strips)


def aligner_loss(logits: Tensor, hits: Tensor, positive_weight: float = 1.0) -> Tensor:
    """Binary cross-entropy, eq. 9. `hits`: (N,) 1 where the cut coincides with a beat, the paper's f_v AND f_m."""
    weight = logits.new_tensor(positive_weight)
    return F.binary_cross_entropy_with_logits(logits, hits.to(logits.dtype), pos_weight=weight)
