"""Starting a core as a child process, and knowing why it would not start."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from vem_core.contract.errors import CoreKilled, CoreMissing, CoreStartFailed, VemError, error_from_wire
from vem_core.contract.processes import start_child
from vem_plugin.client.address import CoreAddress, read_session
from vem_plugin.client.core_environment import core_command, has_core

_START_S = 60.0  # a cold disk and a virus scanner
_STOP_S = 15.0
_STOP_POLL_S = 0.5
_KEPT_LINES = 40


@dataclass(frozen=True)
class LaunchOptions:
    """How to start a core."""

    command: Sequence[str] = field(default_factory=core_command)
    arguments: Sequence[str] = ()
    timeout_s: float = _START_S


class CoreProcess:
    """A core that we started. It ends with `stop`, and with this process however that ends."""

    def __init__(self, process: subprocess.Popen[bytes], address: CoreAddress) -> None:
        self._process = process
        self.address = address

    @classmethod
    def start(cls, options: LaunchOptions) -> CoreProcess:
        """Start a core and wait until it answers. Raises CoreMissing, CoreStartFailed, CoreRunning as it said."""
        # Standard input is the leash: the core ends when the other end closes. A session of its own keeps Ctrl-C in a
        # terminal for us; we cancel the job first.
        if tuple(options.command) == core_command() and not has_core():
            raise CoreMissing("No inference core is installed.")
        process = start_child(
            [*options.command, "--watch-stdin", "--parent-pid", str(os.getpid()), *options.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            own_session=True,
        )
        try:
            return cls(process, _await_ready(process, options.timeout_s))
        except BaseException:
            _end(process, patience_s=1.0)
            raise

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def is_gone(self) -> bool:
        """Whether the core has ended."""
        return self._process.poll() is not None

    def stop(self, is_wanted: Callable[[], bool] = lambda: False) -> None:
        """End the core and wait until it is gone.

        A core that other clients are using (`is_wanted`) is let go instead: it ends by itself when they are done.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        deadline_s = time.monotonic() + _STOP_S
        while time.monotonic() < deadline_s:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_POLL_S)
                break
            if is_wanted():
                return
        _end(self._process, patience_s=0.0)


def _await_ready(process: subprocess.Popen[bytes], timeout_s: float) -> CoreAddress:
    assert process.stdout is not None
    assert process.stderr is not None
    errors: collections.deque[str] = collections.deque(maxlen=_KEPT_LINES)
    drained = _drain_in_background(process.stderr, errors)
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_read_lines, args=(process.stdout, lines), name="core-stdout", daemon=True).start()
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline_s - time.monotonic()))
        except queue.Empty:
            raise CoreStartFailed(
                f"The core was not ready within {timeout_s:.0f} s. {_reason(errors)}".rstrip()
            ) from None
        if not line:
            drained.join(timeout=1.0)
            if _was_killed(process):
                raise CoreKilled("The core was ended from outside while it started.")
            raise CoreStartFailed(f"The core ended while it started. {_reason(errors)}".rstrip())
        answer = _parse(line)
        if answer is not None:
            return _address_of(answer)


def _was_killed(process: subprocess.Popen[bytes]) -> bool:
    try:
        return process.wait(_STOP_POLL_S) in (-signal.SIGKILL, -signal.SIGTERM)
    except subprocess.TimeoutExpired:
        return False


def _address_of(answer: dict[str, object]) -> CoreAddress:
    if not answer["ready"]:
        error = error_from_wire(answer.get("error"))
        raise error if isinstance(error, VemError) else CoreStartFailed("The core did not start.")
    session = read_session(Path(str(answer.get("session"))))
    if session is None or session.pid != answer.get("pid"):
        raise CoreStartFailed("The core started, but its session file cannot be read.")
    return CoreAddress.of_session(session)


def _parse(line: bytes) -> dict[str, object] | None:
    try:
        answer = json.loads(line)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ready"), bool) else None


def _reason(errors: Sequence[str]) -> str:
    told = [line for line in errors if line.strip()]
    return f"It said: {told[-1]}" if told else ""


def _drain_in_background(stream: IO[bytes], kept: collections.deque[str]) -> threading.Thread:
    """Read a stream for ever, so that its writer never blocks, keeping the last lines."""

    def drain() -> None:
        for line in stream:
            kept.append(line.decode("utf-8", "replace").rstrip())

    thread = threading.Thread(target=drain, name="core-stderr", daemon=True)
    thread.start()
    return thread


def _read_lines(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(b"")


def _end(process: subprocess.Popen[bytes], patience_s: float) -> None:
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
