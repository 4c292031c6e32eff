"""What core and client say to each other beside jobs: where they meet, and who is there."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import ContractError
from vem_core.contract.listening import ListenRequest, MeasureRequest
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.parse import Parse
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AudioFile, Measurement, ScoreResult
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.tempo_options import TempoOptions
from vem_core.contract.variants import Variants, VariantsRequest

APP_NAME = "vem-score"
"""The folder name of this product under the user's runtime, state and log folders."""

SESSION_FILE = "core.json"
"""The session file's name in the user's runtime folder."""

JOBS_FOLDER, RESULT_FOLDER = "jobs", "result"
"""Under a core's state folder, and under the folder of each job: a client on this machine takes files from there."""

MAX_REQUEST_BYTES = 32 * 1024 * 1024
"""Of a submission's JSON; 5,000 shots with their words take about 2 MiB."""

MAX_THUMBNAIL_BYTES = 1024 * 1024
"""Of one thumbnail."""

MAX_SOUND_BYTES = 4 * 1024 * 1024 * 1024
"""Of one sound of the take before; three hours of stereo are 3 GiB."""

MAX_UPLOAD_BYTES = 8 * 1024 * 1024 * 1024
"""Of a whole submission."""

JOB_ID_PATTERN = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
"""Job ids are UUIDs in lower case, chosen by the client."""

FILE_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,2}$"
"""Names of result files: up to three segments, none of which begins with a full stop."""


def is_job_id(text: str) -> bool:
    """Whether the text can name a job."""
    return re.fullmatch(JOB_ID_PATTERN, text, re.ASCII) is not None and not text.endswith("\n")


def is_file_name(text: str) -> bool:
    """Whether the text can name a result file: no way out of the job's folder."""
    return re.fullmatch(FILE_NAME_PATTERN, text, re.ASCII) is not None and not text.endswith("\n")


@dataclass(frozen=True)
class CoreSession:
    """The session file: how to reach the core of this user, and who may. Its mode is 0600."""

    schema_label: ClassVar[str] = "CoreSession.1"

    port: int  # on 127.0.0.1
    token: str
    pid: int
    protocol: int
    version: str
    started: str  # ISO 8601, for people; nothing is computed from it
    identity: str = ""  # of the process, which its number alone is not: see `processes.process_identity`
    state_folder: str = ""  # where its jobs lie; empty: it does not say


@dataclass(frozen=True)
class ModelInfo:
    """A model that `--model` accepts."""

    id: str
    available: bool
    note: str = ""  # what it is for, or what is missing
    licence: str = ""  # of the model; empty: nobody has stated it
    paid_work: bool = True  # False: its music may not be used in paid work
    caution: str = ""  # what must be said before it plays, of paid work that is forbidden or allowed on conditions


@dataclass(frozen=True)
class StyleInfo:
    """A style that `--style` accepts."""

    id: str
    name: str
    summary: str = ""


@dataclass(frozen=True)
class DeviceInfo:
    """What the core computes on."""

    kind: str  # "cuda", "xpu", "mps" or "cpu"
    name: str
    memory_total_bytes: int | None  # of the device; None: it would not say
    memory_free_bytes: int | None


@dataclass(frozen=True)
class CoreHello:
    """A core's answer to `GET /v1/hello`."""

    schema_label: ClassVar[str] = "CoreHello.1"

    version: str
    protocol: int
    pid: int
    device: DeviceInfo
    models: tuple[ModelInfo, ...]
    loaded: bool  # whether the process that holds the weights is up
    jobs_running: int
    jobs_queued: int
    uptime_s: float
    styles: tuple[StyleInfo, ...] = ()


