"""A core that is there when it is wanted: found or started, and started again once if it is lost during a job."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import (
    ContractError,
    CoreBusy,
    CoreError,
    CoreKilled,
    CoreLost,
    CoreRunning,
    NotAuthorised,
    ProtocolMismatch,
)
from vem_core.contract.listening import MeasureRequest
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.parse import Parse
from vem_core.contract.processes import is_alive, process_identity
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import Measurement, ScoreResult
from vem_core.contract.service import CoreSession
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.tempo_options import TempoOptions
from vem_core.contract.variants import Variants, VariantsRequest
from vem_plugin.client.address import CoreAddress, default_session_file, read_session
from vem_plugin.client.base import CoreInfo, OnProgress
from vem_plugin.client.core_process import CoreProcess, LaunchOptions
from vem_plugin.client.http import HttpCoreClient
from vem_plugin.runner import Runner, run_here

log = logging.getLogger(__name__)

T = TypeVar("T")

_HELLO_S = 5.0
_OTHER_START_S = 60.0  # another client's core may be starting, or not answer for a while
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 2.0
_MOST_CORES = 5  # for one job, however orderly they end
_STARTS = 2  # of a core that is killed before it could do anything


@dataclass(frozen=True)
class CoreChoice:
    """Which core to use on this machine, and how to start one."""

    session_file: Path = field(default_factory=default_session_file)
    launch: LaunchOptions = field(default_factory=LaunchOptions)


class SupervisedCore:
    """A `CoreClient` for this machine's core, with the core's life in its care.

    A core that is running is used and left running; one that had to be started ends with `close`.
    """

    def __init__(self, choice: CoreChoice | None = None, run: Runner = run_here) -> None:
        self._choice = choice or CoreChoice()
        self._elsewhere = run
        self._name = uuid.uuid4().hex  # of this client, for all cores it will have: its jobs are its own after a crash
        self._process: CoreProcess | None = None
        self._client: HttpCoreClient | None = None
        self._lock = threading.Lock()  # a panel asks from several threads; one of them starts the core

    def connect(self) -> HttpCoreClient:
        """A client of a core that answers. Raises CoreStartFailed, ProtocolMismatch."""
        with self._lock:
            if self._client is None:
                self._client = self._find_or_start()
            return self._client

    def hello(self) -> CoreInfo:
        """Who is there; starts a core if need be."""
        return self.connect().hello()

    def score(
        self,
        request: ScoreRequest,
        attachments: Mapping[str, bytes],
        folder: Path,
        on_progress: OnProgress,
        job: str | None = None,
    ) -> ScoreResult:
        """Run a job to its end; see CoreClient.score. A core that is lost meanwhile is started again, once.

        The job is replayed under the same id and seed, so that the score is the one it would have been.
        """
        if job is not None:
            return self._with_a_second_core(lambda core: core.score(request, attachments, folder, on_progress, job))
        new = str(uuid.uuid4())  # one for both cores
        return self._with_a_second_core(lambda core: core.score_once(request, attachments, folder, on_progress, new))

    def preview(self, job: str, first_samples: int) -> bytes:
        """What can be heard of music that is being made; see CoreClient.preview."""
        return self.connect().preview(job, first_samples)

    def brief(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> MusicBrief:
        """What the music would be, and why; see CoreClient.brief."""
        return self._with_a_second_core(lambda client: client.brief(request, attachments, on_progress))

    def tempo_options(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress
    ) -> TempoOptions:
        """What bending the tempo would meet and cost; see CoreClient.tempo_options."""
        return self._with_a_second_core(lambda client: client.tempo_options(request, attachments, on_progress))

    def outlook(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> RecutOutlook:
        """What a re-score would keep; see CoreClient.outlook."""
        return self._with_a_second_core(lambda client: client.outlook(request, attachments, on_progress))

    def variants(self, request: VariantsRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Variants:
        """Pieces that would suit, and differ; see CoreClient.variants."""
        return self._with_a_second_core(lambda client: client.variants(request, attachments, on_progress))

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: OnProgress) -> Parse:
        """What a music model would be conditioned on; see CoreClient.parse."""
        return self._with_a_second_core(lambda client: client.parse(request, attachments, on_progress))

    def listen(self, sheet: CutSheet, sound: bytes, name: str, on_progress: OnProgress) -> TempTrack:
        """What the music under a cut is like; see CoreClient.listen."""
        return self._with_a_second_core(lambda client: client.listen(sheet, sound, name, on_progress))

    def measure(
        self, request: MeasureRequest, attachments: Mapping[str, bytes], folder: Path, on_progress: OnProgress
    ) -> Measurement:
        """How music meets the cuts; see CoreClient.measure."""
        return self._with_a_second_core(lambda client: client.measure(request, attachments, folder, on_progress))

    def _with_a_second_core(self, call: Callable[[HttpCoreClient], T]) -> T:
        crashes = 0
        for _ in range(_MOST_CORES - 1):
            client = self.connect()
            try:
                return call(client)
            except (CoreLost, NotAuthorised) as error:  # not authorised: another core came up on the lost one's port
                crashes += self._left_its_session(client)
                log.warning("The core was lost (%s)", error)
                self._forget(client)
                if crashes > 1:
                    raise
        return call(self.connect())

    def _left_its_session(self, client: HttpCoreClient) -> bool:
        """Whether a core that is lost was killed. One that ended in order, with who had started it, took its session
        file away: that is nobody's fault, and another core does the job."""
        session = read_session(self._choice.session_file)
        return session is not None and CoreAddress.of_session(session) == client.address

    def close(self) -> None:
        """Let go of the core, and end it if it was started here."""
        self._forget(self._client)

    def _forget(self, client: HttpCoreClient | None) -> None:
        """Let go of the core of a client, unless another thread has done so and found a new one."""
        with self._lock:
            if client is not self._client:
                return
            self._client = None
            process, self._process = self._process, None
        if process is not None:
            process.stop(is_wanted=lambda: client is not None and _is_at_work(client))
        if client is not None:
            client.close()

    def _find_or_start(self) -> HttpCoreClient:
        deadline_s = time.monotonic() + _OTHER_START_S
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                found = find_core(self._choice.session_file)
                return self._start() if found is None else self._client_of(found)
            except (CoreBusy, CoreRunning):  # it is slow, or starting: its session file is about to appear
                if time.monotonic() + pause_s > deadline_s:
                    raise
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _start(self) -> HttpCoreClient:
        """Start a core; once more where the first is killed before it has answered."""
        for start in range(1, _STARTS + 1):
            try:
                process = CoreProcess.start(self._choice.launch)
            except CoreKilled:
                if start == _STARTS:
                    raise
                continue
            client = self._client_of(process.address, process)
            try:
                client.hello()
            except CoreLost:
                client.close()
                process.stop()
                if start == _STARTS:
                    raise
            else:
                self._process = process
                return client
        raise AssertionError("the last start raises or returns")

    def _client_of(self, address: CoreAddress, process: CoreProcess | None = None) -> HttpCoreClient:
        if process is None:
            return HttpCoreClient(address, name=self._name, run=self._elsewhere)
        return HttpCoreClient(address, name=self._name, is_gone=process.is_gone, run=self._elsewhere)


