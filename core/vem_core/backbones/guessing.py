"""A backbone's network as the sampler asks for it: the words of a window's shots, guidance, the adapter."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import Any

from torch import Tensor

from vem_core.backbones.adapter import Steering
from vem_core.backbones.base import Backbone
from vem_core.backbones.words import Words
from vem_core.models.denoising import Level
from vem_core.models.windows import Window


class BackboneGuess:
    """A `Guess` of `vem_core.models.denoising`.

    `shares` (L, N): how much of each latent each shot is. `context`: of the whole (1, X, L), or None. `network` is the
    backbone's own, on its device.
    """

    def __init__(
        self,
        backbone: Backbone,
        network: Any,
        words: Words,
        shares: Tensor,
        context: Tensor | None = None,
        steering: Steering | None = None,
    ) -> None:
        self._backbone, self._network, self._words = backbone, network, words
        self._shares, self._context, self._steering = shares.to(backbone.parts.device), context, steering
        self._remembered: defaultdict[Window, dict[str, Any]] = defaultdict(dict)

    def __call__(self, latents: Tensor, level: Level, window: Window) -> Tensor:
        """Clean latents (1, C, W, ...) as the network, its words and its guidance have them."""
        backbone, shares = self._backbone, self._shares[window.first : window.last_excl]
        context = None if self._context is None else self._context[..., window.first : window.last_excl]
        words = self._words.heard_by(shares)
        with self._steered(window):
            with self._hearing(words, shares):
                told = backbone.predict(self._network, latents, level, words, context)
            if words.nothing is not None:
                untold = backbone.predict(self._network, latents, level, words.nothing, context)
                told = backbone.combine(told, untold, self._remembered[window])
        return backbone.clean(latents, level, told)

    def _hearing(self, words: Words, shares: Tensor) -> contextlib.AbstractContextManager[None]:
        alone = shares.shape[1] == 1  # one caption for all: nothing to keep apart
        return contextlib.nullcontext() if alone else self._backbone.hearing(self._network, words, shares)

    def _steered(self, window: Window) -> contextlib.AbstractContextManager[None]:
        if self._steering is None:
            return contextlib.nullcontext()
        return self._steering.over(self._backbone, self._network, window)
