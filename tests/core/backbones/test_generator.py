"""The generator around the backbones, on tiny random models: the plan's length, its seed, its beats, its re-cuts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fakes.film import film
from fakes.tiny_backbones import MODELS, click_track
from vem_core.audio.types import Audio
from vem_core.backbones.anchors import FREE, Anchoring, AnchorPlace, ever_stronger, instants_of, release_of_anchors
from vem_core.backbones.prompts import prompts_of
from vem_core.compute.model_store import ModelStore
from vem_core.contract.errors import Cancelled, GenerationError, ModelMissing
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Device, Direction, ScoreRequest
from vem_core.contract.result import KeptSpan
from vem_core.generation.backbone import BackboneGenerator, BackboneSettings, kept_latents, surroundings
from vem_core.generation.base import InpaintingGenerator, MusicAround
from vem_core.generation.means import Means
from vem_core.generation.registry import generator_by_id, missing_of, works_in_windows
from vem_core.models.denoising import Level
from vem_core.parsing.bundled import BundledParser
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.rhythm.planner import plan_score

COLOURS = [(220, 60, 30), (12, 16, 40), (245, 245, 248)]


def made_film() -> tuple[ScoreRequest, ScorePlan]:
    wishes = Direction(style="house", mood="hopeful")
    request, _ = film(COLOURS, shot_frames=[30, 20, 25], names=["harbour", "storm", "calm"], direction=wishes, seed=3)
    request = dataclasses.replace(request, thumbnails=())
    plan = plan_score(request.sheet, wishes, 3, tempo_range_bpm=(116, 128), style="house", mood="hopeful")
    return request, plan


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes are noted beside the test."""
    monkeypatch.setenv("VEM_CACHE", str(tmp_path / "cache"))


def quickly(model: str, folders: dict[str, Path], models: ModelStore | None = None) -> BackboneGenerator:
    settings = BackboneSettings(steps=4)
    return BackboneGenerator(
        model, Means(Device.CPU, models=models or ModelStore()), folder=folders[model], settings=settings
    )


def without(done: int, total: int) -> None:
    """A callback that lets everything pass."""


@pytest.fixture
def sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sketches that cost nothing: clicks."""

    def sketch(self: BackboneGenerator, request: ScoreRequest, plan: ScorePlan, span: tuple[int, int]) -> Audio:
        return click_track(48_000, plan.duration_samples).numpy()[:, span[0] : span[1]]

    monkeypatch.setattr(BackboneGenerator, "_sketch", sketch)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the tracker is made to hear, take by take; the sketch first."""
    heard: list[float] = []
    monkeypatch.setattr(BackboneGenerator, "_heard", lambda self, sound, plan: heard.pop(0))
    return heard


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("model", sorted(MODELS))
def test_it_plays_the_plan_to_the_sample_and_the_same_again(
    model: str, folders: dict[str, Path], deaf: list[float]
) -> None:
    request, plan = made_film()
    store = ModelStore()
    deaf += [0.9, 0.8]
    first = quickly(model, folders, store).generate(request, plan, without)
    assert first.mix.shape == (2, plan.duration_samples)
    assert first.mix.dtype == np.float32
    assert np.abs(first.mix).max() <= 1
    assert "backbone" in store.roles
    deaf += [0.9, 0.8]
    assert np.array_equal(first.mix, quickly(model, folders, store).generate(request, plan, without).mix)
    if model == "ace-step-1.5":
        deaf += [0.9, 0.8]
        other = quickly(model, folders, store).generate(dataclasses.replace(request, seed=4), plan, without)
        assert not np.array_equal(first.mix, other.mix)


