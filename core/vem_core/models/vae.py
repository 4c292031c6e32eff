"""The music VAE: four spectrogram frames of two channels to one latent frame of 64 numbers, 25 a second, and back.

It codes the spectrogram alone. Phases are the vocoder's affair, which is trained on its own and can be improved without
retraining what generates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from einops import rearrange
from torch import Tensor, nn

from vem_core.models.base import VemModel
from vem_core.models.chunks import apply_in_chunks, each_chunk
from vem_core.models.convnext import convnext_stack, stack_reach
from vem_core.models.spectrogram import FRAMES_PER_LATENT

__all__ = ["ConfigMixin", "ModelMixin", "MusicVAE", "Posterior", "vae_loss"]

CHUNK_LATENTS = 256


class Posterior(NamedTuple):
    """q(z | spectrogram): a diagonal Gaussian, (B, C, L) each."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """The latent that standard normal `noise` of the same shape stands for."""
        return self.mean + torch.exp(0.5 * self.log_variance) * noise


class MusicVAE(VemModel):
    """A ConvNeXt autoencoder over coded spectrograms (B, bands, F), `bands` counting mid's and side's together.

    `encode_latents` and `decode_latents` work on latents scaled to about unit variance per channel, which is what the
    diffusion model sees; `latent_mean` and `latent_std` are measured after training (`measure_latents`).
    """

    latent_mean: Tensor
    latent_std: Tensor

    @register_to_config
    def __init__(
        self,
        bands: int = 398,
        latent_channels: int = 64,
        width: int = 256,
        encoder_blocks: int = 3,
        decoder_blocks: int = 4,
        expansion: int = 2,
    ) -> None:
        super().__init__()
        patch = FRAMES_PER_LATENT * bands
        self.into = nn.Linear(patch, width)
        self.encoder = convnext_stack(width, encoder_blocks, expansion)
        self.to_posterior = nn.Linear(width, 2 * latent_channels)
        self.from_latent = nn.Linear(latent_channels, width)
        self.decoder = convnext_stack(width, decoder_blocks, expansion)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, patch)
        self.register_buffer("latent_mean", torch.zeros(latent_channels, 1))
        self.register_buffer("latent_std", torch.ones(latent_channels, 1))

    def posterior(self, coded: Tensor) -> Posterior:
        """(B, bands, F), F a multiple of 4, to the posterior over (B, C, F / 4)."""
        patches = rearrange(coded, "b k (l p) -> b l (k p)", p=FRAMES_PER_LATENT)
        hidden = self.encoder(self.into(patches).transpose(1, 2))
        mean, log_variance = self.to_posterior(hidden.transpose(1, 2)).transpose(1, 2).chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(-20.0, 4.0))

    def reconstruct(self, latents: Tensor) -> Tensor:
        """(B, C, L) unscaled latents to a coded spectrogram (B, bands, 4 L)."""
        hidden = self.decoder(self.from_latent(latents.transpose(1, 2)).transpose(1, 2))
        patches = self.out(self.norm(hidden.transpose(1, 2)))
        return rearrange(patches, "b l (k p) -> b k (l p)", p=FRAMES_PER_LATENT)

    def encode_latents(self, coded: Tensor, chunk_latents: int = CHUNK_LATENTS) -> Tensor:
        """(B, bands, F) to scaled latents (B, C, F / 4): posterior means, in chunks without seams."""
        reach = FRAMES_PER_LATENT * stack_reach(self.config.encoder_blocks)
        means = apply_in_chunks(
            lambda part: self.posterior(part).mean,
            coded,
            chunk=chunk_latents * FRAMES_PER_LATENT,
            reach=reach,
            ratio=(FRAMES_PER_LATENT, 1),
        )
        return (means - self.latent_mean) / self.latent_std

    def decode_latents(self, latents: Tensor, chunk_latents: int = CHUNK_LATENTS) -> Tensor:
        """Scaled latents (B, C, L) to a coded spectrogram (B, bands, 4 L), in chunks without seams."""
        return torch.cat(list(self.decode_pieces(latents, chunk_latents)), dim=-1)

    def decode_pieces(self, latents: Tensor, chunk_latents: int = CHUNK_LATENTS) -> Iterator[Tensor]:
        """The chunks of `decode_latents`, one at a time."""
        yield from each_chunk(
            self.reconstruct,
            latents * self.latent_std + self.latent_mean,
            chunk=chunk_latents,
            reach=stack_reach(self.config.decoder_blocks),
            ratio=(1, FRAMES_PER_LATENT),
        )

    def measure_latents(self, means: Tensor) -> None:
        """Set the scaling from posterior means (B, C, L) of training data."""
        self.latent_mean.copy_(means.mean(dim=(0, 2))[:, None])
        self.latent_std.copy_(means.std(dim=(0, 2))[:, None].clamp_min(1e-3))


def vae_loss(reconstruction: Tensor, coded: Tensor, posterior: Posterior, kl_weight: float) -> Tensor:
    """Mean absolute plus mean squared error of the coded spectrogram, and the KL divergence from N(0, 1) per latent
    value.

    The absolute error keeps quiet bands from drowning; a step of 1 is 50 dB.
    """
    error = F.l1_loss(reconstruction, coded) + F.mse_loss(reconstruction, coded)
    return error + kl_weight * kl_divergence(posterior)


def kl_divergence(posterior: Posterior) -> Tensor:
    """Mean KL(q || N(0, 1)) over all latent values, in nats (Kingma and Welling 2014, appendix B)."""
    mean, log_variance = posterior
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).mean()
