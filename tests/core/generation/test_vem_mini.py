"""The generator around VemPipeline, on tiny random weights: the request's words and pictures must reach the sound."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from fakes.film import film
from fakes.tiny_model import ship_tiny_model
from vem_core.audio.types import Audio
from vem_core.compute.devices import torch_device
from vem_core.compute.model_store import ModelStore
from vem_core.compute.out_of_memory import Effort, run_with_less_memory
from vem_core.contract.errors import Cancelled, ContractError, ModelMissing, OutOfMemory, WeightsDamaged
from vem_core.contract.parse import Parse
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Device, Direction, ScoreRequest
from vem_core.delivery.rights import TERMS
from vem_core.generation import vem_mini
from vem_core.generation.registry import best_model
from vem_core.generation.vem_mini import VemMiniGenerator, planned_parse
from vem_core.models.pipeline import VemOutput, VemPipeline
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import SamplingSettings
from vem_core.parsing.bundled import BundledParser
from vem_core.resources.registry import ModelRegistry, registry_text
from vem_core.rhythm.planner import plan_score

COLOURS = [(220, 60, 30), (12, 16, 40), (245, 245, 248), (60, 160, 60)]
QUICK = SamplingSettings(steps=2, guidance=2.0)


class HashEncoder:
    """A text encoder that needs no model: unrelated vectors for different texts."""

    encoder_id = "hash"
    width = 384

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [np.random.default_rng(list(text.encode())).standard_normal(384) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 384)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vem") / "tiny"
    random_pipeline("tiny").save_pretrained(folder)
    return folder


def scored(colours: Sequence[tuple[int, int, int]] = COLOURS, **direction: object) -> tuple:  # type: ignore[type-arg]
    wishes = Direction(style="cinematic", mood="hopeful", **direction)  # type: ignore[arg-type]
    request, jpegs = film(colours, shot_frames=[40, 55, 35, 61], direction=wishes, seed=3)
    return request, plan_for(request), jpegs


def plan_for(request: ScoreRequest) -> ScorePlan:
    return plan_score(
        request.sheet, request.direction, request.seed, tempo_range_bpm=(80, 130), style="cinematic", mood="hopeful"
    )


def generator(
    weights: Path,
    jpegs: dict[str, bytes],
    settings: SamplingSettings = QUICK,
    *,
    models: ModelStore | None = None,
    window_share: float = 1.0,
) -> VemMiniGenerator:
    encoder = HashEncoder()
    return VemMiniGenerator(
        Device.CPU,
        attachments=jpegs,
        folder=weights,
        parser=BundledParser(encoder),
        encoder=encoder,
        settings=settings,
        models=models,
        window_share=window_share,
    )


def nothing(done: int, total: int) -> None:
    pass


def test_the_mix_is_as_long_as_the_plan_and_repeats_bit_for_bit(weights: Path) -> None:
    request, plan, jpegs = scored()
    made = [generator(weights, jpegs).generate(request, plan, nothing) for _ in range(2)]
    assert made[0].mix.shape == (2, plan.duration_samples)
    assert made[0].mix.dtype == np.float32
    assert float(np.abs(made[0].mix).max()) <= 1.0
    np.testing.assert_array_equal(made[0].mix, made[1].mix)


def test_seed_words_pictures_and_cuts_all_reach_the_sound(weights: Path) -> None:
    request, plan, jpegs = scored()
    base = generator(weights, jpegs).generate(request, plan, nothing).mix
    other_seed = dataclasses.replace(request, seed=4)
    assert not np.array_equal(generator(weights, jpegs).generate(other_seed, plan, nothing).mix, base)
    words = scored(shot_words=("", "a storm", "", ""))[0]
    assert not np.array_equal(generator(weights, jpegs).generate(words, plan, nothing).mix, base)
    assert not np.array_equal(generator(weights, {}).generate(request, plan, nothing).mix, base)
    repainted, _, other_jpegs = scored(colours=[*COLOURS[:3], (250, 0, 250)])
    assert not np.array_equal(generator(weights, other_jpegs).generate(repainted, plan, nothing).mix, base)


def test_an_edited_parse_is_what_gets_played(weights: Path) -> None:
    request, plan, jpegs = scored()
    playing = generator(weights, jpegs)
    parse = playing.parse(request)
    plain = playing.render(request, plan, parse, nothing).mix
    edited = playing.render(request, plan, parse.with_description(2, "the end of the world"), nothing).mix
    assert not np.array_equal(plain, edited)


def test_a_request_s_own_parse_is_what_gets_played(weights: Path) -> None:
    request, plan, jpegs = scored()
    playing = generator(weights, jpegs)
    edited = playing.parse(request).with_description(2, "the end of the world")
    handed_back = dataclasses.replace(request, parse=edited)
    np.testing.assert_array_equal(
        playing.generate(handed_back, plan, nothing).mix, playing.render(request, plan, edited, nothing).mix
    )


def test_a_parse_of_another_edit_is_refused(weights: Path) -> None:
    request = scored()[0]
    other = generator(weights, {}).parse(film(COLOURS[:2])[0])
    with pytest.raises(ContractError, match="another edit"):
        dataclasses.replace(request, parse=other)


class FullBelow:
    """A pipeline whose memory holds windows up to a length."""

    def __init__(self, pipeline: VemPipeline, most_latents: int) -> None:
        self._pipeline, self._most = pipeline, most_latents

    def __getattr__(self, name: str) -> object:
        return getattr(self._pipeline, name)

    def __call__(self, *arguments: object, settings: SamplingSettings, **rest: object) -> VemOutput:
        if settings.window_latents > self._most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self._pipeline(*arguments, settings=settings, **rest)  # type: ignore[arg-type]


def test_memory_that_runs_short_is_answered_by_smaller_windows_and_named(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, plan, jpegs = scored()
    settings = dataclasses.replace(QUICK, window_latents=64, overlap_latents=16)
    playing = generator(weights, jpegs, settings)
    whole = playing.generate(request, plan, nothing).mix
    pipeline = FullBelow(playing.pipeline, 32)
    monkeypatch.setattr(vem_mini, "load_pipeline", lambda folder, device: pipeline)
    playing = generator(weights, jpegs, settings)
    with pytest.raises(OutOfMemory, match="windows"):
        playing.generate(request, plan, nothing)  # as it pleases: says so, and changes nothing by itself

    def play(effort: Effort) -> Audio:
        smaller = generator(weights, jpegs, settings, window_share=effort.window_share)
        return smaller.generate(request, plan, nothing).mix

    outcome = run_with_less_memory(play, Device.CPU, free=lambda: None)
    assert outcome.effort.window_share == 0.5
    assert "windows of 50%" in outcome.effort.warning
    assert outcome.value.shape == whole.shape
    assert not np.array_equal(outcome.value, whole)


def test_the_parser_is_done_before_the_model_is_loaded(weights: Path) -> None:
    request, plan, jpegs = scored()
    loaded: list[tuple[str, ...]] = []
    models = ModelStore()

    class Watching:
        parser_id = "watching-1"

        def parse(self, request: ScoreRequest, jpegs: Mapping[str, bytes]) -> Parse:
            loaded.append(models.roles)
            return BundledParser(HashEncoder()).parse(request, jpegs)

    playing = VemMiniGenerator(
        Device.CPU,
        attachments=jpegs,
        folder=weights,
        parser=Watching(),
        encoder=HashEncoder(),
        settings=QUICK,
        models=models,
    )
    playing.generate(request, plan, nothing)
    assert loaded == [()]
    assert models.roles == ("vem-mini",)


@pytest.mark.parametrize(("shots", "frames"), [pytest.param(500, 3, marks=pytest.mark.slow), (60, 1)])
def test_many_shots_and_shots_shorter_than_a_latent_are_played(weights: Path, shots: int, frames: int) -> None:
    direction = Direction(style="cinematic", mood="hopeful")
    lengths = [*[frames] * (shots - 1), 100]
    request, _ = film([COLOURS[0]] * shots, shot_frames=lengths, rate=Fraction(50), direction=direction)
    plan = plan_for(request)
    made = generator(weights, {}, dataclasses.replace(QUICK, steps=1)).generate(request, plan, nothing)
    assert made.mix.shape == (2, plan.duration_samples)
    assert bool(np.isfinite(made.mix).all())


def test_weights_stay_loaded_from_job_to_job_until_the_store_lets_go_of_them(weights: Path) -> None:
    models = ModelStore()
    first = generator(weights, {}, models=models).pipeline
    assert generator(weights, {}, models=models).pipeline is first
    models.unload()
    assert models.roles == ()
    assert generator(weights, {}, models=models).pipeline is not first


def test_the_plan_decides_style_and_mood(weights: Path) -> None:
    request, plan, jpegs = scored()
    parse = planned_parse(
        generator(weights, jpegs).parse(request), dataclasses.replace(plan, style="house", mood="dark")
    )
    assert (parse.overall.style, parse.overall.emotion) == ("house", "dark")
    assert parse.overall.tags[:2] == ("house", "dark")


def test_a_plan_of_another_timeline_is_refused(weights: Path) -> None:
    request, _, jpegs = scored()
    other = film(COLOURS[:2])[0]
    with pytest.raises(ContractError, match="the plan of 2"):
        generator(weights, jpegs).generate(request, plan_for(other), nothing)


def test_missing_pictures_are_said_in_a_warning(weights: Path) -> None:
    request, plan, _ = scored()
    assert "4 of 4 shots" in generator(weights, {}).generate(request, plan, nothing).warnings[0]


def test_cancel_stops_between_steps(weights: Path) -> None:
    request, plan, jpegs = scored()
    seen: list[tuple[int, int]] = []

    def cancel(done: int, total: int) -> None:
        seen.append((done, total))
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        generator(weights, jpegs).generate(request, plan, cancel)
    assert len(seen) == 1
    assert seen[0][0] == 1 < seen[0][1]


def test_cuda_is_asked_for_only_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert torch_device(Device.AUTO) == "cpu"
    with pytest.raises(ModelMissing, match="no CUDA"):
        torch_device(Device.CUDA)


@pytest.mark.parametrize(
    ("gates", "device", "model"),
    [
        (("cpu", "cuda"), Device.CPU, "vem-mini"),
        (("cpu", "cuda"), Device.AUTO, "vem-mini"),
        (("cuda",), Device.CPU, "sketch"),
        ((), Device.AUTO, "sketch"),
        (None, Device.CPU, "sketch"),
    ],
)
def test_auto_is_the_neural_model_where_its_gates_are_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gates: tuple[str, ...] | None, device: Device, model: str
) -> None:
    monkeypatch.setattr("vem_core.resources.registry.resource_path", lambda name: tmp_path / name)
    (tmp_path / "models.json").write_text(registry_text(ModelRegistry()))
    if gates is not None:
        ship_tiny_model(tmp_path, gates)
    assert best_model(device) == model


def test_auto_takes_no_model_whose_music_is_not_for_paid_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_core.resources.registry.resource_path", lambda name: tmp_path / name)
    ship_tiny_model(tmp_path, ("cpu",))
    terms = dataclasses.replace(TERMS["vem-mini"], paid_work=False)
    monkeypatch.setitem(TERMS, "vem-mini", terms)
    assert best_model(Device.CPU) == "sketch"


def test_bundled_weights_are_checked_against_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_core.resources.registry.resource_path", lambda name: tmp_path / name)
    (tmp_path / "models.json").write_text(registry_text(ModelRegistry()))
    with pytest.raises(ModelMissing, match="not installed"):
        VemMiniGenerator(Device.CPU)
    entry = ship_tiny_model(tmp_path)
    assert vem_mini.bundled_weights() == tmp_path / entry.folder
    victim = tmp_path / entry.folder / "vae" / "config.json"
    text = victim.read_bytes()
    victim.write_bytes(text.replace(b"1", b"2", 1))
    with pytest.raises(WeightsDamaged, match="altered"):
        vem_mini.bundled_weights()
    victim.write_bytes(text[:-1])
    with pytest.raises(WeightsDamaged, match="bytes"):
        vem_mini.bundled_weights()
    victim.unlink()
    with pytest.raises(ModelMissing, match="not whole"):
        vem_mini.bundled_weights()
