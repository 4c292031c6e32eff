"""`vem train vocoder`: sound from true spectrograms, on its own, so that it can be improved without the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from vem_core.contract.command import Command
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.spectrogram import FRAMES_PER_LATENT
from vem_core.models.vocoder import Vocoder, spectral_loss
from vem_core.training.clips import Clips, hold_pieces
from vem_core.training.example_shards import ExampleShard
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


def train_vocoder(
    vocoder: Vocoder, shards: Sequence[ExampleShard], training: VocoderTraining, books: Bookkeeping
) -> None:
    """Train in place."""
    edge = -(-vocoder.reach_frames // FRAMES_PER_LATENT)  # frames whose sound would need what is not in the clip
    latents = training.clip_latents + 2 * edge
    inside = slice(edge * SAMPLES_PER_LATENT, -edge * SAMPLES_PER_LATENT)
    share = books.share(training.clips, training.seed)
    with hold_pieces(shards, latents, share, books.team.device, sound=True) as held:

        def loss_of_batch(batch: int) -> Tensor:
            clips = Clips(held.at(batch // books.team.count), latents, training.seed)
            begins = clips.begins(batch, training.clips)
            return spectral_loss(vocoder(clips.coded(begins))[..., inside], clips.sound(begins)[..., inside])

        books.train(vocoder, loss_of_batch, training.schedule)


def run_vocoder(stage: MusicStage) -> None:
    """`vem train vocoder`."""
    cuda = stage.team.device.type == "cuda"
    training = VocoderTraining(stage.schedule, clips=stage.clips or (32 if cuda else 4), seed=stage.seed)
    vocoder = stage.pipeline.vocoder.to(stage.team.device)
    train_vocoder(vocoder, stage.shards, training, stage.books())
    stage.save("vocoder", vocoder)


COMMAND: Command = stage_command("vocoder", "train the vocoder", SCHEDULE, run_vocoder)
