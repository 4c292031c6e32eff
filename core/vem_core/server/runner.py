"""The runner: takes one job after the other from the queue to the worker, and survives what happens to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from pathlib import Path

from vem_core.contract.errors import Cancelled, InternalError, OutOfMemory, OutputError, VemError, error_from_wire
from vem_core.server.job_queue import MAX_ATTEMPTS, JobQueue, QueuedJob
from vem_core.server.messages import JobFailed, JobStep, RunJob
from vem_core.server.meter import ProgressMeter
from vem_core.server.settings import Settings
from vem_core.server.store import JobStore
from vem_core.server.worker_process import WorkerDied, WorkerProcess

log = logging.getLogger(__name__)

_SIGKILL_STATUS = -9


class JobRunner:
    """Runs the queue's jobs, one at a time, in a worker process that is started when needed and ended when idle."""

    def __init__(self, queue: JobQueue, store: JobStore, settings: Settings) -> None:
        self._queue = queue
        self._store = store
        self._settings = settings
        self._worker: WorkerProcess | None = None
        self._running: QueuedJob | None = None
        self._unload_wanted = False
        self._starting = asyncio.Lock()
        self.last_active_s = time.monotonic()

    @property
    def loaded(self) -> bool:
        """Whether the worker, and with it whatever weights it has loaded, is in memory."""
        return self._worker is not None and self._worker.is_alive

    async def run(self) -> None:
        """Run jobs until cancelled; then leave the running one on disk for the next core."""
        try:
            while True:
                job = await self._queue.next()
                self._running = job
                try:
                    await self._attempt(job)
                finally:
                    self._running = None
                    self.last_active_s = time.monotonic()
                if self._unload_wanted:
                    await self.unload()
        finally:
            await self._stop_worker()

    async def warm_up(self) -> None:
        """Start the worker before the first job comes, so that it is ready by then."""
        with contextlib.suppress(OSError):
            await self._ready_worker()

    async def unload(self) -> bool:
        """Give the memory back: now if nothing runs (True), else after the running job (False)."""
        self._unload_wanted = self._running is not None
        if not self._unload_wanted:
            await self._stop_worker()
        return not self._unload_wanted

    async def _attempt(self, job: QueuedJob) -> None:
        """Run a job once. This is a border: whatever goes wrong becomes the job's outcome."""
        work: Path | None = None
        try:
            self._queue.begin(job)
            work = self._store.open_attempt(job.id)
            error = await self._run_in_worker(job, work)
            if error is None:
                self._queue.finish(job, work)
            else:
                self._queue.fail(job, error)
        except WorkerDied as death:
            self._settle_death(job, death)
        except asyncio.CancelledError:
            self._store.drop_attempts(job.id)
            self._queue.put_back(job, "The core is stopping", counted=False)
            raise
        except OSError as failure:
            log.warning("QueuedJob %s: %s", job.id, failure)
            self._queue.fail(job, OutputError(f"The core cannot keep the job on disk: {failure.strerror}."))
        except Exception as failure:
            log.exception("QueuedJob %s met an error that nobody expected", job.id)
            self._queue.fail(job, InternalError(f"The core met an error that it does not know: {failure}"))

    async def _run_in_worker(self, job: QueuedJob, work: Path) -> VemError | None:
        if not self.loaded:
            job.show(message=job.progress.message or "Starting the engine")
        worker = await self._ready_worker()
        meter = ProgressMeter(time.monotonic())

        def on_step(step: JobStep) -> None:
            fraction = meter.advance(step.stage, step.step, step.steps)
            job.show(
                stage=step.stage,
                step=step.step,
                steps=step.steps,
                fraction=fraction,
                remaining_s=meter.remaining_s(time.monotonic()),
                message="Stopping" if job.cancel.is_set() else step.message,
            )

        command = RunJob(
            job.id,
            str(self._store.request_path(job.id)),
            str(self._store.attachments_path(job.id)),
            str(work),
            job.record.task,
        )
        canceller = asyncio.create_task(self._forward_cancel(job, worker))
        try:
            report = await worker.run(command, on_step)
        finally:
            canceller.cancel()
        return error_from_wire(json.loads(report.error)) if isinstance(report, JobFailed) else None

    async def _forward_cancel(self, job: QueuedJob, worker: WorkerProcess) -> None:
        await job.cancel.wait()
        await worker.cancel(job.id)
        await asyncio.sleep(self._settings.cancel_patience_s)
        log.warning("QueuedJob %s did not stop in time; ending the worker", job.id)
        worker.kill()

    def _settle_death(self, job: QueuedJob, death: WorkerDied) -> None:
        log.warning("The worker stopped while job %s ran: %s", job.id, death)
        self._store.drop_attempts(job.id)
        if job.cancel.is_set():
            self._queue.fail(job, Cancelled("It was cancelled."))
        elif job.record.attempts < MAX_ATTEMPTS:
            self._queue.put_back(job, f"The engine stopped ({death}); trying once more", counted=True)
        elif death.status == _SIGKILL_STATUS:
            self._queue.fail(job, OutOfMemory(f"The engine stopped twice while working on this: {death}."))
        else:
            self._queue.fail(job, InternalError(f"The engine stopped twice while working on this: {death}."))

    async def _ready_worker(self) -> WorkerProcess:
        async with self._starting:
            if self._worker is None or not self._worker.is_alive:
                await self._reap_worker()
                self._worker = await WorkerProcess.start(self._settings.worker_command)
            return self._worker

    async def _stop_worker(self) -> None:
        self._unload_wanted = False
        async with self._starting:
            await self._reap_worker()

    async def _reap_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop()
