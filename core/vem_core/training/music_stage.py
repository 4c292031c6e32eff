"""What the stages of the music model share: folder, corpus, preset, options.

FOLDER/corpus/           the pieces, in shards (`example_shards`)
FOLDER/latents/HASH/     the same through the frozen VAE and aligner of that hash
FOLDER/STAGE-state/      its last two states (`checkpoints`)
FOLDER/STAGE-recipe.toml, STAGE-recipes.jsonl, STAGE-progress.jsonl, STAGE-loss.png, tensorboard/STAGE/
FOLDER/aligner, vae, vocoder, transformer, adapter
                         what a finished stage leaves, in diffusers' layout
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from vem_core.contract.atomic import make_folder
from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.contract.request import Device
from vem_core.contract.tasks import Workers, add_ray_argument, say_where
from vem_core.corpus.labels import PieceId
from vem_core.corpus.splits import Split
from vem_core.models.base import VemModel
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
from vem_core.training.checkpoints import read_record, state_folder
from vem_core.training.computing import Computing
from vem_core.training.encoding import LEAVES
from vem_core.training.example_shards import ExampleShard, seconds_of
from vem_core.training.loop import Bookkeeping, Schedule
from vem_core.training.music_corpus import Recipe
from vem_core.training.preparing import import_shards, render_music
from vem_core.training.progress import ProgressLog
from vem_core.training.recipe import CorpusRecipe, TrainingRecipe, chosen_recipe, record_recipe
from vem_core.training.rotation import MIB
from vem_core.training.team import Team, join_team

SAVE_EVERY_S = 30.0
LATENT_STAGES = ("ldm", "adapter")  # that learn from latents, which a cluster may encode
MEMORY_MIB, GPU_MEMORY_MIB = 2048, 8192
"""Of the corpus that a process holds where the recipe does not say; beside it lies what is read next."""


@dataclass(frozen=True)
class MusicStage:
    """One run of a stage: its parts are fresh, and go on from its state where there is one."""

    name: str
    folder: Path
    shards: list[ExampleShard]  # of the pieces that it learns from
    held_out: list[ExampleShard]  # of pieces with unseen seeds, tempi and keys
    preset: str
    schedule: Schedule
    seed: int = 0
    joint: bool = False
    start: str = ""  # what it begins with: see `starting`; empty: random weights
    high_levels: float | None = None  # of the diffusion stages; None: as `DiffusionTraining` has it
    low_levels: float | None = None  # likewise
    clips: int | None = None  # a batch; None: what the stage finds right for the device
    team: Team = field(default_factory=Team)
    until: float = math.inf  # on the monotonic clock: then it pauses, and the next call goes on
    memory_mib: int | None = None  # of the corpus, on a process; None: by the device
    encoders: Workers = Workers()  # of latents
    computing: Computing = Computing()

    @property
    def pipeline(self) -> VemPipeline:
        """The preset's untrained parts; always the same ones."""
        return untrained_pipeline(self.preset, self.seed)

    def books(self) -> Bookkeeping:
        """Where the loop keeps its state and reports."""
        own = MEMORY_MIB if self.team.device.type == "cpu" else GPU_MEMORY_MIB
        return Bookkeeping(
            state_folder(self.folder, self.name),
            lambda step, loss: self.say(f"{self.name}, step {step}: loss {loss:.4f}"),
            self.team.splitting(self.computing.split),
            ProgressLog(self.folder, self.name) if self.team.leads else None,
            self.until,
            (self.memory_mib or own) * MIB,
            self.computing,
        )

    def save(self, part: str, module: VemModel) -> None:
        """Leave a finished part in the folder."""
        if self.team.leads:
            module.cpu().save_pretrained(self.folder / part)
        self.team.wait()

    def say(self, text: str) -> None:
        """A line for whoever watches."""
        if self.team.leads:
            sys.stderr.write(text + "\n")


def stage_command(name: str, summary: str, defaults: Schedule, run: Callable[[MusicStage], object]) -> Command:
    """The `vem train` command of a stage."""

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        add_corpus_arguments(parser)
        parser.add_argument("--steps", type=int, help=f"default: {defaults.steps}")
        parser.add_argument("--minutes", type=float, help="train no longer than this, over all runs together")
        parser.add_argument("--rate", type=float, help=f"learning rate (default: {defaults.learning_rate})")
        parser.add_argument("--clips", type=int, help="clips a batch and process (default: by the device)")
        if name == "ldm":
            parser.add_argument(
                "--joint", action="store_true", default=None, help="train the adapter along with the transformer"
            )
            parser.add_argument(
                "--from",
                dest="start",
                metavar="MODEL",
                help="begin with the weights of a saved model, a training folder or `vem-mini`, and take over its VAE "
                "and aligner (default: random weights, the folder's VAE and aligner)",
            )
        if name in LATENT_STAGES:
            add_ray_argument(parser, LEAVES)

    def start(arguments: argparse.Namespace) -> int:
        run(open_stage(name, defaults, arguments))
        return 0

    return Command(summary, add_arguments, start)


