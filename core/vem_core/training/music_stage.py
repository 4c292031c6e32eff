"""What the stages of the music model share: folder, corpus, preset, options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from vem_core.contract.command import Command
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
from vem_core.training.loop import Report, Schedule
from vem_core.training.music_corpus import render_music, seconds_of


@dataclass(frozen=True)
class MusicStage:
    """One run of a stage: its parts are fresh, and go on from `state` where it exists."""

    folder: Path
    paths: list[Path]
    pipeline: VemPipeline
    state: Path
    seed: int
    joint: bool
    report: Report
    defaults: Schedule
    steps: int | None

    def schedule(self) -> Schedule:
        """The stage's schedule, with the steps that were asked for."""
        return self.defaults if self.steps is None else replace(self.defaults, steps=self.steps)


def stage_command(name: str, summary: str, defaults: Schedule, run: Callable[[MusicStage], None]) -> Command:
    """The `vem train` command of a stage."""

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="keeps corpus, states and weights; run again to go on")
        parser.add_argument("--pieces", type=int, default=900, help="pieces of the corpus (default: 900)")
        parser.add_argument("--steps", type=int, help=f"default: {defaults.steps}")
        parser.add_argument("--preset", default="mini", help="size of the model (default: mini)")
        parser.add_argument("--seed", type=int, default=0)
        if name == "ldm":
            parser.add_argument("--joint", action="store_true", help="train the adapter along with the transformer")

    def start(arguments: argparse.Namespace) -> int:
        run(_open_stage(name, defaults, arguments))
        return 0

    return Command(summary, add_arguments, start)


def _open_stage(name: str, defaults: Schedule, arguments: argparse.Namespace) -> MusicStage:
    from vem_core.parsing.text import MiniLmEncoder

    folder: Path = arguments.folder
    paths = render_music(folder / "music", range(arguments.pieces), MiniLmEncoder(), _say)
    _say(f"{len(paths)} pieces, {seconds_of(paths) / 60:.1f} minutes")
    return MusicStage(
        folder=folder,
        paths=paths,
        pipeline=untrained_pipeline(arguments.preset, arguments.seed),
        state=folder / f"{name}-state.safetensors",
        seed=arguments.seed,
        joint=getattr(arguments, "joint", False),
        report=lambda step, loss: _say(f"{name}, step {step}: loss {loss:.4f}"),
        defaults=defaults,
        steps=arguments.steps,
    )


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
