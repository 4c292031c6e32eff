"""The vocoder: coded spectrogram frames to sound, by ConvNeXt blocks and an inverse Fourier head (Vocos, Siuzdak 2023).

It predicts, for left and right together, the amplitude and phase of every bin of a short-time spectrum at the
spectrogram's own frame rate, and overlap-adds it: no upsampling layers, so it costs a few million operations a frame.

It sees no phase, and alike frames give alike pieces: a held tone comes out on multiples of the frame rate, 100 Hz.
`docs/records/training-log.md` says what that does to music, and why no weights of it ship.
"""

from __future__ import annotations

import math

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from einops import rearrange
from torch import Tensor, nn

from vem_core.models.base import VemModel
from vem_core.models.chunks import apply_in_chunks
from vem_core.models.convnext import convnext_stack, stack_reach
from vem_core.models.spectrogram import HOP_SAMPLES, mid_side, overlap_add

__all__ = ["ConfigMixin", "ModelMixin", "Vocoder", "spectral_loss"]

CHUNK_FRAMES = 1024
LOUDEST_LOG = 7.0


class Vocoder(VemModel):
    """(B, bands, F) coded spectrogram to (B, 2, 480 F) left and right."""

    hann: Tensor

    @register_to_config
    def __init__(
        self, bands: int = 398, width: int = 256, blocks: int = 6, expansion: int = 3, window: int = 1920
    ) -> None:
        super().__init__()
        self.into = nn.Conv1d(bands, width, kernel_size=7, padding=3)
        self.into_norm = nn.LayerNorm(width)
        self.stack = convnext_stack(width, blocks, expansion)
        self.out_norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 2 * 2 * (window // 2 + 1))
        self.register_buffer("hann", torch.hann_window(window), persistent=False)

    @property
    def reach_frames(self) -> int:
        """Frames on either side that a frame's sound depends on: the convolutions', and the overlap of the windows."""
        overlap = math.ceil(self.config.window / HOP_SAMPLES)
        return 3 + stack_reach(self.config.blocks) + overlap

    def forward(self, coded: Tensor) -> Tensor:
        """All at once; see `render` for long signals."""
        hidden = self.into_norm(self.into(coded).transpose(1, 2)).transpose(1, 2)
        hidden = self.out_norm(self.stack(hidden).transpose(1, 2))
        predicted = rearrange(self.head(hidden), "b f (c s k) -> s (b c) k f", c=2, s=2)
        # A full-scale sine reads 480 here, as mid 680; the ceiling keeps an early, wild guess finite.
        amplitude = predicted[0].clamp_max(LOUDEST_LOG).exp()
        sound = overlap_add(torch.polar(amplitude, predicted[1]), self.hann)
        return mid_side(rearrange(sound, "(b c) t -> b c t", c=2))

    def render(self, coded: Tensor, chunk_frames: int = CHUNK_FRAMES) -> Tensor:
        """The same sound as `forward`, in chunks without seams."""
        return apply_in_chunks(self, coded, chunk=chunk_frames, reach=self.reach_frames, ratio=(1, HOP_SAMPLES))


def spectral_loss(made: Tensor, real: Tensor, windows: tuple[int, ...] = (4096, 2048, 1024, 512, 256)) -> Tensor:
    """Distance of two sounds (B, 2, T) over several short-time spectra of left, right, mid and side.

    Per window the sum of spectral convergence and mean absolute log difference (Yamamoto et al. 2020), averaged.
    """
    both = torch.stack([made, real])
    channels = rearrange(torch.cat([both, mid_side(both)], dim=2), "s b c t -> s (b c) t")
    terms = [_one_window(channels[0], channels[1], window) for window in windows]
    return torch.stack(terms).mean()


def _one_window(made: Tensor, real: Tensor, window: int) -> Tensor:
    shape = torch.hann_window(window, device=made.device, dtype=made.dtype)
    spectra = [
        torch.stft(part, window, window // 4, window=shape, center=True, return_complex=True).abs().clamp_min(1e-5)
        for part in (made, real)
    ]
    convergence = (spectra[1] - spectra[0]).norm() / spectra[1].norm().clamp_min(1e-3)
    return convergence + (spectra[1].log() - spectra[0].log()).abs().mean()
