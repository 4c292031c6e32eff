"""`vem train vae`: the music VAE on the corpus's spectrograms. First of the paper's stages."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vem_core.contract.command import Command
from vem_core.models.vae import MusicVAE, vae_loss
from vem_core.training.clips import Clips, hold_pieces
from vem_core.training.example_shards import CODED, ExampleShard, read_examples
from vem_core.training.loop import Bookkeeping, Check, Schedule
from vem_core.training.music_stage import MusicStage, stage_command
from vem_core.training.rotation import MIB, Share

SCHEDULE = Schedule(6_000, 1e-3)
CHECK_CLIPS = 32
MEASURED_PIECES = 64
HELD_OUT_BYTES = 512 * MIB
"""Of held-out music that a check may hold: an hour and three quarters."""


@dataclass(frozen=True)
class VaeTraining:
    """How the VAE is trained."""

    schedule: Schedule = SCHEDULE
    clips: int = 16  # a batch
    clip_latents: int = 64
    kl_weight: float = 2e-4
    seed: int = 0


def train_vae(
    vae: MusicVAE,
    shards: Sequence[ExampleShard],
    training: VaeTraining,
    books: Bookkeeping,
    held_out: Sequence[ExampleShard] = (),
) -> None:
    """Train in place, then measure the scale of the latents."""
    share = books.share(training.clips, training.seed)
    with hold_pieces(shards, training.clip_latents, share, books.team.device) as held:

        def loss_of_batch(batch: int) -> Tensor:
            clips = Clips(held.at(batch // books.team.count), training.clip_latents, training.seed)
            coded = clips.coded(clips.begins(batch, training.clips))
            posterior = vae.posterior(coded)
            noise = torch.randn_like(posterior.mean)
            return vae_loss(vae.reconstruct(posterior.sample(noise)), coded, posterior, training.kl_weight)

        books.train(vae, loss_of_batch, training.schedule, check=_check(vae, training, books, held_out))
    with torch.inference_mode():
        seen = (example.coded for shard in shards for example in read_examples(shard, (CODED,)))
        means = [
            vae.posterior(coded[None].float().to(books.team.device)).mean
            for coded in itertools.islice(seen, MEASURED_PIECES)
        ]
        vae.measure_latents(torch.cat(means, dim=-1))


def _check(vae: MusicVAE, training: VaeTraining, books: Bookkeeping, held_out: Sequence[ExampleShard]) -> Check | None:
    if not held_out:
        return None
    with hold_pieces(held_out, training.clip_latents, Share(HELD_OUT_BYTES, CHECK_CLIPS), books.team.device) as held:
        clips = Clips(held.at(0), training.clip_latents, training.seed)
        coded = clips.coded(clips.begins(0, CHECK_CLIPS))

    def check() -> Tensor:
        posterior = vae.posterior(coded)
        return vae_loss(vae.reconstruct(posterior.mean), coded, posterior, training.kl_weight)

    return check


def run_vae(stage: MusicStage) -> None:
    """`vem train vae`."""
    cuda = stage.team.device.type == "cuda"
    training = VaeTraining(stage.schedule, clips=stage.clips or (128 if cuda else 16), seed=stage.seed)
    vae = stage.pipeline.vae.to(stage.team.device)
    train_vae(vae, stage.shards, training, stage.books(), stage.held_out)
    stage.save("vae", vae)


COMMAND: Command = stage_command("vae", "train the music VAE", SCHEDULE, run_vae)
