"""From noise to latents along any schedule: one loop for rectified flow, DDIM and ping-pong sampling.

Every diffusion model of music is a list of levels (a, b, t), at which x = a * clean + b * noise, and a guess of the
clean latents from x. Euler's step on a flow, DDIM without noise of its own, and ping-pong are then one update:

    x' = a' * guess + b' * n        n = (x - a * guess) / b, or fresh noise for ping-pong

Where the velocity of a flow is extrapolated first (`AdamsBashforth`), the same update is of second order.

What is to stay is held along its own line, a * clean + b * noise, as long as the noise's share of a level is above its
release: for ever (0), for most of the way (an anchor), never (1). Windows are guessed one by one and cross-faded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from vem_core.contract.errors import ContractError, GenerationError
from vem_core.models.windows import Window, blend_weights, windows_touching


class Level(NamedTuple):
    """A place on a schedule: x = clean * latents + noise * noise; `time` is what the network is told."""

    clean: float
    noise: float
    time: float

    @property
    def share(self) -> float:
        """The noise's share of the mixture, 0..1: the flow's sigma, and the same knob for every schedule."""
        return self.noise / (self.clean + self.noise)


CLEAN = Level(1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Step:
    """Where the sampler is. `guess` gives its current guess of the music, for previews, while it waits there."""

    done: int
    total: int
    share: float  # of noise in the mixture, 0..1: a flow's sigma
    guess: Callable[[], Tensor]  # of a long timeline it costs more than the step itself

    @property
    def latents(self) -> Tensor:
        """The current guess: (1, C, L, ...)."""
        return self.guess()


OnStep = Callable[[Step], None]
Guess = Callable[[Tensor, Level, Window], Tensor]
"""(noised latents (1, C, W, ...), level, window) to a guess of the clean latents (1, C, W, ...)."""
Improve = Callable[[Tensor, Level], Tensor]
"""A guess of the music (1, C, L, ...) at a level to a better one; what is held is in it."""
Extrapolate = Callable[[Tensor, Tensor, Level, Level], Tensor]
"""(noised latents, guess, its level, the next level) to the guess towards which the step goes."""
FreshNoise = Callable[[int], Tensor]
"""The number of a step to noise (1, C, L, ...) of its own."""


class Held(NamedTuple):
    """Latents (1, C, L, ...) that are held where a level's share of noise is above `release` (L,).

    0: to the end, bit for bit. 1: never.
    """

    latents: Tensor
    release: Tensor

    @classmethod
    def where(cls, keep: Tensor, latents: Tensor) -> Held:
        """Kept bit for bit where `keep` (L,) is True; the rest is made new, in their context."""
        return cls(latents, torch.where(keep, 0.0, 1.0))

    def at(self, level: Level) -> Tensor:
        """Where they are held at a level: bool, in a shape that goes with the latents."""
        return _along_latents(level.share > self.release, self.latents)

    @property
    def to_the_end(self) -> Tensor:
        """Where they stay for good."""
        return _along_latents(self.keep, self.latents)

    @property
    def keep(self) -> Tensor:
        """Which latents stay for good: bool (L,)."""
        return self.release <= 0

    def check(self, noise: Tensor) -> None:
        """Raises ContractError unless they stand beside such noise, and are numbers where they are held at all."""
        if self.latents.shape != noise.shape or self.release.shape != noise.shape[2:3]:
            raise ContractError(f"the latents to hold are {tuple(self.latents.shape)}, not {tuple(noise.shape)}")
        if not bool(torch.isfinite(self.latents[:, :, self.release < 1]).all()):
            raise ContractError("the latents to hold have values that are not numbers")


@torch.no_grad()
def denoise(
    guess: Guess,
    levels: Sequence[Level],
    noise: Tensor,
    *,
    windows: Sequence[Window] | None = None,
    overlap: int = 0,
    start: Tensor | None = None,
    held: Held | None = None,
    fresh: FreshNoise | None = None,
    end: Level = CLEAN,
    on_step: OnStep | None = None,
    improve: Improve | None = None,
    extrapolate: Extrapolate | None = None,
) -> Tensor:
    """Latents (1, C, L, ...) at the end of the way down `levels`.

    It begins in `noise`, or where `start` is given, in those latents noised to the first level. `windows` cover L and
    overlap by `overlap` (default: one for all); those in which everything is held to the end are not computed.
    `on_step` is called after every guess and stops the work by raising; `improve` is asked at every level, and the way
    goes on to its answer; `extrapolate` turns the guess by what the steps before it were.

    Raises GenerationError if the numbers are not finite, ContractError for parts that do not fit.
    """
    if not levels:
        raise ContractError("sampling takes at least one step")
    if held is not None:
        held.check(noise)
    blend = _Blend(guess, noise, windows, overlap, held, len(levels), on_step)
    latents = noise * levels[0].noise if start is None else levels[0].clean * start + levels[0].noise * noise
    for number, (level, following) in enumerate(zip(levels, (*levels[1:], end), strict=True)):
        made = blend(latents, level)
        if held is not None:
            made = torch.where(held.at(level), held.latents, made)
        if improve is not None:
            made = improve(made, level)
        if extrapolate is not None:
            made = extrapolate(latents, made, level, following)
        if following.noise:
            spread = (latents - level.clean * made) / level.noise if fresh is None else fresh(number)
            latents = following.clean * made + following.noise * spread
        else:
            latents = made
        if held is not None:
            line = following.clean * held.latents + following.noise * noise
            latents = torch.where(held.at(level), line, latents)
    if held is not None:
        latents = torch.where(held.to_the_end, held.latents, latents)
    if not bool(torch.isfinite(latents).all()):
        raise GenerationError("The model's numbers ran out of range.", hint="Try another seed, or `--model sketch`.")
    return latents


class AdamsBashforth:
    """The two-step method for flows on uneven steps (Hairer, Norsett and Wanner 1993, III.5), the first step Euler's.

    It is of second order at one evaluation a step: the velocity half a step on is extrapolated from the last two. An
    `Extrapolate` for one way down.
    """

    def __init__(self) -> None:
        self._before: tuple[Tensor, float] | None = None

    def __call__(self, latents: Tensor, guess: Tensor, level: Level, following: Level) -> Tensor:
        """The guess that the extrapolated velocity leads to, of shape (1, C, L, ...)."""
        length = following.noise - level.noise
        velocity = towards = (latents - guess) / level.noise
        if self._before is not None:
            earlier, length_before = self._before
            towards = velocity + length / length_before / 2 * (velocity - earlier)
        self._before = (velocity, length)
        return latents - level.noise * towards


class _Blend:
    """The guess of the whole, of the windows' guesses."""

    def __init__(
        self,
        guess: Guess,
        like: Tensor,
        windows: Sequence[Window] | None,
        overlap: int,
        held: Held | None,
        steps: int,
        on_step: OnStep | None,
    ) -> None:
        windows = windows or [Window(0, like.shape[2])]
        self._shares = dict(zip(windows, blend_weights(windows, overlap), strict=True))
        self._windows = windows if held is None else windows_touching(windows, ~held.keep.cpu())
        self._guess, self._on_step = guess, on_step
        self._done, self._total = 0, steps * len(self._windows)

    def __call__(self, latents: Tensor, level: Level) -> Tensor:
        blended = torch.zeros_like(latents)
        for window in self._windows:
            made = self._guess(latents[:, :, window.first : window.last_excl], level, window).to(latents)
            share = self._shares[window].to(latents)
            blended[:, :, window.first : window.last_excl] += made * share.reshape(-1, *[1] * (latents.ndim - 3))
            self._done += 1
            if self._on_step is not None:
                self._on_step(Step(self._done, self._total, level.share, functools.partial(Tensor.clone, blended)))
        return blended


def _along_latents(places: Tensor, latents: Tensor) -> Tensor:
    return places.to(latents.device).reshape(1, 1, -1, *[1] * (latents.ndim - 3))
