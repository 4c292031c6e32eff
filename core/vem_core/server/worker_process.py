"""The worker as the server sees it: a child process, its reports, and how it ended."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence

from vem_core.contract.errors import ContractError
from vem_core.contract.processes import start_child_in_loop
from vem_core.server.messages import (
    CancelJob,
    JobDone,
    JobFailed,
    JobStep,
    Report,
    RunJob,
    decode_line,
    encode_line,
)
from vem_core.server.offline import OFFLINE_ENVIRONMENT

log = logging.getLogger(__name__)

_LINE_LIMIT_BYTES = 4 * 1024 * 1024
_STOP_PATIENCE_S = 3.0


class WorkerDied(Exception):
    """The worker ended without an answer."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        super().__init__(describe_exit(status))


class WorkerProcess:
    """A running worker. Not for use by two tasks at once, save `cancel` and `kill`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._log_task = asyncio.create_task(self._log_errors())

    @classmethod
    async def start(cls, command: Sequence[str]) -> WorkerProcess:
        """Start a worker; it accepts jobs while it is still loading. Raises OSError."""
        process = await start_child_in_loop(command, limit_bytes=_LINE_LIMIT_BYTES, extra=OFFLINE_ENVIRONMENT)
        log.info("Worker %d started", process.pid)
        return cls(process)

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def run(self, job: RunJob, on_step: Callable[[JobStep], None]) -> JobDone | JobFailed:
        """Run a job to its end. Raises WorkerDied."""
        await self._send(encode_line(job))
        while True:
            report = await self._next_report()
            if isinstance(report, JobStep) and report.job == job.job:
                on_step(report)
            elif isinstance(report, JobDone | JobFailed) and report.job == job.job:
                return report

    async def cancel(self, job: str) -> None:
        """Ask the running job to stop at its next step."""
        try:
            await self._send(encode_line(CancelJob(job)))
        except WorkerDied:
            log.info("The worker was gone before it could be asked to stop")

    def kill(self) -> None:
        """End the worker at once."""
        if self.is_alive:
            self._process.kill()

    async def stop(self) -> None:
        """End the worker and wait until it is gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_PATIENCE_S)
        except TimeoutError:
            self.kill()
            await self._process.wait()
        await self._log_task
        log.info("Worker %d ended", self._process.pid)

    async def _send(self, line: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise WorkerDied(await self._process.wait()) from error

    async def _next_report(self) -> Report:
        assert self._process.stdout is not None
        while True:
            line = await self._process.stdout.readline()
            if not line.endswith(b"\n"):
                raise WorkerDied(await self._process.wait())
            try:
                report = decode_line(line)
            except ContractError:
                log.warning("The worker wrote a line that is not a report")
                continue
            if not isinstance(report, RunJob | CancelJob):
                return report

    async def _log_errors(self) -> None:
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(8192):
            for line in chunk.decode("utf-8", "replace").splitlines():
                log.info("worker: %s", line)


def describe_exit(status: int | None) -> str:
    """How a process ended, in words."""
    if status is None:
        return "it did not end"
    if status >= 0:
        return f"it ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"it was ended by {name}" + (", most likely because memory ran out" if name == "SIGKILL" else "")
