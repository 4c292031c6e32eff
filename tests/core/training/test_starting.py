"""A stage that begins with a model's weights learns on that model's VAE and aligner, and refuses what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from vem_core.contract.errors import InputError, ModelMissing
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import random_pipeline
from vem_core.models.transformer import VemTransformer
from vem_core.training.diffusion import run_transformer, training_of
from vem_core.training.example_shards import ExampleShard
from vem_core.training.loop import Schedule
from vem_core.training.music_stage import MusicStage
from vem_core.training.starting import model_to_start_from, started

STANDING = Schedule(1, 0.0, report_steps=1, weight_decay=0.0)
"""One step that changes nothing."""


@pytest.fixture
def model(tmp_path: Path) -> tuple[Path, VemPipeline]:
    """A saved model, and the same in memory."""
    pipeline = random_pipeline("tiny", seed=3)
    pipeline.save_pretrained(tmp_path / "model")
    return tmp_path / "model", pipeline


def stage_from(folder: Path, start: Path, shards: list[ExampleShard], *, joint: bool = True) -> MusicStage:
    return MusicStage("ldm", folder, shards, [], "tiny", STANDING, start=str(start), joint=joint, clips=2)


@pytest.mark.parametrize("joint", [True, False])
def test_it_begins_with_the_models_weights(
    model: tuple[Path, VemPipeline], corpus: list[ExampleShard], tmp_path: Path, joint: bool
) -> None:
    start, pipeline = model
    run_transformer(stage_from(tmp_path / "run", start, corpus, joint=joint))
    for name in ("transformer", "adapter", "vae", "aligner"):
        own = getattr(pipeline, name)
        left = type(own).from_pretrained(tmp_path / "run" / name).state_dict()
        assert all(torch.equal(tensor, left[key]) for key, tensor in own.state_dict().items()), name


def test_latents_of_another_vae_are_refused(
    model: tuple[Path, VemPipeline], corpus: list[ExampleShard], tmp_path: Path
) -> None:
    stage = stage_from(tmp_path / "run", model[0], corpus)
    random_pipeline("tiny", seed=4).vae.save_pretrained(stage.folder / "vae")
    with pytest.raises(InputError, match="other weights"):
        model_to_start_from(stage)


def test_a_model_of_another_size_or_none_at_all_is_refused(model: tuple[Path, VemPipeline], tmp_path: Path) -> None:
    fresh = MusicStage("ldm", tmp_path, [], [], "mini", STANDING).pipeline.transformer
    with pytest.raises(InputError, match="another size"):
        started(fresh, model[1].transformer)
    with pytest.raises(ModelMissing):
        model_to_start_from(stage_from(tmp_path, tmp_path / "nowhere", []))
    assert model_to_start_from(replace(stage_from(tmp_path, tmp_path, []), start="")) is None


def test_a_model_that_does_not_read_the_score_begins_to(tmp_path: Path) -> None:
    fresh = MusicStage("ldm", tmp_path, [], [], "tiny", STANDING).pipeline.transformer
    deaf = VemTransformer.from_config({**random_pipeline("tiny").transformer.config, "score_channels": 0})
    begun = started(fresh, deaf)
    assert begun.config.score_channels == fresh.config.score_channels > 0
    assert all(torch.equal(tensor, begun.state_dict()[name]) for name, tensor in deaf.state_dict().items())


def test_the_shares_of_levels_are_the_recipes() -> None:
    stage = MusicStage("ldm", Path(), [], [], "tiny", STANDING)
    assert training_of(stage).high_levels == 0.3
    assert training_of(replace(stage, high_levels=0.5)).high_levels == 0.5
    assert training_of(replace(stage, low_levels=0.2)).low_levels == 0.2
