"""`vem train all FOLDER`: every stage in order, under one time if one is given, then dispersion and evaluation.

    pieces ->  aligner -> VAE -> transformer and adapter together -> adapter -> dispersion -> evaluation
       ...other pieces are rendered meanwhile...

Where several processes may render (`--workers`), the stages begin with the first pieces, and the transformer takes
what is there when its turn comes. Run it again to go on: each stage keeps its time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.contract.tasks import add_ray_argument
from vem_core.corpus.labels import PieceId
from vem_core.training import aligner, diffusion, dispersion, vae, vocoder
from vem_core.training.encoding import LEAVES
from vem_core.training.loop import Schedule, TrainingPaused
from vem_core.training.music_corpus import Recipe
from vem_core.training.music_stage import (
    MusicStage,
    add_corpus_arguments,
    corpus_pieces,
    encoders_of,
    recipe_of,
    record,
    stage_of,
)
from vem_core.training.preparing import composed_shards, import_shards, present, render_music
from vem_core.training.recipe import StageRecipe, TrainingRecipe, chosen_recipe
from vem_core.training.release import assemble_pipeline, dispersion_is_known
from vem_core.training.team import join_team

FIRST_PIECES = 128
"""That are there before the first stage begins; the others may come later."""

DISPERSION_MINUTES = 2.0
"""Kept back of the whole time to measure the dispersion on all its pieces."""

LATEST_WAIT = 0.1
"""Share of the whole time that the transformer waits at most for pieces that are still being rendered."""


@dataclass(frozen=True)
class Part:
    """A stage, and its share of the time that is left for the stages from it on."""

    name: str
    defaults: Schedule
    run: Callable[[MusicStage], object]
    weight: float
    joint: bool = False


PARTS = (
    Part("aligner", aligner.SCHEDULE, aligner.run_aligner, 0.1),
    Part("vae", vae.SCHEDULE, vae.run_vae, 0.22),
    Part("ldm", diffusion.LDM_SCHEDULE, diffusion.run_transformer, 0.6, joint=True),
    Part("adapter", diffusion.ADAPTER_SCHEDULE, diffusion.run_adapter, 0.08),
)
VOCODER = Part("vocoder", vocoder.SCHEDULE, vocoder.run_vocoder, 0.2)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem train all`."""
    add_corpus_arguments(parser)
    parser.set_defaults(workers=max(1, (os.cpu_count() or 1) - 1))
    add_ray_argument(parser, LEAVES)
    parser.add_argument(
        "--minutes", type=float, help="for everything (default: as many steps as each stage does alone)"
    )
    parser.add_argument(
        "--stop-after", type=float, metavar="MINUTES", help="pause this call in good time; run it again to go on"
    )
    parser.add_argument("--steps", type=int, help="of every stage, for a try")
    parser.add_argument("--clips", type=int, help="clips a batch and process (default: by the device)")
    parser.add_argument("--vocoder", action="store_true", help="also train a vocoder")
    parser.add_argument(
        "--dispersion-pieces",
        type=int,
        default=dispersion.PIECES,
        help=f"to measure on how far guesses are stretched; 0: not at all (default: {dispersion.PIECES})",
    )
    parser.add_argument("--evaluation-minutes", type=float, default=3.0, help="kept back at the end (default: 3)")
    parser.add_argument("--evaluation-pieces", type=int, default=26, help="0: no evaluation (default: 26)")
    parser.add_argument(
        "--experiments", type=int, default=0, help="pieces that go through the experiments (default: 0)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train what is not trained yet; at most for the time of `--stop-after`."""
    try:
        _run_stages(arguments)
    except TrainingPaused:
        sys.stderr.write("paused: run it again to go on\n")
    return 0


def _run_stages(arguments: argparse.Namespace) -> None:
    until = math.inf if arguments.stop_after is None else time.monotonic() + 60 * arguments.stop_after
    folder: Path = arguments.folder
    team = join_team(arguments.device)
    recipe = _recipe_of_all(arguments)
    measuring = DISPERSION_MINUTES * arguments.dispersion_pieces / dispersion.PIECES
    clock = Clock(folder / "all-stages.json", arguments.minutes, arguments.evaluation_minutes + measuring)
    train, test = corpus_pieces(recipe)
    made, corpus = recipe_of(recipe.corpus, arguments.encoder), folder / "corpus"
    parts = [*PARTS[:2], *([VOCODER] if arguments.vocoder else []), *PARTS[2:]]
    base = stage_of(parts[0].name, recipe, parts[0].defaults, folder, team)
    first = train if arguments.workers == 1 or team.count > 1 else train[:FIRST_PIECES]
    render_music(corpus, first, made, base.say, workers=arguments.workers, team=team)
    held_out = render_music(corpus, test, made, base.say, workers=arguments.workers, team=team)
    imported = [
        shard
        for shards in recipe.corpus.shards
        for shard in import_shards(corpus, Path(shards), made, base.say, workers=arguments.workers, team=team)
    ]
    encoders = encoders_of(arguments, base)
    with rendering(corpus, train[len(first) :], made, arguments.workers, base.say) as others:
        for place, part in enumerate(parts):
            if part.name == "ldm":
                others.wait(None if arguments.minutes is None else 60 * arguments.minutes * LATEST_WAIT)
            shards = [*present(composed_shards(corpus, train)), *imported]
            base.say(f"{part.name}: {sum(len(shard.examples) for shard in shards)} pieces")
            stage = stage_of(part.name, recipe, part.defaults, folder, team)
            record(stage, recipe)
            schedule = clock.schedule(part, parts[place:], stage.schedule, recipe.stage(part.name))
            stage = replace(
                stage,
                shards=shards,
                held_out=held_out,
                schedule=schedule,
                joint=part.joint or stage.joint,
                until=until,
                encoders=encoders,
            )
            with clock.counting():
                part.run(stage)
    if arguments.dispersion_pieces and team.leads:
        if time.monotonic() > until:
            raise TrainingPaused
        _measure_dispersion(arguments, recipe.preset, base)
    if arguments.evaluation_pieces and team.leads:
        _evaluate(arguments, recipe.preset, team.device.type)


def _recipe_of_all(arguments: argparse.Namespace) -> TrainingRecipe:
    """The recipe, with what the options say of every stage."""
    recipe = chosen_recipe(arguments, None)
    said = {name: getattr(arguments, name) for name in ("steps", "clips")}
    given = {name: value for name, value in said.items() if value is not None}
    for part in (*PARTS, VOCODER):
        recipe = recipe.with_stage(part.name, replace(recipe.stage(part.name), **given))
    return recipe


class Clock:
    """How much of the whole time is used, over all runs; without a whole time, nothing."""

    def __init__(self, path: Path, minutes: float | None, kept_back: float) -> None:
        self._path, self._minutes, self._kept_back = path, minutes, kept_back
        found = json.loads(path.read_text()) if path.is_file() else {}
        self._used_s: float = found.get("used_s", 0.0)
        self._seconds: dict[str, float] = found.get("seconds", {})
        self._started = time.monotonic()

    def schedule(self, part: Part, left: list[Part], plain: Schedule, said: StageRecipe) -> Schedule:
        """A part's schedule: as the recipe says, or else its share of what is left of the whole time.

        The share stays as it was when the part first began.
        """
        if self._minutes is None or said.steps is not None or said.minutes is not None:
            return plain
        if part.name not in self._seconds:
            remaining_s = 60 * (self._minutes - self._kept_back) - self._used_s - (time.monotonic() - self._started)
            share = part.weight / sum(part.weight for part in left)
            self._seconds[part.name] = max(1.0, remaining_s * share)
            self._write()
        return plain.timed(self._seconds[part.name] / 60)

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Keep what was used on disk, whatever happens inside."""
        try:
            yield
        finally:
            self._write()

    def _write(self) -> None:
        now = time.monotonic()
        self._used_s += now - self._started
        self._started = now
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".part")
        beside.write_text(json.dumps({"used_s": round(self._used_s, 1), "seconds": self._seconds}) + "\n")
        beside.replace(self._path)


class Others:
    """Pieces that are rendered while something else goes on."""

    def __init__(
        self, folder: Path, pieces: list[PieceId], recipe: Recipe, workers: int, say: Callable[[str], None]
    ) -> None:
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._render, args=(folder, pieces, recipe, workers, say), daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None) -> None:
        """Until all are there or the time is over; then nothing more is begun. Raises what rendering raised."""
        self._thread.join(seconds)
        self.stop()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Begin no more."""
        self._stop.set()
        self._thread.join()

    def _render(
        self, folder: Path, pieces: list[PieceId], recipe: Recipe, workers: int, say: Callable[[str], None]
    ) -> None:
        try:
            render_music(folder, pieces, recipe, self._saying(say), workers=max(1, workers - 1))
        except _Stopped:
            pass
        except Exception as error:  # the border of the thread: raised again where somebody waits
            self._failure = error

    def _saying(self, say: Callable[[str], None]) -> Callable[[str], None]:
        def told(text: str) -> None:
            if self._stop.is_set():
                raise _Stopped
            if text.split()[1].endswith("0"):
                say(text)

        return told


class _Stopped(Exception):
    """Nobody waits for more pieces."""


@contextlib.contextmanager
def rendering(
    folder: Path, pieces: list[PieceId], recipe: Recipe, workers: int, say: Callable[[str], None]
) -> Iterator[Others]:
    """Render pieces in the background as long as the block lasts."""
    others = Others(folder, pieces, recipe, workers, say)
    try:
        yield others
    finally:
        others.stop()


def _measure_dispersion(arguments: argparse.Namespace, preset: str, stage: MusicStage) -> None:
    """`vem train dispersion`, unless the factors that are there are of these weights."""
    pipeline = assemble_pipeline(arguments.folder, preset)
    if dispersion_is_known(arguments.folder, pipeline):
        return
    try:
        factors = dispersion.measure_and_keep(
            arguments.folder, pipeline.to(stage.team.device), arguments.encoder, arguments.dispersion_pieces
        )
    except InputError as error:  # weights that have learnt too little, which is no reason not to evaluate them
        stage.say(f"dispersion: {error}")
        return
    stage.say("dispersion: " + ", ".join(f"{factor:.3f} at level {sigma:.2f}" for sigma, factor in factors))


def _evaluate(arguments: argparse.Namespace, preset: str, device: str) -> None:
    """`vem evaluate` on what was trained, without the text encoder's package if the arguments name its folder."""
    from vem_core.training import held_out_evaluation

    parser = argparse.ArgumentParser()
    held_out_evaluation.add_arguments(parser)
    asked = [str(arguments.folder), "--preset", preset, "--device", device]
    asked += ["--pieces", str(arguments.evaluation_pieces), "--experiments", str(arguments.experiments)]
    asked += ["--workers", str(arguments.workers)]
    asked += ["--encoder", str(arguments.encoder)] if arguments.encoder is not None else []
    held_out_evaluation.run(parser.parse_args(asked))


COMMAND = Command("all stages in order, under one time", add_arguments, run)
