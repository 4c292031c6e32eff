"""A re-cut whose wishes contradict the take before is a new piece, whoever sent it, and says so."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.recuts import sourced_edit
from vem_core.contract.direction import Direction
from vem_core.contract.recut import EarlierTake, Recut
from vem_core.contract.request import Device, ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline

AMBIENT = Direction(style="ambient", tempo_bpm=(58.0, 66.0))


def score(request: ScoreRequest, folder: Path) -> ScoreResult:
    folder.mkdir()
    return score_timeline(Job(request, {}, folder, lambda *progress: None))


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> tuple[ScoreRequest, ScoreResult]:
    """Some seconds of ambient."""
    sheet = sourced_edit(3, cuts=3)
    request = ScoreRequest(sheet, AMBIENT, model="sketch", device=Device.CPU, seed=5)
    return request, score(request, tmp_path_factory.mktemp("take") / "first")


def recut(take: tuple[ScoreRequest, ScoreResult], direction: Direction) -> ScoreRequest:
    request, result = take
    earlier = EarlierTake(
        1, request.sheet, result.plan, result.report, result.model, direction=request.direction, seed=request.seed
    )
    return dataclasses.replace(request, direction=direction, recut=Recut(earlier))


def test_another_style_and_tempo_is_planned_from_scratch_and_said(
    take: tuple[ScoreRequest, ScoreResult], tmp_path: Path
) -> None:
    techno = Direction(style="techno", tempo_bpm=(130.0, 140.0))
    made = score(recut(take, techno), tmp_path / "techno")
    fresh = score(dataclasses.replace(take[0], direction=techno), tmp_path / "fresh")
    assert made.plan == fresh.plan
    assert made.plan.style == "techno"
    assert made.refit is None
    assert any("a new piece" in warning and "style" in warning for warning in made.warnings)


def test_the_same_wishes_are_the_same_piece(take: tuple[ScoreRequest, ScoreResult], tmp_path: Path) -> None:
    made = score(recut(take, AMBIENT), tmp_path / "again")
    assert made.plan.style == "ambient"
    assert made.plan.beats == take[1].plan.beats
    assert made.refit is not None
    assert not any("new piece" in warning for warning in made.warnings)
