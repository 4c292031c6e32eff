"""What host side and core both need to know about processes."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_FOREIGN_PYTHON = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT")  # Resolve sets the first
_QUERY_LIMITED_INFORMATION = 0x1000
_STILL_ACTIVE = 259


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs, ours or another's. One that ended and was not yet reaped does not."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _is_alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would make another Python load foreign modules."""
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN_PYTHON}


def _is_zombie(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False  # not Linux
    return status.rpartition(")")[2].split()[:1] == ["Z"]


def _is_alive_on_windows(pid: int) -> bool:
    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return False
    status = ctypes.c_ulong()
    kernel32.GetExitCodeProcess(handle, ctypes.byref(status))
    kernel32.CloseHandle(handle)
    return status.value == _STILL_ACTIVE
