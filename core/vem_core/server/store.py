"""Jobs on disk, so that nothing is lost when the core is killed.

    STATE/incoming/<random>/          an upload that is not complete yet
    STATE/jobs/<id>/job.json          JobRecord: what the queue must remember
                   /request.json      the request, canonical
                   /thumbnails/<sha256>.jpg   and .wav: sounds of the take before
                   /work-<random>/    one attempt's output; only the server turns it into ...
                   /result/           ... the result: result.json and the files it names

Every change of meaning is one rename within the state folder. A job whose `result/` exists is done, whatever its record
says. Attempts never share a folder, so a worker that outlives its core for a moment cannot spoil the next attempt.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError
from vem_core.contract.progress import PREVIEW_FILE, SCRATCH_FOLDER, JobState
from vem_core.contract.result import AudioFile, ScoreResult
from vem_core.contract.service import (
    JOBS_FOLDER,
    RESULT_FOLDER,
    RESULTS,
    Task,
    files_of,
    is_file_name,
    is_job_id,
)
from vem_core.server.folders import make_private

log = logging.getLogger(__name__)

RESULT_JSON = "result.json"


@dataclass(frozen=True)
class JobRecord:
    """What must survive of a job besides its files."""

    schema_label: ClassVar[str] = "JobRecord.1"

    id: str
    client: str
    sequence: int  # order of submission, and of completion once final
    request_sha256: str
    state: JobState = JobState.QUEUED
    attempts: int = 0  # attempts that were begun
    error: str = ""  # JSON of VemError.to_wire
    waited: bool = False  # a core has already come up without its client coming back for it
    task: Task = Task.SCORE


class JobStore:
    """The state folder of one core. Calls raise OSError where the disk does."""

    def __init__(self, folder: Path) -> None:
        self._incoming = make_private(folder / "incoming")
        self._jobs = make_private(folder / JOBS_FOLDER)
        for leftover in self._incoming.iterdir():
            shutil.rmtree(leftover, ignore_errors=True)

    def open_upload(self) -> Path:
        """A new private folder for an upload, with an empty `thumbnails` folder in it."""
        folder = self._incoming / secrets.token_hex(8)
        (folder / "thumbnails").mkdir(parents=True, mode=0o700)
        return folder

    def adopt(self, upload: Path, record: JobRecord) -> None:
        """Make a complete upload a job, in place of what the id stood for before."""
        (upload / "job.json").write_text(dumps(record), encoding="utf-8")
        self.delete(record.id)
        upload.rename(self._folder(record.id))

    def save(self, record: JobRecord) -> None:
        """Replace a job's record."""
        path = self._folder(record.id) / "job.json"
        scratch = path.with_suffix(".tmp")
        scratch.write_text(dumps(record), encoding="utf-8")
        scratch.replace(path)

    def load(self) -> list[JobRecord]:
        """Every job on disk in order of its sequence; leftovers of attempts and what cannot be read are removed.

        What a later version of this program wrote stays as it is: it is only not ours to read.
        """
        records = []
        for folder in self._jobs.iterdir():
            try:
                record = self._load(folder)
            except _LaterVersion:
                log.warning("Leaving %s alone: a later version wrote it", folder.name)
                continue
            if record is None:
                log.warning("Removing %s: it is not a job that can be read", folder.name)
                shutil.rmtree(folder, ignore_errors=True)
            else:
                records.append(record)
        return sorted(records, key=lambda record: record.sequence)

    def request_path(self, job: str) -> Path:
        """Where the job's request lies."""
        return self._folder(job) / "request.json"

    def attachments_path(self, job: str) -> Path:
        """Where the job's thumbnails lie, and the sounds of the take before."""
        return self._folder(job) / "thumbnails"

    def open_attempt(self, job: str) -> Path:
        """A new folder for one attempt's output."""
        folder = self._folder(job) / f"work-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        return folder

    def complete(self, job: str, work: Path) -> None:
        """Turn an attempt's folder into the job's result and drop what went in."""
        work.rename(self._results(job))
        self.drop_inputs(job)

    def drop_inputs(self, job: str) -> None:
        """Remove the job's request, thumbnails and attempts; its record and result stay."""
        folder = self._folder(job)
        (folder / "request.json").unlink(missing_ok=True)
        shutil.rmtree(folder / "thumbnails", ignore_errors=True)
        self.drop_attempts(job)

    def drop_attempts(self, job: str) -> None:
        """Remove what unfinished attempts wrote."""
        for work in self._folder(job).glob("work-*"):
            shutil.rmtree(work, ignore_errors=True)

    def delete(self, job: str) -> None:
        """Remove every trace of a job."""
        folder = self._folder(job)
        if folder.exists():
            doomed = self._incoming / secrets.token_hex(8)  # gone at once for a reader, however long removing takes
            folder.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)

    def result(self, job: str) -> ScoreResult:
        """A finished score's result. Raises ContractError, OSError."""
        return loads(ScoreResult, (self._results(job) / RESULT_JSON).read_bytes())

    def result_json(self, job: str) -> bytes:
        """The JSON of a finished job's result."""
        return (self._results(job) / RESULT_JSON).read_bytes()

    def result_file(self, job: str, name: str) -> Path | None:
        """The path of one of the files that the result names; None for any other name."""
        if not is_file_name(name) or all(file.name != name for file in self._files(job)):
            return None
        root = self._results(job).resolve()
        path = (root / name).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None

    def preview(self, job: str, first_samples: int, most_samples: int) -> bytes:
        """What is complete of the music that an attempt at a job is making, from a sample on; empty: no more, or none.

        16-bit little-endian PCM, both sides, 48 kHz.
        """
        for path in self._folder(job).glob(f"work-*/{SCRATCH_FOLDER}/{PREVIEW_FILE}"):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # it goes with the attempt
                file.seek(4 * first_samples)
                sound = file.read(4 * most_samples)
                return sound[: len(sound) // 4 * 4]
        return b""

    def size_bytes(self, job: str) -> int:
        """Bytes that a job takes on disk."""
        total = 0
        for folder, _, names in os.walk(self._folder(job)):
            for name in names:
                total += (Path(folder) / name).lstat().st_size
        return total

    def _files(self, job: str) -> tuple[AudioFile, ...]:
        record = loads(JobRecord, (self._folder(job) / "job.json").read_bytes())
        return files_of(loads(RESULTS[record.task], self.result_json(job)))

    def _results(self, job: str) -> Path:
        return self._folder(job) / RESULT_FOLDER

    def _folder(self, job: str) -> Path:
        if not is_job_id(job):
            raise ValueError(f"{job!r} is not a job's id")
        return self._jobs / job

    def _load(self, folder: Path) -> JobRecord | None:
        try:
            record = loads(JobRecord, (folder / "job.json").read_bytes())
            if record.id != folder.name or not is_job_id(record.id):
                return None
            self.drop_attempts(record.id)
            if self._results(record.id).exists():
                loads(RESULTS[record.task], self.result_json(record.id))
                self.drop_inputs(record.id)
                return _with_state(record, JobState.DONE)
            unfinished = record.state in (JobState.QUEUED, JobState.RUNNING, JobState.DONE)
            if unfinished:
                return _with_state(record, JobState.QUEUED) if self.request_path(record.id).is_file() else None
            return record
        except ContractError as error:
            if error.details.get("newer"):
                raise _LaterVersion from error
            return None
        except OSError:
            return None


class _LaterVersion(Exception):
    """A job whose record or result has a label that only a later version of this program knows."""


def _with_state(record: JobRecord, state: JobState) -> JobRecord:
    return dataclasses.replace(record, state=state, error="")
