"""The queue and its store: order, identity, bounds, and what is left after a restart."""

from __future__ import annotations

import asyncio
import errno
import json
from pathlib import Path

import pytest

from fakes.quick_pipeline import quick_result, small_parse
from fakes.requests import small_request
from vem_core.contract.codec import content_hash, dumps, loads
from vem_core.contract.errors import Cancelled, IdTaken, InternalError, JobUnknown, ModelMissing, QueueFull
from vem_core.contract.parse import Parse
from vem_core.contract.progress import JobState, Stage
from vem_core.contract.result import AudioFile
from vem_core.contract.service import Task
from vem_core.server.job_queue import MAX_ATTEMPTS, JobQueue, QueuedJob
from vem_core.server.settings import Limits
from vem_core.server.store import JobRecord, JobStore

REQUEST, _ = small_request()
SHA256 = content_hash(REQUEST)


def job_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012x}"


class Bench:
    """A queue on a state folder, and the restart of both."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.limits = limits or Limits()
        self.restart()

    def restart(self) -> None:
        self.store = JobStore(self.folder)
        self.queue = JobQueue(self.store, self.limits)

    def submit(self, number: int, *, client: str = "", sha256: str = SHA256) -> QueuedJob:
        upload = self.store.open_upload()
        (upload / "request.json").write_text(dumps(REQUEST))
        return self.queue.submit(upload, job_id(number), client, sha256)[0]

    def run(self, job: QueuedJob, content: bytes = b"sound") -> None:
        self.queue.begin(job)
        work = self.store.open_attempt(job.id)
        (work / "mix.wav").write_bytes(content)
        mix = AudioFile("mix.wav", "mix", "", 1, 48_000, 2, None, None)
        (work / "result.json").write_text(dumps(quick_result(REQUEST, mix)))
        self.queue.finish(job, work)

    def next(self) -> QueuedJob | None:
        async def soon() -> QueuedJob | None:
            try:
                return await asyncio.wait_for(self.queue.next(), 0.01)
            except TimeoutError:
                return None

        return asyncio.run(soon())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_first_come_first_served(bench: Bench) -> None:
    jobs = [bench.submit(number) for number in (3, 1, 2)]
    assert [job.progress.queue_position for job in jobs] == [0, 1, 2]
    assert bench.next() is jobs[0]
    bench.queue.begin(jobs[0])
    assert [job.progress.queue_position for job in jobs] == [None, 0, 1]
    assert bench.next() is jobs[1]


def test_same_id_is_the_same_job_and_another_request_is_refused(bench: Bench) -> None:
    job = bench.submit(1)
    assert bench.submit(1) is job
    with pytest.raises(IdTaken):
        bench.submit(1, sha256="0" * 64)


def test_queue_is_bounded(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(queue=2))
    bench.submit(1)
    bench.submit(2)
    with pytest.raises(QueueFull):
        bench.submit(3)
    assert bench.submit(2).id == job_id(2)  # known already: takes no place


@pytest.mark.parametrize("error", [ModelMissing("There is no such model."), Cancelled("It was cancelled.")])
def test_ended_job_may_be_submitted_again(bench: Bench, error: ModelMissing | Cancelled) -> None:
    job = bench.submit(1)
    bench.queue.begin(job)
    bench.queue.fail(job, error)
    assert type(job.error) is type(error)
    assert not (bench.folder / "jobs" / job.id / "request.json").exists()
    again = bench.submit(1)
    assert again.state is JobState.QUEUED
    assert again.record.attempts == 0


def test_result_survives_a_restart(bench: Bench) -> None:
    bench.run(bench.submit(1))
    bench.restart()
    assert bench.queue.find(job_id(1)).state is JobState.DONE
    assert bench.store.result_file(job_id(1), "mix.wav") is not None
    assert not bench.store.request_path(job_id(1)).exists()


def test_parse_survives_a_restart(bench: Bench) -> None:
    upload = bench.store.open_upload()
    (upload / "request.json").write_text(dumps(REQUEST))
    job, _ = bench.queue.submit(upload, job_id(1), "", SHA256, Task.PARSE)
    bench.queue.begin(job)
    work = bench.store.open_attempt(job.id)
    (work / "result.json").write_text(dumps(small_parse(REQUEST)))
    bench.queue.finish(job, work)
    bench.restart()
    assert bench.queue.find(job_id(1)).state is JobState.DONE
    assert loads(Parse, bench.store.result_json(job_id(1))) == small_parse(REQUEST)


def test_result_that_was_published_but_not_recorded_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bench.submit(1)

    def killed(record: JobRecord) -> None:
        raise KeyboardInterrupt  # the instant after the rename

    bench.queue.begin(job)
    monkeypatch.setattr(bench.store, "save", killed)
    work = bench.store.open_attempt(job.id)
    mix = AudioFile("mix.wav", "mix", "", 1, 48_000, 2, None, None)
    (work / "result.json").write_text(dumps(quick_result(REQUEST, mix)))
    with pytest.raises(KeyboardInterrupt):
        bench.queue.finish(job, work)
    bench.restart()
    assert bench.queue.find(job.id).state is JobState.DONE


def test_unfinished_job_waits_for_its_client_and_then_runs_again(bench: Bench) -> None:
    job = bench.submit(1)
    bench.queue.begin(job)
    bench.store.open_attempt(job.id)
    bench.restart()
    assert bench.next() is None
    found = bench.queue.find(job.id)
    assert bench.next() is found
    assert not list((bench.folder / "jobs" / job.id).glob("work-*"))


def test_jobs_of_one_client_come_back_together_and_in_order(bench: Bench) -> None:
    for number, client in ((1, "a"), (2, "b"), (3, "a")):
        bench.submit(number, client=client)
    bench.restart()
    bench.queue.find(job_id(3))
    first = bench.next()
    assert first is not None
    assert first.id == job_id(1)
    bench.run(first)
    second = bench.next()
    assert second is not None
    assert second.id == job_id(3)
    assert bench.queue.count(JobState.QUEUED) == 1


def test_job_that_was_claimed_survives_any_number_of_restarts(bench: Bench) -> None:
    bench.submit(1)
    for _ in range(4):
        bench.restart()
        assert bench.queue.find(job_id(1)).state is JobState.QUEUED


def test_job_nobody_claims_is_dropped_at_the_second_restart(bench: Bench) -> None:
    bench.submit(1)
    bench.restart()
    bench.restart()
    with pytest.raises(JobUnknown):
        bench.queue.find(job_id(1))


def test_job_that_takes_the_core_down_twice_fails(bench: Bench) -> None:
    job = bench.submit(1)
    for _ in range(MAX_ATTEMPTS):
        bench.queue.begin(bench.queue.find(job.id))
        bench.restart()
    ended = bench.queue.find(job.id)
    assert ended.state is JobState.FAILED
    assert isinstance(ended.error, InternalError)


def test_oldest_results_make_way(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(results_bytes=30_000))
    for number in range(1, 6):
        bench.run(bench.submit(number), bytes(10_000))
    left = [path.name for path in sorted((tmp_path / "jobs").iterdir())]
    assert left == [job_id(4), job_id(5)]
    bench.restart()
    assert sorted(path.name for path in (tmp_path / "jobs").iterdir()) == left


def test_newest_result_stays_however_large(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(results_bytes=100))
    bench.run(bench.submit(1), bytes(10_000))
    assert bench.store.result_file(job_id(1), "mix.wav") is not None


def test_finished_jobs_are_counted_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(finished=3))
    for number in range(1, 8):
        bench.queue.fail(bench.submit(number), Cancelled("It was cancelled."))
    assert len(list((tmp_path / "jobs").iterdir())) == 3


def test_result_that_was_just_asked_for_does_not_make_way(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Limits(finished=3))
    for number in range(1, 4):
        bench.run(bench.submit(number))
    bench.queue.find(job_id(1))  # its client came back for it
    bench.run(bench.submit(4))
    assert bench.queue.find(job_id(1)).state is JobState.DONE
    with pytest.raises(JobUnknown):
        bench.queue.find(job_id(2))


def test_what_cannot_be_read_is_removed_at_start(bench: Bench) -> None:
    for name, content in ((job_id(1), "{}"), (job_id(2), "not json"), ("../evil", "{}"), ("foreign", "{}")):
        folder = bench.folder / "jobs" / Path(name).name
        folder.mkdir()
        (folder / "job.json").write_text(content)
    (bench.folder / "incoming" / "half").mkdir()
    bench.restart()
    assert not list((bench.folder / "jobs").iterdir())
    assert not list((bench.folder / "incoming").iterdir())


@pytest.mark.parametrize("file", ["job.json", "result/result.json"])
def test_a_job_of_a_later_version_is_left_alone(bench: Bench, file: str) -> None:
    bench.run(bench.submit(1))
    path = bench.folder / "jobs" / job_id(1) / file
    written = json.loads(path.read_text(encoding="utf-8"))
    family, _, number = written["schema"].rpartition(".")
    later = json.dumps({**written, "schema": f"{family}.{int(number) + 1}", "unheard": "of"})
    path.write_text(later, encoding="utf-8")
    bench.restart()
    with pytest.raises(JobUnknown):
        bench.queue.find(job_id(1))
    assert path.read_text(encoding="utf-8") == later


def test_record_of_one_job_in_the_folder_of_another_is_refused(bench: Bench) -> None:
    bench.submit(1)
    (bench.folder / "jobs" / job_id(1)).rename(bench.folder / "jobs" / job_id(2))
    bench.restart()
    assert not list((bench.folder / "jobs").iterdir())


@pytest.mark.parametrize("name", ["result.json", "../job.json", "/etc/passwd", "", ".", "mix.wav/", "nothing.wav"])
def test_only_files_that_the_result_names_are_given_out(bench: Bench, name: str) -> None:
    bench.run(bench.submit(1))
    assert bench.store.result_file(job_id(1), name) is None


def test_link_out_of_the_result_is_not_followed(bench: Bench) -> None:
    bench.run(bench.submit(1))
    mix = bench.folder / "jobs" / job_id(1) / "result" / "mix.wav"
    mix.unlink()
    mix.symlink_to("/etc/hostname")
    assert bench.store.result_file(job_id(1), "mix.wav") is None


@pytest.mark.parametrize("name", ["../x", "", "X", job_id(1) + "\n", job_id(1).upper().replace("0", "A")])
def test_store_takes_no_other_names_than_ids(bench: Bench, name: str) -> None:
    with pytest.raises(ValueError, match="not a job's id"):
        bench.store.request_path(name)


def test_watchers_see_only_the_latest(bench: Bench) -> None:
    job = bench.submit(1)
    before = job.version
    for step in range(100):
        job.show(stage=Stage.GENERATE, step=step, steps=100)
    assert job.version == before + 100
    asyncio.run(asyncio.wait_for(job.changed_since(before), 1))
    assert job.progress.step == 99
    job.show(step=99)  # nothing new
    assert job.version == before + 100


def test_full_disk_at_the_start_of_an_attempt_is_told_to_the_caller(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bench.submit(1)

    def full(record: JobRecord) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bench.store, "save", full)
    with pytest.raises(OSError, match="No space"):
        bench.queue.begin(job)
    bench.queue.fail(job, InternalError("The disk is full."))  # must not raise: the job has to end all the same
    assert job.state is JobState.FAILED
    assert json.loads(job.record.error)["message"] == "The disk is full."
