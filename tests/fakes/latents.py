"""Random conditions for the music model, with the shapes that a real timeline's would have."""

from __future__ import annotations

import numpy as np
import torch

from vem_core.models.features import LEAD_SHEET_CHANNELS, RHYTHM_CHANNELS, FrameCues
from vem_core.models.sampling import Conditions
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import scene_index
from vem_core.models.score import SCORE_CHANNELS


def random_conditions(
    latents: int, shots: int, text_width: int, visual_width: int, aligner_width: int, seed: int = 0
) -> Conditions:
    """Conditions of a timeline whose shots divide it evenly."""
    random = torch.Generator().manual_seed(seed)
    starts = np.linspace(0, latents, shots, endpoint=False)
    scene = SceneCues(
        torch.randn(1, 3, text_width, generator=random),
        torch.randn(1, shots, text_width, generator=random),
        torch.randn(1, shots, visual_width, generator=random),
        torch.ones(1, shots, dtype=torch.bool),
        torch.from_numpy(starts / 25).float()[None],
        torch.full((1, shots), latents / 25 / shots),
    )
    frames = FrameCues(
        torch.randn(1, len(LEAD_SHEET_CHANNELS), latents, generator=random),
        torch.randn(1, len(RHYTHM_CHANNELS), latents, generator=random),
        torch.randn(1, aligner_width, latents, generator=random),
        torch.rand(1, len(SCORE_CHANNELS), latents, generator=random),
    )
    return Conditions(scene, scene_index(starts, np.zeros(shots), latents), frames)
