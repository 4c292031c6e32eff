"""pip and uv as tools: which there is, how each is asked, and running one with its lines told as they come."""

from __future__ import annotations

import collections
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from vem_core.contract.errors import InputError
from vem_core.contract.processes import python_command, run_child, start_child
from vem_plugin.client.core_environment import environment_python

_NETWORK = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"),
)
"""Variables by which a network is reached: proxies and certificates of a company's own."""

_TOOLS = ("PIP_", "UV_")
_KEPT_LINES = 12
_CHECK_S = 0.2
_LAST_LINES_S = 2.0


@dataclass(frozen=True)
class Source:
    """Where wheels come from: a folder, or wherever this machine's pip or uv is set up to look."""

    wheels: Path | None = None  # a folder, and no network
    torch_backend: str = "auto"  # which build of torch uv chooses: auto, cpu, cu130, rocm6.4, xpu


class Tool(Protocol):
    """What installs into an environment."""

    def make_environment(self, folder: Path) -> list[str]:
        """The command that makes an environment, or leaves the one that is there."""
        ...

    def install(self, source: Source) -> list[str]:
        """The command that installs what is appended to it; from a folder, its wheels as they are and no others."""
        ...


@dataclass(frozen=True)
class Uv:
    """uv, which chooses the torch that fits the machine."""

    program: tuple[str, ...]
    python: Path  # of the environment

    def make_environment(self, folder: Path) -> list[str]:
        return [*self.program, "venv", "--allow-existing", "--python", sys.executable, str(folder)]

    def install(self, source: Source) -> list[str]:
        command = [*self.program, "pip", "install", "--python", str(self.python)]
        if source.wheels is not None:
            return [*command, "--offline", "--no-deps"]
        return [*command, "--torch-backend", source.torch_backend]


@dataclass(frozen=True)
class Pip:
    """The pip of an environment, or of this Python."""

    python: Path

    def make_environment(self, folder: Path) -> list[str]:
        return [*python_command("venv"), str(folder)]

    def install(self, source: Source) -> list[str]:
        command = [*self._pip("install"), "--progress-bar", "off"]
        return [*command, "--no-deps"] if source.wheels is not None else command

    def wheel(self, folder: Path) -> list[str]:
        """The command that puts wheels of what is appended to it, and of all that needs, into a folder."""
        return [*self._pip("wheel"), "--progress-bar", "off", "--wheel-dir", str(folder)]

    def _pip(self, action: str) -> list[str]:
        return [str(self.python), "-P", "-m", "pip", action, "--disable-pip-version-check", "--no-input"]


def find_tool(folder: Path) -> Uv | Pip:
    """uv where it is, as a program or a package of this Python; else pip."""
    python = environment_python(folder)
    program = shutil.which("uv")
    if program is not None:
        return Uv((program,), python)
    asked = run_child([*python_command("uv"), "--version"])
    return Uv(python_command("uv"), python) if asked.returncode == 0 else Pip(python)


def run_tool(command: Sequence[str], tell: Callable[[str], None], check: Callable[[], None] = lambda: None) -> None:
    """Run a tool to its end, each line that it prints told. Raises InputError with its last lines where it fails.

    `check` is called several times a second meanwhile; whatever it or `tell` raises ends the tool.
    """
    kept: collections.deque[str] = collections.deque(maxlen=_KEPT_LINES)
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    try:
        child = start_child(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, extra=network_environment())
    except OSError as error:
        raise InputError(f"{command[0]} cannot be started: {error.strerror}.") from error
    assert child.stdout is not None
    reading = threading.Thread(target=_read_lines, args=(child.stdout, lines), daemon=True)
    reading.start()
    try:
        for line in _as_they_come(lines, check):
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                kept.append(text)
                tell(text)
        status = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        reading.join(_LAST_LINES_S)
        if not reading.is_alive():  # else something that the tool started still holds the other end
            child.stdout.close()
    if status:
        raise InputError(
            f"{_said(command)} failed: {_reason(kept)}",
            hint="Run the same command again: what was fetched is kept. Behind a proxy, set HTTPS_PROXY; with a "
            "certificate of a company's own, SSL_CERT_FILE; without a network, --from FOLDER.",
            reason="\n".join(kept),
        )


def _read_lines(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    for line in pipe:
        lines.put(line)
    lines.put(None)


def _as_they_come(lines: queue.SimpleQueue[bytes | None], check: Callable[[], None]) -> Iterator[bytes]:
    while True:
        check()
        try:
            line = lines.get(timeout=_CHECK_S)
        except queue.Empty:
            continue
        if line is None:
            return
        yield line


def network_environment() -> dict[str, str]:
    """Of this process's variables those by which pip and uv reach a network and are set up."""
    return {name: value for name, value in os.environ.items() if name in _NETWORK or name.startswith(_TOOLS)}


def _said(command: Sequence[str]) -> str:
    return next((word for word in ("uv", "pip", "venv") if any(word in part for part in command)), command[0])


def _reason(lines: Sequence[str]) -> str:
    """The line that says why: the first that calls itself an error, or the last."""
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or list(lines) or ["it said nothing"])[0][:300]
