"""`vem core doctor`: looks at everything a core needs, and says what to do about what is missing."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vem_core.contract.errors import VemError
from vem_core.contract.findings import Finding, Verdict
from vem_core.contract.processes import find_program, run_child
from vem_core.server.control import RunningCore
from vem_core.server.device import memory_bytes, query_nvidia
from vem_core.server.logs import last_lines
from vem_core.server.session_file import read_session
from vem_core.server.settings import Settings

_GIB = 1024**3
_LOW_MEMORY_BYTES = 4 * _GIB
_LOW_DISK_BYTES = 2 * _GIB
_TORCH_S = 90.0
_TORCH_PROBE = (
    "import json, torch; from vem_core.compute.devices import survey; "
    "print(json.dumps([torch.__version__, torch.version.cuda, survey()]))"
)
_PACKAGES = ("torch", "numpy", "scipy", "fastapi", "uvicorn", "httpx", "safetensors", "diffusers", "transformers")


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything a core needs, one finding at a time. Takes some seconds: it loads torch in a process of its own."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _driver,
        _torch,
        _memory,
        _models,
        _disk,
        _network,
        _running,
    )
    for check in checks:
        yield from check(settings)


def report_text(settings: Settings, findings: list[Finding], log_lines: int = 40) -> str:
    """A text to paste into a bug report, without names, tokens or paths of this user's."""
    lines = ["VeM Score core report", ""]
    lines += [f"{finding.verdict:<8}{finding.topic}: {finding.says}" for finding in findings]
    lines += ["", "Packages: " + ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)]
    lines += ["", f"Last lines of the log ({settings.log_folder}):", *last_lines(settings.log_folder, log_lines)]
    session = read_session(settings.session_file)
    return redact("\n".join(lines) + "\n", session.token if session else "")


def redact(text: str, token: str = "") -> str:
    """The text without the token, this user's folders and name, this machine's name, and foreign file names."""
    home = str(Path.home())
    secrets = [
        (token, "[token]"),
        (home, "~"),
        (os.environ.get("USER", ""), "[user]"),
        (socket.gethostname(), "[host]"),
    ]
    for secret, stand_in in secrets:
        if len(secret) >= 3 and secret not in ("root", "localhost"):
            text = text.replace(secret, stand_in)
    text = re.sub(r"(Bearer\s+)\S+", r"\1[token]", text)
    # To the end of the line or a mark that ends it: a path may hold spaces, and too much hidden beats too little.
    return re.sub(r"(?:/(?:home|Users|Volumes|media|mnt)/|\b[A-Z]:\\)[^\n\"',;)]+", "[path]", text)


