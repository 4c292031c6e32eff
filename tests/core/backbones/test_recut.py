"""A re-cut of a score by a large model: bars that stay do so bit for bit, and only what changed is sampled."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fakes.followed_takes import followed_take
from fakes.recuts import rebuilt, sourced_edit, trimmed
from vem_core.audio.files import read_pcm
from vem_core.contract.recut import Recut
from vem_core.contract.request import Device, Direction, ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.generation.backbone import BackboneGenerator
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline


def scored(request: ScoreRequest, folder: Path, attachments: dict[str, bytes]) -> ScoreResult:
    folder.mkdir()
    return score_timeline(Job(request, attachments, folder, lambda *progress: None))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["ace-step-1.5", "stable-audio-3"])
def test_a_trimmed_shot_leaves_the_bars_around_it_bit_for_bit(
    model: str, folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEM_MODELS", str(folders[model].parent))
    monkeypatch.setenv("VEM_CACHE", str(tmp_path / "cache"))
    sheet = sourced_edit(23, cuts=8)
    first = ScoreRequest(sheet, Direction(style="house"), model=model, device=Device.CPU, seed=5)
    result = scored(first, tmp_path / "first", {})
    earlier, sounds = followed_take(first, result, tmp_path / "first")
    shots = list(sheet.shots)
    shots[4] = trimmed(shots[4], tail_frames=9)
    again = dataclasses.replace(first, sheet=rebuilt(sheet, shots), recut=Recut(earlier))

    def whole(*arguments: object) -> None:
        raise AssertionError("the whole was played")

    monkeypatch.setattr(BackboneGenerator, "generate", whole)
    made = scored(again, tmp_path / "again", sounds)
    assert made.model == model
    assert made.refit is not None
    assert len(made.refit.kept) >= 2
    before, after = read_pcm(tmp_path / "first" / "mix.wav"), read_pcm(tmp_path / "again" / "mix.wav")
    assert len(after) == made.plan.duration_samples
    new = np.ones(len(after), bool)
    for span in made.refit.kept:
        length = span.end_excl_samples - span.start_samples
        kept = before[span.earlier_samples :][:length]
        np.testing.assert_array_equal(after[span.start_samples : span.end_excl_samples], kept)
        new[span.start_samples : span.end_excl_samples] = False
    assert 0.05 < new.mean() < 0.6
    assert np.abs(after[new].astype(float)).max() > 0  # and something is played there
