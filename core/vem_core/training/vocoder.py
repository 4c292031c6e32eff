"""`vem train vocoder`: sound from true spectrograms, on its own, so that it can be improved without the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from vem_core.contract.command import Command
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.spectrogram import FRAMES_PER_LATENT
from vem_core.models.vocoder import Vocoder, spectral_loss
from vem_core.training.clips import Clips
from vem_core.training.loop import Bookkeeping, Schedule
from vem_core.training.music_stage import MusicStage, stage_command

SCHEDULE = Schedule(8_000, 5e-4)


@dataclass(frozen=True)
class VocoderTraining:
    """How the vocoder is trained."""

    schedule: Schedule = SCHEDULE
    clips: int = 4  # a batch
    clip_latents: int = 24
    seed: int = 0


def train_vocoder(vocoder: Vocoder, paths: Sequence[Path], training: VocoderTraining, books: Bookkeeping) -> None:
    """Train in place."""
    edge = -(-vocoder.reach_frames // FRAMES_PER_LATENT)  # frames whose sound would need what is not in the clip
    clips = Clips(paths, training.clip_latents + 2 * edge, books.team.device, training.seed)

    def loss_of_batch(batch: int) -> Tensor:
        coded, real = clips.pairs(batch, training.clips)
        inside = slice(edge * SAMPLES_PER_LATENT, -edge * SAMPLES_PER_LATENT)
        return spectral_loss(vocoder(coded)[..., inside], real[..., inside])

    books.train(vocoder, loss_of_batch, training.schedule)


def run_vocoder(stage: MusicStage) -> None:
    """`vem train vocoder`."""
    cuda = stage.team.device.type == "cuda"
    training = VocoderTraining(stage.schedule, clips=stage.clips or (32 if cuda else 4), seed=stage.seed)
    vocoder = stage.pipeline.vocoder.to(stage.team.device)
    train_vocoder(vocoder, stage.paths, training, stage.books())
    stage.save("vocoder", vocoder)


COMMAND: Command = stage_command("vocoder", "train the vocoder", SCHEDULE, run_vocoder)
