"""Clips of spectrogram and sound for the stages that learn from single pieces: VAE and vocoder.

On a GPU all spectrograms lie in its memory (80 kB a second of music); on a CPU they are read from the files as they are
needed, which the system's file cache makes cheap.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from vem_core.contract.errors import InputError
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.spectrogram import FRAMES_PER_LATENT
from vem_core.training.music_corpus import read_span, span_length, to_float


class ClipSpan(NamedTuple):
    """Some latents of a piece."""

    piece: int
    first: int


class Clips:
    """Clips of `latents` from some pieces, drawn by the number of a batch. Pieces that are too short are left out.

    Raises InputError if all are.
    """

    def __init__(self, paths: Sequence[Path], latents: int, device: torch.device, seed: int) -> None:
        lengths = [span_length(path, "coded") // FRAMES_PER_LATENT for path in paths]
        self._paths = [path for path, length in zip(paths, lengths, strict=True) if length >= latents]
        self._lengths = [length for length in lengths if length >= latents]
        if not self._paths:
            raise InputError(f"No piece of the corpus lasts the {latents} latents of a clip.")
        self._latents, self._device, self._seed = latents, device, seed
        self._resident = self._load() if device.type == "cuda" else None

    def spans(self, batch: int, clips: int) -> list[ClipSpan]:
        """Which clips a batch has, from its number alone."""
        random = np.random.default_rng((self._seed, 3, batch))
        pieces = random.integers(len(self._paths), size=clips)
        return [
            ClipSpan(int(piece), int(random.integers(self._lengths[piece] - self._latents + 1))) for piece in pieces
        ]

    def coded(self, batch: int, clips: int) -> Tensor:
        """(clips, bands, 4 * latents) spectrograms of a batch, on the device."""
        spans = self.spans(batch, clips)
        frames = self._latents * FRAMES_PER_LATENT
        firsts = [span.first * FRAMES_PER_LATENT for span in spans]
        if self._resident is None:
            parts = [
                read_span(self._paths[span.piece], "coded", first, first + frames)
                for span, first in zip(spans, firsts, strict=True)
            ]
            return torch.stack(parts).float()
        begins = torch.tensor([self._begins[span.piece] + first for span, first in zip(spans, firsts, strict=True)])
        at = begins.to(self._device)[:, None] + torch.arange(frames, device=self._device)
        return self._resident[at].transpose(1, 2).float()

    def pairs(self, batch: int, clips: int) -> tuple[Tensor, Tensor]:
        """The spectrograms and their sound (clips, 2, 1920 * latents)."""
        samples = self._latents * SAMPLES_PER_LATENT
        sound = []
        for span in self.spans(batch, clips):
            first = span.first * SAMPLES_PER_LATENT
            sound.append(to_float(read_span(self._paths[span.piece], "sound", first, first + samples)))
        return self.coded(batch, clips), torch.stack(sound).to(self._device)

    def _load(self) -> Tensor:
        """(F, bands) half: all frames of all pieces."""
        parts = []
        for path in self._paths:
            with safe_open(path, framework="pt") as file:
                parts.append(file.get_tensor("coded").T.contiguous())
        self._begins = np.concatenate([[0], np.cumsum([len(part) for part in parts])])[:-1].tolist()
        return torch.cat(parts).to(self._device)
