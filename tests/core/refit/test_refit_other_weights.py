"""A take that other weights of the same model played is followed by those that are installed, which is said before."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.recuts import rebuilt, sourced_edit, trimmed
from fakes.tiny_model import ship_tiny_model
from vem_core.contract.progress import Stage
from vem_core.contract.recut import EarlierTake, Recut
from vem_core.contract.request import Device, ScoreRequest
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.pipeline.outlook import outlook_of


@pytest.fixture
def scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScoreRequest:
    """What follows a take of vem-mini after a trim."""
    monkeypatch.setattr("vem_core.resources.registry.resource_path", lambda name: tmp_path / "resources" / name)
    ship_tiny_model(tmp_path / "resources")
    old = sourced_edit(7, cuts=3)
    request = ScoreRequest(old, model="vem-mini", device=Device.CPU, seed=5)
    result = score_timeline(Job(request, {}, new_folder(tmp_path / "first"), lambda *progress: None))
    assert not any("other weights" in warning for warning in result.warnings)
    earlier = EarlierTake(
        1, old, result.plan, result.report, result.model, result.model_sha256, seed=5, direction=request.direction
    )
    shots = [trimmed(old.shots[0], tail_frames=7), *old.shots[1:]]
    return dataclasses.replace(request, sheet=rebuilt(old, shots), recut=Recut(earlier))


def new_folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def with_weights(request: ScoreRequest, sha256: str) -> ScoreRequest:
    assert request.recut is not None
    earlier = dataclasses.replace(request.recut.earlier, model_sha256=sha256)
    return dataclasses.replace(request, recut=dataclasses.replace(request.recut, earlier=earlier))


def test_other_weights_are_said_before_and_in_the_result(scored: ScoreRequest, tmp_path: Path) -> None:
    heard: list[tuple[object, ...]] = []
    assert outlook_of(Job(scored, {}, tmp_path / "a", lambda *progress: None)).notices == ()
    other = with_weights(scored, "0" * 64)
    (notice,) = outlook_of(Job(other, {}, tmp_path / "b", lambda *progress: None)).notices
    assert "other weights of vem-mini" in notice
    job = Job(other, {}, new_folder(tmp_path / "c"), lambda *progress: heard.append(progress))
    result = score_timeline(job)
    assert notice in result.warnings
    assert [stage for stage, _, _, message in heard if message == notice] == [Stage.PARSE]
