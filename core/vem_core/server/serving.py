"""A core's life: lock, socket, session file, readiness line, work, and a tidy end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvicorn

from vem_core.contract.errors import CoreStartFailed, VemError
from vem_core.contract.processes import process_identity
from vem_core.contract.progress import PROTOCOL_VERSION
from vem_core.contract.service import CoreSession
from vem_core.server import offline, parent_watch
from vem_core.server.app import Core, build_app
from vem_core.server.connections import PatientProtocol
from vem_core.server.folders import FolderLock, make_private
from vem_core.server.logs import log_to_files
from vem_core.server.session_file import keep_session, remove_session, write_session
from vem_core.server.settings import Settings

log = logging.getLogger(__name__)

_TICK_S = 0.5
_GRACE_S = 2
_HANG_S = 10.0


def serve(settings: Settings, announce: Callable[[dict[str, object]], None] | None = None) -> int:
    """Run a core until it is told to stop; returns the exit status.

    `announce` is called once: with {"ready": true, ...} when calls are answered, or with {"ready": false, "error": ...}
    where it cannot start. It prints a line of JSON on standard output by default.
    """
    announce = announce or _print_line
    lock: FolderLock | None = None
    try:
        token = settings.token or secrets.token_urlsafe(32)
        handler = log_to_files(settings.log_folder, token)
        lock = FolderLock(make_private(settings.state_folder))
        lock.acquire()
        listener = _listen(settings.port)
    except VemError as error:
        announce({"ready": False, "error": error.to_wire()})
        if lock is not None:
            lock.release()
        return error.exit_status
    try:
        asyncio.run(_serve(settings, token, listener, announce))
    except CoreStartFailed as error:
        announce({"ready": False, "error": error.to_wire()})
        return error.exit_status
    finally:
        lock.release()
        logging.getLogger().removeHandler(handler)
        handler.close()
    return 0


def _listen(port: int) -> socket.socket:
    """A socket that already takes calls on the loopback interface. Raises CoreStartFailed if the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CoreStartFailed(
            f"Port {port} cannot be used: {error.strerror}.",
            hint="Choose another --port, or none: any free one is taken.",
        ) from error
    return listener


async def _serve(
    settings: Settings, token: str, listener: socket.socket, announce: Callable[[dict[str, object]], None]
) -> None:
    loop = asyncio.get_running_loop()
    offline.block_outbound()

    def stop() -> None:
        core.stopping.set()
        server.should_exit = True

    core = Core.open(settings, stop)
    config = uvicorn.Config(
        build_app(core, token),
        log_config=None,
        access_log=False,
        server_header=False,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
        h11_max_incomplete_event_size=64 * 1024,
    )
    server = _Server(config)
    _stop_on_signals(loop, stop)
    _watch_parent(settings, loop, core)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    running = asyncio.create_task(core.runner.run())
    try:
        await _until_started(server, serving)
        session = _session(listener.getsockname()[1], token, settings.state_folder)
        write_session(settings.session_file, session)
        log.info("Core %s listens on port %d", session.version, session.port)
        announce(
            {
                "ready": True,
                "port": session.port,
                "pid": session.pid,
                "protocol": session.protocol,
                "session": str(settings.session_file),
            }
        )
        warming = asyncio.create_task(core.runner.warm_up())
        housekeeping = asyncio.create_task(_keep_house(core, session))
        await serving
        for task in (warming, housekeeping):
            await _cancel(task)
    finally:
        core.stopping.set()
        server.should_exit = True
        await _cancel(running)
        remove_session(settings.session_file, os.getpid())
        log.info("Core ended")


async def _keep_house(core: Core, session: CoreSession) -> None:
    """Stay to be found; give memory back, and end, after times without work."""
    settings = core.settings
    while True:
        await asyncio.sleep(_TICK_S)
        keep_session(settings.session_file, session)
        if core.orphaned:
            core.orphan()
        if core.queue.active():
            core.runner.last_active_s = time.monotonic()
            continue
        idle_s = time.monotonic() - core.runner.last_active_s
        if settings.unload_after_s is not None and idle_s > settings.unload_after_s and core.runner.loaded:
            log.info("Giving the memory back after %.0f s without work", idle_s)
            await core.runner.unload()
        quiet_s = time.monotonic() - max(core.runner.last_active_s, core.last_call_s)
        if settings.exit_after_s is not None and quiet_s > settings.exit_after_s:
            log.info("Ending after %.0f s without work or calls", quiet_s)
            core.stop()


class _Server(uvicorn.Server):
    """A server that leaves signals to us: uvicorn's own handling ends the process before its end can be tidy."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _stop_on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # a core within a test; only the main thread may handle signals
    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # not under nohup
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _watch_parent(settings: Settings, loop: asyncio.AbstractEventLoop, core: Core) -> None:
    def end() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(core.orphan)
        time.sleep(_HANG_S)
        if not core.orphaned:  # the loop hangs, but the end must come; the worker ends with this process
            os._exit(1)

    if settings.parent_pid is not None:
        parent_watch.watch_parent(settings.parent_pid, end)
    if settings.watch_stdin:
        parent_watch.watch_input(sys.stdin.buffer, end)


def _session(port: int, token: str, state_folder: Path) -> CoreSession:
    return CoreSession(
        port=port,
        token=token,
        pid=os.getpid(),
        protocol=PROTOCOL_VERSION,
        version=version("vem-score"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        identity=process_identity(os.getpid()),
        state_folder=str(state_folder.absolute()),
    )


async def _until_started(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    while not server.started:
        if serving.done():
            await serving
            raise CoreStartFailed("The core ended while it was starting.")
        await asyncio.sleep(0.005)


async def _cancel(task: asyncio.Task[Any] | asyncio.Future[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _print_line(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
