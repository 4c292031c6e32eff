"""A core over HTTP: this machine's, or another's through a tunnel."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self, TypeVar

import httpx

from vem_core.contract.brief import MusicBrief
from vem_core.contract.codec import content_hash, dumps, loads
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import (
    CoreError,
    CoreLost,
    JobUnknown,
    LimitExceeded,
    ProtocolMismatch,
    VemError,
    error_from_wire,
)
from vem_core.contract.listening import ListenRequest, MeasureRequest
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.parse import Parse
from vem_core.contract.progress import PROTOCOL_VERSION, Progress
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import Measurement, ScoreResult
from vem_core.contract.service import (
    MAX_REQUEST_BYTES,
    MAX_SOUND_BYTES,
    MAX_THUMBNAIL_BYTES,
    MAX_UPLOAD_BYTES,
    CoreHello,
    JobRequest,
    JobSubmission,
    Task,
    sounds_of,
    thumbnails_of,
)
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.tempo_options import TempoOptions
from vem_core.contract.variants import Variants, VariantsRequest
from vem_plugin.client.address import CoreAddress
from vem_plugin.client.attachments import open_attachment
from vem_plugin.client.base import CoreInfo, OnProgress
from vem_plugin.client.download import download_files
from vem_plugin.client.events import parse_events, split_lines
from vem_plugin.runner import Runner, run_here

_CONNECT_S = 5.0
_READ_S = 30.0  # six heartbeats of the core
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_CANCEL_S = 3.0
_PATIENCE_S = 2.0
_SHORTER = "Score a shorter range."
_FETCHES = 3
"""How often a job is asked for whose result the core let go of before it was fetched."""

T = TypeVar("T")


class _Order(NamedTuple):
    """What a job is asked for with, every time it is asked for."""

    request: JobRequest
    attachments: Mapping[str, bytes]
    on_progress: OnProgress
    task: Task


class HttpCoreClient:
    """A `CoreClient` for the core at an address. May be used from several threads.

    `patience_s` is how long a core that stopped answering is given to come back before CoreLost is raised;
    `is_gone` may say earlier that it will not. `run` is where requests are encoded and results decoded.
    """

    def __init__(
        self,
        address: CoreAddress,
        *,
        patience_s: float = _PATIENCE_S,
        is_gone: Callable[[], bool] = lambda: False,
        name: str | None = None,
        run: Runner = run_here,
    ) -> None:
        self.address = address
        self.name = name or uuid.uuid4().hex
        self._patience_s = patience_s
        self._is_gone = is_gone
        self._elsewhere = run
        self._http = _Connections(
            base_url=address.url,
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S),
            trust_env=not address.is_local,  # a proxy for the web has no business on the loopback interface
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def hello(self) -> CoreInfo:
        """Who is there. Raises ProtocolMismatch, NotAuthorised, CoreLost."""
        hello = self.full_hello()
        return CoreInfo(
            version=hello.version,
            protocol=hello.protocol,
            device=hello.device.name,
            models=tuple(model.id for model in hello.models if model.available),
            jobs=hello.jobs_running + hello.jobs_queued,
            has_gpu=hello.device.kind != "cpu",
            styles=tuple((style.id, style.name) for style in hello.styles),
            missing=tuple((model.id, model.note) for model in hello.models if not model.available),
            not_for_paid_work=tuple((model.id, model.licence) for model in hello.models if not model.paid_work),
            paid_work_on_conditions=tuple(
                (model.id, model.caution) for model in hello.models if model.paid_work and model.caution
            ),
        )

    def full_hello(self, timeout_s: float = _READ_S) -> CoreHello:
        """Everything that the core says of itself. Raises ProtocolMismatch, NotAuthorised, CoreLost."""
        try:
            response = self._http.get("/v1/hello", timeout=timeout_s)
        except httpx.TransportError as error:
            raise CoreLost(f"The core at {self.address.url} does not answer.") from error
        body = _content(response)
        protocol = _protocol_of(body)
        if protocol != PROTOCOL_VERSION:
            raise ProtocolMismatch(f"The core speaks protocol {protocol}, this program {PROTOCOL_VERSION}.")
        return loads(CoreHello, body)

    def score(
        self,
        request: ScoreRequest,
        attachments: Mapping[str, bytes],
        folder: Path,
        on_progress: OnProgress,
        job: str | None = None,
    ) -> ScoreResult:
        """Run a job to its end and put its files into `folder`; see CoreClient.score."""
        order = _Order(request, attachments, on_progress, Task.SCORE)
        if job is not None:
            return self._finished(order, lambda done: self.collect(done, request, folder), job)
        return self.score_once(request, attachments, folder, on_progress, str(uuid.uuid4()))

    def score_once(
        self,
        request: ScoreRequest,
        attachments: Mapping[str, bytes],
        folder: Path,
        on_progress: OnProgress,
        job: str,
    ) -> ScoreResult:
        """As `score`, under an id that nobody else knows: the core lets go of the files, which may be linked."""
        order = _Order(request, attachments, on_progress, Task.SCORE)
        linked_from = self.address.result_folder(job)
        result = self._finished(order, lambda done: self.collect(done, request, folder, linked_from), job)
        with contextlib.suppress(JobUnknown, CoreLost):  # a core that is gone, or forgot it, needs no telling
            self.delete(job)
        return result

    def preview(self, job: str, first_samples: int) -> bytes:
        """What can be heard of music that is being made; see CoreClient.preview."""
        return self._call("GET", f"/v1/jobs/{job}/preview", params={"first": first_samples})

    def brief(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> MusicBrief:
        """What the music would be, and why; see CoreClient.brief."""
        return self._answer(MusicBrief, _Order(request, attachments, on_progress, Task.BRIEF))

    def tempo_options(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress
    ) -> TempoOptions:
        """What bending the tempo would meet and cost; see CoreClient.tempo_options."""
        return self._answer(TempoOptions, _Order(request, attachments, on_progress, Task.PLAN))

    def outlook(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> RecutOutlook:
        """What a re-score would keep; see CoreClient.outlook."""
        return self._answer(RecutOutlook, _Order(request, attachments, on_progress, Task.RECUT))

    def variants(self, request: VariantsRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Variants:
        """Pieces that would suit, and differ; see CoreClient.variants."""
        job = str(uuid.uuid4())
        self._run(job, request, attachments, on_progress, Task.VARIANTS)
        variants = self._elsewhere(loads, Variants, self._call("GET", f"/v1/jobs/{job}/result"))
        self.delete(job)
        return variants

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Parse:
        """What a music model would be conditioned on; see CoreClient.parse."""
        return self._answer(Parse, _Order(request, attachments, on_progress, Task.PARSE))

    def listen(self, sheet: CutSheet, sound: bytes, name: str, on_progress: OnProgress) -> TempTrack:
        """What a temp track is like; see CoreClient.listen."""
        sha256 = hashlib.sha256(sound).hexdigest()
        request = ListenRequest(sheet, sha256, name)
        return self._answer(TempTrack, _Order(request, {sha256: sound}, on_progress, Task.LISTEN))

    def measure(
        self, request: MeasureRequest, attachments: Mapping[str, bytes], folder: Path, on_progress: OnProgress
    ) -> Measurement:
        """How music meets the cuts; see CoreClient.measure."""

        def fetch(measurement: Measurement, job: str) -> None:
            download_files(measurement.files, folder, lambda name: self._file(job, name))

        return self._answer(Measurement, _Order(request, attachments, on_progress, Task.MEASURE), fetch)

    def _answer(self, kind: type[T], order: _Order, and_fetch: Callable[[T, str], None] | None = None) -> T:
        """Run a job whose result is one message, and leave nothing of it in the core."""

        def fetch(job: str) -> T:
            answer = self._elsewhere(loads, kind, self._call("GET", f"/v1/jobs/{job}/result"))
            if and_fetch is not None:
                and_fetch(answer, job)
            with contextlib.suppress(JobUnknown):  # it is gone already
                self.delete(job)
            return answer

        return self._finished(order, fetch)

    def _finished(self, order: _Order, fetch: Callable[[str], T], job: str | None = None) -> T:
        """Run a job to its end and fetch what came of it.

        A busy core may let go of a finished job before its client is back for it: it is asked for once more, by the
        same id. Raises the job's own error, CoreLost, and JobUnknown if the core lets go of it every time.
        """
        job = job or str(uuid.uuid4())
        for _ in range(_FETCHES - 1):
            self._run(job, *order)
            with contextlib.suppress(JobUnknown):
                return fetch(job)
        self._run(job, *order)
        return fetch(job)

    def submit(self, job: str, request: JobRequest, attachments: Mapping[str, bytes], task: Task = Task.SCORE) -> None:
        """Put a job into the core's queue; a job that is there already stays as it is.

        Raises LimitExceeded, QueueFull, IdTaken, CoreLost.
        """
        submission = self._elsewhere(dumps, JobSubmission(job, request, self.name, task)).encode()
        files: list[tuple[str, tuple[str, bytes | BinaryIO, str]]] = [
            ("job", ("job.json", submission, "application/json"))
        ]
        pictures = {sha256: attachments[sha256] for sha256 in sorted(thumbnails_of(request))}
        files += [("thumbnail", (sha256, picture, "image/jpeg")) for sha256, picture in pictures.items()]
        _check_size(submission, list(pictures.values()))
        with contextlib.ExitStack() as opened:
            for sha256 in sorted(sounds_of(request)):  # read while they are sent: a take of three hours is 3 GiB
                sound, size_bytes = open_attachment(attachments, sha256)
                files.append(("sound", (sha256, opened.enter_context(sound), "audio/wav")))
                if size_bytes > MAX_SOUND_BYTES:
                    raise LimitExceeded(f"A sound is larger than {MAX_SOUND_BYTES} bytes.", hint=_SHORTER)
            self._call("POST", "/v1/jobs", files=files)

    def follow(self, job: str, on_progress: OnProgress, submit_again: Callable[[], None] | None = None) -> None:
        """Report progress until the job ends, through any number of broken streams.

        `submit_again` is called where the core does not know the job (any more). Raises CoreLost, JobUnknown.
        """
        patience = _Patience(self._patience_s, self._is_gone)
        last_id = ""
        while True:
            try:
                for event_id, progress in self._events(job, last_id, patience.renew):
                    last_id = event_id
                    on_progress(progress)
                    if progress.state.is_final:
                        return
            except JobUnknown:  # the core came back without it
                if submit_again is None:
                    raise
                patience.wait()
                submit_again()
                last_id = ""
            except httpx.TransportError as error:
                patience.wait(error)
            else:
                patience.wait()  # the core ended the stream: it is stopping

    def collect(self, job: str, request: ScoreRequest, folder: Path, linked_from: Path | None = None) -> ScoreResult:
        """Fetch a job's score and put its files into `folder`, linked where that works (see `download_files`).

        Raises the job's own error, CoreLost, OutputError.
        """
        result = self._elsewhere(loads, ScoreResult, self._call("GET", f"/v1/jobs/{job}/result"))
        if result.request_sha256 != self._elsewhere(content_hash, request):
            raise CoreError("The core answered with the score of another request.")
        download_files(result.files, folder, lambda name: self._file(job, name), linked_from)
        return result

    def cancel(self, job: str) -> None:
        """Cancel a job as well as can be; a core that is gone needs no telling."""
        with contextlib.suppress(httpx.HTTPError, CoreLost):
            self._http.post(f"/v1/jobs/{job}/cancel", timeout=_CANCEL_S)

    def delete(self, job: str) -> None:
        """Remove a job and its files from the core. Raises JobUnknown, CoreLost."""
        self._call("DELETE", f"/v1/jobs/{job}")

    def status(self, job: str) -> Progress:
        """How far a job is. Raises JobUnknown, CoreLost."""
        return loads(Progress, self._call("GET", f"/v1/jobs/{job}"))

    def unload(self) -> bool:
        """Have the core give its memory back; False if it will do so after the running job."""
        return bool(json.loads(self._call("POST", "/v1/unload"))["unloaded"])

    def shutdown(self, *, force: bool = False) -> None:
        """Stop the core. Raises CoreError if it is at work, unless `force`."""
        self._call("POST", "/v1/shutdown", params={"force": force})

    def _run(
        self, job: str, request: JobRequest, attachments: Mapping[str, bytes], on_progress: OnProgress, task: Task
    ) -> None:
        with self._cancelling(job, unless=VemError):  # a submission that was refused made no job
            self.submit(job, request, attachments, task)
        with self._cancelling(job, unless=CoreLost):
            self.follow(job, on_progress, lambda: self.submit(job, request, attachments, task))

    @contextlib.contextmanager
    def _cancelling(self, job: str, unless: type[VemError]) -> Iterator[None]:
        try:
            yield
        except unless:
            raise
        except BaseException:
            self.cancel(job)
            raise

    def _events(self, job: str, last_id: str, on_sign: Callable[[], None]) -> Iterator[tuple[str, Progress]]:
        """A stream's events; `on_sign` is called at every sign of life, the core's heartbeats among them."""
        headers = {"Last-Event-ID": last_id} if last_id else {}
        with self._http.stream("GET", f"/v1/jobs/{job}/events", headers=headers) as response:
            if response.is_error:
                response.read()
                raise _error_of(response)
            for event in parse_events(split_lines(_noticed(response.iter_text(), on_sign))):
                yield event.id, loads(Progress, event.data)

    def _file(self, job: str, name: str) -> Iterator[bytes]:
        try:
            with self._http.stream("GET", f"/v1/jobs/{job}/files/{name}") as response:
                if response.is_error:
                    response.read()
                    raise _error_of(response)
                yield from response.iter_bytes()
        except httpx.TransportError as error:
            raise CoreLost("The core stopped answering while it sent the score.") from error

    def _call(self, method: str, path: str, **options: object) -> bytes:
        """One call, tried again while the core does not answer: every call of the protocol may be repeated."""
        patience = _Patience(self._patience_s, self._is_gone)
        while True:
            try:
                return _content(self._http.request(method, path, **options))  # type: ignore[arg-type]
            except httpx.TransportError as error:
                patience.wait(error)


class _Connections(httpx.Client):
    """httpx's client; where another thread has closed it, who found the core gone before this one did, it is lost."""

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """See httpx. Raises CoreLost."""
        try:
            return super().send(request, **options)
        except RuntimeError as error:
            if self.is_closed:
                raise CoreLost("The core stopped answering.") from error
            raise


