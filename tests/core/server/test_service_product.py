"""The product's own pipeline inside the service: a sketch from request to file, and one that is cancelled."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fakes.core_rig import CoreRig
from fakes.requests import small_request
from vem_core.contract.errors import Cancelled, ModelMissing
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.time import sample_of_frame

pytestmark = pytest.mark.slow


def test_sketch_is_made_by_the_service(real_core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request(shots=6)
    seen: list[Progress] = []
    with real_core.client() as client:
        result = client.score(request, jpegs, tmp_path, seen.append)
    mix = result.file("mix")
    assert mix is not None
    assert mix.samples == sample_of_frame(request.sheet.duration_frames, request.sheet.rate)
    assert {Stage.PLAN, Stage.GENERATE, Stage.MEASURE} <= {progress.stage for progress in seen}
    assert len(result.report.cuts) == len(request.sheet.cuts)


def test_sketch_stops_in_the_middle(real_core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request(shots=60, shot_frames=72)
    with real_core.client() as client:
        job = "00000000-0000-0000-0000-00000000000c"

        def cancel_when_it_plays(progress: Progress) -> None:
            if progress.stage is Stage.GENERATE and progress.step:
                threading.Thread(target=client.cancel, args=(job,)).start()

        with pytest.raises(Cancelled):
            client.score(request, jpegs, tmp_path, cancel_when_it_plays, job)
        assert client.status(job).state is JobState.CANCELLED
    assert not list(tmp_path.iterdir())


def test_model_that_does_not_exist_is_named(real_core: CoreRig, tmp_path: Path) -> None:
    import dataclasses

    request, jpegs = small_request()
    with real_core.client() as client, pytest.raises(ModelMissing, match="no-such-model"):
        client.score(dataclasses.replace(request, model="no-such-model"), jpegs, tmp_path, lambda progress: None)
