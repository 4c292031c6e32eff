"""Guesses that vary as much as they should: the factors, how the sampler takes them, how they are kept and measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from fakes.latents import random_conditions
from vem_core import models, training
from vem_core.contract.errors import InputError, WeightsDamaged
from vem_core.models.dispersion import AS_GUESSED, Dispersion
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import SamplingSettings, noise_levels, sample, seeded_noise
from vem_core.models.windows import Window
from vem_core.training.dispersion import Known, measure_dispersion
from vem_core.training.release import assemble_pipeline, keep_dispersion

FACTORS = ((1.0, 0.9), (0.5, 1.2))


def test_factors_are_interpolated_between_levels_and_held_beyond_them() -> None:
    dispersion = Dispersion(FACTORS)
    assert [dispersion.factor(sigma) for sigma in (0.0, 0.5, 0.75, 1.0)] == pytest.approx([1.2, 1.2, 1.05, 0.9])
    assert AS_GUESSED.factor(0.5) == 1.0


def test_a_guess_is_stretched_about_each_channels_mean() -> None:
    guess = torch.randn(1, 3, 40, generator=torch.Generator().manual_seed(0)) + torch.tensor([[[4.0], [0.0], [-2.0]]])
    made = Dispersion(FACTORS)(guess, 0.5)
    torch.testing.assert_close(made.mean(-1), guess.mean(-1))
    torch.testing.assert_close(made.std(-1), 1.2 * guess.std(-1))
    assert AS_GUESSED(guess, 0.5) is guess


def test_the_sampler_goes_towards_stretched_guesses() -> None:
    music = torch.randn(1, 4, 50, generator=torch.Generator().manual_seed(1))

    def velocity(part: Tensor, sigma: float, window: Window) -> Tensor:
        return (part - 0.8 * music) / sigma  # a model whose guesses are too small by a fifth

    noise, scheduler = seeded_noise(3, 4, 50), FlowMatchEulerDiscreteScheduler()
    plain, mended = (
        sample(velocity, noise, scheduler, SamplingSettings(), dispersion=dispersion)
        for dispersion in (AS_GUESSED, Dispersion([(1.0, 1.25)]))
    )
    centred = music - music.mean(-1, keepdim=True)
    torch.testing.assert_close(plain - plain.mean(-1, keepdim=True), 0.8 * centred)
    torch.testing.assert_close(mended - mended.mean(-1, keepdim=True), centred)


def test_a_saved_model_keeps_its_factors(tmp_path: Path) -> None:
    tiny = random_pipeline("tiny")
    tiny.save_pretrained(tmp_path / "none")
    tiny.register_to_config(dispersion=[list(each) for each in FACTORS])
    tiny.save_pretrained(tmp_path / "some")
    none, some = (VemPipeline.from_pretrained(tmp_path / name) for name in ("none", "some"))
    assert none.dispersion.factors == ()
    assert some.dispersion.factors == tuple(sorted(FACTORS))
    assert none.weights_sha256 != some.weights_sha256  # other music, which a re-score says


@pytest.mark.parametrize("factors", ["wide", [[1.0]], [1.0, 0.9], [[1.0, "wide"]]])
def test_what_are_no_factors_is_damage(tmp_path: Path, factors: object) -> None:
    random_pipeline("tiny").save_pretrained(tmp_path)
    path = tmp_path / VemPipeline.config_name
    path.write_text(json.dumps(json.loads(path.read_text()) | {"dispersion": factors}))
    with pytest.raises(WeightsDamaged, match="dispersion"):
        VemPipeline.from_pretrained(tmp_path)


class ShrunkGuesses:
    """A model that knows the music, and says four fifths of it."""

    music: Tensor
    sign = 1.0

    def __init__(self, *_: object) -> None:
        pass

    def __call__(self, part: Tensor, sigma: float, window: Window) -> Tensor:
        return (part - self.sign * 0.8 * self.music) / sigma


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> tuple[VemPipeline, list[Known]]:
    """A pipeline with such a model, and the music that it knows."""
    tiny = random_pipeline("tiny")
    config = tiny.transformer.config
    features = tiny.aligner.config.feature_width
    conditions = random_conditions(50, 2, config.text_width, config.visual_width, features)
    music = torch.randn(1, config.latent_channels, 50, generator=torch.Generator().manual_seed(5))
    monkeypatch.setattr(ShrunkGuesses, "music", music, raising=False)
    for module in (models.pipeline, training.dispersion):
        monkeypatch.setattr(module, "GuidedVelocity", ShrunkGuesses)
    return tiny, [Known(music, conditions)]


def test_factors_make_up_for_what_guesses_lack_at_every_level(known: tuple[VemPipeline, list[Known]]) -> None:
    settings = SamplingSettings(level_guidance=False)
    factors = measure_dispersion(*known, settings)
    assert [each.factor for each in factors] == pytest.approx([1.25] * settings.steps, abs=1e-4)
    levels = noise_levels(known[0].scheduler, settings)[:-1]
    assert [each.sigma for each in factors] == pytest.approx(levels, abs=1e-6)


def test_guesses_that_have_nothing_of_the_music_are_not_stretched_towards_it(
    known: tuple[VemPipeline, list[Known]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ShrunkGuesses, "sign", -1.0)
    with pytest.raises(InputError, match="nothing of the music"):
        measure_dispersion(*known, SamplingSettings(level_guidance=False))


def test_a_training_folder_keeps_its_factors(tmp_path: Path) -> None:
    tiny = random_pipeline("tiny")
    for name in ("transformer", "vae"):
        getattr(tiny, name).save_pretrained(tmp_path / name)
    keep_dispersion(tmp_path, tiny, FACTORS)
    assert assemble_pipeline(tmp_path, "tiny").dispersion.factors == tuple(sorted(FACTORS))
