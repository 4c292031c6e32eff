"""A neural model inside the service: the same sound twice, cancelled between diffusion steps, its weights damaged."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.core_rig import CoreRig
from fakes.film import film
from fakes.tiny_model import ship_tiny_model
from vem_core.contract.errors import Cancelled, WeightsDamaged
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.time import sample_of_frame

pytestmark = pytest.mark.slow

COLOURS = [(220, 60, 30), (12, 16, 40), (245, 245, 248)]


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resources")
    ship_tiny_model(folder, gates_met_on=("cpu", "cuda"))
    return folder


@pytest.fixture(scope="module")
def core(resources: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreRig]:
    """A core whose worker has the tiny model."""
    rig = CoreRig(tmp_path_factory.mktemp("core"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEM_TEST_WORKER", "tiny_worker.py")
        patch.setenv("VEM_TEST_RESOURCES", str(resources))
        patch.setenv("VEM_CACHE", str(rig.folder / "cache"))
        rig.start()
    yield rig
    rig.close()


def wanted(shot_frames: int = 50, **fields: object) -> tuple[ScoreRequest, dict[str, bytes]]:
    request, jpegs = film(COLOURS, shot_frames=shot_frames, direction=Direction(style="cinematic"), seed=3)
    return dataclasses.replace(request, **{"model": "vem-mini", **fields}), jpegs  # type: ignore[arg-type]


def ignore(progress: Progress) -> None:
    """Progress that nobody looks at."""


def test_same_request_is_the_same_file_twice_and_auto_is_that_model(core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = wanted()
    with core.client() as client:
        first = client.score(request, jpegs, tmp_path / "a", ignore)
        client.unload()  # the second comes from another process
        second = client.score(request, jpegs, tmp_path / "b", ignore)
        auto = client.score(dataclasses.replace(request, model="auto"), jpegs, tmp_path / "c", ignore)
    assert first.model == auto.model == "vem-mini"
    assert first.model_sha256
    mix = first.file("mix")
    assert mix is not None
    assert mix.samples == sample_of_frame(request.sheet.duration_frames, request.sheet.rate)
    assert first.files == second.files == auto.files


def test_parse_that_is_edited_changes_the_sound(core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = wanted()
    with core.client() as client:
        parse = client.parse(request, jpegs, ignore)
        assert parse.overall.style == "cinematic"
        assert parse.storyboard[1].visual.light < 0.1
        edited = dataclasses.replace(request, parse=parse.with_description(1, "the end of the world"))
        plain = client.score(dataclasses.replace(request, parse=parse), jpegs, tmp_path / "a", ignore)
        other = client.score(edited, jpegs, tmp_path / "b", ignore)
    assert plain.files != other.files


def test_running_job_stops_between_diffusion_steps(core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = wanted(shot_frames=1500)  # three minutes: windows enough to be caught in the middle
    job = str(uuid.uuid4())
    seen: list[Progress] = []
    cancelling: list[threading.Thread] = []
    with core.client() as client:

        def cancel_when_it_plays(progress: Progress) -> None:
            seen.append(progress)
            if progress.stage is Stage.GENERATE and progress.step > 1 and not cancelling:
                cancelling.append(threading.Thread(target=client.cancel, args=(job,)))
                cancelling[0].start()

        with pytest.raises(Cancelled):
            client.score(request, jpegs, tmp_path, cancel_when_it_plays, job)
        cancelling[0].join()
        assert client.status(job).state is JobState.CANCELLED
    assert seen[-1].step < max(progress.steps for progress in seen)
    assert not list(tmp_path.iterdir())
    assert [path.name for path in (core.state_folder / "jobs" / job).iterdir()] == ["job.json"]


@pytest.mark.parametrize("damage", ["altered", "truncated"])
def test_damaged_weights_are_named_and_nothing_is_played(
    core: CoreRig, resources: Path, tmp_path: Path, damage: str
) -> None:
    request, jpegs = wanted(seed=5)
    victim = next((resources / "weights").rglob("transformer/*.safetensors"))
    whole = victim.read_bytes()
    middle = len(whole) // 2
    damaged = whole[:middle] if damage == "truncated" else whole[:middle] + bytes(64) + whole[middle + 64 :]
    with core.client() as client:
        victim.write_bytes(damaged)
        try:
            with pytest.raises(WeightsDamaged, match="damaged"):
                client.score(request, jpegs, tmp_path / "out", ignore)
        finally:
            victim.write_bytes(whole)
        assert not (tmp_path / "out").exists()
        client.score(request, jpegs, tmp_path / "out", ignore)
