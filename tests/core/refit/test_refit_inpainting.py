"""Re-scores with `vem-mini` on tiny random weights: what changed is made between the music that stays."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from fakes.recuts import rebuilt, sourced_edit, trimmed
from fakes.tiny_model import ship_tiny_model
from vem_core.audio.files import read_pcm
from vem_core.audio.pcm import audio_of
from vem_core.audio.types import Pcm
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import Cancelled
from vem_core.contract.plan import ScorePlan, SectionPart
from vem_core.contract.recut import EarlierSound, EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import Device, Direction, ScoreRequest
from vem_core.contract.result import KeptSpan, ScoreResult
from vem_core.generation.base import MusicAround
from vem_core.generation.vem_mini import VemMiniGenerator, seed_within
from vem_core.models.inpainting import held_latents, surroundings
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import SamplingSettings
from vem_core.models.windows import Window
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline

QUICK = SamplingSettings(steps=2, guidance=1.0)


@pytest.fixture(scope="module", autouse=True)
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    resources = tmp_path_factory.mktemp("resources")
    ship_tiny_model(resources)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vem_core.resources.registry.resource_path", lambda name: resources / name)
        patch.setattr("vem_core.generation.vem_mini.default_settings", lambda: QUICK)
        yield


@pytest.fixture(scope="module")
def take(shipped: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[ScoreRequest, ScoreResult, Path]:
    """A score of twenty seconds or so."""
    sheet = sourced_edit(23, cuts=8)
    request = ScoreRequest(sheet, Direction(style="house"), model="vem-mini", device=Device.CPU, seed=5)
    folder = tmp_path_factory.mktemp("first")
    return request, score_timeline(Job(request, {}, folder, lambda *progress: None)), folder


def again(
    take: tuple[ScoreRequest, ScoreResult, Path], sheet: CutSheet, folder: Path, *varied: Variation
) -> tuple[ScoreResult, Pcm, Pcm]:
    """The result of a re-score, its samples, and those of the take before."""
    request, result, first = take
    data, mix = (first / "mix.wav").read_bytes(), result.file("mix")
    assert mix is not None
    sha256 = hashlib.sha256(data).hexdigest()
    earlier = EarlierTake(
        1, request.sheet, result.plan, result.report, result.model,
        gain_db=mix.gain_db, sounds=(EarlierSound("mix", sha256),),
    )  # fmt: skip
    asked = dataclasses.replace(request, sheet=sheet, recut=Recut(earlier, varied=varied))
    folder.mkdir()
    made = score_timeline(Job(asked, {sha256: data}, folder, lambda *progress: None))
    return made, read_pcm(folder / "mix.wav"), read_pcm(first / "mix.wav")


def test_kept_bars_are_identical_and_the_whole_is_not_played(
    take: tuple[ScoreRequest, ScoreResult, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole(*arguments: object) -> None:
        raise AssertionError("the whole was played")

    monkeypatch.setattr(VemMiniGenerator, "generate", whole)
    shots = list(take[0].sheet.shots)
    shots[4] = trimmed(shots[4], tail_frames=9)
    result, after, before = again(take, rebuilt(take[0].sheet, shots), tmp_path / "again")
    assert result.refit is not None
    assert len(result.refit.kept) >= 2
    assert len(after) == result.plan.duration_samples
    for span in result.refit.kept:
        length = span.end_excl_samples - span.start_samples
        np.testing.assert_array_equal(
            after[span.start_samples : span.end_excl_samples], before[span.earlier_samples :][:length]
        )


def test_a_varied_range_is_other_music_and_another_seed_another(
    take: tuple[ScoreRequest, ScoreResult, Path], tmp_path: Path
) -> None:
    shot = take[0].sheet.shots[4]
    where = FrameRange(shot.start_frames, shot.end_excl_frames)
    sounds = []
    for seed in (77, 78):
        result, after, before = again(take, take[0].sheet, tmp_path / str(seed), Variation(where, seed))
        assert result.refit is not None
        first, second = result.refit.kept
        sounds.append(after)
        assert not np.array_equal(after, before)
        np.testing.assert_array_equal(after[: first.end_excl_samples], before[: first.end_excl_samples])
        np.testing.assert_array_equal(after[second.start_samples :], before[second.start_samples :])
    assert not np.array_equal(sounds[0], sounds[1])


def made_between(take: tuple[ScoreRequest, ScoreResult, Path], sound: np.ndarray, stretch: tuple[int, int]) -> object:
    request, result, _ = take
    around = MusicAround(sound, (KeptSpan(0, stretch[0], 0), KeptSpan(stretch[1], sound.shape[1], stretch[1])))
    generator = VemMiniGenerator(Device.CPU, settings=QUICK)
    (rendering,) = generator.generate_between(request, result.plan, [stretch], around, lambda done, steps: None)
    return rendering.mix


def test_the_music_on_either_side_is_heard(take: tuple[ScoreRequest, ScoreResult, Path]) -> None:
    sound = audio_of(read_pcm(take[2] / "mix.wav"))
    stretch = (4 * 48_000, 6 * 48_000)
    made = made_between(take, sound, stretch)
    np.testing.assert_array_equal(made, made_between(take, sound, stretch))
    for side in (slice(3 * 48_000, stretch[0]), slice(stretch[1], 7 * 48_000)):
        other = sound.copy()
        other[:, side] *= 0.1
        assert not np.array_equal(made, made_between(take, other, stretch))


def test_cancel_stops_between_steps(take: tuple[ScoreRequest, ScoreResult, Path]) -> None:
    request, result, folder = take
    sound = audio_of(read_pcm(folder / "mix.wav"))
    around = MusicAround(sound, (KeptSpan(0, 96_000, 0),))

    def cancel(done: int, steps: int) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        next(VemMiniGenerator(Device.CPU).generate_between(request, result.plan, [(90_000, 200_000)], around, cancel))


def test_a_stretch_is_made_in_one_window_with_as_much_around_it_as_that_holds() -> None:
    settings = SamplingSettings(window_latents=256, overlap_latents=64)
    assert surroundings((1920 * 1000, 1920 * 1056), 9_000, settings) == Window(900, 1156)
    assert surroundings((1920 * 1000 - 1, 1920 * 1900), 9_000, settings) == Window(949, 1950)
    assert surroundings((0, 1920 * 56), 100, settings) == Window(0, 100)


def test_held_latents_are_those_of_the_take_before_wherever_they_travelled() -> None:
    tiny = random_pipeline("tiny")
    sound = torch.randn(2, 1920 * 200, generator=torch.Generator().manual_seed(1)) * 0.1
    whole = tiny.encode(sound)
    shift = 1920 * 30
    spans = [KeptSpan(0, 1920 * 40 + 700, 0), KeptSpan(1920 * 60 + 1, 1920 * 150, 1920 * 90 + 1)]
    held = held_latents(tiny, Window(20, 120), sound, spans)
    assert held.keep.nonzero().flatten().tolist() == [*range(20), *range(41, 100)]
    torch.testing.assert_close(held.latents[..., :20], whole[..., 20:40], atol=1e-4, rtol=1e-3)
    travelled = whole[..., 61 + shift // 1920 : 120 + shift // 1920]
    torch.testing.assert_close(held.latents[..., 41:], travelled, atol=1e-4, rtol=1e-3)


def test_without_a_vocoder_phases_go_on_from_the_music_before() -> None:
    tiny = random_pipeline("tiny")
    by_phases = VemPipeline(tiny.transformer, tiny.adapter, tiny.vae, tiny.aligner, tiny.scheduler)
    before = torch.randn(2, 1920 * 10, generator=torch.Generator().manual_seed(2)) * 0.1
    sound = by_phases.decode(torch.zeros(1, 8, 30), before)
    assert sound.shape == (2, 1920 * 30)
    assert torch.equal(sound[:, : 1920 * 5], before[:, : 1920 * 5])


def test_a_stretch_has_the_seed_that_was_asked_for_there(take: tuple[ScoreRequest, ScoreResult, Path]) -> None:
    plan: ScorePlan = take[1].plan
    middle = plan.sections[-1]
    other = dataclasses.replace(middle, part=SectionPart(0, 0, middle.bars, 99))
    varied = dataclasses.replace(plan, sections=(*plan.sections[:-1], other))
    begin = next(beat.samples for beat in plan.beats if beat.bar == middle.first_bar)
    assert seed_within(varied, (begin, plan.duration_samples)) == 99
    assert seed_within(varied, (0, begin)) == plan.seed
