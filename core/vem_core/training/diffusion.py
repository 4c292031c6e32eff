"""`vem train ldm` and `vem train adapter`: the paper's second and third stage.

First the transformer learns with the adapter off, on latents of the frozen VAE; then the transformer is frozen and the
adapter learns, with the aligner frozen. `vem train ldm --joint` trains both at once, which a small model on few steps
may need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vem_core.contract.command import Command
from vem_core.models.adapter import TransitionBeatAdapter
from vem_core.models.features import FrameCues
from vem_core.models.sampling import Conditions
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import SceneIndex
from vem_core.models.transformer import VemTransformer, flow_loss, noised
from vem_core.models.vae import MusicVAE
from vem_core.training.loop import Report, Schedule, train
from vem_core.training.music_corpus import kept_example
from vem_core.training.music_stage import MusicStage, stage_command

SCHEDULE = Schedule(8_000, 5e-4)


@dataclass(frozen=True)
class DiffusionTraining:
    """How transformer and adapter are trained. The `hide` shares are probabilities per clip."""

    schedule: Schedule = SCHEDULE
    clips: int = 10  # a step
    clip_latents: int = 192
    hide_words: float = 0.15  # global cues, shots' cues, each by itself
    hide_lead_sheet: float = 0.1
    latest_start_s: float = 1_800.0  # clips are moved in time, so that late shots of long films are nothing new
    seed: int = 0


class LatentExample(NamedTuple):
    """A piece as the diffusion stages see it: scaled latents (1, C, L) and what was said about them."""

    latents: Tensor
    conditions: Conditions


def encode_corpus(paths: Sequence[Path], vae: MusicVAE, aligner_width: int, shortest: int) -> list[LatentExample]:
    """The pieces of at least `shortest` latents, through the frozen VAE. Their cuts have no pictures to align by
    yet."""
    examples = []
    with torch.inference_mode():
        for path in paths:
            kept = kept_example(path)
            latents = vae.encode_latents(kept.coded[None].float())
            if latents.shape[-1] >= shortest:
                frames = FrameCues(kept.lead_sheet, kept.rhythm, torch.zeros(1, aligner_width, latents.shape[-1]))
                examples.append(LatentExample(latents.clone(), Conditions(kept.scene, kept.shots, frames)))
    return examples


def train_transformer(
    transformer: VemTransformer,
    adapter: TransitionBeatAdapter | None,
    examples: Sequence[LatentExample],
    training: DiffusionTraining,
    state: Path | None,
    report: Report,
) -> None:
    """The second stage, in place; with an adapter, both at once."""
    network = nn.ModuleList([transformer] if adapter is None else [transformer, adapter])
    train(network, _objective(transformer, adapter, examples, training), training.schedule, state, report)


def train_adapter(
    adapter: TransitionBeatAdapter,
    transformer: VemTransformer,
    examples: Sequence[LatentExample],
    training: DiffusionTraining,
    state: Path | None,
    report: Report,
) -> None:
    """The third stage: the adapter in place, the transformer frozen."""
    transformer.requires_grad_(False)
    train(adapter, _objective(transformer, adapter, examples, training), training.schedule, state, report)
    transformer.requires_grad_(True)


def _objective(
    transformer: VemTransformer,
    adapter: TransitionBeatAdapter | None,
    examples: Sequence[LatentExample],
    training: DiffusionTraining,
) -> Callable[[int], Tensor]:
    def loss_of_step(step: int) -> Tensor:
        random = np.random.default_rng((training.seed, 4, step))
        latents, conditions = draw_clips(examples, training, random)
        sigma = torch.from_numpy(_draw_levels(random, len(latents)))
        noise = torch.randn_like(latents)
        hide = [torch.from_numpy(random.random(len(latents)) < training.hide_words) for _ in range(2)]
        told = torch.from_numpy(random.random(len(latents)) >= training.hide_lead_sheet)[:, None, None]
        frames = conditions.frames._replace(lead_sheet=conditions.frames.lead_sheet * told)
        velocity = transformer(
            noised(latents, noise, sigma),
            sigma,
            frames.lead_sheet,
            transformer.encode_scene(conditions.scene, *hide),
            conditions.shots,
            None if adapter is None else adapter(frames.stacked()),
        )
        return flow_loss(velocity, latents, noise)

    return loss_of_step


def _draw_levels(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Noise levels in 0..1, most of them in the middle (logit-normal; Esser et al. 2024)."""
    return (1.0 / (1.0 + np.exp(-random.standard_normal(count)))).astype(np.float32)


