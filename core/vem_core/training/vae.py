"""`vem train vae`: the music VAE on the corpus's spectrograms. First of the paper's stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vem_core.contract.command import Command
from vem_core.models.spectrogram import FRAMES_PER_LATENT
from vem_core.models.vae import MusicVAE, vae_loss
from vem_core.training.loop import Report, Schedule, train
from vem_core.training.music_corpus import draw_spans, kept_example, read_span
from vem_core.training.music_stage import MusicStage, stage_command

SCHEDULE = Schedule(6_000, 1e-3)


@dataclass(frozen=True)
class VaeTraining:
    """How the VAE is trained."""

    schedule: Schedule = SCHEDULE
    clips: int = 16  # a step
    clip_latents: int = 64
    kl_weight: float = 2e-4
    seed: int = 0


def train_vae(vae: MusicVAE, paths: Sequence[Path], training: VaeTraining, state: Path | None, report: Report) -> None:
    """Train in place, then measure the scale of the latents."""

    def loss_of_step(step: int) -> Tensor:
        coded = draw_coded(paths, step, training.seed, training.clips, training.clip_latents)
        posterior = vae.posterior(coded)
        noise = torch.randn_like(posterior.mean)
        return vae_loss(vae.reconstruct(posterior.sample(noise)), coded, posterior, training.kl_weight)

    train(vae, loss_of_step, training.schedule, state, report)
    with torch.inference_mode():
        means = [vae.posterior(kept_example(path).coded[None].float()).mean for path in paths[:64]]
        vae.measure_latents(torch.cat(means, dim=-1))


def draw_coded(paths: Sequence[Path], step: int, seed: int, clips: int, latents: int) -> Tensor:
    """(clips, bands, 4 * latents) spectrograms of a step."""
    spans = draw_spans(paths, step, seed, clips, latents)
    frames = latents * FRAMES_PER_LATENT
    cut = [
        read_span(path, "coded", first * FRAMES_PER_LATENT, first * FRAMES_PER_LATENT + frames) for path, first in spans
    ]
    return torch.stack([part.float() for part in cut])


def _run(stage: MusicStage) -> None:
    train_vae(
        stage.pipeline.vae, stage.paths, VaeTraining(stage.schedule(), seed=stage.seed), stage.state, stage.report
    )
    stage.pipeline.vae.save_pretrained(stage.folder / "vae")


COMMAND: Command = stage_command("vae", "train the music VAE", SCHEDULE, _run)
