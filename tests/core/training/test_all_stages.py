"""`vem train all` on the tiny preset: every stage in order, each only once, under one time."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from vem_core.corpus.labels import PieceId
from vem_core.corpus.splits import Split
from vem_core.models.base import shipped_sha256
from vem_core.models.dispersion import LevelFactor
from vem_core.models.pipeline import VemPipeline
from vem_core.training import all_stages, dispersion, vae
from vem_core.training.all_stages import PARTS, Clock
from vem_core.training.checkpoints import load_state
from vem_core.training.music_corpus import Recipe
from vem_core.training.music_stage import open_stage
from vem_core.training.preparing import render_music
from vem_core.training.recipe import StageRecipe, read_recipe
from vem_core.training.release import assemble_pipeline, keep_dispersion

from .conftest import HashEncoder

TRAIN, HELD_OUT = 2, 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder whose pieces are rendered, just longer than the clips of the diffusion stages."""
    made = tmp_path_factory.mktemp("all")
    pieces = [PieceId(Split.TRAIN, 0, index) for index in range(TRAIN)]
    pieces += [PieceId(Split.TEST, 0, index) for index in range(HELD_OUT)]
    render_music(made / "corpus", pieces, Recipe(window_latents=200), lambda _: None, encoder=HashEncoder())
    return made


def train_all(folder: Path, *options: str) -> None:
    parser = argparse.ArgumentParser()
    all_stages.add_arguments(parser)
    size = ["--preset", "tiny", "--device", "cpu", "--workers", "1", "--clips", "2", "--evaluation-pieces", "0"]
    size += [] if "--dispersion-pieces" in options else ["--dispersion-pieces", "0"]
    corpus = ["--pieces", str(TRAIN), "--held-out", str(HELD_OUT)]
    assert all_stages.run(parser.parse_args([str(folder), *size, *corpus, *options])) == 0


def steps_of(folder: Path) -> dict[str, int]:
    last = {part.name: (folder / f"{part.name}-progress.jsonl").read_text().splitlines()[-1] for part in PARTS}
    return {name: json.loads(line)["step"] for name, line in last.items()}


def test_all_stages_leave_a_pipeline_and_go_on_where_they_stopped(folder: Path) -> None:
    train_all(folder, "--steps", "3")
    assert set(steps_of(folder).values()) == {3}
    first = assemble_pipeline(folder, "tiny")
    assert isinstance(first, VemPipeline)
    train_all(folder, "--steps", "3")
    again = assemble_pipeline(folder, "tiny")
    assert all(
        bool((before == after).all())
        for before, after in zip(first.transformer.parameters(), again.transformer.parameters(), strict=True)
    )
    train_all(folder, "--steps", "5")
    assert set(steps_of(folder).values()) == {5}


def test_how_far_guesses_are_stretched_is_measured_once_for_the_weights_that_were_trained(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "corpus").symlink_to(folder / "corpus")
    measured: list[str] = []

    def measure(folder: Path, pipeline: VemPipeline, encoder: Path | None, pieces: int) -> list[LevelFactor]:
        measured.append(shipped_sha256(pipeline.components))
        factors = [LevelFactor(1.0, 0.9)] * pieces
        keep_dispersion(folder, pipeline, factors)
        return factors

    monkeypatch.setattr(dispersion, "measure_and_keep", measure)
    for steps in ("2", "2", "3"):
        train_all(tmp_path, "--steps", steps, "--dispersion-pieces", "1")
    trained = assemble_pipeline(tmp_path, "tiny")
    assert len(measured) == len(set(measured)) == 2
    assert measured[-1] == shipped_sha256(trained.components)
    assert trained.dispersion.factors == ((1.0, 0.9),)


def test_weights_that_have_learnt_nothing_are_not_stretched_and_that_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus").symlink_to(folder / "corpus")
    monkeypatch.setattr(dispersion, "MiniLmEncoder", lambda folder: HashEncoder())
    monkeypatch.setattr(dispersion, "guess_correlation", lambda *_: 0.0)
    train_all(tmp_path, "--steps", "2", "--dispersion-pieces", "1")
    assert "dispersion: At level 1.00 the model's guesses have nothing of the music." in capsys.readouterr().err
    assert assemble_pipeline(tmp_path, "tiny").dispersion.factors == ()


def test_a_stage_takes_recipe_and_corpus_and_writes_down_by_what_it_learns(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").symlink_to(folder / "corpus")
    (tmp_path / "own.toml").write_text(f'preset = "tiny"\n[corpus]\npieces = {TRAIN}\nheld_out = {HELD_OUT}\n')
    parser = argparse.ArgumentParser()
    vae.COMMAND.add_arguments(parser)
    words = ["--recipe", str(tmp_path / "own.toml"), "--steps", "2", "--clips", "2", "--device", "cpu"]
    assert vae.COMMAND.run(parser.parse_args([str(tmp_path), *words])) == 0
    assert (tmp_path / "vae" / "config.json").is_file()
    recorded = read_recipe(tmp_path / "vae-recipe.toml")
    assert (recorded.preset, recorded.corpus.pieces, recorded.vae.steps, recorded.vae.clips) == ("tiny", TRAIN, 2, 2)
    stage = open_stage("vae", vae.SCHEDULE, parser.parse_args([str(tmp_path), *words]))
    assert [len(shard.examples) for shard in stage.shards] == [TRAIN]
    lines = (tmp_path / "vae-recipes.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [0, 2]


def test_a_call_that_runs_out_of_time_pauses_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus").symlink_to(folder / "corpus")
    schedule = replace(PARTS[0].defaults, report_steps=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(all_stages, "PARTS", (replace(PARTS[0], defaults=schedule), *PARTS[1:]))
        train_all(tmp_path, "--steps", "3", "--stop-after", "0")
    assert "run it again to go on" in capsys.readouterr().err
    assert [path.name for path in tmp_path.glob("*-state")] == ["aligner-state"]
    state = load_state(tmp_path / "aligner-state")
    assert state is not None
    assert state.step == 2


def test_each_stage_gets_its_share_of_the_time_and_keeps_it(tmp_path: Path) -> None:
    parts = list(PARTS)
    clock = Clock(tmp_path / "time.json", minutes=100, kept_back=10)
    first = clock.schedule(parts[0], parts, parts[0].defaults, StageRecipe())
    assert first.seconds == pytest.approx(90 * 60 * parts[0].weight / sum(part.weight for part in parts), rel=1e-3)
    with clock.counting():
        pass
    later = Clock(tmp_path / "time.json", minutes=100, kept_back=10)
    assert later.schedule(parts[0], parts, parts[0].defaults, StageRecipe()).seconds == first.seconds
    last = later.schedule(parts[-1], parts[-1:], parts[-1].defaults, StageRecipe())
    assert last.seconds == pytest.approx(90 * 60, rel=1e-2)  # nothing was used, and nobody comes after it


def test_without_a_time_every_stage_has_its_own_steps(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "time.json", minutes=None, kept_back=3)
    assert all(clock.schedule(part, [part], part.defaults, StageRecipe()) == part.defaults for part in PARTS)
    assert not (tmp_path / "time.json").exists()