class _Patience:
    """How much longer to wait for a core that stopped answering. Counts on the monotonic clock, from the first failure
    after a sign of life: a stream may have been quiet for long before it broke."""

    def __init__(self, patience_s: float, is_gone: Callable[[], bool]) -> None:
        self._patience_s = patience_s
        self._is_gone = is_gone
        self.renew()

    def renew(self) -> None:
        self._deadline_s: float | None = None
        self._pause_s = _FIRST_PAUSE_S

    def wait(self, cause: Exception | None = None) -> None:
        """Pause a little. Raises CoreLost when patience is at its end, or the core is known to be gone."""
        if self._deadline_s is None:
            self._deadline_s = time.monotonic() + self._patience_s
        if self._is_gone() or time.monotonic() + self._pause_s > self._deadline_s:
            raise CoreLost("The core stopped answering.") from cause
        time.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)


def _noticed(texts: Iterator[str], on_sign: Callable[[], None]) -> Iterator[str]:
    for text in texts:
        on_sign()
        yield text


def _check_size(submission: bytes, pictures: Sequence[bytes]) -> None:
    """Refuse what the core would refuse: it hangs up in the middle of what is too large, which explains nothing."""
    if len(submission) > MAX_REQUEST_BYTES:
        raise LimitExceeded(f"The timeline's description is larger than {MAX_REQUEST_BYTES} bytes.", hint=_SHORTER)
    if any(len(jpeg) > MAX_THUMBNAIL_BYTES for jpeg in pictures):
        raise LimitExceeded(f"A thumbnail is larger than {MAX_THUMBNAIL_BYTES} bytes.")
    if len(submission) + sum(map(len, pictures)) > MAX_UPLOAD_BYTES // 2:  # the rest is for what multipart adds
        raise LimitExceeded("The thumbnails together are too large.", hint=_SHORTER)


def _content(response: httpx.Response) -> bytes:
    if response.is_error:
        raise _error_of(response)
    return response.content


def _error_of(response: httpx.Response) -> VemError:
    try:
        return error_from_wire(response.json())
    except ValueError:
        return CoreError(f"Something other than a core answered (HTTP {response.status_code}).")


def _protocol_of(hello: bytes) -> int:
    """The protocol of whatever core said hello: the one field that all versions share."""
    try:
        protocol = json.loads(hello)["protocol"]
    except (ValueError, TypeError, KeyError):
        protocol = None
    if not isinstance(protocol, int):
        raise CoreError("Something other than a core answered.")
    return protocol
