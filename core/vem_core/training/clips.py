"""Clips of spectrogram and sound for the stages that learn from single pieces: VAE and vocoder.

80 kB a second of music for a spectrogram, 192 kB for its sound; how much of that lies in memory says `rotation`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.errors import InputError
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.spectrogram import FRAMES_PER_LATENT, BandLayout
from vem_core.training.example_shards import CODED, SOUND, ExampleShard, read_examples, to_float
from vem_core.training.rotation import Held, Rotation, ShardLoad, Share

BANDS = 2 * len(BandLayout().centres_hz())
"""Of a spectrogram, mid's and side's together."""


@dataclass(frozen=True)
class HeldPieces:
    """Some pieces one after the other, each at least as long as a clip."""

    coded: Tensor  # (F, bands) float16
    sound: Tensor  # (2, 1920 / 4 F) int16; (2, 0) where no sound is needed
    first: tuple[int, ...]  # latent of the array at which each piece begins
    latents: tuple[int, ...]  # of each piece


def hold_pieces(
    shards: Sequence[ExampleShard], latents: int, share: Share, device: torch.device, *, sound: bool = False
) -> Held[HeldPieces]:
    """The pieces of some shards that last at least `latents`. Raises InputError if none does."""
    long = [shard.of({example.key for example in shard.examples if example.latents >= latents}) for shard in shards]
    if not any(shard.examples for shard in long):
        raise InputError(f"No piece of the corpus lasts the {latents} latents of a clip.")
    latent_bytes = 2 * BANDS * FRAMES_PER_LATENT + (2 * 2 * SAMPLES_PER_LATENT if sound else 0)
    loads = [
        ShardLoad(
            latent_bytes * sum(example.latents for example in shard.examples),
            sum(example.latents // latents for example in shard.examples),
        )
        for shard in long
    ]
    return Held(Rotation(loads, share), lambda chosen: _load([long[number] for number in chosen], sound), device)


def _load(shards: Sequence[ExampleShard], sound: bool) -> HeldPieces:
    lengths = [example.latents for shard in shards for example in shard.examples]
    first = np.cumsum([0, *lengths]).tolist()
    coded = torch.empty(FRAMES_PER_LATENT * first[-1], BANDS, dtype=torch.float16)
    heard = torch.empty(2, SAMPLES_PER_LATENT * first[-1] if sound else 0, dtype=torch.int16)
    place = 0
    for shard in shards:
        for example in read_examples(shard, (CODED, SOUND) if sound else (CODED,)):
            begin, end = first[place], first[place + 1]
            coded[FRAMES_PER_LATENT * begin : FRAMES_PER_LATENT * end] = example.coded.T
            if sound:
                heard[:, SAMPLES_PER_LATENT * begin : SAMPLES_PER_LATENT * end] = example.sound
            place += 1
    return HeldPieces(coded, heard, tuple(first[:-1]), tuple(lengths))


@dataclass(frozen=True)
class Clips:
    """Clips of so many latents from what is held, drawn by the number of a batch."""

    pieces: HeldPieces
    latents: int
    seed: int

    def begins(self, batch: int, clips: int) -> list[int]:
        """The latents of the array at which a batch's clips begin, from its number and what is held alone."""
        random = np.random.default_rng((self.seed, 3, batch))
        chosen = random.integers(len(self.pieces.latents), size=clips).tolist()
        return [
            self.pieces.first[piece] + int(random.integers(self.pieces.latents[piece] - self.latents + 1))
            for piece in chosen
        ]

    def coded(self, begins: Sequence[int]) -> Tensor:
        """(clips, bands, 4 * latents) spectrograms, on the device."""
        device = self.pieces.coded.device
        frames = self.latents * FRAMES_PER_LATENT
        at = torch.tensor(begins, device=device)[:, None] * FRAMES_PER_LATENT + torch.arange(frames, device=device)
        clips = self.pieces.coded[at].transpose(1, 2)
        return clips.to(torch.float32, memory_format=torch.contiguous_format)

    def sound(self, begins: Sequence[int]) -> Tensor:
        """(clips, 2, 1920 * latents) of the same clips."""
        samples = self.latents * SAMPLES_PER_LATENT
        firsts = [begin * SAMPLES_PER_LATENT for begin in begins]
        return to_float(torch.stack([self.pieces.sound[:, first : first + samples] for first in firsts]))
