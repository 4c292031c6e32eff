"""The HTTP face of the core. Routes translate; what happens stands in the queue, the store and the runner."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from vem_core.contract.codec import dumps, to_json
from vem_core.contract.errors import (
    ContractError,
    CoreError,
    InternalError,
    JobUnknown,
    OutputError,
    VemError,
)
from vem_core.contract.progress import PROTOCOL_VERSION, JobState
from vem_core.contract.service import FILE_NAME_PATTERN, JOB_ID_PATTERN, CoreHello, ModelInfo, StyleInfo
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.server import openapi
from vem_core.server.device import DeviceProbe
from vem_core.server.guard import Guard, refusal
from vem_core.server.job_queue import JobQueue, QueuedJob
from vem_core.server.runner import JobRunner
from vem_core.server.settings import Settings
from vem_core.server.store import JobStore
from vem_core.server.upload import UploadReceiver, open_multipart, request_sha256

JobId = Annotated[str, Path(pattern=JOB_ID_PATTERN, description="The id that the client chose: a UUID in lower case")]
FileName = Annotated[str, Path(pattern=FILE_NAME_PATTERN, description="A name from the result's list of files")]

FirstSample = Annotated[int, Query(ge=0, le=2**40, description="From which sample of the score on, handles included")]
_PREVIEW_SAMPLES = 60 * SAMPLE_RATE_HZ  # an answer's most


class AudioFileResponse(FileResponse):
    """A file sent in few pieces: each piece costs a change of thread."""

    chunk_size = 1024 * 1024


@dataclass
class Core:
    """The parts of a running core, and how to stop it."""

    settings: Settings
    store: JobStore
    queue: JobQueue
    runner: JobRunner
    stop: Callable[[], None]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    boot: str = field(default_factory=lambda: secrets.token_hex(4))  # tells this run's streams from an earlier one's
    started_s: float = field(default_factory=time.monotonic)
    last_call_s: float = field(default_factory=time.monotonic)
    device: DeviceProbe = field(default_factory=DeviceProbe)
    orphaned: bool = False  # who started this core is gone

    @classmethod
    def open(cls, settings: Settings, stop: Callable[[], None]) -> Core:
        """The core of a state folder, with the jobs that lie there. Raises CoreStartFailed, OSError."""
        store = JobStore(settings.state_folder)
        queue = JobQueue(store, settings.limits)
        runner = JobRunner(queue, store, settings)
        return cls(settings, store, queue, runner, stop)

    def note_call(self) -> None:
        """Remember that somebody called."""
        self.last_call_s = time.monotonic()

    def orphan(self) -> None:
        """Stop, now that who started the core is gone; but let clients that share it see their jobs through first."""
        self.orphaned = True
        if not self.queue.watched():
            self.stop()


def build_app(core: Core, token: str) -> Guard:
    """The application behind its guard."""
    app = FastAPI(
        title="VeM Score inference core",
        version=version("vem-score"),
        openapi_url="/v1/openapi.json",
        docs_url=None,  # its page would load scripts from the network
        redoc_url=None,
    )
    _add_error_handlers(app)
    _add_core_routes(app, core)
    _add_job_routes(app, core)
    _add_result_routes(app, core)
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]
    return Guard(
        app, token, frozenset(core.settings.allowed_hosts), core.settings.limits.upload_bytes, on_call=core.note_call
    )


def _add_core_routes(app: FastAPI, core: Core) -> None:
    @app.get("/v1/hello", openapi_extra=openapi.answers(CoreHello))
    async def hello() -> Response:
        """Who is there: version, protocol, device, memory, models, load."""
        device, models, styles = await asyncio.to_thread(lambda: (core.device.describe(), _models(), _styles()))
        return _json(
            CoreHello(
                version=version("vem-score"),
                protocol=PROTOCOL_VERSION,
                pid=os.getpid(),
                device=device,
                models=models,
                loaded=core.runner.loaded,
                jobs_running=core.queue.count(JobState.RUNNING),
                jobs_queued=core.queue.count(JobState.QUEUED),
                uptime_s=time.monotonic() - core.started_s,
                styles=styles,
            )
        )

    @app.get("/v1/models", openapi_extra=openapi.answers_list_of(ModelInfo))
    async def models() -> Response:
        """The models that a request may name, beside `auto`."""
        return JSONResponse([to_json(model) for model in await asyncio.to_thread(_models)])

    @app.post("/v1/unload", openapi_extra=openapi.answers_object(unloaded="boolean"))
    async def unload() -> Response:
        """Give the memory back: now, or after the running job (`unloaded` is false then)."""
        return JSONResponse({"unloaded": await core.runner.unload()})

    @app.post("/v1/shutdown", status_code=202, openapi_extra=openapi.answers_object(status=202, cancelled="integer"))
    async def shutdown(force: bool = False) -> Response:
        """Stop the core. With jobs under way: refused, unless `force`, which cancels them."""
        active = core.queue.active()
        if active and not force:
            error = CoreError(f"The core is working on {len(active)} jobs.", hint="Wait, or stop it with --force.")
            return refusal(error, 409)
        for job in active:
            core.queue.request_cancel(job)
        await _wait_until_final(active, core.settings.cancel_patience_s + 5)
        core.stop()
        return JSONResponse({"cancelled": len(active)}, status_code=202)


def _add_job_routes(app: FastAPI, core: Core) -> None:
    @app.post("/v1/jobs", status_code=201, openapi_extra=openapi.submission())
    async def submit(request: Request) -> Response:
        """Submit a job: 201 for a new one, 200 where the id already stands for this request."""
        upload = core.store.open_upload()
        try:
            receiver = open_multipart(request.headers.get("content-type", ""), upload, core.settings.limits)
            job, is_new = await _receive(request, receiver, core)
        finally:
            shutil.rmtree(upload, ignore_errors=True)
        return _json(job.progress, status=201 if is_new else 200)

    @app.get("/v1/jobs/{job}", openapi_extra=openapi.answers_progress())
    async def status(job: JobId) -> Response:
        """How far a job is."""
        return _json(core.queue.find(job).progress)

    @app.get("/v1/jobs/{job}/events", openapi_extra=openapi.answers_stream())
    async def events(job: JobId, request: Request) -> Response:
        """Progress as server-sent events until the job ends; resumes after `Last-Event-ID`."""
        found = core.queue.find(job)
        seen = _version_seen(request.headers.get("last-event-id", ""), core.boot)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(core, found, seen), media_type="text/event-stream", headers=headers)

    @app.post("/v1/jobs/{job}/cancel", status_code=202, openapi_extra=openapi.answers_progress(status=202))
    async def cancel(job: JobId) -> Response:
        """Cancel a job: at once if it waits, at its next step if it runs."""
        found = core.queue.find(job)
        core.queue.request_cancel(found)
        return _json(found.progress, status=202)

    @app.delete("/v1/jobs/{job}", status_code=204)
    async def delete(job: JobId) -> Response:
        """Cancel a job if need be, and remove every trace of it."""
        found = core.queue.find(job)
        core.queue.request_cancel(found)
        await _wait_until_final([found], core.settings.cancel_patience_s + 5)
        core.queue.delete(found)
        return Response(status_code=204)


def _add_result_routes(app: FastAPI, core: Core) -> None:
    @app.get("/v1/jobs/{job}/result", openapi_extra=openapi.answers_result())
    async def result(job: JobId) -> Response:
        """What a finished job made, by its task; 409 with the job's own error where there is none."""
        found = core.queue.find(job)
        if found.state is JobState.DONE:
            return Response(core.store.result_json(job), media_type="application/json")
        if found.state.is_final:
            return refusal(found.error, 409)
        return refusal(CoreError("The job has not finished."), 409)

    @app.get("/v1/jobs/{job}/preview", openapi_extra=openapi.answers_file())
    async def preview(job: JobId, first: FirstSample = 0) -> Response:
        """What can be heard of music that is still being made, as 16-bit PCM of both sides; a minute at most."""
        core.queue.find(job)
        sound = await asyncio.to_thread(core.store.preview, job, first, _PREVIEW_SAMPLES)
        return Response(sound, media_type="application/octet-stream")

    @app.get("/v1/jobs/{job}/files/{name:path}", openapi_extra=openapi.answers_file())
    async def file(job: JobId, name: FileName) -> Response:
        """One of the files that the result names."""
        found = core.queue.find(job)
        path = core.store.result_file(job, name) if found.state is JobState.DONE else None
        if path is None:
            raise JobUnknown(f"QueuedJob {job} has no file of that name.")
        return AudioFileResponse(path, media_type="application/octet-stream")