def draw_clips(
    examples: Sequence[LatentExample], training: DiffusionTraining, random: np.random.Generator
) -> tuple[Tensor, Conditions]:
    """Latents (B, C, L) of a step's clips and their conditions."""
    latents, told = [], []
    for chosen in random.integers(len(examples), size=training.clips):
        example = examples[chosen]
        first = int(random.integers(0, example.latents.shape[-1] - training.clip_latents + 1))
        last_excl = first + training.clip_latents
        latents.append(example.latents[..., first:last_excl])
        later_s = float(random.choice([0.0, random.uniform(0, training.latest_start_s)]))
        told.append(cut_conditions(example.conditions, first, last_excl, later_s))
    return torch.cat(latents), collate(told)


def cut_conditions(conditions: Conditions, first: int, last_excl: int, later_s: float = 0.0) -> Conditions:
    """The conditions of the latents [first, last_excl), with only the shots that are heard there."""
    shots = conditions.shots.window(first, last_excl)
    heard = shots.shots[shots.log_share > -torch.inf]
    low, high = int(heard.min()), int(heard.max())
    scene = SceneCues(conditions.scene.overall_text, *(part[:, low : high + 1] for part in conditions.scene[1:]))
    scene = scene._replace(start_s=scene.start_s + later_s)
    renumbered = (shots.shots - low).clamp(0, high - low)
    return Conditions(scene, SceneIndex(renumbered, shots.log_share), conditions.frames.window(first, last_excl))


def collate(told: Sequence[Conditions]) -> Conditions:
    """Conditions of one length as one batch: missing shots are empty rows that no latent hears."""
    shots = max(one.scene.start_s.shape[1] for one in told)
    slots = max(one.shots.shots.shape[2] for one in told)
    scene = [SceneCues(one.scene.overall_text, *(_pad_shots(part, shots) for part in one.scene[1:])) for one in told]
    index = [
        SceneIndex(
            F.pad(one.shots.shots, (0, slots - one.shots.shots.shape[2])),
            F.pad(one.shots.log_share, (0, slots - one.shots.log_share.shape[2]), value=-torch.inf),
        )
        for one in told
    ]
    return Conditions(
        SceneCues(*(torch.cat(parts) for parts in zip(*scene, strict=True))),
        SceneIndex(*(torch.cat(parts) for parts in zip(*index, strict=True))),
        FrameCues(*(torch.cat(parts) for parts in zip(*(one.frames for one in told), strict=True))),
    )


def _pad_shots(part: Tensor, shots: int) -> Tensor:
    missing = part.new_zeros(part.shape[0], shots - part.shape[1], *part.shape[2:])
    return torch.cat([part, missing], dim=1)


def _prepare(stage: MusicStage, training: DiffusionTraining) -> list[LatentExample]:
    vae = MusicVAE.from_pretrained(stage.folder / "vae")
    return encode_corpus(stage.paths, vae, stage.pipeline.aligner.config.feature_width, training.clip_latents)


def _run_transformer(stage: MusicStage) -> None:
    training = DiffusionTraining(stage.schedule(), seed=stage.seed)
    transformer, adapter = stage.pipeline.transformer, stage.pipeline.adapter if stage.joint else None
    train_transformer(transformer, adapter, _prepare(stage, training), training, stage.state, stage.report)
    transformer.save_pretrained(stage.folder / "transformer")
    if adapter is not None:
        adapter.save_pretrained(stage.folder / "adapter")


def _run_adapter(stage: MusicStage) -> None:
    training = DiffusionTraining(stage.schedule(), seed=stage.seed)
    transformer = VemTransformer.from_pretrained(stage.folder / "transformer")
    adapter = stage.pipeline.adapter
    train_adapter(adapter, transformer, _prepare(stage, training), training, stage.state, stage.report)
    adapter.save_pretrained(stage.folder / "adapter")


TRANSFORMER: Command = stage_command("ldm", "train the diffusion transformer", SCHEDULE, _run_transformer)
ADAPTER: Command = stage_command("adapter", "train the transition-beat adapter", Schedule(2_000, 5e-4), _run_adapter)
