"""The worker: the process that holds the weights and runs one job after the other.

    python -m vem_core.server.worker

It reads commands from standard input and writes reports to what was standard output. A process of its own, so that a
crash in native code loses neither the queue nor the streams, and so that ending it gives all memory back, the CUDA
context included. It ends with the server, and has no way out to the network.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import faulthandler
import json
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from vem_core.compute.heap import map_large_arrays
from vem_core.compute.model_store import ModelStore
from vem_core.compute.out_of_memory import free_memory, return_unused_memory, run_with_less_memory
from vem_core.contract.attachments import FolderAttachments
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import Cancelled, InternalError, OutputError, VemError
from vem_core.contract.parse import Parse
from vem_core.contract.progress import OnProgress, Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.service import REQUESTS, JobResult, Task
from vem_core.generation.registry import works_in_windows
from vem_core.pipeline.job import Job
from vem_core.server import offline, parent_watch
from vem_core.server.messages import (
    CancelJob,
    JobDone,
    JobFailed,
    Report,
    RunJob,
    WorkerReady,
    decode_line,
    encode_line,
)
from vem_core.server.steps import StepReports
from vem_core.server.store import RESULT_JSON

log = logging.getLogger(__name__)

TaskFunction = Callable[[Job[Any]], JobResult]
"""As in `vem_core.pipeline.tasks`."""

_RESERVES_KEPT_S = 5.0  # a job that follows at once is faster with them: by 0.1 s for 30 s of `sketch`
_DISK_ERRORS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be too large for the disk",
    errno.EROFS: "the disk is read-only",
}


class Worker:
    """Runs the jobs that come in on one stream and reports on another."""

    def __init__(self, tasks: Mapping[Task, TaskFunction], commands: IO[bytes], reports: IO[bytes]) -> None:
        self._tasks = tasks
        self._commands = commands
        self._reports = reports
        self._jobs: queue.Queue[RunJob] = queue.Queue()
        self._cancelled: set[str] = set()
        self._models = ModelStore()

    def serve(self) -> None:
        """Run jobs for ever; the end of the command stream ends the process."""
        threading.Thread(target=self._read_commands, name="commands", daemon=True).start()
        self._report(WorkerReady())
        while True:
            self._report(self.run(self._next_job()))

    def _next_job(self) -> RunJob:
        """Wait for a job. Where none comes for a while, the allocators' reserves go back to the system."""
        try:
            return self._jobs.get(timeout=_RESERVES_KEPT_S)
        except queue.Empty:
            return_unused_memory()
            return self._jobs.get()

    def run(self, job: RunJob) -> JobDone | JobFailed:
        """Run one job to its end. Never raises: this is the border where every error becomes a report."""
        try:
            self._run(job)
        except VemError as error:
            return _failed(job, error)
        except OSError as error:
            if error.errno in _DISK_ERRORS:
                return _failed(job, OutputError(f"The core cannot write its result: {_DISK_ERRORS[error.errno]}."))
            return _failed(job, _bug(error))
        except Exception as error:
            return _failed(job, _bug(error))
        finally:
            self._cancelled.discard(job.job)
        return JobDone(job.job)

    def _run(self, job: RunJob) -> None:
        with StepReports(job.job, self._report) as steps:
            self._work(job, self._progress_reporter(job.job, steps))
        self._check_cancelled(job.job)

    def _work(self, job: RunJob, on_progress: OnProgress) -> None:
        request = loads(REQUESTS[job.task], Path(job.request).read_bytes())
        folder = Path(job.folder)
        attachments = FolderAttachments(Path(job.attachments))
        asked = Job(request, attachments, folder, on_progress, self._models)
        work = self._tasks[job.task]
        if isinstance(request, ScoreRequest):
            outcome = run_with_less_memory(
                lambda effort: work(dataclasses.replace(asked, effort=effort)),
                request.device,
                self._free_memory,
                lambda: works_in_windows(request.model, request.device),
            )
            result = _with_warning(outcome.value, outcome.effort.warning)
        else:
            result = work(asked)
        (folder / RESULT_JSON).write_text(dumps(result), encoding="utf-8")

    def _free_memory(self) -> None:
        self._models.unload()
        free_memory()

    def _progress_reporter(self, job: str, steps_of_job: StepReports) -> OnProgress:
        def report(stage: Stage, step: int, steps: int, message: str) -> None:
            self._check_cancelled(job)
            steps_of_job.report(stage, step, steps, message)

        return report

    def _check_cancelled(self, job: str) -> None:
        if job in self._cancelled:
            raise Cancelled("It was cancelled.")

    def _read_commands(self) -> None:
        for line in self._commands:
            command = decode_line(line)
            if isinstance(command, RunJob):
                self._jobs.put(command)
            elif isinstance(command, CancelJob):
                self._cancelled.add(command.job)
        os._exit(0)  # the server is gone, or wants the memory back; native code may hold the main thread

    def _report(self, report: Report) -> None:
        try:
            self._reports.write(encode_line(report))
            self._reports.flush()
        except BrokenPipeError:
            os._exit(0)


def main(tasks: Mapping[Task, TaskFunction] | None = None) -> int:
    """Run a worker on this process's standard streams; `tasks` are by default the product's own."""
    parent = os.getppid()
    parent_watch.die_with_parent_thread(parent)
    reports = _claim_stdout()
    faulthandler.enable()
    map_large_arrays()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    os.environ.update(offline.OFFLINE_ENVIRONMENT)
    offline.block_outbound()
    if tasks is None:
        from vem_core.pipeline.tasks import TASKS

        tasks = TASKS
    Worker(tasks, sys.stdin.buffer, reports).serve()
    return 0


def _claim_stdout() -> IO[bytes]:
    """Standard output for reports alone: whatever else a library prints goes to standard error."""
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(AttributeError):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    return reports


def _with_warning(result: JobResult, warning: str) -> JobResult:
    if not warning or not isinstance(result, ScoreResult | Parse):
        return result
    return dataclasses.replace(result, warnings=(*result.warnings, warning))


def _bug(error: Exception) -> InternalError:
    log.exception("A job ended with an error that nobody expected")
    return InternalError(f"The core met an error that it does not know: {type(error).__name__}: {error}")


def _failed(job: RunJob, error: VemError) -> JobFailed:
    return JobFailed(job.job, json.dumps(error.to_wire()))


if __name__ == "__main__":
    sys.exit(main())