def add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    """What all stages take: where, on what, how much."""
    usual = TrainingRecipe()
    parser.add_argument("folder", type=Path, help="keeps corpus, states and weights; run again to go on")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="TOML; all other options outrank what it says")
    parser.add_argument(
        "--pieces", type=int, help=f"composed pieces to learn from (default: {usual.corpus.pieces}; 0: shards only)"
    )
    parser.add_argument(
        "--held-out", type=int, help=f"pieces of the test split to check on (default: {usual.corpus.held_out})"
    )
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="also learn from these shards")
    parser.add_argument("--soundfont", type=Path, help="an .sf2 or .sf3; plays half of the pieces' acoustic parts")
    parser.add_argument("--encoder", type=Path, help="folder of the text encoder (default: the installed package)")
    parser.add_argument("--workers", type=int, default=1, help="processes that render pieces, and encode (default: 1)")
    parser.add_argument("--preset", help=f"size of the model (default: {usual.preset})")
    parser.add_argument("--device", choices=[device.value for device in Device], default="auto")
    parser.add_argument(
        "--memory-mib", type=int, help=f"of the corpus in memory (default: {MEMORY_MIB}, on a GPU {GPU_MEMORY_MIB})"
    )
    parser.add_argument("--seed", type=int, help="default: 0")


def open_stage(name: str, defaults: Schedule, arguments: argparse.Namespace) -> MusicStage:
    """The stage as recipe and arguments ask for it, its corpus prepared. Raises InputError for what cannot be."""
    if arguments.workers < 1:
        raise InputError("--workers must be at least 1.")
    team = join_team(arguments.device)
    recipe = chosen_recipe(arguments, name)
    stage = stage_of(name, recipe, defaults, arguments.folder, team)
    stage.pipeline  # noqa: B018 - an unknown preset should be told before an hour of rendering
    record(stage, recipe)
    made, folder = recipe_of(recipe.corpus, arguments.encoder), arguments.folder / "corpus"
    train, test = corpus_pieces(recipe)
    shards = render_music(folder, train, made, stage.say, workers=arguments.workers, team=team)
    for corpus in recipe.corpus.shards:
        shards += import_shards(folder, Path(corpus), made, stage.say, workers=arguments.workers, team=team)
    held_out = render_music(folder, test, made, stage.say, workers=arguments.workers, team=team)
    stage.say(f"{sum(len(shard.examples) for shard in shards)} pieces, {seconds_of(shards) / 60:.1f} minutes")
    return replace(stage, shards=shards, held_out=held_out, encoders=encoders_of(arguments, stage))


def encoders_of(arguments: argparse.Namespace, stage: MusicStage) -> Workers:
    """Who encodes the corpus of a stage that learns from latents; what a cluster gets to see is said."""
    encoders = Workers(arguments.workers, getattr(arguments, "ray", ""))
    if stage.team.leads:
        say_where(encoders, LEAVES)
    return encoders


def stage_of(name: str, recipe: TrainingRecipe, defaults: Schedule, folder: Path, team: Team) -> MusicStage:
    """The stage as a recipe has it, without its corpus."""
    own = recipe.stage(name)
    return MusicStage(
        name=name,
        folder=folder,
        shards=[],
        held_out=[],
        preset=recipe.preset,
        schedule=own.schedule(replace(defaults, save_every_s=SAVE_EVERY_S)),
        seed=recipe.seed,
        joint=own.joint,
        start=own.start,
        high_levels=own.high_levels,
        low_levels=own.low_levels,
        clips=own.clips,
        team=team,
        memory_mib=recipe.memory_mib,
        computing=own.computing,
    )


def record(stage: MusicStage, recipe: TrainingRecipe) -> None:
    """Write down by what recipe the stage goes on."""
    if stage.team.leads:
        make_folder(stage.folder)
        states = read_record(state_folder(stage.folder, stage.name)).checkpoints
        record_recipe(stage.folder, stage.name, recipe, states[-1].step if states else 0)


def corpus_pieces(recipe: TrainingRecipe) -> tuple[list[PieceId], list[PieceId]]:
    """The composed pieces to learn from and to check on."""
    return (
        [PieceId(Split.TRAIN, recipe.seed, index) for index in range(recipe.corpus.pieces)],
        [PieceId(Split.TEST, recipe.seed, index) for index in range(recipe.corpus.held_out)],
    )


def recipe_of(corpus: CorpusRecipe, encoder: Path | None) -> Recipe:
    """How they are made. Raises InputError for a SoundFont that is not there."""
    soundfont = Path(corpus.soundfont) if corpus.soundfont else None
    if soundfont is not None and not soundfont.is_file():
        raise InputError(f"There is no SoundFont {soundfont}.")
    return Recipe(soundfont=soundfont, encoder_folder=encoder)
