"""`vem train vocoder`: sound from true spectrograms, on its own, so that it can be improved without the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from vem_core.contract.command import Command
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.spectrogram import FRAMES_PER_LATENT
from vem_core.models.vocoder import Vocoder, spectral_loss
from vem_core.training.loop import Report, Schedule, train
from vem_core.training.music_corpus import draw_spans, read_span, to_float
from vem_core.training.music_stage import MusicStage, stage_command

SCHEDULE = Schedule(8_000, 5e-4)


@dataclass(frozen=True)
class VocoderTraining:
    """How the vocoder is trained."""

    schedule: Schedule = SCHEDULE
    clips: int = 4  # a step
    clip_latents: int = 24
    seed: int = 0


def train_vocoder(
    vocoder: Vocoder, paths: Sequence[Path], training: VocoderTraining, state: Path | None, report: Report
) -> None:
    """Train in place."""
    edge = -(-vocoder.reach_frames // FRAMES_PER_LATENT)  # frames whose sound would need what is not in the clip

    def loss_of_step(step: int) -> Tensor:
        latents = training.clip_latents + 2 * edge
        coded, sound = draw_pairs(paths, step, training.seed, training.clips, latents)
        inside = slice(edge * SAMPLES_PER_LATENT, (latents - edge) * SAMPLES_PER_LATENT)
        return spectral_loss(vocoder(coded)[..., inside], sound[..., inside])

    train(vocoder, loss_of_step, training.schedule, state, report)


def draw_pairs(paths: Sequence[Path], step: int, seed: int, clips: int, latents: int) -> tuple[Tensor, Tensor]:
    """Spectrograms (clips, bands, 4 * latents) of a step and their sound (clips, 2, 1920 * latents)."""
    coded, sound = [], []
    for path, first in draw_spans(paths, step, seed, clips, latents):
        last_excl = first + latents
        coded.append(read_span(path, "coded", first * FRAMES_PER_LATENT, last_excl * FRAMES_PER_LATENT).float())
        sound.append(to_float(read_span(path, "sound", first * SAMPLES_PER_LATENT, last_excl * SAMPLES_PER_LATENT)))
    return torch.stack(coded), torch.stack(sound)


def _run(stage: MusicStage) -> None:
    training = VocoderTraining(stage.schedule(), seed=stage.seed)
    train_vocoder(stage.pipeline.vocoder, stage.paths, training, stage.state, stage.report)
    stage.pipeline.vocoder.save_pretrained(stage.folder / "vocoder")


COMMAND: Command = stage_command("vocoder", "train the vocoder", SCHEDULE, _run)
