"""What the stages of the music model share: folder, corpus, preset, options.

FOLDER/corpus/           the pieces, one file each (`music_corpus`)
FOLDER/STAGE-state.safetensors, STAGE-progress.jsonl, STAGE-loss.png
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

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.contract.request import Device
from vem_core.corpus.labels import PieceId
from vem_core.corpus.splits import Split
from vem_core.models.base import VemModel
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
from vem_core.training.loop import Bookkeeping, Schedule
from vem_core.training.music_corpus import Recipe, example_path, import_shards, render_music, seconds_of
from vem_core.training.progress import ProgressLog
from vem_core.training.team import Team, join_team

SAVE_EVERY_S = 30.0


@dataclass(frozen=True)
class MusicStage:
    """One run of a stage: its parts are fresh, and go on from its state where there is one."""

    name: str
    folder: Path
    paths: list[Path]  # of the pieces that it learns from
    held_out: list[Path]  # of pieces with unseen seeds, tempi and keys
    preset: str
    schedule: Schedule
    seed: int = 0
    joint: bool = False
    clips: int | None = None  # a batch; None: what the stage finds right for the device
    team: Team = field(default_factory=Team)
    until: float = math.inf  # on the monotonic clock: then it pauses, and the next call goes on

    @property
    def pipeline(self) -> VemPipeline:
        """The preset's untrained parts; always the same ones."""
        return untrained_pipeline(self.preset, self.seed)

    def books(self) -> Bookkeeping:
        """Where the loop keeps its state and reports."""
        log = ProgressLog(self.folder, self.name) if self.team.leads else None
        return Bookkeeping(
            self.folder / f"{self.name}-state.safetensors",
            lambda step, loss: self.say(f"{self.name}, step {step}: loss {loss:.4f}"),
            self.team,
            log,
            self.until,
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
            parser.add_argument("--joint", action="store_true", help="train the adapter along with the transformer")

    def start(arguments: argparse.Namespace) -> int:
        stage = open_stage(name, defaults, arguments)
        run(stage)
        return 0

    return Command(summary, add_arguments, start)


def add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    """What all stages take: where, on what, how much."""
    parser.add_argument("folder", type=Path, help="keeps corpus, states and weights; run again to go on")
    parser.add_argument("--pieces", type=int, default=900, help="composed pieces to learn from (default: 900)")
    parser.add_argument("--held-out", type=int, default=24, help="pieces of the test split to check on (default: 24)")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="also learn from these shards")
    parser.add_argument("--soundfont", type=Path, help="an .sf2 or .sf3; plays half of the pieces' acoustic parts")
    parser.add_argument("--encoder", type=Path, help="folder of the text encoder (default: the installed package)")
    parser.add_argument("--workers", type=int, default=1, help="processes that render pieces (default: 1)")
    parser.add_argument("--preset", default="mini", help="size of the model (default: mini)")
    parser.add_argument("--device", choices=[device.value for device in Device], default="auto")
    parser.add_argument("--seed", type=int, default=0)


def open_stage(name: str, defaults: Schedule, arguments: argparse.Namespace) -> MusicStage:
    """The stage as the arguments ask for it, its corpus rendered. Raises InputError for numbers that cannot be."""
    if min(arguments.pieces, arguments.workers) < 1 or arguments.held_out < 0:
        raise InputError("--pieces and --workers must be at least 1.")
    team = join_team(arguments.device)
    stage = MusicStage(
        name=name,
        folder=arguments.folder,
        paths=[],
        held_out=[],
        preset=arguments.preset,
        schedule=_schedule(defaults, arguments),
        seed=arguments.seed,
        joint=getattr(arguments, "joint", False),
        clips=getattr(arguments, "clips", None),
        team=team,
    )
    stage.pipeline  # noqa: B018 - an unknown preset should be told before an hour of rendering
    train, test = corpus_pieces(arguments)
    folder = arguments.folder / "corpus"
    if team.leads:
        render_music(folder, [*train, *test], recipe_of(arguments), stage.say, workers=arguments.workers)
    team.wait()
    paths = [example_path(folder, piece) for piece in train]
    for shards in arguments.corpus:
        paths += import_shards(folder, shards, stage.say) if team.leads else []
    team.wait()
    if arguments.corpus and not team.leads:
        paths += sorted(path for shards in arguments.corpus for path in folder.glob(f"{shards.name}-*.safetensors"))
    stage.say(f"{len(paths)} pieces, {seconds_of(paths) / 60:.1f} minutes")
    return replace(stage, paths=paths, held_out=[example_path(folder, piece) for piece in test])


def corpus_pieces(arguments: argparse.Namespace) -> tuple[list[PieceId], list[PieceId]]:
    """The composed pieces to learn from and to check on."""
    return (
        [PieceId(Split.TRAIN, arguments.seed, index) for index in range(arguments.pieces)],
        [PieceId(Split.TEST, arguments.seed, index) for index in range(arguments.held_out)],
    )


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """How they are made. Raises InputError for a SoundFont that is not there."""
    if arguments.soundfont is not None and not arguments.soundfont.is_file():
        raise InputError(f"There is no SoundFont {arguments.soundfont}.")
    return Recipe(soundfont=arguments.soundfont, encoder_folder=arguments.encoder)


def _schedule(defaults: Schedule, arguments: argparse.Namespace) -> Schedule:
    schedule = replace(defaults, save_every_s=SAVE_EVERY_S)
    if getattr(arguments, "steps", None) is not None:
        schedule = replace(schedule, steps=arguments.steps)
    if getattr(arguments, "rate", None) is not None:
        schedule = replace(schedule, learning_rate=arguments.rate)
    if getattr(arguments, "minutes", None) is not None:
        schedule = timed(schedule, arguments.minutes)
    return schedule


def timed(schedule: Schedule, minutes: float) -> Schedule:
    """The schedule with a time instead of a number of steps."""
    return replace(schedule, seconds=60 * minutes, steps=10**9)
