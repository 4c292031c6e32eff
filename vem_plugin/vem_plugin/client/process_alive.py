"""Whether a process still exists."""

from __future__ import annotations

import ctypes
import os
import sys

_QUERY_LIMITED_INFORMATION = 0x1000
_STILL_ACTIVE = 259


def is_alive(pid: int) -> bool:
    """Whether a process of that number exists, ours or another's."""
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
    return True


def _is_alive_on_windows(pid: int) -> bool:
    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return False
    status = ctypes.c_ulong()
    kernel32.GetExitCodeProcess(handle, ctypes.byref(status))
    kernel32.CloseHandle(handle)
    return status.value == _STILL_ACTIVE
