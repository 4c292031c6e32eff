"""What a backbone is: how it codes sound, reads words, and what its network says of noised latents."""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from vem_core.backbones.parts import Parts
from vem_core.backbones.words import Words
from vem_core.models.denoising import CLEAN, Held, Level


@dataclass(frozen=True)
class Prompts:
    """What is said of a piece: a complete caption for each shot, and what some backbones take beside it."""

    captions: tuple[str, ...]
    seconds: float
    bpm: int | None = None
    key: str | None = None  # "A minor"
    beats_per_bar: int = 4


class Backbone(abc.ABC):
    """A large model of music. Latents are (1, C, L) or (1, C, L, F), float32; sound is (channels, T) at its own rate.

    What stands here of itself is that of a rectified flow: the network predicts noise minus clean.
    """

    model_id: ClassVar[str]
    network: ClassVar[str]  # the part that predicts
    sample_rate_hz: int
    samples_per_latent: int
    latent_shape: tuple[int, ...]  # of one latent: (C,), or (C, F)
    window_latents: int  # the longest stretch that it makes at once
    overlap_latents: int  # of such stretches
    renoises: bool = False  # each step takes fresh noise (ping-pong)
    end: Level = CLEAN  # where its schedule ends
    guidance: float = 1.0  # how far it goes away from saying nothing; 1: not at all
    leading_tokens: int = 0  # of its network, before those that stand for time
    reruns_blocks: bool = True  # its network can be trained with gradient checkpointing

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    @abc.abstractmethod
    def encode(self, sound: Tensor) -> Tensor:
        """Sound (2, T), T whole latents, as latents: always the same ones."""

    @abc.abstractmethod
    def decode(self, latents: Tensor) -> Tensor:
        """Latents as sound (channels, T)."""

    @abc.abstractmethod
    def words(self, prompts: Prompts) -> Words:
        """The prompts, encoded; the shot of each token is its caption's place."""

    @abc.abstractmethod
    def levels(self, start: float = 1.0, steps: int | None = None) -> list[Level]:
        """Its schedule (`steps`: its own number) from the level nearest to a share of noise on down."""

    @abc.abstractmethod
    def predict(self, network: Any, latents: Tensor, level: Level, words: Words, context: Tensor | None) -> Tensor:
        """What the network says of noised latents, in their shape: here the velocity."""

    @abc.abstractmethod
    def hearing(self, network: Any, words: Words, shares: Tensor) -> AbstractContextManager[None]:
        """While it lasts, each latent hears its shots' words only, by the shares (L, N)."""

    @abc.abstractmethod
    def norms(self, network: Any) -> Sequence[nn.Module]:
        """The first norm of each block: what an adapter scales and shifts."""

    def context(self, latents: int, kept: Held | None) -> Tensor | None:
        """(1, X, L): what its network hears of music that stays, or of none; None where it hears nothing."""
        return None

    def combine(self, told: Tensor, untold: Tensor, remembered: dict[str, Any]) -> Tensor:
        """Two predictions, with words and without, as one. `remembered` goes with a window from step to step."""
        return untold + self.guidance * (told - untold)

    def clean(self, latents: Tensor, level: Level, prediction: Tensor) -> Tensor:
        """Noised latents and a prediction as a guess of the clean ones."""
        return latents - level.noise * prediction

    def prediction(self, clean: Tensor, noise: Tensor) -> Tensor:
        """What the network should have said: the target of training."""
        return noise - clean


@contextlib.contextmanager
def hooks(handles: Sequence[Any]) -> Iterator[None]:
    """Hooks that are taken off again."""
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
