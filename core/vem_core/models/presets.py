"""Sizes of the pipeline by name. A preset has random weights until it is trained or loaded."""

from __future__ import annotations

from collections.abc import Callable

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from vem_core.contract.errors import ModelMissing
from vem_core.models.adapter import TransitionBeatAdapter
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.features import LEAD_SHEET_CHANNELS, RHYTHM_CHANNELS
from vem_core.models.pipeline import VemPipeline
from vem_core.models.score import SCORE_CHANNELS
from vem_core.models.spectrogram import Spectrogram
from vem_core.models.transformer import VemTransformer
from vem_core.models.vae import MusicVAE
from vem_core.models.vocoder import Vocoder

_TOLD = {"lead_sheet_channels": len(LEAD_SHEET_CHANNELS), "score_channels": len(SCORE_CHANNELS)}


def mini() -> VemPipeline:
    """vem-mini: 15.7 M parameters, 31 MB at half precision, made to be trained and run on two CPU cores."""
    aligner, transformer = TransitionBeatAligner(), VemTransformer(**_TOLD)
    bands = 2 * Spectrogram().bands
    return VemPipeline(
        transformer=transformer,
        adapter=_adapter(transformer, aligner, hidden=128),
        vae=MusicVAE(bands=bands),
        aligner=aligner,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vocoder=Vocoder(bands=bands),
    )


def base() -> VemPipeline:
    """vem-base: 89 M parameters, for those who train on a GPU; nothing of this size ships."""
    aligner = TransitionBeatAligner()
    transformer = VemTransformer(**_TOLD, width=640, depth=12, heads=10)
    bands = 2 * Spectrogram().bands
    return VemPipeline(
        transformer=transformer,
        adapter=_adapter(transformer, aligner, hidden=192),
        vae=MusicVAE(bands=bands, width=384),
        aligner=aligner,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vocoder=Vocoder(bands=bands, width=384),
    )


def small() -> VemPipeline:
    """A transformer of 0.3 M parameters between mini's VAE and aligner: for experiments that take minutes, not hours.

    `vem ablate` compares its arms on it, with the VAE and aligner of a trained model (`--codec-of`).
    """
    aligner = TransitionBeatAligner()
    transformer = VemTransformer(**_TOLD, width=64, depth=4, heads=2)
    bands = 2 * Spectrogram().bands
    return VemPipeline(
        transformer=transformer,
        adapter=_adapter(transformer, aligner, hidden=64),
        vae=MusicVAE(bands=bands),
        aligner=aligner,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vocoder=Vocoder(bands=bands),
    )


def tiny() -> VemPipeline:
    """Thousands of parameters: the same parts and the same loader, for tests without a GPU or a network."""
    aligner = TransitionBeatAligner(size=(28, 28), widths=(4, 8), feature_width=8)
    transformer = VemTransformer(latent_channels=8, **_TOLD, width=32, depth=2, heads=2)
    bands = 2 * Spectrogram().bands
    return VemPipeline(
        transformer=transformer,
        adapter=_adapter(transformer, aligner, hidden=8),
        vae=MusicVAE(bands=bands, latent_channels=8, width=16, encoder_blocks=1, decoder_blocks=1),
        aligner=aligner,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vocoder=Vocoder(bands=bands, width=16, blocks=1),
    )


def _adapter(transformer: VemTransformer, aligner: TransitionBeatAligner, hidden: int) -> TransitionBeatAdapter:
    features = len(LEAD_SHEET_CHANNELS) + len(RHYTHM_CHANNELS) + aligner.config.feature_width
    return TransitionBeatAdapter(features, hidden, transformer.config.width, transformer.config.depth)


_PRESETS: dict[str, Callable[[], VemPipeline]] = {"mini": mini, "small": small, "tiny": tiny, "base": base}


def untrained_pipeline(preset: str, seed: int = 0) -> VemPipeline:
    """A pipeline as training begins with it, its weights drawn from `seed`. Raises ModelMissing for an unknown
    preset."""
    if preset not in _PRESETS:
        raise ModelMissing(f"There is no preset {preset!r}; there are: {', '.join(_PRESETS)}.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _PRESETS[preset]()


def random_pipeline(preset: str, seed: int = 0) -> VemPipeline:
    """The same in evaluation mode, with random weights also where training starts at zero, so that every part has an
    effect."""
    pipeline = untrained_pipeline(preset, seed)
    generator = torch.Generator().manual_seed(seed)
    for last in (pipeline.transformer.out, pipeline.transformer.score_into.up, pipeline.adapter.out):
        torch.nn.init.normal_(last.weight, std=0.02, generator=generator)
    for module in pipeline.components.values():
        if isinstance(module, torch.nn.Module):
            module.eval()
    return pipeline
