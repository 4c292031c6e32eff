"""`vem train adapter --backbone ID`: the transition-beat adapter of a large model, by what the model itself plays.

    1. The model plays composed plans, anchored on their sketches; takes whose beats measure exact are kept, as latents.
       So it learns nothing but when: the sound is its own, no synthesiser's and no recording's.
    2. Latents, texts and plans lie in files; the adapter alone is trained on them, without anchors.

Its undistilled form ("base") is what to train on; whether an adapter carries over to the distilled one has to be heard.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from vem_core.backbones.adapter import BackboneAdapter, Steering
from vem_core.backbones.base import Backbone
from vem_core.backbones.prompts import prompts_of
from vem_core.backbones.rendering import features_of, shares_of_shots
from vem_core.backbones.words import TokenSet, Words
from vem_core.contract.atomic import replacing
from vem_core.contract.errors import InputError
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Device, ScoreRequest
from vem_core.corpus.labels import PieceId, parse_of
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.splits import Split
from vem_core.generation.backbone import ADAPTER_FILE, BackboneGenerator
from vem_core.generation.means import Means
from vem_core.models.windows import Window
from vem_core.rhythm.correction import pair_beats
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.rhythm.tracking.registry import tracker_by_id
from vem_core.training.loop import Bookkeeping, Schedule, train
from vem_core.training.progress import ProgressLog
from vem_core.training.recipe import chosen_recipe, record_recipe
from vem_core.training.team import Team, join_team

WINDOW_LATENTS = 320  # of 40 ms: a take lasts one to three of them
MOST_MISSED, LARGEST_ERROR_MS = 0.1, 10.0
"""Of a take that is learnt from: planned beats not heard within 80 ms, and the median error of those heard."""

DEFAULTS = Schedule(steps=4000, learning_rate=1e-3, report_steps=20, save_every_s=60.0)


class AdapterExample(NamedTuple):
    """A take to learn from."""

    latents: Tensor  # (1, C, L, ...)
    features: Tensor  # (1, P, L)
    shares: Tensor  # (L, N)
    words: Words


def run(arguments: argparse.Namespace) -> int:
    """Make what is missing of the takes, train, and leave the adapter in the folder."""
    team, recipe = join_team(arguments.device), chosen_recipe(arguments, "adapter")
    generator = BackboneGenerator(arguments.backbone, Means(Device(arguments.device)))
    examples, pieces = arguments.folder / f"{arguments.backbone}-takes", recipe.corpus.pieces
    if team.leads:
        distil(generator, examples, pieces, recipe.seed)
    team.wait()
    paths = sorted(examples.glob("*.safetensors"))
    if not paths:
        raise InputError(
            f"Of {pieces} takes by {arguments.backbone} none had its beats exact: there is nothing to learn.",
            hint="Ask for more with --pieces.",
        )
    schedule = recipe.adapter.schedule(DEFAULTS)
    if team.leads:
        record_recipe(arguments.folder, f"{arguments.backbone}-adapter", recipe, 0)
    adapter = train_adapter(generator.backbone, paths, schedule, arguments.folder, team)
    if team.leads:
        adapter.cpu().save(arguments.folder / ADAPTER_FILE)
        _say(f"{arguments.folder / ADAPTER_FILE}: put it into {generator.backbone.model_id}'s folder to use it")
    return 0


def distil(generator: BackboneGenerator, folder: Path, pieces: int, seed: int) -> None:
    """Takes by the model of so many composed plans; those with exact beats stand as files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tracker, kept = tracker_by_id(), 0
    for index in range(pieces):
        path = folder / f"take-{seed}-{index:05}.safetensors"
        refused = path.with_suffix(".refused")
        if not path.exists() and not refused.exists():
            labels = make_piece(PieceId(Split.TRAIN, seed, index), WINDOW_LATENTS).labels
            request = ScoreRequest(labels.sheet, seed=seed * pieces + index, parse=parse_of(labels, 0))
            latents, sound = generator.anchored_latents(request, labels.plan, lambda done, total: None)
            if is_exact(tracker, sound, labels.plan):
                keep_example(path, example_of(generator.backbone, request, labels.plan, latents))
            else:
                refused.touch()
        kept += path.exists()
        _say(f"take {index + 1} of {pieces}: {kept} with exact beats")


