"""Real core processes for tests: started, found, killed, started again, all under one temporary folder."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import psutil

from fakes.quick_core import COMMAND
from vem_core.contract.service import APP_NAME, SESSION_FILE, CoreSession
from vem_plugin.client.address import CoreAddress, read_session
from vem_plugin.client.core_process import LaunchOptions
from vem_plugin.client.http import HttpCoreClient
from vem_plugin.client.supervisor import CoreChoice

WAIT_S = 30.0


class CoreRig:
    """A place for cores of the quick pipeline, one at a time; or of the real one, by its `command`."""

    def __init__(self, folder: Path, command: Sequence[str] = COMMAND) -> None:
        self.folder, self._command = folder, command
        self.session_file = folder / APP_NAME / SESSION_FILE  # where `folder` is the user's runtime folder
        self.state_folder = folder / "state"
        self.log_folder = folder / "logs"
        self.marks = folder / "marks"
        self.marks.mkdir(parents=True, exist_ok=True)
        os.environ["VEM_TEST_MARKS"] = str(self.marks)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def arguments(self) -> list[str]:
        """The core's options that keep it in this place."""
        return [
            *("--state-folder", str(self.state_folder)),
            *("--session-file", str(self.session_file)),
            *("--log-folder", str(self.log_folder)),
        ]

    def choice(self, *arguments: str) -> CoreChoice:
        """What makes a supervised client use this place."""
        return CoreChoice(self.session_file, LaunchOptions(self._command, [*self.arguments, *arguments]))

    def start(self, *arguments: str) -> CoreAddress:
        """Start a core that nobody but the rig watches over, and wait until it answers."""
        self._process = subprocess.Popen(
            [*self._command, *self.arguments, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        wait_until(lambda: self.session is not None and self.session.pid == self.pid)
        return self.address

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def session(self) -> CoreSession | None:
        return read_session(self.session_file)

    @property
    def address(self) -> CoreAddress:
        assert self.session is not None
        return CoreAddress.of_session(self.session)

    def client(self, patience_s: float = 10.0) -> HttpCoreClient:
        """A client of the running core."""
        return HttpCoreClient(self.address, patience_s=patience_s)

    def raw(self) -> httpx.Client:
        """Bare HTTP with the token, for calls that no client of ours would make."""
        headers = {"Authorization": f"Bearer {self.address.token}"}
        return httpx.Client(base_url=self.address.url, headers=headers, timeout=WAIT_S, trust_env=False)

    def worker_pid(self) -> int:
        """The number of the worker of the running core."""
        wait_until(lambda: bool(_children(self.core_pid())))
        return _children(self.core_pid())[0].pid

    def core_pid(self) -> int:
        """The number of the core of the session file, whoever started it."""
        assert self.session is not None
        return self.session.pid

    def kill(self) -> None:
        """kill -9 the core, and wait until it and its worker are gone."""
        pid = self.core_pid()
        workers = _children(pid)
        psutil.Process(pid).kill()
        if self._process is not None and self._process.pid == pid:
            self._process.wait(WAIT_S)
        psutil.wait_procs(workers, timeout=WAIT_S)
        assert not [worker for worker in workers if worker.is_running()], "the worker outlived its core"

    def wait_for_end(self) -> int:
        """Wait until the core has ended by itself; its exit status."""
        assert self._process is not None
        return self._process.wait(WAIT_S)

    def log(self) -> str:
        """Everything that cores wrote to their log here."""
        return "".join(path.read_text() for path in sorted(self.log_folder.glob("core.log*")))

    def close(self) -> None:
        """End the core as a user logging out would."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise


def wait_until(condition: Callable[[], bool], patience_s: float = WAIT_S) -> None:
    """Wait for something that another process does; fail if it does not come."""
    deadline_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.02)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
