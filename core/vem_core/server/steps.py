"""The steps of a job as they are reported: seldom enough to cost nothing, and none of the last ones left unsaid."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from vem_core.contract.progress import Stage
from vem_core.server.messages import JobStep

MIN_INTERVAL_S = 0.05
"""Between two reports of one stage."""


class StepReports:
    """Reports the steps of one job, those of one stage at least `MIN_INTERVAL_S` apart.

    A new stage and a stage's last step are reported at once. Of the steps that come sooner, the last is held back until
    the interval is over and reported then, however long the work until the next step is. After the context has ended,
    nothing is reported.
    """

    def __init__(self, job: str, report: Callable[[JobStep], None]) -> None:
        self._job = job
        self._report = report
        self._lock = threading.Lock()
        self._stage: Stage | None = None
        self._reported_s = 0.0  # of the monotonic clock
        self._held: JobStep | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> StepReports:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._held = None
            if self._timer is not None:
                self._timer.cancel()

    def report(self, stage: Stage, step: int, steps: int, message: str) -> None:
        """Report this step, now or as soon as the interval is over."""
        told = JobStep(self._job, stage, step, steps, message)
        with self._lock:
            wait_s = self._reported_s + MIN_INTERVAL_S - time.monotonic()
            if stage is not self._stage or step >= steps or wait_s <= 0:
                self._send(told)
            elif self._held is None:
                self._held = told
                self._timer = threading.Timer(wait_s, self._send_held)
                self._timer.daemon = True
                self._timer.start()
            else:
                self._held = told

    def _send_held(self) -> None:
        with self._lock:
            if self._held is not None and threading.current_thread() is self._timer:
                self._send(self._held)

    def _send(self, told: JobStep) -> None:
        """Report a step in place of what was held back. The lock is held."""
        self._held = None
        self._stage, self._reported_s = told.stage, time.monotonic()
        self._report(told)