async def _receive(request: Request, receiver: UploadReceiver, core: Core) -> tuple[QueuedJob, bool]:
    submission = await receiver.receive(request.stream())
    sha256 = await asyncio.to_thread(request_sha256, submission.request)
    return core.queue.submit(receiver.folder, submission.id, submission.client, sha256, submission.task)


async def _stream(core: Core, job: QueuedJob, seen: int) -> AsyncIterator[bytes]:
    """A job's progress as server-sent events. Only the latest is ever sent, so a slow reader holds nothing back."""
    stopping = asyncio.create_task(core.stopping.wait())
    changed: asyncio.Task[None] | None = None
    job.watchers += 1
    try:
        while not stopping.done():
            if job.version > seen:
                seen = job.version
                progress = job.progress
                yield f"id: {core.boot}-{seen}\nevent: progress\ndata: {dumps(progress)}\n\n".encode()
                if progress.state.is_final:
                    return
            changed = asyncio.create_task(job.changed_since(seen))
            done, _ = await asyncio.wait(
                (changed, stopping), timeout=core.settings.heartbeat_s, return_when=asyncio.FIRST_COMPLETED
            )
            changed.cancel()
            if not done:
                core.note_call()
                yield b": still here\n\n"
    finally:
        job.watchers -= 1
        stopping.cancel()
        if changed is not None:
            changed.cancel()


