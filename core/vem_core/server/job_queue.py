"""The queue: which jobs there are, in what state, and who should be told. Lives on the server's event loop alone."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from vem_core.contract.errors import (
    Cancelled,
    IdTaken,
    InternalError,
    JobUnknown,
    QueueFull,
    VemError,
    error_from_wire,
)
from vem_core.contract.progress import JobState, Progress
from vem_core.contract.service import Task
from vem_core.server.settings import Limits
from vem_core.server.store import JobRecord, JobStore

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 2
"""A job that took the core or its worker down with it is tried once more, and no more."""


class QueuedJob:
    """A job, its latest progress, and a signal for those who watch it.

    `version` counts changes; watchers that missed some see only the latest, so a slow one costs nothing.
    """

    def __init__(self, record: JobRecord, *, held: bool = False) -> None:
        self.record = record
        self.held = held  # came back from disk, and its client has not asked for it yet
        self.watchers = 0  # open progress streams
        self.last_asked = 0  # in the queue's sequence
        self.cancel = asyncio.Event()
        self.progress = Progress(record.id, record.state, fraction=1.0 if record.state is JobState.DONE else 0.0)
        self.version = 0
        self._changed = asyncio.Event()

    @property
    def id(self) -> str:
        """The UUID that its client chose."""
        return self.record.id

    @property
    def state(self) -> JobState:
        """What is becoming of it."""
        return self.record.state

    @property
    def error(self) -> VemError:
        """Why the job has no result; meaningful once it failed or was cancelled."""
        return error_from_wire(json.loads(self.record.error)) if self.record.error else Cancelled("It was cancelled.")

    def show(self, **changes: object) -> None:
        """Change what watchers see."""
        progress = dataclasses.replace(self.progress, state=self.state, **changes)  # type: ignore[arg-type]
        if progress != self.progress:
            self.progress = progress
            self.version += 1
            self._changed.set()
            self._changed = asyncio.Event()

    async def changed_since(self, version: int) -> None:
        """Return once the job has changed after `version`."""
        while self.version <= version:
            await self._changed.wait()


class JobQueue:
    """All jobs of a core, first come, first served."""

    def __init__(self, store: JobStore, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._jobs: dict[str, QueuedJob] = {}
        self._sizes_bytes: dict[str, int] = {}  # of finished jobs
        self._wake = asyncio.Event()
        self._sequence = 0
        for record in store.load():
            self._restore(record)
        self._evict()

    def submit(
        self, upload: Path, job: str, client: str, request_sha256: str, task: Task = Task.SCORE
    ) -> tuple[QueuedJob, bool]:
        """The job of that id, and whether this submission made it (or made it start again after it had failed).

        Raises IdTaken, QueueFull, OSError. The caller removes `upload` unless it was adopted.
        """
        known = self._jobs.get(job)
        if known is not None:
            if (known.record.request_sha256, known.record.task) != (request_sha256, task):
                raise IdTaken(f"Job {job} is another request.")
            self.claim(known)
            if known.state not in (JobState.FAILED, JobState.CANCELLED):
                return known, False
        if len(self._waiting()) >= self._limits.queue:
            raise QueueFull(f"{self._limits.queue} jobs are waiting already.", limit=self._limits.queue)
        record = JobRecord(job, client, self._next_sequence(), request_sha256, task=task)
        self._store.adopt(upload, record)
        self._sizes_bytes.pop(job, None)
        self._jobs[job] = QueuedJob(record)
        self._queue_changed()
        return self._jobs[job], True

    def find(self, job: str) -> QueuedJob:
        """The job of that id, claimed by asking for it. Raises JobUnknown."""
        found = self._jobs.get(job)
        if found is None:
            raise JobUnknown(f"There is no job {job}.", hint="It was deleted, or made way for newer ones.")
        self.claim(found)
        return found

    def claim(self, job: QueuedJob) -> None:
        """Keep a job, and let one that came back from disk run with the others of its client: someone wants them."""
        job.last_asked = self._next_sequence()
        if job.held:
            for other in self._jobs.values():
                if other is job or (other.held and other.record.client == job.record.client != ""):
                    other.held = False
                    if other.record.waited:
                        self._save(other, waited=False)
            self._queue_changed()

    async def next(self) -> QueuedJob:
        """The job that should run now; waits for one."""
        while True:
            ready = [job for job in self._waiting() if not job.held]
            if ready:
                return ready[0]
            self._wake.clear()
            await self._wake.wait()

    def begin(self, job: QueuedJob) -> None:
        """Note that an attempt begins. Raises OSError."""
        self._save(job, must=True, state=JobState.RUNNING, attempts=job.record.attempts + 1)
        job.show(queue_position=None, fraction=0.0, remaining_s=None)
        self._queue_changed()

    def put_back(self, job: QueuedJob, message: str, *, counted: bool) -> None:
        """Put a running job back to the head of the queue; `counted` if the attempt was the job's own doing."""
        attempts = job.record.attempts - (0 if counted else 1)
        self._save(job, state=JobState.QUEUED, attempts=attempts)
        job.show(stage=None, step=0, steps=0, fraction=0.0, remaining_s=None, message=message)
        self._queue_changed()

    def finish(self, job: QueuedJob, work: Path) -> None:
        """Publish an attempt's output as the job's result. Raises OSError."""
        self._store.complete(job.id, work)
        self._save(job, state=JobState.DONE, sequence=self._next_sequence())
        self._note_final(job)
        job.show(fraction=1.0, remaining_s=0.0, message="")

    def fail(self, job: QueuedJob, error: VemError) -> None:
        """End a job without a result."""
        state = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED
        self._store.drop_inputs(job.id)
        self._save(job, state=state, error=json.dumps(error.to_wire()), sequence=self._next_sequence())
        self._note_final(job)
        job.show(queue_position=None, remaining_s=None, message=error.message)
        self._queue_changed()

    def request_cancel(self, job: QueuedJob) -> None:
        """Cancel a job: at once if it waits, at its next step if it runs."""
        if job.state is JobState.QUEUED:
            self.fail(job, Cancelled("It was cancelled."))
        elif job.state is JobState.RUNNING:
            job.cancel.set()
            job.show(message="Stopping")

    def delete(self, job: QueuedJob) -> None:
        """Forget a job that has ended and remove its files."""
        assert job.state.is_final, "only a job that has ended can be deleted"
        self._jobs.pop(job.id, None)
        self._sizes_bytes.pop(job.id, None)
        self._store.delete(job.id)

    def count(self, state: JobState) -> int:
        """How many jobs are in a state, those not counted that nobody came back for."""
        return sum(job.state is state and not job.held for job in self._jobs.values())

    def active(self) -> list[QueuedJob]:
        """The jobs that someone waits for."""
        return [job for job in self._jobs.values() if not job.state.is_final and not job.held]

    def watched(self) -> bool:
        """Whether a client that is connected waits for a job."""
        return any(job.watchers > 0 for job in self.active())

    def _restore(self, record: JobRecord) -> None:
        self._sequence = max(self._sequence, record.sequence)
        if not record.state.is_final and record.waited:
            log.info("Dropping job %s: nobody came back for it", record.id)
            self._store.delete(record.id)
            return
        job = QueuedJob(record, held=not record.state.is_final)
        self._jobs[record.id] = job
        if record.state.is_final:
            self._note_final(job)
        elif record.attempts >= MAX_ATTEMPTS:
            job.held = False
            self.fail(job, InternalError(f"The core stopped {record.attempts} times while working on this."))
        else:
            self._save(job, waited=True)
            log.info("Job %s waits for its client to come back", record.id)

    def _waiting(self) -> list[QueuedJob]:
        jobs = [job for job in self._jobs.values() if job.state is JobState.QUEUED]
        return sorted(jobs, key=lambda job: job.record.sequence)

    def _queue_changed(self) -> None:
        for position, job in enumerate(job for job in self._waiting() if not job.held):
            job.show(queue_position=position)
        self._wake.set()

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _save(self, job: QueuedJob, *, must: bool = False, **changes: object) -> None:
        job.record = dataclasses.replace(job.record, **changes)  # type: ignore[arg-type]
        try:
            self._store.save(job.record)
        except OSError as error:
            if must:
                raise
            log.warning("The record of job %s could not be written: %s", job.id, error)

    def _note_final(self, job: QueuedJob) -> None:
        try:
            self._sizes_bytes[job.id] = self._store.size_bytes(job.id)
        except OSError:
            self._sizes_bytes[job.id] = 0
        self._evict()

    def _evict(self) -> None:
        """Delete the results that nobody has asked for the longest until the rest is within the limits; never the last.

        The order of asking, not of finishing: a client that comes back late for its music still has to fetch it.
        """
        total_bytes = sum(self._sizes_bytes.values())
        for job in list(self._least_wanted())[:-1]:
            over = total_bytes > self._limits.results_bytes or len(self._sizes_bytes) > self._limits.finished
            if not over:
                return
            total_bytes -= self._sizes_bytes[job.id]
            log.info("Removing the result of job %s to stay within the size limit", job.id)
            self.delete(job)

    def _least_wanted(self) -> Iterator[QueuedJob]:
        finished: Iterable[QueuedJob] = (self._jobs[job] for job in self._sizes_bytes)
        yield from sorted(finished, key=lambda job: max(job.record.sequence, job.last_asked))
