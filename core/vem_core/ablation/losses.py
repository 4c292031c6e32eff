"""How well each arm knows the held-out pieces: its loss on their real latents, before anything is sampled.

It sees far smaller differences than music that was sampled: every latent frame counts, and the noise is the same.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.pipeline import VemPipeline
from vem_core.models.sampling import Conditions
from vem_core.models.spectrogram import Spectrogram
from vem_core.models.transformer import flow_loss, noised
from vem_core.models.vae import MusicVAE

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Of noise, 0..1."""


@torch.inference_mode()
def latents_of(vae: MusicVAE, sound: Audio) -> Tensor:
    """The latents (1, C, L) of a sound (2, T), filled up with silence to a whole latent."""
    padded = torch.nn.functional.pad(torch.from_numpy(sound), (0, -sound.shape[1] % SAMPLES_PER_LATENT))[None]
    return vae.encode_latents(Spectrogram().to(vae.device)(padded.to(vae.device)))


@torch.inference_mode()
def piece_loss(pipeline: VemPipeline, conditions: Conditions, latents: Tensor, *, adapter: bool, seed: int) -> float:
    """The mean over `LEVELS` of the flow's loss on a piece's latents (1, C, L); noise is drawn from `seed`."""
    transformer, generator = pipeline.transformer, torch.Generator().manual_seed(seed)
    tokens = transformer.encode_scene(conditions.scene)
    steer = pipeline.adapter(conditions.frames.stacked()) if adapter else None
    losses = []
    for level in LEVELS:
        noise = torch.randn(latents.shape, generator=generator).to(latents)
        sigma = torch.full((1,), level, device=latents.device)
        velocity = transformer(
            noised(latents, noise, sigma),
            sigma,
            conditions.frames.lead_sheet,
            tokens,
            conditions.shots,
            steer,
            score=conditions.frames.score,
        )
        losses.append(float(flow_loss(velocity, latents, noise)))
    return float(np.mean(losses))