def _version_seen(last_event_id: str, boot: str) -> int:
    """The version that a reader saw last; -1 if it saw none of this run of the core."""
    run, dash, number = last_event_id.partition("-")
    if not (dash and run == boot and number.isascii() and number.isdigit() and len(number) < 16):
        return -1
    return int(number)


async def _wait_until_final(jobs: list[QueuedJob], patience_s: float) -> None:
    """Wait for jobs that were cancelled. Raises CoreError where one does not stop: no disk has a part in that."""

    async def wait(job: QueuedJob) -> None:
        while not job.state.is_final:
            await job.changed_since(job.version)

    try:
        async with asyncio.timeout(patience_s):
            await asyncio.gather(*(wait(job) for job in jobs))
    except TimeoutError as error:  # an OSError by birth
        raise CoreError("The job was told to stop and has not stopped yet.", hint="Try again in a moment.") from error


def _models() -> tuple[ModelInfo, ...]:
    from vem_core.generation.registry import missing_of, model_ids  # numpy, which a core need not wait for to be ready

    return tuple(_model_info(model, missing_of(model)) for model in model_ids())


def _model_info(model: str, missing: str) -> ModelInfo:
    from vem_core.delivery.rights import TERMS, caution_before

    terms = TERMS.get(model)
    return ModelInfo(
        model,
        available=not missing,
        note=missing,
        licence=terms.licence if terms else "",
        paid_work=terms.paid_work if terms else False,
        caution=caution_before(model),
    )


def _styles() -> tuple[StyleInfo, ...]:
    from vem_core.composer.styles import list_styles

    return tuple(StyleInfo(style.id, style.name, style.summary) for style in list_styles())


def _json(message: object, status: int = 200) -> Response:
    return Response(dumps(message), status_code=status, media_type="application/json")


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(VemError)
    async def vem_error(request: Request, error: VemError) -> Response:
        return refusal(error)

    @app.exception_handler(OSError)
    async def disk_error(request: Request, error: OSError) -> Response:
        return refusal(OutputError(f"The core cannot keep the job on disk: {error.strerror or error}."))

    @app.exception_handler(ClientDisconnect)
    async def gone(request: Request, error: ClientDisconnect) -> Response:
        return refusal(ContractError("The upload was cut off; nothing was kept."))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        response = refusal(CoreError(f"{error.detail}."), error.status_code)
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        places = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
        return refusal(ContractError(f"The call is malformed: {places}."))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        return refusal(InternalError("The core met an error that it does not know."))