def is_exact(tracker: BeatTracker, sound: np.ndarray, plan: ScorePlan) -> bool:
    """Whether the planned beats are heard, and where they were planned."""
    measured, planned = pair_beats(tracker.track(sound), plan, 80.0)
    if len(measured) < (1 - MOST_MISSED) * len(plan.beats) or not len(measured):
        return False
    return float(np.median(np.abs(measured - planned))) <= LARGEST_ERROR_MS * 48


def example_of(backbone: Backbone, request: ScoreRequest, plan: ScorePlan, latents: Tensor) -> AdapterExample:
    """A take with its words encoded and its plan in features. `request.parse` says what its shots show."""
    assert request.parse is not None
    words = backbone.words(prompts_of(request.parse, plan))
    shares = shares_of_shots(backbone, request.parse)
    return AdapterExample(latents.cpu(), features_of(backbone, plan), shares, words)


def keep_example(path: Path, example: AdapterExample) -> None:
    """Write an example. Raises OutputError."""
    tensors = {"latents": example.latents, "features": example.features, "shares": example.shares}
    for name, each in example.words.sets.items():
        tensors |= {f"words.{name}.tokens": each.tokens, f"words.{name}.shots": each.shots}
        if each.mask is not None:
            tensors[f"words.{name}.mask"] = each.mask
    if example.words.pooled is not None:
        tensors["pooled"] = example.words.pooled
    with replacing(path) as partial:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, partial)


def kept_example(path: Path, device: torch.device) -> AdapterExample:
    """Read an example. The words are without guidance: training takes none."""
    tensors = {name: tensor.to(device) for name, tensor in load_file(path).items()}
    names = {name.split(".")[1] for name in tensors if name.startswith("words.")}
    sets = {
        name: TokenSet(
            tensors[f"words.{name}.tokens"], tensors[f"words.{name}.shots"], tensors.get(f"words.{name}.mask")
        )
        for name in sorted(names)
    }
    words = Words(sets, tensors.get("pooled"))
    return AdapterExample(tensors["latents"], tensors["features"], tensors["shares"], words)


def train_adapter(
    backbone: Backbone, paths: list[Path], schedule: Schedule, folder: Path, team: Team
) -> BackboneAdapter:
    """An adapter that was trained on examples, on the team's device. The backbone's own weights stay as they are."""
    with backbone.parts.use(backbone.network) as network, contextlib.ExitStack() as hooked:
        torch.manual_seed(0)
        adapter = BackboneAdapter.fresh(backbone, network).to(team.device)
        if backbone.reruns_blocks:
            network.enable_gradient_checkpointing()
        network.train()  # which is what lets diffusers run blocks again instead of keeping what they gave
        levels = backbone.levels()

        def loss_of_batch(batch: int) -> Tensor:
            hooked.close()  # those of the batch before, which its backward pass still needed
            rng = np.random.default_rng(batch)
            example = kept_example(paths[int(rng.integers(len(paths)))], team.device)
            example = _within(example, backbone, rng)
            level = levels[int(rng.integers(len(levels)))]
            noise = torch.randn(example.latents.shape, generator=torch.Generator().manual_seed(batch)).to(team.device)
            noised = level.clean * example.latents + level.noise * noise
            latents = example.latents.shape[2]
            steering = Steering(adapter, example.features)
            hooked.enter_context(steering.over(backbone, network, Window(0, latents)))
            if example.shares.shape[1] > 1:
                hooked.enter_context(backbone.hearing(network, example.words, example.shares))
            made = backbone.predict(network, noised, level, example.words, backbone.context(latents, None))
            return (made - backbone.prediction(example.latents, noise)).square().mean()

        books = Bookkeeping(
            folder / f"{backbone.model_id}-adapter-state",
            lambda step, loss: _say(f"adapter of {backbone.model_id}, step {step}: loss {loss:.4f}"),
            team,
            ProgressLog(folder, f"{backbone.model_id}-adapter") if team.leads else None,
        )
        try:
            train(
                adapter, loss_of_batch, schedule, books.state, books.report, team=team, log=books.log, half=True
            )  # fmt: skip
        finally:
            if backbone.reruns_blocks:
                network.disable_gradient_checkpointing()
            network.eval()
    return adapter


def _within(example: AdapterExample, backbone: Backbone, rng: np.random.Generator) -> AdapterExample:
    """A stretch of an example that one of the backbone's windows holds."""
    latents = example.latents.shape[2]
    length = min(latents, backbone.window_latents)
    first = int(rng.integers(latents - length + 1))
    inside = slice(first, first + length)
    shares = example.shares[inside]
    return AdapterExample(
        example.latents[:, :, inside], example.features[..., inside], shares, example.words.heard_by(shares)
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
