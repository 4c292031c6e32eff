"""A core as its callers see it: jobs from submission to result, on real processes and sockets."""

from __future__ import annotations

import dataclasses
import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fakes.core_rig import CoreRig, wait_until
from fakes.requests import small_request
from vem_core.contract.codec import content_hash, dumps, loads
from vem_core.contract.errors import Cancelled, IdTaken, InternalError, JobUnknown, OutputError, WeightsDamaged
from vem_core.contract.parse import Parse
from vem_core.contract.progress import PROTOCOL_VERSION, JobState, Progress
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.service import CoreHello, JobSubmission, Task
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.server.store import JobRecord
from vem_plugin.client.events import parse_events
from vem_plugin.client.http import HttpCoreClient


def new_id() -> str:
    return str(uuid.uuid4())


def submit(http: httpx.Client, prompt: str = "", *, job: str | None = None, seed: int = 0) -> str:
    """Submit a small job as any program could, without our client."""
    request, jpegs = small_request(prompt, seed=seed)
    job = job or new_id()
    response = http.post("/v1/jobs", files=parts(job, request, jpegs))
    assert response.status_code in (200, 201), response.text
    return job


def parts(job: str, request: ScoreRequest, jpegs: dict[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    body = dumps(JobSubmission(job, request, "test")).encode()
    return [
        ("job", ("job.json", body, "application/json")),
        *(("thumbnail", (sha256, jpeg, "image/jpeg")) for sha256, jpeg in jpegs.items()),
    ]


def state_of(http: httpx.Client, job: str) -> JobState:
    return loads(Progress, http.get(f"/v1/jobs/{job}").content).state


def wait_for_state(http: httpx.Client, job: str, state: JobState) -> None:
    wait_until(lambda: state_of(http, job) is state)


def test_hello_says_who_is_there(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        hello = loads(CoreHello, http.get("/v1/hello").content)
    assert hello.protocol == PROTOCOL_VERSION
    assert hello.pid == shared_core.pid
    sketch = next(model for model in hello.models if model.id == "sketch")
    assert sketch.paid_work
    assert "Apache-2.0" in sketch.licence
    assert hello.device.kind in ("cpu", "cuda")
    assert hello.device.memory_total_bytes is None or hello.device.memory_total_bytes > 2**28


def test_a_core_of_this_machine_need_not_send_the_files_of_a_job_that_it_lets_go_of(
    shared_core: CoreRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send = HttpCoreClient._file

    def noted(client: HttpCoreClient, job: str, name: str) -> Iterator[bytes]:
        sent.append(name)
        return send(client, job, name)

    monkeypatch.setattr(HttpCoreClient, "_file", noted)
    request, jpegs = small_request("linked")
    with shared_core.client() as client:
        linked = client.score(request, jpegs, tmp_path / "linked", lambda progress: None)
        assert sent == []
        known = new_id()
        again = client.score(request, jpegs, tmp_path / "sent", lambda progress: None, known)
        assert sent == [file.name for file in again.files]
        client.delete(known)
    assert linked.files == again.files
    for file in linked.files:
        path = tmp_path / "linked" / file.name
        assert path.stat().st_nlink == 1
        assert path.read_bytes() == (tmp_path / "sent" / file.name).read_bytes()


def test_session_file_is_for_its_user_alone(shared_core: CoreRig) -> None:
    assert shared_core.session_file.stat().st_mode & 0o777 == 0o600
    assert shared_core.session_file.parent.stat().st_mode & 0o777 == 0o700
    assert shared_core.state_folder.stat().st_mode & 0o777 == 0o700


def test_job_runs_from_submission_to_files(shared_core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request("steps=5 pause=0.02", seed=7)
    seen: list[Progress] = []
    with shared_core.client() as client:
        result = client.score(request, jpegs, tmp_path, seen.append)
    assert result.request_sha256 == content_hash(request)
    assert result.seed == 7
    assert (tmp_path / "mix.wav").read_bytes()[:4] == b"RIFF"
    assert [path.name for path in tmp_path.iterdir()] == ["mix.wav"]
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert seen[-1].state is JobState.DONE
    assert seen[-1].fraction == 1.0
    assert len({progress.stage for progress in seen}) >= 3


def test_music_is_heard_while_it_is_made(shared_core: CoreRig) -> None:
    with shared_core.raw() as http, shared_core.client() as client:
        job = submit(http, "steps=200 pause=0.05 preview=2")
        wait_until(lambda: len(client.preview(job, 0)) == 4 * 2 * SAMPLE_RATE_HZ)
        assert len(client.preview(job, SAMPLE_RATE_HZ)) == 4 * SAMPLE_RATE_HZ
        assert client.preview(job, 3 * SAMPLE_RATE_HZ) == b""
        assert http.get(f"/v1/jobs/{job}/preview", params={"first": -1}).status_code == 422
        client.cancel(job)
        wait_for_state(http, job, JobState.CANCELLED)
        assert client.preview(job, 0) == b""
        with pytest.raises(JobUnknown):
            client.preview(new_id(), 0)


def test_same_id_and_request_is_the_same_job(shared_core: CoreRig) -> None:
    request, jpegs = small_request(seed=11)
    job = new_id()
    with shared_core.raw() as http:
        first = http.post("/v1/jobs", files=parts(job, request, jpegs))
        again = http.post("/v1/jobs", files=parts(job, request, jpegs))
        wait_for_state(http, job, JobState.DONE)
        after = http.post("/v1/jobs", files=parts(job, request, jpegs))
        assert [first.status_code, again.status_code, after.status_code] == [201, 200, 200]
        assert loads(Progress, after.content).state is JobState.DONE


def test_same_id_with_another_request_is_refused(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        job = submit(http, seed=1)
        request, jpegs = small_request(seed=2)
        response = http.post("/v1/jobs", files=parts(job, request, jpegs))
        assert response.status_code == 409
        assert response.json()["code"] == IdTaken.code


def test_progress_stream_resumes_where_it_broke(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        job = submit(http, "steps=30 pause=0.05")
        with http.stream("GET", f"/v1/jobs/{job}/events") as stream:
            first = next(event for event in parse_events(stream.iter_lines()) if '"step":' in event.data)
        with http.stream("GET", f"/v1/jobs/{job}/events", headers={"Last-Event-ID": first.id}) as stream:
            rest = list(parse_events(stream.iter_lines()))
    assert first.id not in [event.id for event in rest]
    assert loads(Progress, rest[-1].data).state is JobState.DONE
    numbers = [int(event.id.partition("-")[2]) for event in rest]
    assert numbers == sorted(numbers)


def test_silent_stream_is_kept_alive(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        job = submit(http, "steps=2 pause=1.5")
        with http.stream("GET", f"/v1/jobs/{job}/events") as stream:
            lines = list(stream.iter_lines())
    assert any(line.startswith(":") for line in lines)


def test_jobs_run_in_order_and_know_their_position(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        first = submit(http, "steps=20 pause=0.05", seed=1)
        second = submit(http, seed=2)
        third = submit(http, seed=3)
        positions = [loads(Progress, http.get(f"/v1/jobs/{job}").content).queue_position for job in (second, third)]
        assert positions == [0, 1]
        wait_for_state(http, third, JobState.DONE)
        assert state_of(http, first) is state_of(http, second) is JobState.DONE


def test_many_clients_lose_nothing_and_keep_their_order(core_rig: CoreRig, tmp_path: Path) -> None:
    core_rig.start()
    names = [[new_id() for _ in range(5)] for _ in range(8)]
    results: dict[str, int] = {}

    def run(client_index: int) -> None:
        with HttpCoreClient(core_rig.address, name=f"client-{client_index}") as client:
            wishes = {name: small_request(seed=seed) for seed, name in enumerate(names[client_index], client_index * 5)}
            for name, (request, jpegs) in wishes.items():
                client.submit(name, request, jpegs)
            for name, (request, _) in wishes.items():
                client.follow(name, lambda progress: None)
                results[name] = client.collect(name, request, tmp_path / name).seed

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {name: index * 5 + number for index, own in enumerate(names) for number, name in enumerate(own)}
    files = [core_rig.state_folder / "jobs" / name / "job.json" for own in names for name in own]
    records = [loads(JobRecord, path.read_bytes()) for path in files]
    assert [record.attempts for record in records] == [1] * 40
    finished = [record.sequence for record in records]  # counts completion once a job is done
    assert all(finished[first : first + 5] == sorted(finished[first : first + 5]) for first in range(0, 40, 5))


def test_models_are_told_by_themselves_too(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        assert http.get("/v1/models").json() == http.get("/v1/hello").json()["models"]


def test_cancelled_jobs_stop_and_leave_nothing(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        running = submit(http, "steps=1000 pause=0.05", seed=1)
        waiting = submit(http, seed=2)
        wait_for_state(http, running, JobState.RUNNING)
        http.post(f"/v1/jobs/{waiting}/cancel")
        assert state_of(http, waiting) is JobState.CANCELLED
        http.post(f"/v1/jobs/{running}/cancel")
        wait_for_state(http, running, JobState.CANCELLED)
        for job in (running, waiting):
            assert [path.name for path in (shared_core.state_folder / "jobs" / job).iterdir()] == ["job.json"]
            answer = http.get(f"/v1/jobs/{job}/result")
            assert (answer.status_code, answer.json()["code"]) == (409, Cancelled.code)


def test_deleting_a_running_job_removes_every_trace(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        job = submit(http, "steps=1000 pause=0.05")
        wait_for_state(http, job, JobState.RUNNING)
        assert http.delete(f"/v1/jobs/{job}").status_code == 204
        assert http.get(f"/v1/jobs/{job}").json()["code"] == JobUnknown.code
        assert not (shared_core.state_folder / "jobs" / job).exists()


def test_parse_is_a_job_and_can_be_edited_and_handed_back(shared_core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request(seed=71)
    seen: list[Progress] = []
    with shared_core.client() as client:
        parse = client.parse(request, jpegs, seen.append)
        assert [cue.description for cue in parse.storyboard] == ["shot 0", "shot 1", "shot 2"]
        assert seen[-1].state is JobState.DONE
        edited = dataclasses.replace(request, parse=parse.with_description(1, "a storm breaks"))
        assert client.parse(edited, jpegs, seen.append) == edited.parse
        result = client.score(edited, jpegs, tmp_path, seen.append)
    assert result.request_sha256 == content_hash(edited) != content_hash(request)


def test_parse_leaves_nothing_behind_and_has_no_files(shared_core: CoreRig) -> None:
    request, jpegs = small_request(seed=72)
    with shared_core.client() as client:
        before = set((shared_core.state_folder / "jobs").iterdir())
        client.parse(request, jpegs, lambda progress: None)
        assert set((shared_core.state_folder / "jobs").iterdir()) == before
        job = new_id()
        client.submit(job, request, jpegs, Task.PARSE)
        client.follow(job, lambda progress: None)
        with pytest.raises(IdTaken):
            client.submit(job, request, jpegs, Task.SCORE)  # the id stands for a parse
    with shared_core.raw() as http:
        assert loads(Parse, http.get(f"/v1/jobs/{job}/result").content).duration_samples == 3 * 48_000
        assert http.get(f"/v1/jobs/{job}/files/result.json").json()["code"] == JobUnknown.code


def test_parse_that_fails_says_why(shared_core: CoreRig) -> None:
    request, jpegs = small_request("fault=damaged-weights")
    with shared_core.client() as client, pytest.raises(WeightsDamaged):
        client.parse(request, jpegs, lambda progress: None)


def test_job_that_hears_nothing_is_stopped_by_force(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        job = submit(http, "fault=deaf")
        wait_for_state(http, job, JobState.RUNNING)
        http.post(f"/v1/jobs/{job}/cancel")
        wait_for_state(http, job, JobState.CANCELLED)
        after = submit(http, seed=99)
        wait_for_state(http, after, JobState.DONE)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("bug", InternalError, "a bug of the stand-in"),
        ("full-disk", OutputError, "the disk is full"),
        ("damaged-weights", WeightsDamaged, "registered hash"),
        ("outbound", InternalError, "no connection to other machines"),
    ],
)
def test_failed_job_says_why(shared_core: CoreRig, fault: str, error: type[Exception], words: str) -> None:
    request, jpegs = small_request(f"fault={fault}")
    with shared_core.client() as client, pytest.raises(error, match=words):
        client.score(request, jpegs, shared_core.folder / "nowhere", lambda progress: None)
    assert not (shared_core.folder / "nowhere").exists()


def test_score_made_with_less_memory_says_so(shared_core: CoreRig, tmp_path: Path) -> None:
    small, jpegs = small_request("fault=memory")
    request = dataclasses.replace(small, model="vem-mini")  # which works in windows
    with shared_core.client() as client:
        result = client.score(request, jpegs, tmp_path / "a", lambda progress: None)
        assert "25%" in result.warnings[0]
        assert result.request_sha256 == content_hash(request)
        request, jpegs = small_request("fault=memory-gpu")
        result = client.score(request, jpegs, tmp_path / "b", lambda progress: None)
    assert "on the CPU" in result.warnings[0]
    assert result.device == "cpu"


@pytest.mark.parametrize("fault", ["segv:once", "kill:once", "exit:once"])
def test_job_survives_a_crash_of_the_engine(shared_core: CoreRig, tmp_path: Path, fault: str) -> None:
    crashing, jpegs = small_request(f"fault={fault}", seed=5)
    whole, _ = small_request("", seed=5)
    seen: list[Progress] = []
    with shared_core.client() as client:
        client.score(crashing, jpegs, tmp_path / "crashed", seen.append)
        client.score(whole, jpegs, tmp_path / "whole", lambda progress: None)
    assert any("trying once more" in progress.message for progress in seen)
    assert (tmp_path / "crashed" / "mix.wav").read_bytes() == (tmp_path / "whole" / "mix.wav").read_bytes()


def test_job_that_always_crashes_fails_and_the_next_one_runs(shared_core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request("fault=segv")
    with shared_core.client() as client:
        with pytest.raises(InternalError, match="SIGSEGV"):
            client.score(request, jpegs, tmp_path / "a", lambda progress: None)
        good, jpegs = small_request(seed=3)
        assert isinstance(client.score(good, jpegs, tmp_path / "b", lambda progress: None), ScoreResult)
    assert "Fatal Python error: Segmentation fault" in shared_core.log()


def test_failed_job_may_be_tried_again_by_the_same_id(shared_core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request("fault=bug:once", seed=31)
    (shared_core.marks / content_hash(request)).unlink(missing_ok=True)
    job = new_id()
    with shared_core.client() as client:
        with pytest.raises(InternalError):
            client.score(request, jpegs, tmp_path, lambda progress: None, job)
        result = client.score(request, jpegs, tmp_path, lambda progress: None, job)
    assert result.seed == 31


def test_unload_ends_the_worker_and_the_next_job_starts_another(shared_core: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request(seed=41)
    with shared_core.client() as client:
        client.score(request, jpegs, tmp_path, lambda progress: None)
        before = shared_core.worker_pid()
        assert client.unload()
        assert not client.full_hello().loaded
        client.score(small_request(seed=42)[0], jpegs, tmp_path, lambda progress: None)
        assert shared_core.worker_pid() != before


def test_unload_while_running_waits_for_the_job(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        job = submit(http, "steps=20 pause=0.05")
        wait_for_state(http, job, JobState.RUNNING)
        assert http.post("/v1/unload").json() == {"unloaded": False}
        wait_for_state(http, job, JobState.DONE)
        wait_until(lambda: not http.get("/v1/hello").json()["loaded"])


def test_description_names_every_call(shared_core: CoreRig) -> None:
    with shared_core.raw() as http:
        document = http.get("/v1/openapi.json").json()
    assert {"/v1/hello", "/v1/models", "/v1/jobs", "/v1/jobs/{job}/events", "/v1/shutdown"} <= set(document["paths"])
    assert json.dumps(document).count(ScoreRequest.schema_label) == 1