def find_core(session_file: Path) -> CoreAddress | None:
    """The address of the running core of a session file; None if there is none.

    The file of a process that is no more is removed, and that of a living one never: a core that is stopped, swapped
    out or busy for a while would be locked out for good.

    Raises ProtocolMismatch if the core that runs is of another version, CoreBusy if it lives and does not answer.
    """
    session = read_session(session_file)
    if session is None:
        return None
    address = CoreAddress.of_session(session)
    if is_alive(session.pid) and _answers(address, session):
        return address
    if _is_there(session):
        raise CoreBusy(f"The core (process {session.pid}) is running and does not answer.")
    log.info("The session file of process %d is stale", session.pid)
    if read_session(session_file) == session:
        session_file.unlink(missing_ok=True)
    return None


def _is_there(session: CoreSession) -> bool:
    """Whether the process that wrote the session lives; one whose number somebody else has by now does not."""
    identity = process_identity(session.pid)
    return is_alive(session.pid) and (not identity or identity == session.identity)


def _answers(address: CoreAddress, session: CoreSession) -> bool:
    """Whether it is that core which answers: another process may have its number or its port by now."""
    with HttpCoreClient(address) as client:
        try:
            return client.full_hello(_HELLO_S).pid == session.pid
        except ProtocolMismatch:
            raise
        except (CoreError, ContractError):
            return False


def _is_at_work(client: HttpCoreClient) -> bool:
    try:
        return client.hello().jobs > 0
    except (CoreError, ContractError):
        return False
