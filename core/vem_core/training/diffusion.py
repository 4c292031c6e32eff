"""`vem train ldm` and `vem train adapter`: the paper's second and third stage.

First the transformer learns with the adapter off, on latents of the frozen VAE; then the transformer is frozen and the
adapter learns, with the aligner frozen. `vem train ldm --joint` trains both at once, which a small model on few steps
may need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vem_core.contract.command import Command
from vem_core.models.adapter import TransitionBeatAdapter
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.features import FrameCues, without_energy, without_lead_sheet
from vem_core.models.sampling import Conditions
from vem_core.models.scene_encoder import without_overall_words, without_shot_words
from vem_core.models.transformer import VemTransformer, flow_loss, noised
from vem_core.models.vae import MusicVAE
from vem_core.models.weights_file import WEIGHTS_FILE
from vem_core.training.encoding import encode_shards
from vem_core.training.example_shards import ExampleShard
from vem_core.training.loop import Bookkeeping, Check, Schedule
from vem_core.training.music_corpus import WORDINGS
from vem_core.training.music_stage import MusicStage, stage_command
from vem_core.training.packed_latents import (
    Draw,
    PackedLatents,
    cut_clips,
    hold_latents,
    sent_to,
)
from vem_core.training.rotation import MIB, Held, Share
from vem_core.training.starting import model_to_start_from, started
from vem_core.training.team import ALONE, Team

LDM_SCHEDULE = Schedule(8_000, 5e-4)
ADAPTER_SCHEDULE = Schedule(2_000, 5e-4)
CHECK_BATCHES, CHECK_CLIPS = 4, 16
HELD_OUT_BYTES = 512 * MIB
"""Of held-out latents that a check may hold."""

_HIGH_LEVEL, _LOW_LEVEL = 0.7, 0.5


def as_they_are(conditions: Conditions) -> Conditions:
    """All that a clip is conditioned on, unchanged."""
    return conditions


@dataclass(frozen=True)
class DiffusionTraining:
    """How transformer and adapter are trained. The `hide` shares are probabilities per clip, each drawn by itself.

    What the plan says of mood and energy is hidden in many clips: pictures and words are drawn from it, and nobody
    looks at a picture to learn what was told already. So are the shots' words, which say what the pictures measure, and
    beats and cuts, without which only the aligner knows where music and picture meet.
    """

    schedule: Schedule = LDM_SCHEDULE
    clips: int = 10  # a batch
    clip_latents: int = 192
    hide_words: float = 0.15  # global cues, shots' cues, each by itself
    hide_lead_sheet: float = 0.1  # and the score
    hide_score: float = 0.15  # who plays what; also where the lead sheet or the energy is hidden
    hide_energy: float = 0.4  # energy, density and form; harmony stays
    hide_mood: float = 0.4  # caption, tags and style are empty texts, as where an editor wrote nothing
    hide_pictures: float = 0.1  # of a clip's shots, all at once
    hide_strips: float = 0.15  # the aligner's features: timelines without media have none
    hide_shot_words: float = 0.35  # the shots' descriptions are empty texts; their pictures stay
    hide_rhythm: float = 0.1  # beats, cuts and hits, as in the paper, which has the aligner's features alone
    high_levels: float = 0.3  # of the clips, at noise levels from .7 to 1
    low_levels: float = 0.0  # of the clips, at noise levels up to .5
    latest_start_s: float = 1_800.0  # clips are moved in time, so that late shots of long films are nothing new
    seed: int = 0
    alter: Callable[[Conditions], Conditions] = as_they_are  # an ablation takes something away


def train_transformer(
    transformer: VemTransformer,
    adapter: TransitionBeatAdapter | None,
    held: Held[PackedLatents],
    training: DiffusionTraining,
    books: Bookkeeping,
    held_out: PackedLatents | None = None,
) -> None:
    """The second stage, in place; with an adapter, both at once."""
    network = nn.ModuleList([transformer] if adapter is None else [transformer, adapter])
    check = held_out_loss(transformer, adapter, held_out, training)
    objective = flow_objective(transformer, adapter, held, training, books.team)
    books.train(network, objective, training.schedule, check=check, half=True)


def train_adapter(
    adapter: TransitionBeatAdapter,
    transformer: VemTransformer,
    held: Held[PackedLatents],
    training: DiffusionTraining,
    books: Bookkeeping,
    held_out: PackedLatents | None = None,
) -> None:
    """The third stage: the adapter in place, the transformer frozen."""
    transformer.requires_grad_(False)
    check = held_out_loss(transformer, adapter, held_out, training)
    objective = flow_objective(transformer, adapter, held, training, books.team)
    books.train(adapter, objective, training.schedule, check=check, half=True)
    transformer.requires_grad_(True)


def flow_objective(
    transformer: VemTransformer,
    adapter: TransitionBeatAdapter | None,
    held: Held[PackedLatents],
    training: DiffusionTraining,
    team: Team = ALONE,
) -> Callable[[int], Tensor]:
    """The loss of a batch, by its number."""

    def loss_of_batch(batch: int) -> Tensor:
        packed = held.at(batch // team.count)
        random = np.random.default_rng((training.seed, 4, batch))
        latents, whole = cut_clips(packed, draw_clips(packed, training, random), training.clip_latents)
        conditions = training.alter(whole)

        def chances(share: float) -> Tensor:
            return sent_to(packed.device, random.random(len(latents)) < share)

        sigma = sent_to(packed.device, draw_levels(random, len(latents), training.high_levels, training.low_levels))
        noise = torch.randn_like(latents)
        hidden = chances(training.hide_words), chances(training.hide_words)
        unwritten = chances(training.hide_lead_sheet)
        seen = ~chances(training.hide_strips)[:, None, None]
        frames = without_lead_sheet(without_energy(conditions.frames, chances(training.hide_energy)), unwritten)
        scene = without_overall_words(conditions.scene, chances(training.hide_mood))
        scene = without_shot_words(scene, chances(training.hide_shot_words))
        counted = ~chances(training.hide_rhythm)[:, None, None]
        scored = ~chances(training.hide_score)[:, None, None]
        frames = FrameCues(frames.lead_sheet, frames.rhythm * counted, frames.aligner * seen, frames.score * scored)
        velocity = transformer(
            noised(latents, noise, sigma),
            sigma,
            frames.lead_sheet,
            transformer.encode_scene(scene, *hidden),
            conditions.shots,
            None if adapter is None else adapter(frames.stacked()),
            score=frames.score,
        )
        return flow_loss(velocity, latents, noise)

    return loss_of_batch


def held_out_loss(
    transformer: VemTransformer,
    adapter: TransitionBeatAdapter | None,
    packed: PackedLatents | None,
    training: DiffusionTraining,
) -> Check | None:
    """The mean loss on always the same clips, noise and levels of packed latents that training does not see."""
    if packed is None:
        return None
    training_settings = DiffusionTraining(
        clips=CHECK_CLIPS,
        clip_latents=training.clip_latents,
        hide_words=0,
        hide_lead_sheet=0,
        hide_score=0,
        hide_energy=0,
        hide_mood=0,
        hide_strips=0,
        hide_shot_words=0,
        hide_rhythm=0,
        high_levels=0,
        low_levels=0,
        seed=-1 % 2**31,
        alter=training.alter,
    )
    objective = flow_objective(transformer, adapter, Held.whole(packed), training_settings)

    def check() -> Tensor:
        losses = []
        for batch in range(CHECK_BATCHES):
            torch.manual_seed(batch)
            losses.append(objective(batch))
        return torch.stack(losses).mean()

    return check


def draw_clips(packed: PackedLatents, training: DiffusionTraining, random: np.random.Generator) -> Draw:
    """Which clips a batch has."""
    count = training.clips
    later_s = random.uniform(0, training.latest_start_s, count) * (random.random(count) < 0.5)
    return Draw(
        packed.begins[random.integers(len(packed.begins), size=count)],
        random.integers(WORDINGS, size=count),
        later_s.astype(np.float32),
        random.random(count) >= training.hide_pictures,
    )


def draw_levels(
    random: np.random.Generator, count: int, high_share: float, low_share: float = 0.0
) -> NDArray[np.float32]:
    """Noise levels in 0..1: most of them in the middle (logit-normal; Esser et al. 2024), a share spread from .7 to 1,
    and one up to .5.

    The logit-normal alone has 1.4 % beyond .9, where it is decided what will sound, and guesses there stay too small.
    What an ear hears of a sound's grain is decided below .4.
    """
    middle = 1.0 / (1.0 + np.exp(-random.standard_normal(count)))
    high, place = random.uniform(_HIGH_LEVEL, 1.0, count), random.random(count)
    low = _LOW_LEVEL * random.random(count) if low_share else middle
    return np.where(place < high_share, high, np.where(place >= 1 - low_share, low, middle)).astype(np.float32)


class LatentSets(NamedTuple):
    """The latents to learn from, to be closed, and those held out where pieces are."""

    held: Held[PackedLatents]
    held_out: PackedLatents | None


def latent_sets(stage: MusicStage, training: DiffusionTraining) -> LatentSets:
    """Both, encoded where they are not yet. Raises InputError if no piece is as long as a clip."""
    vae = MusicVAE.from_pretrained(stage.folder / "vae").to(stage.team.device)
    aligner = frozen_aligner(stage).to(stage.team.device)

    def encoded(shards: Sequence[ExampleShard]) -> list[ExampleShard]:
        return encode_shards(shards, vae, aligner, stage.folder / "latents", stage.team, stage.say, stage.encoders)

    share = stage.books().share(training.clips, training.seed)
    held = hold_latents(encoded(stage.shards), training.clip_latents, share, stage.team.device)
    checks = encoded(stage.held_out)
    if not any(example.latents >= training.clip_latents for shard in checks for example in shard.examples):
        return LatentSets(held, None)
    with hold_latents(checks, training.clip_latents, Share(HELD_OUT_BYTES, CHECK_CLIPS), stage.team.device) as few:
        return LatentSets(held, few.at(0))


def frozen_aligner(stage: MusicStage) -> TransitionBeatAligner:
    """The trained aligner of the folder; before it is trained, one with random features, which says so."""
    if (stage.folder / "aligner" / WEIGHTS_FILE).is_file():
        return TransitionBeatAligner.from_pretrained(stage.folder / "aligner")
    stage.say("there is no trained aligner yet (`vem train aligner`): its features stay zero")
    return _blind(stage.pipeline.aligner)


def _blind(aligner: TransitionBeatAligner) -> TransitionBeatAligner:
    """The aligner with features that are always zero, for a model that learns before its aligner does."""
    for tensor in aligner.to_features.parameters():
        nn.init.zeros_(tensor)
    return aligner.eval()


def compiled(transformer: VemTransformer, stage: MusicStage) -> VemTransformer:
    """The transformer, compiled in place where the recipe says so and a GPU computes."""
    if stage.computing.compile and stage.team.device.type == "cuda":
        transformer.compile()
    return transformer


def training_of(stage: MusicStage) -> DiffusionTraining:
    """How a stage trains on its device."""
    cuda = stage.team.device.type == "cuda"
    training = DiffusionTraining(stage.schedule, clips=stage.clips or (256 if cuda else 10), seed=stage.seed)
    shares = {"high_levels": stage.high_levels, "low_levels": stage.low_levels}
    return replace(training, **{name: share for name, share in shares.items() if share is not None})  # type: ignore[arg-type]


def run_transformer(stage: MusicStage) -> None:
    """`vem train ldm`: transformer, and adapter if they learn jointly, from the folder's VAE and aligner.

    Without `joint` the adapter of a model that it starts from is left as it is, for `vem train adapter`.
    """
    training, model = training_of(stage), model_to_start_from(stage)
    transformer = started(stage.pipeline.transformer, None if model is None else model.transformer)
    transformer = compiled(transformer.to(stage.team.device), stage)
    adapter = started(stage.pipeline.adapter, None if model is None else model.adapter)
    if not stage.joint and model is not None:
        stage.save("adapter", adapter)
    adapter = adapter.to(stage.team.device) if stage.joint else None
    held, held_out = latent_sets(stage, training)
    with held:
        train_transformer(transformer, adapter, held, training, stage.books(), held_out)
    stage.save("transformer", transformer)
    if adapter is not None:
        stage.save("adapter", adapter)


def run_adapter(stage: MusicStage) -> None:
    """`vem train adapter`: on the folder's transformer; goes on from an adapter that was trained jointly."""
    training = training_of(stage)
    transformer = compiled(VemTransformer.from_pretrained(stage.folder / "transformer").to(stage.team.device), stage)
    adapter = stage.pipeline.adapter
    if (stage.folder / "adapter" / WEIGHTS_FILE).is_file():
        adapter = TransitionBeatAdapter.from_pretrained(stage.folder / "adapter")
    adapter = adapter.to(stage.team.device)
    held, held_out = latent_sets(stage, training)
    with held:
        train_adapter(adapter, transformer, held, training, stage.books(), held_out)
    stage.save("adapter", adapter)


TRANSFORMER: Command = stage_command("ldm", "train the diffusion transformer", LDM_SCHEDULE, run_transformer)
ADAPTER: Command = stage_command("adapter", "train the transition-beat adapter", ADAPTER_SCHEDULE, run_adapter)
