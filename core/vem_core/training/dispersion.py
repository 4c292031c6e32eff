"""`vem train dispersion FOLDER`: how far the sampler's guesses have to be stretched, measured on composed pieces.

The last step before an evaluation, and no training: a minute or two. See `vem_core.models.dispersion`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.corpus.labels import PieceId
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.sound import play
from vem_core.corpus.splits import Split
from vem_core.evaluation.held_out import HeldOutPiece
from vem_core.evaluation.variants import fully_conditioned
from vem_core.generation.vem_mini import default_settings
from vem_core.models.denoising import Step
from vem_core.models.dispersion import Dispersion, LevelFactor
from vem_core.models.features import lead_sheet_of
from vem_core.models.pipeline import VemPipeline
from vem_core.models.sampling import (
    Conditions,
    GuidedVelocity,
    SamplingSettings,
    noise_levels,
    seeded_noise,
)
from vem_core.models.transformer import noised
from vem_core.models.windows import Window
from vem_core.parsing.text import MiniLmEncoder, TextEncoder
from vem_core.training.release import keep_dispersion, load_any

PIECES, PIECE_LATENTS, DRAWS = 24, 200, 3
SEED = 800_007
"""Of the pieces: of the train split, and none that a model is trained or a classifier fitted on."""


class Known(NamedTuple):
    """A piece of real music in one window, and what it is conditioned on."""

    latents: Tensor  # (1, C, L)
    conditions: Conditions


class _ReachedError(Exception):
    """A level has been guessed at: there is nothing more to know of that way down."""


@torch.no_grad()
def measure_dispersion(pipeline: VemPipeline, known: Sequence[Known], settings: SamplingSettings) -> list[LevelFactor]:
    """A factor for each of the sampler's noise levels, from the highest down, each with those above it in place.

    It brings the guesses' standard deviation to the music's own times the guesses' correlation with it. Raises
    InputError for a model whose guesses do not correlate with the music.
    """
    found: list[LevelFactor] = []
    real = math.sqrt(DRAWS * sum(_product(each.latents, each.latents) for each in known))
    for sigma in noise_levels(pipeline.scheduler, settings)[:-1]:
        above = Dispersion([*found, LevelFactor(sigma, 1.0)])
        varied = math.sqrt(
            sum(_sampled_power(pipeline, each, settings, sigma, above, seed) for seed, each in _drawn(known))
        )
        wanted = real * guess_correlation(pipeline, known, settings, sigma)
        if not wanted > 0:
            raise InputError(f"At level {sigma:.2f} the model's guesses have nothing of the music.", hint="Train it.")
        found.append(LevelFactor(round(sigma, 6), round(wanted / varied, 4)))
    return found


def guess_correlation(pipeline: VemPipeline, known: Sequence[Known], settings: SamplingSettings, sigma: float) -> float:
    """Correlation over time of real latents with guesses from them, noised to a level; of all channels together."""
    sums = np.zeros(3)
    for seed, each in _drawn(known):
        real, latents = each.latents, each.latents.shape[-1]
        part = noised(real, _noise(pipeline, seed, latents), torch.tensor([sigma], device=real.device))
        velocity = GuidedVelocity(pipeline.transformer, pipeline.adapter, each.conditions, settings)
        guess = part - sigma * velocity(part, sigma, Window(0, latents))
        sums += [_product(real, guess), _product(real, real), _product(guess, guess)]
    return float(sums[0] / np.sqrt(sums[1] * sums[2]))


def _sampled_power(
    pipeline: VemPipeline, known: Known, settings: SamplingSettings, sigma: float, above: Dispersion, seed: int
) -> float:
    """By how much the sampler's guess at a level varies over time, on its own way down from noise: a sum of squares."""
    guesses: list[Tensor] = []

    def watch(step: Step) -> None:
        if math.isclose(step.share, sigma, abs_tol=1e-6):
            guesses.append(step.latents)
            raise _ReachedError

    try:
        pipeline.sample(known.conditions, seed=seed, settings=settings, on_step=watch, dispersion=above)
    except _ReachedError:
        return _product(guesses[0], guesses[0])
    raise InputError(f"The sampler passes no level {sigma}.")


def _drawn(known: Sequence[Known]) -> Iterator[tuple[int, Known]]:
    """Every piece with several seeds of noise: from one to another a factor of 24 pieces moves by up to .07."""
    return enumerate(each for each in known for _ in range(DRAWS))


def _noise(pipeline: VemPipeline, seed: int, latents: int) -> Tensor:
    return seeded_noise(seed, pipeline.vae.config.latent_channels, latents).to(pipeline.device)


def _product(one: Tensor, other: Tensor) -> float:
    """Sum of products of what two latents (1, C, L) are beside their channels' means."""
    first, second = (each.double() - each.double().mean(dim=-1, keepdim=True) for each in (one, other))
    return float((first * second).sum())


def composed_pieces(pipeline: VemPipeline, encoder: TextEncoder, count: int) -> Iterator[Known]:
    """So many pieces of one window, in as many styles as there are."""
    index = 0
    while count:
        made = make_piece(PieceId(Split.TRAIN, SEED, index), PIECE_LATENTS)
        index += 1
        if made.labels.window.latents > PIECE_LATENTS:
            continue
        count -= 1
        sound = torch.from_numpy(play(made.piece, made.finish, made.seed, None))
        latents = pipeline.encode(F.pad(sound, (0, -sound.shape[1] % SAMPLES_PER_LATENT)))
        piece = HeldOutPiece(made.labels, lead_sheet_of(made.piece), lambda: np.zeros((2, 0), np.float32), made.jpegs)
        yield Known(latents.clone(), fully_conditioned(piece, pipeline.aligner, encoder))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem train dispersion`."""
    parser.add_argument("folder", type=Path, help="a training folder or a saved model, which keeps what is measured")
    parser.add_argument("--preset", default="mini", help="of a training folder (default: mini)")
    parser.add_argument("--pieces", type=int, default=PIECES, help=f"to measure on (default: {PIECES})")
    parser.add_argument("--encoder", type=Path, help="folder of the text encoder (default: the installed package)")


def run(arguments: argparse.Namespace) -> int:
    """Measure, keep and print the factors."""
    if arguments.pieces < 1:
        raise InputError("--pieces must be at least 1.")
    pipeline = load_any(arguments.folder, arguments.preset)
    for sigma, factor in measure_and_keep(arguments.folder, pipeline, arguments.encoder, arguments.pieces):
        sys.stdout.write(f"level {sigma:.3f}: guesses are stretched by {factor:.3f}\n")
    return 0


def measure_and_keep(
    folder: Path, pipeline: VemPipeline, encoder: Path | None, pieces: int = PIECES
) -> list[LevelFactor]:
    """The factors of a folder's pipeline, measured on so many composed pieces and kept in the folder.

    `encoder`: folder of the text encoder, None for the installed package. Raises as `measure_dispersion`.
    """
    with torch.no_grad():
        known = list(composed_pieces(pipeline, MiniLmEncoder(encoder), pieces))
    factors = measure_dispersion(pipeline, known, default_settings())
    keep_dispersion(folder, pipeline, factors)
    return factors


COMMAND = Command("measure how far the sampler's guesses have to be stretched", add_arguments, run)
