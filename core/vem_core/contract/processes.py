"""How every process of ours is started, and whether one lives. For host side and core alike.

A child is started by `start_child`, `run_child` or `start_child_in_loop`, and by nothing else:

- **safe path**: the folder that somebody happens to stand in is never on the child's module path (`-P`, and
  PYTHONSAFEPATH for its own children), so a `pickle.py` beside a stranger's timeline stays a file;
- **private working folder**: an empty one of this user's. Give children whole paths, never relative ones;
- **clean environment**: of this process's variables only those of `KEPT_NAMES` and `KEPT_PREFIXES`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio.subprocess
    import multiprocessing.context

KEPT_NAMES = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP", "TERM"),
        *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "LD_LIBRARY_PATH"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "OS", "PUBLIC", "ALLUSERSPROFILE"),
        *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH"),
        *("PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES"),
        *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "PROCESSOR_IDENTIFIER"),
        *("PYTHONUTF8", "PYTHONIOENCODING", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONHASHSEED"),
        *("PYTHONFAULTHANDLER", "PYTHONUNBUFFERED", "PYTHONNOUSERSITE", "PYTHONMALLOC"),
    )
)
"""The variables that a child sees: where the user's things are, how they write, and what the system itself needs."""

KEPT_PREFIXES = (
    *("VEM_", "XDG_", "LC_", "OTIO_", "RESOLVE_", "QT_"),
    *("CUDA_", "NVIDIA_", "HIP_", "HSA_", "ROCR_"),  # which GPUs there are
    *("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "VECLIB_", "MALLOC_"),  # threads and memory
    *("TORCH_", "PYTORCH_", "HF_", "TRANSFORMERS_", "COVERAGE_"),
)
"""... and the families of variables that our own libraries read."""

_SAFE_PATH = "PYTHONSAFEPATH"
_FOLDERS = ("VEM_MODELS", "VEM_CACHE", "VEM_CORES", "TMPDIR", "TMP", "TEMP", "HOME")
"""Variables that may name a place relative to the folder that this process stands in; so may all of XDG's."""

_QUERY_LIMITED_INFORMATION = 0x1000
_STILL_ACTIVE = 259

NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
OWN_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


def python_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs a module of ours in a Python like this one, whatever lies in the working folder."""
    return (sys.executable, "-P", "-m", module, *arguments)


def start_child(
    command: Sequence[str],
    *,
    stdin: int | IO[bytes] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
    extra: Mapping[str, str] | None = None,
    own_session: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process; with `own_session` Ctrl-C in a terminal does not reach it. Raises OSError."""
    return subprocess.Popen(
        list(command),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=private_folder(),
        env=clean_environment(extra),
        start_new_session=own_session and os.name == "posix",
        creationflags=NO_WINDOW | (OWN_GROUP if own_session else 0),
    )


def run_child(
    command: Sequence[str],
    *,
    stderr: int | None = subprocess.PIPE,
    extra: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a process to its end, without input, and hold what it wrote. Raises OSError, subprocess.TimeoutExpired."""
    return subprocess.run(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=private_folder(),
        env=clean_environment(extra),
        creationflags=NO_WINDOW,
        encoding="utf-8",
        errors="replace",
        timeout=timeout_s,
        check=False,
    )


async def start_child_in_loop(
    command: Sequence[str], *, limit_bytes: int, extra: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start a process whose three streams an event loop reads and writes; lines up to `limit_bytes`. Raises OSError."""
    import asyncio.subprocess

    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=limit_bytes,
        cwd=private_folder(),
        env=clean_environment(extra),
        creationflags=NO_WINDOW,
    )


def spawn_context() -> multiprocessing.context.SpawnContext:
    """The way of `multiprocessing` to start processes for pools of ours, with the safe path.

    Its children import `pickle` and more before they could be told where from, so the environment has to say it.
    """
    import multiprocessing

    protect_children()
    return multiprocessing.get_context("spawn")


def protect_children() -> None:
    """From here on no Python below this process looks for modules in its working folder, whoever starts it."""
    os.environ[_SAFE_PATH] = "1"


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child: what is kept of this process's, the safe path, and `extra`."""
    kept = {
        name: _whole(value) if name in _FOLDERS or name.startswith("XDG_") else value
        for name, value in os.environ.items()
        if name.upper() in KEPT_NAMES or name.upper().startswith(KEPT_PREFIXES)
    }
    return {**kept, _SAFE_PATH: "1", **(extra or {})}


def private_folder() -> Path:
    """An empty folder of this user's alone for children to stand in; the same one each time.

    Where a stranger took its name, another; where no temporary file can be made at all, the interpreter's own folder.
    """
    name = f"vem-score-{os.getuid()}" if os.name == "posix" else "vem-score"
    folder = Path(tempfile.gettempdir(), name)
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder):
            return folder
    return _other_folder()


def find_program(name: str) -> str | None:
    """The path of a program of the system's; never one in the working folder, where Windows looks first."""
    endings = os.environ.get("PATHEXT", ".EXE").split(os.pathsep) if os.name == "nt" else [""]
    candidates = (Path(folder, name + ending) for folder in os.get_exec_path() for ending in endings)
    found = (path for path in candidates if path.is_absolute() and path.is_file() and os.access(path, os.X_OK))
    return next(map(str, found), None)


def is_alive(pid: int, identity: str = "") -> bool:
    """Whether a process of that number runs, ours or another's. One that ended and was not yet reaped does not.

    With what `process_identity` once said of it: whether it is still that process, and not one that got its number.
    """
    if pid <= 0 or not _is_running(pid):
        return False
    now = process_identity(pid)
    return not (identity and now) or identity == now


def process_identity(pid: int) -> str:
    """What tells a process from a later one of the same number; empty where the system does not say."""
    if sys.platform == "linux":
        return _identity_on_linux(pid)
    return _creation_on_windows(pid) if sys.platform == "win32" else ""


def _whole(path: str) -> str:
    try:
        return os.path.abspath(path) if path and not path.startswith("~") else path  # noqa: PTH100 (links stay)
    except OSError:  # the working folder is gone
        return path


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    if os.name != "posix":
        return stat.S_ISDIR(status.st_mode)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and status.st_mode & 0o077 == 0


@functools.cache
def _other_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="vem-score-"))
    except OSError:
        return Path(sys.prefix)


def _is_running(pid: int) -> bool:
    if sys.platform == "win32":
        return _is_running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return _linux_status(pid)[:1] != ["Z"]


def _linux_status(pid: int) -> list[str]:
    """What Linux says of a process, from its state on (proc(5), /proc/pid/stat, field 3); empty elsewhere."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return status.rpartition(")")[2].split()


def _identity_on_linux(pid: int) -> str:
    """The boot, and the clock tick since it at which the process began (field 22): no clock that is set moves it."""
    fields = _linux_status(pid)
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{boot}-{fields[19]}" if len(fields) > 19 else ""


def _is_running_on_windows(pid: int) -> bool:
    import ctypes

    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return False
    status = ctypes.c_ulong()
    kernel32.GetExitCodeProcess(handle, ctypes.byref(status))
    kernel32.CloseHandle(handle)
    return status.value == _STILL_ACTIVE


def _creation_on_windows(pid: int) -> str:
    import ctypes

    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return ""
    times = [ctypes.c_ulonglong() for _ in range(4)]  # created, ended, in the kernel, in the program
    known = kernel32.GetProcessTimes(handle, *map(ctypes.byref, times))
    kernel32.CloseHandle(handle)
    return str(times[0].value) if known else ""
