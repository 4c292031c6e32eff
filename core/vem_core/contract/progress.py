"""Job states and progress events, as the core streams them."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

PROTOCOL_VERSION = 2
"""Raised whenever host side and core of different ages would misunderstand each other."""

SCRATCH_FOLDER = ".scratch"
"""Within a job's folder, for what does not outlive the job."""

PREVIEW_FILE = "preview.pcm"
"""In that: what is complete of a score that is being made."""


OnProgress = Callable[["Stage", int, int, str], None]
"""Called with (stage, steps done, steps in all, message) between steps of work. Raises Cancelled to stop there."""

StepCallback = Callable[[int, int], None]
"""Called with (steps done, steps in all) between steps of work. Raises Cancelled to stop the work there."""


class JobState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended, one way or another."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Stage(enum.StrEnum):
    """The stages of the pipeline, in order."""

    PARSE = "parse"
    PLAN = "plan"
    GENERATE = "generate"
    MEASURE = "measure"
    CORRECT = "correct"
    MASTER = "master"


@dataclass(frozen=True)
class Progress:
    """How far a job is. `fraction` never goes back within one attempt."""

    schema_label: ClassVar[str] = "Progress.1"

    job: str
    state: JobState
    stage: Stage | None = None
    step: int = 0
    steps: int = 0
    fraction: float = 0.0  # of the whole job, 0..1
    remaining_s: float | None = None
    queue_position: int | None = None  # 0: next
    message: str = ""