@pytest.mark.usefixtures("sketched")
def test_too_few_beats_are_tried_again_at_most_three_times_and_said(
    folders: dict[str, Path], deaf: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    request, plan = made_film()
    tried: list[Anchoring] = []
    quick = quickly("ace-step-1.5", folders)

    def play(score: object, sketch: Audio, anchoring: Anchoring, on_step: object) -> Audio:
        tried.append(anchoring)
        return np.full_like(sketch, len(tried) / 10)

    monkeypatch.setattr(quick, "_play", play)
    deaf += [1.0, 0.1, 0.5, 0.3, 0.2]
    best = quick.generate(request, plan, without)
    assert len(tried) == 4
    assert best.mix[0, 0] == np.float32(0.2)
    assert any("50% of the planned beats only, in the best of 4 takes" in note for note in best.warnings)
    deaf += [1.0, 0.1, 0.85]
    again = quick.generate(request, plan, without)
    assert any("held more closely" in note for note in again.warnings)
    assert [way.release for way in tried[:4]] == sorted((way.release for way in tried[:4]), reverse=True)
    assert [way.start for way in tried[:4]] == sorted((way.start for way in tried[:4]), reverse=True)


@pytest.mark.usefixtures("sketched")
def test_cancelling_passes_through(folders: dict[str, Path], deaf: list[float]) -> None:
    request, plan = made_film()
    deaf += [0.9]

    def enough(done: int, total: int) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        quickly("ace-step-1.5", folders).generate(request, plan, enough)


@pytest.mark.usefixtures("sketched")
@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_stretch_is_made_between_music_that_stays(model: str, folders: dict[str, Path]) -> None:
    request, plan = made_film()
    quick = quickly(model, folders)
    assert isinstance(quick, InpaintingGenerator)
    rng = np.random.default_rng(0)
    earlier = (0.1 * rng.standard_normal((2, plan.duration_samples))).astype(np.float32)
    stretch = (50_000, 90_000)
    spans = (KeptSpan(0, stretch[0], 0), KeptSpan(stretch[1], plan.duration_samples, stretch[1]))
    made = list(quick.generate_between(request, plan, [stretch], MusicAround(earlier, spans), without))
    assert [rendering.mix.shape for rendering in made] == [(2, 40_000)]
    silent = MusicAround(np.zeros_like(earlier), spans)
    other = next(quick.generate_between(request, plan, [stretch], silent, without))
    assert not np.array_equal(made[0].mix, other.mix)


@pytest.mark.usefixtures("sketched")
def test_numbers_out_of_range_are_tried_once_more_in_full_precision(
    folders: dict[str, Path], deaf: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    request, plan = made_film()
    quick = quickly("ace-step-1.5", folders)
    monkeypatch.setattr(quick, "_chosen", dataclasses.replace(quick._chosen, half="float16"))
    calls: list[str | None] = []

    def play(score: object, sketch: Audio, anchoring: object, on_step: object) -> Audio:
        calls.append(quick._precision)
        if quick._precision is None:
            raise GenerationError("The model's numbers ran out of range.")
        return sketch

    monkeypatch.setattr(quick, "_play", play)
    deaf += [1.0, 1.0]
    made = quick.generate(request, plan, without)
    assert calls == [None, "float32"]
    assert any("float32, which is slower" in note for note in made.warnings)


def test_a_whole_score_by_a_backbone_says_its_rights(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEM_MODELS", str(folders["stable-audio-3"].parent))
    request, _ = made_film()
    request = dataclasses.replace(request, model="stable-audio-3", device=Device.CPU)
    folder = tmp_path / "job"
    folder.mkdir()
    said: list[str] = []
    result = score_timeline(Job(request, {}, folder, lambda stage, done, steps, message: said.append(message)))
    assert result.model == "stable-audio-3"
    assert len(result.model_sha256) == 64
    assert result.rights is not None
    assert result.rights.paid_work
    assert len(result.rights.conditions) == 2
    assert any("1,000,000 US dollars" in message for message in said)
    assert any("1,000,000 US dollars" in warning for warning in result.warnings)


def test_a_model_that_is_not_installed_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEM_MODELS", str(tmp_path))
    for model in MODELS:
        assert "vem models" in missing_of(model)
        assert works_in_windows(model, Device.CPU)
        with pytest.raises(ModelMissing, match="not installed"):
            generator_by_id(model, Means(Device.CPU))


def test_anchors_lie_at_the_beats_and_the_last_step_may_be_free() -> None:
    _, plan = made_film()
    levels = [Level(1 - share, share, share) for share in (1.0, 0.5, 0.3)]
    release = release_of_anchors(plan, Anchoring(1.0, 0.2, last_free=True), levels, 75, 0.04)
    beats = {beat.samples // 1920 + more for beat in plan.beats for more in (0, 1)}
    assert {number for number, value in enumerate(release.tolist()) if value < FREE} == {b for b in beats if b < 75}
    assert float(release.min()) == pytest.approx(0.3)
    firm = release_of_anchors(plan, Anchoring(1.0, 0.2), levels, 75, 0.04)
    assert float(firm.min()) == pytest.approx(0.2)
    wide = release_of_anchors(plan, Anchoring(), levels, 33, 4096 / 44_100)
    assert int((wide < FREE).sum()) == len({int(beat.samples / 48_000 / (4096 / 44_100)) for beat in plan.beats})
    assert set(instants_of(plan, AnchorPlace.DOWNBEATS)) < set(instants_of(plan, AnchorPlace.BEATS))
    assert len(list(ever_stronger(Anchoring()))) == 4


def test_each_shot_has_a_whole_caption_of_its_own() -> None:
    request, plan = made_film()
    parse = BundledParser().parse(request, {})
    prompts = prompts_of(parse, plan)
    assert len(prompts.captions) == 3
    for caption, name in zip(prompts.captions, ("harbour", "storm", "calm"), strict=True):
        assert "House" in caption
        assert name in caption
        assert "seconds" in caption
        assert "no vocals" in caption
    assert prompts.bpm is not None
    assert 110 < prompts.bpm < 135


def test_a_stretch_is_heard_in_what_stands_around_it() -> None:
    assert surroundings((480_000, 528_000), 2_880_000, 0.04, 6000) == (0, 525)
    assert surroundings((480_000, 528_000), 2_880_000, 0.04, 125) == (200, 325)
    assert list(kept_latents([(1000, 9600), (100, 200)], 100, 0.04)) == [slice(1, 5)]