def _python(settings: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    says = f"VeM Score {_version('vem-score')}, Python {version}, {platform.system()} {platform.machine()}"
    if sys.version_info < (3, 11) or sys.version_info >= (3, 14):
        yield Finding("program", Verdict.PROBLEM, says, "Install it under Python 3.11 to 3.13.")
    else:
        yield Finding("program", Verdict.OK, says)


def _driver(settings: Settings) -> Iterator[Finding]:
    answer = query_nvidia(["--query-gpu=name,driver_version,memory.total,memory.free", "--format=csv,noheader"])
    if answer:
        for line in answer.splitlines():
            yield Finding("graphics driver", Verdict.OK, line)
    elif find_program("nvidia-smi"):
        yield Finding(
            "graphics driver",
            Verdict.PROBLEM,
            "nvidia-smi is there but does not answer",
            "Reinstall the NVIDIA driver.",
        )
    else:
        yield Finding("graphics driver", Verdict.NOTE, "no NVIDIA GPU was found; music is made on the CPU")


def _torch(settings: Settings) -> Iterator[Finding]:
    try:
        answer = run_child((sys.executable, "-P", "-c", _TORCH_PROBE), timeout_s=_TORCH_S)
        answer.check_returncode()
        version, cuda, devices = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        last = str(reason).strip().splitlines()[-1:] or ["no reason given"]
        yield Finding("torch", Verdict.PROBLEM, f"torch cannot be loaded: {last[0]}", "Run `vem core install`.")
        return
    if any(found["device"] == "cuda" for found in devices) or not query_nvidia(["-L"]):
        yield Finding("torch", Verdict.OK, f"torch {version}")
    else:
        yield Finding(
            "torch",
            Verdict.PROBLEM,
            f"there is a GPU, but torch {version} " + ("is built without CUDA" if cuda is None else "cannot use it"),
            "Install the torch for your CUDA version, as pytorch.org describes, or update the driver.",
        )
    yield from map(_device_finding, devices)


def _device_finding(found: dict[str, Any]) -> Finding:
    memory = ""
    if found["total_bytes"] is not None:
        memory = f", {found['free_bytes'] / _GIB:.1f} of {found['total_bytes'] / _GIB:.1f} GiB free"
    says = f"--device {found['device']}: {found['model']} ({found['platform']}){memory}, {found['precision']}"
    if found["proven"]:
        return Finding("device", Verdict.OK, says)
    advice = "VeM Score was never run on such a device: please say how it went. --device cpu always works."
    return Finding("device", Verdict.NOTE, says, advice)


def _memory(settings: Settings) -> Iterator[Finding]:
    total, free = memory_bytes()
    if total is None:
        yield Finding("memory", Verdict.NOTE, "the system does not say how much there is")
        return
    says = f"{total / _GIB:.1f} GiB" + (f", {free / _GIB:.1f} free" if free is not None else "")
    if (free if free is not None else total) < _LOW_MEMORY_BYTES:
        yield Finding("memory", Verdict.NOTE, says, "Close other programs before scoring long timelines.")
    else:
        yield Finding("memory", Verdict.OK, says)


def _models(settings: Settings) -> Iterator[Finding]:
    from vem_core.generation.registry import model_ids
    from vem_core.resources.registry import read_registry, verified_folder

    yield Finding("models", Verdict.OK, ", ".join(model_ids()))
    try:
        entries = read_registry().models
    except VemError as error:
        yield Finding("models", Verdict.PROBLEM, error.message, "Reinstall vem-score.")
        return
    for entry in entries:
        try:
            verified_folder(entry)
        except VemError as error:
            yield Finding("models", Verdict.PROBLEM, error.message, error.hint)
        else:
            yield Finding("models", Verdict.OK, f"{entry.id} {entry.version} is whole")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = next(path for path in (settings.state_folder, *settings.state_folder.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    says = f"{free / _GIB:.1f} GiB free at {settings.state_folder}"
    if free < _LOW_DISK_BYTES:
        yield Finding("disk", Verdict.PROBLEM, says, "Free some space, or choose another --state-folder.")
        return
    try:
        with tempfile.TemporaryFile(dir=folder):
            yield Finding("disk", Verdict.OK, says)
    except OSError as error:
        yield Finding(
            "disk", Verdict.PROBLEM, f"{folder} cannot be written: {error.strerror}", "Check its permissions."
        )


def _network(settings: Settings) -> Iterator[Finding]:
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
            with socket.create_connection(listener.getsockname(), timeout=5.0):
                yield Finding("ports", Verdict.OK, "127.0.0.1 takes calls")
    except OSError as error:
        advice = "A firewall or security program blocks the loopback interface: allow Python there."
        yield Finding("ports", Verdict.PROBLEM, f"127.0.0.1 cannot be called: {error}", advice)


def _running(settings: Settings) -> Iterator[Finding]:
    session = read_session(settings.session_file)
    core = RunningCore.find(settings.session_file)
    if session is None:
        yield Finding("core", Verdict.OK, "none is running; one is started when it is needed")
    elif core is None:
        yield Finding(
            "core", Verdict.NOTE, f"process {session.pid} ended without a word; its session file is replaced next time"
        )
    else:
        try:
            hello = core.hello()
        except VemError as error:
            yield Finding("core", Verdict.PROBLEM, error.message, f"End process {session.pid}, then try again.")
        else:
            jobs = f"{hello.jobs_running} running, {hello.jobs_queued} waiting"
            yield Finding("core", Verdict.OK, f"process {hello.pid} answers on port {session.port}; jobs: {jobs}")


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"