class Task(enum.StrEnum):
    """What a job makes of its request."""

    SCORE = "score"  # of a ScoreRequest a ScoreResult, with files
    PARSE = "parse"  # of a ScoreRequest a Parse: what the music model would be conditioned on
    BRIEF = "brief"  # of a ScoreRequest a MusicBrief: what the music would be, and why
    PLAN = "plan"  # of a ScoreRequest TempoOptions: what each degree of bending would meet and cost
    RECUT = "recut"  # of a ScoreRequest a RecutOutlook: what of the take before would stay
    VARIANTS = "variants"  # of a VariantsRequest Variants: pieces that would suit, and differ
    LISTEN = "listen"  # of a ListenRequest a TempTrack
    MEASURE = "measure"  # of a MeasureRequest a Measurement, with files


JobRequest = ScoreRequest | ListenRequest | MeasureRequest | VariantsRequest
JobResult = ScoreResult | Parse | MusicBrief | TempoOptions | RecutOutlook | TempTrack | Measurement | Variants

REQUESTS: dict[Task, type[JobRequest]] = {
    Task.SCORE: ScoreRequest,
    Task.PARSE: ScoreRequest,
    Task.BRIEF: ScoreRequest,
    Task.PLAN: ScoreRequest,
    Task.RECUT: ScoreRequest,
    Task.VARIANTS: VariantsRequest,
    Task.LISTEN: ListenRequest,
    Task.MEASURE: MeasureRequest,
}
RESULTS: dict[Task, type[JobResult]] = {
    Task.SCORE: ScoreResult,
    Task.PARSE: Parse,
    Task.BRIEF: MusicBrief,
    Task.PLAN: TempoOptions,
    Task.RECUT: RecutOutlook,
    Task.VARIANTS: Variants,
    Task.LISTEN: TempTrack,
    Task.MEASURE: Measurement,
}


def sheet_of(request: JobRequest) -> CutSheet:
    """The cuts that a request is about."""
    return request.score.sheet if isinstance(request, VariantsRequest) else request.sheet


def score_of(request: JobRequest) -> ScoreRequest | None:
    """The score that a request is about; None: it hears music instead."""
    if isinstance(request, VariantsRequest):
        return request.score
    return request if isinstance(request, ScoreRequest) else None


def thumbnails_of(request: JobRequest) -> frozenset[str]:
    """The SHA-256 of each thumbnail that travels with a request."""
    scored = score_of(request)
    named = () if scored is None else scored.thumbnails
    return frozenset(thumbnail.sha256 for thumbnail in named)


def sounds_of(request: JobRequest) -> frozenset[str]:
    """The SHA-256 of each sound that travels with a request."""
    if isinstance(request, ListenRequest | MeasureRequest):
        return frozenset({request.sound})
    scored = score_of(request)
    music = frozenset(scored.music.files) if scored and scored.music else frozenset()
    return music | (kept_sounds_of(scored) if scored else frozenset())


def kept_sounds_of(request: ScoreRequest) -> frozenset[str]:
    """The SHA-256 of each sound of the take before: 24-bit WAVs."""
    return frozenset(sound.sha256 for sound in request.recut.earlier.sounds) if request.recut else frozenset()


def files_of(result: JobResult) -> tuple[AudioFile, ...]:
    """The files that a result names."""
    return result.files if isinstance(result, ScoreResult | Measurement) else ()


@dataclass(frozen=True)
class JobSubmission:
    """What a client asks for: part `job` of a submission, beside thumbnails and sounds."""

    schema_label: ClassVar[str] = "JobSubmission.1"

    id: str  # the same id again is the same job
    request: ScoreRequest | ListenRequest | MeasureRequest | VariantsRequest
    client: str = ""  # any word that one client keeps: its jobs come back together after a crash
    task: Task = Task.SCORE

    def __post_init__(self) -> None:
        if not is_job_id(self.id):
            raise ContractError("the id of a job must be a UUID in lower case")
        if len(self.client) > 64 or not (self.client.isprintable() and self.client.isascii()):
            raise ContractError("the name of a client is at most 64 plain characters")
        if not isinstance(self.request, REQUESTS[self.task]):
            raise ContractError(f"a job of the task {self.task.value} has another kind of request")
