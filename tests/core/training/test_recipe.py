"""One TOML file for an experiment: strict, outranked by options, and written down so that it can be given again."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from vem_core.contract.errors import InputError
from vem_core.training.computing import Computing, Precision
from vem_core.training.diffusion import LDM_SCHEDULE, TRANSFORMER
from vem_core.training.recipe import (
    CorpusRecipe,
    StageRecipe,
    TrainingRecipe,
    chosen_recipe,
    read_recipe,
    record_recipe,
    to_toml,
)

TEXT = """
preset = "base"
memory_mib = 4096
[corpus]
pieces = 12
shards = ["a corpus", 'b"c']
[ldm]
steps = 7
joint = true
[ldm.computing]
precision = "bfloat16"
accumulate = 3
"""
RECIPE = TrainingRecipe(
    preset="base",
    memory_mib=4096,
    corpus=CorpusRecipe(12, shards=("a corpus", 'b"c')),
    ldm=StageRecipe(steps=7, joint=True, computing=Computing(Precision.BFLOAT16, accumulate=3)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "recipe.toml"
    file.write_text(TEXT)
    return file


def ldm_arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    TRANSFORMER.add_arguments(parser)
    return parser.parse_args(["folder", *words])


def test_a_recipe_says_what_it_says_and_the_rest_is_as_usual(path: Path) -> None:
    assert read_recipe(path) == RECIPE
    assert chosen_recipe(ldm_arguments(), "ldm") == TrainingRecipe()
    assert RECIPE.ldm.schedule(LDM_SCHEDULE).steps == 7
    assert RECIPE.vae.schedule(LDM_SCHEDULE) == LDM_SCHEDULE


def test_options_outrank_it(path: Path) -> None:
    words = [
        "--recipe",
        str(path),
        "--steps",
        "9",
        "--pieces",
        "5",
        "--corpus",
        "x",
        "--seed",
        "3",
        "--memory-mib",
        "1",
    ]
    chosen = chosen_recipe(ldm_arguments(*words), "ldm")
    assert (chosen.ldm.steps, chosen.ldm.joint, chosen.ldm.computing) == (9, True, RECIPE.ldm.computing)
    assert chosen.corpus == CorpusRecipe(5, shards=("x",))
    assert (chosen.preset, chosen.seed, chosen.memory_mib) == ("base", 3, 1)


def test_shards_alone_are_a_corpus() -> None:
    assert chosen_recipe(ldm_arguments("--pieces", "0", "--corpus", "x"), "ldm").corpus.pieces == 0
    with pytest.raises(InputError, match="--corpus"):
        chosen_recipe(ldm_arguments("--pieces", "0"), "ldm")


def test_what_was_written_down_can_be_given_again(tmp_path: Path) -> None:
    record_recipe(tmp_path, "ldm", TrainingRecipe(), 0)
    record_recipe(tmp_path, "ldm", RECIPE, 40)
    assert read_recipe(tmp_path / "ldm-recipe.toml") == RECIPE
    lines = [json.loads(line) for line in (tmp_path / "ldm-recipes.jsonl").read_text().splitlines()]
    assert [(line["step"], line["recipe"]["preset"]) for line in lines] == [(0, "mini"), (40, "base")]
    assert "torch" in lines[0]["versions"]
    assert to_toml(TrainingRecipe()).startswith('preset = "mini"\nseed = 0\n')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stepps = 3", "stepps"),
        ("[ldm]\nsteps = 'many'", "steps"),
        ("[ldm.computing]\nprecision = 'float8'", "precision"),
        ("[ldm.computing]\naccumulate = 0", "at least one"),
        ("[ldm.computing]\nsplit = true\naverage_on_cpu = true", "average"),
        ("[corpus]\npieces = 0", "--corpus"),
        ("preset = ", "no TOML"),
    ],
)
def test_what_is_unknown_or_wrong_is_named(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        read_recipe(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_recipe(tmp_path / "none.toml")
