"""`vem train beats`: the recurrent beat tracker, from nothing to its weights, on music that we make ourselves.

Stops and goes on at any step: the clips of a step depend on the seed and the step alone.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vem_core.contract.command import Command
from vem_core.resources.paths import resource_path
from vem_core.resources.registry import ModelEntry, describe_files, read_registry, registry_text
from vem_core.rhythm.tracking.bars import FEATURES
from vem_core.rhythm.tracking.base import Curve
from vem_core.rhythm.tracking.network import TrackerConfig, TrackerNetworks, save_networks
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ
from vem_core.rhythm.tracking.recurrent import MODEL_ID
from vem_core.training.beat_augmentation import BeatExample, beats_of, cut_clip, speech_spectrograms
from vem_core.training.beat_corpus import render_corpus
from vem_core.training.loop import Report, Schedule, train

BEATS_SCHEDULE = Schedule(steps=3_000, learning_rate=3e-3)
BARS_SCHEDULE = Schedule(steps=600, learning_rate=3e-3, weight_decay=1e-3)

MOST_KNOWN = 8_192
"""Pieces whose beats' features are in memory: some 100 MB, and more than the pieces of a usual run."""


@dataclass(frozen=True)
class BeatTraining:
    """How the two networks are trained."""

    beats: Schedule = BEATS_SCHEDULE
    bars: Schedule = BARS_SCHEDULE
    clips: int = 10  # a step, for the beats
    clip_s: float = 14.0  # long enough to tell a slow pulse from its eighths
    beat_weight: float = 4.0  # of a frame with a beat against one without
    variants: int = 4  # of each example's beats, for the bars: as it is, and changed in tone and place
    pieces: int = 32  # a step, for the bars
    piece_beats: int = 24
    seed: int = 0


def train_beats(
    networks: TrackerNetworks,
    examples: Sequence[BeatExample],
    speech: Curve,
    training: BeatTraining,
    state: Path | None,
    report: Report,
) -> None:
    """Train the network that hears beats, under snatches of `speech` (a band spectrogram) now and then."""
    weight = torch.tensor(training.beat_weight)

    def loss_of_step(step: int) -> Tensor:
        clips, targets = draw_clips(examples, speech, training, step)
        return F.binary_cross_entropy_with_logits(networks.beats(clips), targets, pos_weight=weight)

    train(networks.beats, loss_of_step, training.beats, state, report)


def train_bars(
    networks: TrackerNetworks,
    examples: Sequence[BeatExample],
    speech: Curve,
    training: BeatTraining,
    state: Path | None,
    report: Report,
) -> None:
    """Train the network that hears bars, on the true beats of the examples, a little misplaced."""

    @lru_cache(MOST_KNOWN)
    def known(number: int) -> tuple[Curve, Curve]:
        example, variant = divmod(number, training.variants)
        rng = np.random.default_rng((training.seed, 3, number))
        return beats_of(examples[example], speech, rng, changed=variant > 0)

    def loss_of_step(step: int) -> Tensor:
        features, targets, given = draw_beats(known, len(examples) * training.variants, training, step)
        losses = F.binary_cross_entropy_with_logits(networks.bars(features), targets, reduction="none")
        return (losses * given).sum() / given.sum()

    train(networks.bars, loss_of_step, training.bars, state, report)


def draw_clips(
    examples: Sequence[BeatExample], speech: Curve, training: BeatTraining, step: int
) -> tuple[Tensor, Tensor]:
    """The clips (B, F, bands) of one step and where their beats are, (B, F)."""
    rng = np.random.default_rng((training.seed, 1, step))
    frames = int(training.clip_s * FRAME_RATE_HZ)
    chosen = rng.integers(len(examples), size=training.clips)
    clips, targets = zip(*(cut_clip(examples[number], frames, speech, rng) for number in chosen), strict=True)
    return torch.from_numpy(np.stack(clips)), torch.from_numpy(np.stack(targets))


def draw_beats(
    known: Callable[[int], tuple[Curve, Curve]], count: int, training: BeatTraining, step: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Runs of beats of one step, of `count` pieces.

    Features (B, N, features), targets (B, N), and 1 where a beat is given, (B, N).
    """
    rng = np.random.default_rng((training.seed, 2, step))
    length = training.piece_beats
    features = np.zeros((training.pieces, length, FEATURES), np.float32)
    targets, given = np.zeros((2, training.pieces, length), np.float32)
    for row, piece in enumerate(rng.integers(count, size=training.pieces).tolist()):
        of_beats, begins_bar = known(piece)
        first = int(rng.integers(0, max(0, len(begins_bar) - length) + 1))
        count = min(length, len(begins_bar) - first)
        features[row, :count] = of_beats[first : first + count]
        targets[row, :count] = begins_bar[first : first + count]
        given[row, :count] = 1
    return torch.from_numpy(features), torch.from_numpy(targets), torch.from_numpy(given)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem train beats`."""
    parser.add_argument("folder", type=Path, help="keeps the rendered corpus and the state; run again to go on")
    parser.add_argument("--output", type=Path, help="where the weights go (default: FOLDER/beats.safetensors)")
    parser.add_argument("--pieces", type=int, default=560, help="composed pieces to render (default: 560)")
    parser.add_argument("--bands", type=int, default=560, help="rough bands to render (default: 560)")
    parser.add_argument("--steps", type=int, default=BEATS_SCHEDULE.steps, help="for the beats (default: 3000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--release", metavar="VERSION", help="also put the weights into this checkout's resources")


def run(arguments: argparse.Namespace) -> int:
    """Render what is missing of the corpus, train both networks, write the weights."""
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # networks this small are slower on more
    training = BeatTraining(replace(BEATS_SCHEDULE, steps=arguments.steps), seed=arguments.seed)
    examples = render_corpus(folder / "corpus", arguments.pieces, arguments.bands, _say)
    speech = speech_spectrograms()
    torch.manual_seed(training.seed)
    networks = TrackerNetworks(TrackerConfig())
    train_beats(networks, examples, speech, training, folder / "beats-state", _reporter("beats"))
    train_bars(networks, examples, speech, training, folder / "bars-state", _reporter("bars"))
    weights: Path = arguments.output or folder / "beats.safetensors"
    save_networks(networks, weights)
    if arguments.release:
        release(weights, arguments.release, resource_path("models.json").parent)
    return 0


def release(weights: Path, version: str, resources: Path) -> ModelEntry:
    """Put weights under `resources` and into its registry. Raises ContractError for a version that is there already."""
    folder = f"weights/{MODEL_ID}-{version}"
    register = resources / "models.json"
    unlisted = ModelEntry(MODEL_ID, version, "beats", folder, (), "Apache-2.0", f"cards/{MODEL_ID}.md")
    read_registry(register).with_entry(unlisted)  # refused before anything is written
    (resources / folder).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(weights, resources / folder / f"{MODEL_ID}.safetensors")
    entry = replace(unlisted, files=describe_files(resources / folder))
    register.write_text(registry_text(read_registry(register).with_entry(entry)), encoding="utf-8")
    return entry


def _reporter(what: str) -> Report:
    return lambda step, loss: _say(f"{what}, step {step}: loss {loss:.4f}")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


COMMAND = Command("train the recurrent beat tracker", add_arguments, run)
