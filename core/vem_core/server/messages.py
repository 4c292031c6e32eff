"""What the server and its worker process say to each other: one JSON object a line, strict both ways."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.codec import SCHEMA_FIELD, dumps, from_json
from vem_core.contract.errors import ContractError
from vem_core.contract.progress import Stage
from vem_core.contract.service import Task


@dataclass(frozen=True)
class RunJob:
    schema_label: ClassVar[str] = "RunJob.1"

    job: str
    request: str  # path of the request's JSON
    attachments: str  # path of the folder of thumbnails and sounds, named by their SHA-256
    folder: str  # path of the empty folder to write into
    task: Task = Task.SCORE


@dataclass(frozen=True)
class CancelJob:
    schema_label: ClassVar[str] = "CancelJob.1"

    job: str


@dataclass(frozen=True)
class WorkerReady:
    schema_label: ClassVar[str] = "WorkerReady.1"


@dataclass(frozen=True)
class JobStep:
    schema_label: ClassVar[str] = "JobStep.1"

    job: str
    stage: Stage
    step: int
    steps: int
    message: str


@dataclass(frozen=True)
class JobDone:
    """The job's folder is complete, result.json included."""

    schema_label: ClassVar[str] = "JobDone.1"

    job: str


@dataclass(frozen=True)
class JobFailed:
    schema_label: ClassVar[str] = "JobFailed.1"

    job: str
    error: str  # JSON of VemError.to_wire


Command = RunJob | CancelJob
Report = WorkerReady | JobStep | JobDone | JobFailed
_CLASSES: dict[str, type[Command | Report]] = {
    cls.schema_label: cls for cls in (RunJob, CancelJob, WorkerReady, JobStep, JobDone, JobFailed)
}


def encode_line(message: Command | Report) -> bytes:
    """A message as a line of JSON."""
    return dumps(message).encode() + b"\n"


def decode_line(line: bytes) -> Command | Report:
    """The message on a line. Raises ContractError for anything else."""
    try:
        value = json.loads(line)
        cls = _CLASSES[value[SCHEMA_FIELD]]
    except (ValueError, TypeError, KeyError) as error:
        raise ContractError("This line is not a message of the worker's.") from error
    return from_json(cls, value)
