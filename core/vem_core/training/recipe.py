"""One TOML file for an experiment: what is learnt from, how large, how long, how computed.

    preset = "mini"
    seed = 0
    [corpus]
    pieces = 900
    shards = ["corpus/train"]
    [ldm]
    steps = 20000
    clips = 256
    [ldm.computing]
    precision = "bfloat16"
    accumulate = 2

Whatever is left out is as without a recipe; options of the command line outrank it. What a run was made by stands in
FOLDER/STAGE-recipe.toml, ready to be given again, and each call's in FOLDER/STAGE-recipes.jsonl.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vem_core.contract.atomic import write_bytes
from vem_core.contract.codec import from_json, to_json
from vem_core.contract.errors import ContractError, InputError
from vem_core.training.computing import Computing
from vem_core.training.loop import Schedule


@dataclass(frozen=True)
class CorpusRecipe:
    """What is learnt from. Raises InputError for numbers that cannot be."""

    pieces: int = 900  # that are composed here
    held_out: int = 24  # of the test split, to check on
    shards: tuple[str, ...] = ()  # folders of `vem data`
    soundfont: str = ""  # plays half of the pieces' acoustic parts

    def __post_init__(self) -> None:
        if self.pieces < 0 or self.held_out < 0 or not (self.pieces or self.shards):
            raise InputError("A corpus has pieces that are composed here (--pieces), shards (--corpus), or both.")


@dataclass(frozen=True)
class StageRecipe:
    """How a stage learns; what is None is the stage's own."""

    steps: int | None = None
    minutes: float | None = None
    rate: float | None = None
    clips: int | None = None
    joint: bool = False  # `ldm`: the adapter along with the transformer
    start: str = ""  # `ldm`: a saved model, a training folder or "vem-mini" to begin with; its VAE and aligner too
    high_levels: float | None = None  # `ldm`, `adapter`: share of the clips at noise levels from .7 to 1
    low_levels: float | None = None  # likewise, up to .5
    computing: Computing = Computing()

    def schedule(self, defaults: Schedule) -> Schedule:
        """The stage's schedule with what is said here."""
        schedule = defaults
        if self.steps is not None:
            schedule = replace(schedule, steps=self.steps)
        if self.rate is not None:
            schedule = replace(schedule, learning_rate=self.rate)
        return schedule if self.minutes is None else schedule.timed(self.minutes)


@dataclass(frozen=True)
class TrainingRecipe:
    """An experiment."""

    preset: str = "mini"
    seed: int = 0
    memory_mib: int | None = None  # of the corpus that a process may hold; None: 2,048, on a GPU 8,192
    corpus: CorpusRecipe = CorpusRecipe()
    aligner: StageRecipe = StageRecipe()
    vae: StageRecipe = StageRecipe()
    vocoder: StageRecipe = StageRecipe()
    ldm: StageRecipe = StageRecipe()
    adapter: StageRecipe = StageRecipe()
    ablation: StageRecipe = StageRecipe()

    def with_stage(self, name: str, part: StageRecipe) -> TrainingRecipe:
        """The recipe with another part of a stage."""
        changed: dict[str, Any] = {name: part}
        return replace(self, **changed)

    def stage(self, name: str) -> StageRecipe:
        """The part of a stage."""
        part: StageRecipe = getattr(self, name)
        return part


def read_recipe(path: Path) -> TrainingRecipe:
    """The recipe in a TOML file. Raises InputError naming what is unknown or wrong."""
    try:
        return from_json(TrainingRecipe, tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except OSError as error:
        raise InputError(f"The recipe {path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, ContractError) as error:
        said = error.message if isinstance(error, ContractError) else f"it is no TOML: {error}."
        raise InputError(f"The recipe {path} cannot be used: {said}") from error


def chosen_recipe(arguments: argparse.Namespace, stage: str | None) -> TrainingRecipe:
    """The recipe that the arguments name, with what their options say otherwise; `stage`: the one that they are for."""
    recipe = TrainingRecipe() if arguments.recipe is None else read_recipe(arguments.recipe)

    def given(*names: str) -> dict[str, Any]:
        found = {name: getattr(arguments, name, None) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    learnt = given("pieces", "held_out")
    if arguments.soundfont is not None:
        learnt["soundfont"] = str(arguments.soundfont)
    if arguments.corpus:
        learnt["shards"] = tuple(str(path) for path in arguments.corpus)
    corpus = replace(recipe.corpus, **learnt)
    recipe = replace(recipe, corpus=corpus, **given("preset", "seed", "memory_mib"))
    if stage is None:
        return recipe
    own = given("steps", "minutes", "rate", "clips", "joint", "start")
    return recipe.with_stage(stage, replace(recipe.stage(stage), **own))


def to_toml(recipe: TrainingRecipe) -> str:
    """The recipe as TOML; what is None is left out."""
    return "\n".join(_lines(to_json(recipe))) + "\n"


def record_recipe(folder: Path, stage: str, recipe: TrainingRecipe, step: int) -> None:
    """Write down by what a run goes on from a step. Raises OutputError."""
    versions = {name: importlib.metadata.version(name) for name in ("torch", "vem-score") if _is_installed(name)}
    line = {"step": step, "recipe": to_json(recipe), "versions": versions}
    with (folder / f"{stage}-recipes.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    write_bytes(folder / f"{stage}-recipe.toml", to_toml(recipe).encode())


def _lines(table: Mapping[str, Any], name: str = "") -> Iterator[str]:
    for key, value in table.items():
        if value is not None and not isinstance(value, dict):
            yield f"{key} = {json.dumps(value)}"  # strings, numbers, truth and lists of them are written alike
    for key, value in table.items():
        if isinstance(value, dict):
            yield f"\n[{name}{key}]"
            yield from _lines(value, f"{name}{key}.")


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
