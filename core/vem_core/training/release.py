"""From a training folder to a pipeline on disk, and from there to the registry of what ships."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from vem_core.models.adapter import TransitionBeatAdapter
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.base import WEIGHTS_FILE
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
from vem_core.models.registry import ModelEntry, describe_files
from vem_core.models.transformer import VemTransformer
from vem_core.models.vae import MusicVAE
from vem_core.models.vocoder import Vocoder


def assemble_pipeline(folder: Path, preset: str) -> VemPipeline:
    """The pipeline of a training folder's finished stages.

    Transformer and VAE must be there. An absent vocoder leaves Griffin-Lim, an absent adapter or aligner one that
    changes nothing. Raises ModelMissing, WeightsDamaged.
    """
    fresh = untrained_pipeline(preset)
    adapter, aligner, vocoder = folder / "adapter", folder / "aligner", folder / "vocoder"
    return VemPipeline(
        transformer=VemTransformer.from_pretrained(folder / "transformer"),
        adapter=TransitionBeatAdapter.from_pretrained(adapter) if _there(adapter) else fresh.adapter,
        vae=MusicVAE.from_pretrained(folder / "vae"),
        aligner=TransitionBeatAligner.from_pretrained(aligner) if _there(aligner) else fresh.aligner,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vocoder=Vocoder.from_pretrained(vocoder) if _there(vocoder) else None,
    )


def write_release(pipeline: VemPipeline, resources: Path, version: str) -> ModelEntry:
    """Save at half precision under `resources`/weights; the entry for the registry."""
    folder = f"weights/vem-mini-{version}"
    pipeline.save_pretrained(resources / folder, dtype=torch.float16)
    files = describe_files(resources / folder)
    return ModelEntry("vem-mini", version, "music", folder, files, "Apache-2.0", "cards/vem-mini.md")


def _there(folder: Path) -> bool:
    return (folder / WEIGHTS_FILE).is_file()
