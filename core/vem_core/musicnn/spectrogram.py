"""musicnn's input: 96 log-mel bands at 16 kHz, cut into patches of three seconds."""

from __future__ import annotations

import functools

import numpy as np
import soxr
import torch
from torch import Tensor

SAMPLE_RATE_HZ = 16_000
WINDOW_SAMPLES = 512
HOP_SAMPLES = 256
MEL_BANDS = 96
PATCH_FRAMES = 187  # 3 s


def log_mel(sound: np.ndarray, sample_rate_hz: int) -> Tensor:
    """Log-mel bands (T, 96) of a sound (channels, samples), mixed to mono.

    Power spectrogram, Hann window, frames centred with zeros beyond the ends, Slaney's mel filters of equal area. The
    original casts the bands to half precision before the logarithm; so does this.
    """
    mono = soxr.resample(sound.mean(axis=0), sample_rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    spectrum = torch.stft(
        torch.as_tensor(np.ascontiguousarray(mono, dtype=np.float32)),
        WINDOW_SAMPLES,
        HOP_SAMPLES,
        window=torch.hann_window(WINDOW_SAMPLES),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )  # frequencies, T
    bands = spectrum.abs().square().T @ _mel_filters()
    return torch.log10(10_000 * bands.half().float() + 1)


def patches(bands: Tensor) -> Tensor:
    """Whole patches (B, 187, 96) one after the other; what is left at the end is not heard."""
    count = bands.shape[0] // PATCH_FRAMES
    return bands[: count * PATCH_FRAMES].reshape(count, PATCH_FRAMES, bands.shape[1])


@functools.cache  # one small constant table
def _mel_filters() -> Tensor:
    from transformers.audio_utils import mel_filter_bank

    filters = mel_filter_bank(
        num_frequency_bins=WINDOW_SAMPLES // 2 + 1,
        num_mel_filters=MEL_BANDS,
        min_frequency=0.0,
        max_frequency=SAMPLE_RATE_HZ / 2,
        sampling_rate=SAMPLE_RATE_HZ,
        norm="slaney",
        mel_scale="slaney",
    )
    return torch.as_tensor(filters, dtype=torch.float32)  # frequencies, mel bands
