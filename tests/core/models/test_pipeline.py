"""VemPipeline from end to end on the tiny preset: disk, determinism, exact length, seams, progress, bad input."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest
import torch
from diffusers import DiffusionPipeline

from fakes.latents import random_conditions
from vem_core.contract.errors import Cancelled, ContractError, ModelMissing, WeightsDamaged
from vem_core.models.denoising import Held, Step
from vem_core.models.pipeline import DECODE_LATENTS, VemPipeline
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import Conditions, SamplingSettings
from vem_core.models.weights_file import WEIGHTS_FILE

QUICK = SamplingSettings(steps=2, guidance=2.0)
SECONDS_3 = 3 * 48_000


@pytest.fixture(scope="module")
def tiny() -> VemPipeline:
    return random_pipeline("tiny")


def conditions_for(pipeline: VemPipeline, samples: int, shots: int = 3) -> Conditions:
    config = pipeline.transformer.config
    return random_conditions(
        -(-samples // 1920), shots, config.text_width, config.visual_width, pipeline.aligner.config.feature_width
    )


def play(pipeline: VemPipeline, samples: int = SECONDS_3, seed: int = 1, **more: object) -> torch.Tensor:
    told = conditions_for(pipeline, samples)
    return pipeline(told, duration_samples=samples, seed=seed, settings=QUICK, **more).audio


def test_sound_is_exact_to_the_sample_and_finite(tiny: VemPipeline) -> None:
    audio = play(tiny, samples=SECONDS_3 + 1234)
    assert audio.shape == (2, SECONDS_3 + 1234)
    assert audio.dtype == torch.float32
    assert bool(torch.isfinite(audio).all())
    assert float(audio.std()) > 0


def test_the_same_seed_is_the_same_sound_bit_for_bit(tiny: VemPipeline) -> None:
    assert torch.equal(play(tiny), play(tiny))
    assert not torch.equal(play(tiny, seed=2), play(tiny))


def test_a_saved_pipeline_plays_the_same(tiny: VemPipeline, tmp_path: Path) -> None:
    tiny.save_pretrained(tmp_path)
    loaded = VemPipeline.from_pretrained(tmp_path)
    assert torch.equal(play(loaded), play(tiny))
    assert len(loaded.weights_sha256) == 64
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("adapter", "aligner", "model_index.json", "scheduler", "transformer", "vae", "vocoder"),
    ]


def test_diffusers_own_loader_reads_the_folder(tiny: VemPipeline, tmp_path: Path) -> None:
    tiny.save_pretrained(tmp_path)
    index = json.loads((tmp_path / "model_index.json").read_text())
    assert index["vae"] == ["vem_core.models.vae", "MusicVAE"]
    loaded = super(VemPipeline, VemPipeline).from_pretrained.__func__(VemPipeline, tmp_path)  # diffusers' own method
    assert isinstance(loaded, DiffusionPipeline)
    assert torch.equal(play(loaded), play(tiny))


def test_half_precision_on_disk_is_nearly_the_same(tiny: VemPipeline, tmp_path: Path) -> None:
    tiny.save_pretrained(tmp_path / "half", dtype=torch.float16)
    tiny.save_pretrained(tmp_path / "full")
    sizes = [sum(path.stat().st_size for path in (tmp_path / name).rglob(WEIGHTS_FILE)) for name in ("half", "full")]
    assert sizes[0] < 0.65 * sizes[1]
    made = VemPipeline.from_pretrained(tmp_path / "half")
    assert made.transformer.out.weight.dtype == torch.float32
    assert float((play(made) - play(tiny)).norm() / play(tiny).norm()) < 0.1


def test_without_a_vocoder_griffin_lim_stands_in(tiny: VemPipeline, tmp_path: Path) -> None:
    bare = VemPipeline(**{**tiny.components, "vocoder": None})
    bare.save_pretrained(tmp_path)
    loaded = VemPipeline.from_pretrained(tmp_path)
    assert loaded.vocoder is None
    assert play(loaded, samples=48_000).shape == (2, 48_000)


@pytest.mark.parametrize("part", ["transformer", "adapter", "vae", "aligner", "vocoder"])
def test_a_missing_part_is_a_missing_model(tiny: VemPipeline, tmp_path: Path, part: str) -> None:
    tiny.save_pretrained(tmp_path)
    (tmp_path / part / WEIGHTS_FILE).unlink()
    with pytest.raises(ModelMissing, match=WEIGHTS_FILE):
        VemPipeline.from_pretrained(tmp_path)


def test_a_truncated_part_is_damaged(tiny: VemPipeline, tmp_path: Path) -> None:
    tiny.save_pretrained(tmp_path)
    path = tmp_path / "transformer" / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsDamaged):
        VemPipeline.from_pretrained(tmp_path)


@pytest.mark.parametrize("text", ["{", json.dumps({"transformer": ["os", "system"]})])
def test_an_index_that_names_something_else_is_refused(tiny: VemPipeline, tmp_path: Path, text: str) -> None:
    tiny.save_pretrained(tmp_path)
    (tmp_path / "model_index.json").write_text(text)
    with pytest.raises(WeightsDamaged):
        VemPipeline.from_pretrained(tmp_path)


def test_an_empty_folder_holds_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no model"):
        VemPipeline.from_pretrained(tmp_path)


def test_progress_is_one_line_of_steps_and_cancel_works(tiny: VemPipeline) -> None:
    steps: list[Step] = []
    play(tiny, on_step=steps.append)
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert {step.total for step in steps} == {len(steps)}

    def cancel(step: Step) -> None:
        if step.done == 2:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        play(tiny, on_step=cancel)


def test_decoding_in_pieces_has_no_seams(tiny: VemPipeline) -> None:
    torch.manual_seed(0)
    latents = torch.randn(1, 8, 700)
    with torch.inference_mode():
        coded = tiny.vae.reconstruct(latents * tiny.vae.latent_std + tiny.vae.latent_mean)
        whole = tiny.vocoder(coded)[0]
    torch.testing.assert_close(tiny.decode(latents), whole, atol=1e-5, rtol=1e-4)


def test_decoding_holds_one_piece_at_a_time(tiny: VemPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[int] = []
    whole = tiny.vae.reconstruct

    def noted(latents: torch.Tensor) -> torch.Tensor:
        pieces.append(latents.shape[-1])
        return whole(latents)

    monkeypatch.setattr(tiny.vae, "reconstruct", noted)
    longest = []
    for latents in (1000, 4000):
        pieces.clear()
        tiny.decode(torch.zeros(1, 8, latents))
        longest.append(max(pieces))
        assert len(pieces) == -(-latents // DECODE_LATENTS)
    assert longest[0] == longest[1] < 2 * DECODE_LATENTS


def test_keeping_latents_keeps_the_sound_away_from_what_is_new(tiny: VemPipeline) -> None:
    samples = 20 * 48_000
    told = conditions_for(tiny, samples)
    first = tiny(told, duration_samples=samples, seed=1, settings=QUICK)
    keep = torch.ones(500, dtype=torch.bool)
    keep[200:220] = False
    again = tiny(told, duration_samples=samples, seed=2, settings=QUICK, held=Held.where(keep, first.latents))
    changed = (again.audio != first.audio).any(0)
    assert bool(changed[205 * 1920 : 215 * 1920].all())
    assert not bool(changed[: 180 * 1920].any() or changed[240 * 1920 :].any())


def test_conditions_of_another_length_are_refused(tiny: VemPipeline) -> None:
    told = conditions_for(tiny, SECONDS_3)
    with pytest.raises(ContractError, match="latents are not"):
        tiny(told, duration_samples=SECONDS_3 + 5000, seed=0, settings=QUICK)


def broken(told: Conditions, how: str) -> Conditions:
    scene, index, frames = told
    if how == "words of another width":
        return told._replace(scene=scene._replace(shot_text=scene.shot_text[..., :5]))
    if how == "one duration too few":
        return told._replace(scene=scene._replace(duration_s=scene.duration_s[:, 1:]))
    if how == "a rhythm of another length":
        return told._replace(frames=frames._replace(rhythm=frames.rhythm[..., 1:]))
    if how == "energy that is no number":
        return told._replace(frames=frames._replace(lead_sheet=frames.lead_sheet * math.nan))
    return told._replace(shots=index._replace(shots=index.shots + 7))


@pytest.mark.parametrize(
    "how",
    [
        "words of another width",
        "one duration too few",
        "a rhythm of another length",
        "energy that is no number",
        "a shot that does not exist",
    ],
)
def test_conditions_that_do_not_fit_are_refused(tiny: VemPipeline, how: str) -> None:
    with pytest.raises(ContractError):
        tiny(broken(conditions_for(tiny, SECONDS_3), how), duration_samples=SECONDS_3, seed=0, settings=QUICK)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ModelMissing, match="mini, small, tiny, base"):
        random_pipeline("huge")


def test_the_mini_preset_fits_its_budget() -> None:
    from vem_core.models.presets import mini

    sizes = {
        name: 2 * sum(tensor.numel() for tensor in module.state_dict().values())
        for name, module in mini().components.items()
        if isinstance(module, torch.nn.Module)
    }
    assert sum(sizes.values()) < 32e6
    assert max(sizes.values()) < 15.95e6


def test_settings_travel_by_value(tiny: VemPipeline) -> None:
    other = dataclasses.replace(QUICK, guidance=1.0)
    told = conditions_for(tiny, SECONDS_3)
    quiet = tiny(told, duration_samples=SECONDS_3, seed=1, settings=other).audio
    assert not torch.equal(quiet, play(tiny))
