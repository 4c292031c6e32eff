"""Ending with the parent: no process of ours outlives the one that wanted it.

Three independent signs, because none works everywhere. The end of standard input is noticed at once on every system,
but not by a process whose native code holds the interpreter. The parent's number changes when it dies, but must be
polled. Linux can kill a process the moment its parent's *thread* ends (prctl), which is right for a worker that one
long-lived thread starts, and wrong for a core that a short-lived thread of a panel may have started.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

from vem_core.contract.processes import is_alive

_PR_SET_PDEATHSIG = 1  # prctl(2)
_POLL_S = 1.0


def die_with_parent_thread(parent_pid: int) -> None:
    """On Linux: have the kernel end this process, whatever it is doing, when the thread that started it ends."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it died before the kernel was told
        os._exit(0)


def watch_parent(pid: int, gone: Callable[[], None]) -> None:
    """Call `gone` from a thread of its own once the process is no more."""
    threading.Thread(target=_poll_parent, args=(pid, gone), name="parent-watch", daemon=True).start()


def watch_input(stream: IO[bytes], gone: Callable[[], None]) -> None:
    """Call `gone` from a thread of its own once the stream ends."""
    threading.Thread(target=_drain, args=(stream, gone), name="input-watch", daemon=True).start()


def _poll_parent(pid: int, gone: Callable[[], None]) -> None:
    was_parent = os.getppid() == pid
    while is_alive(pid) and (not was_parent or os.getppid() == pid):
        time.sleep(_POLL_S)
    gone()


def _drain(stream: IO[bytes], gone: Callable[[], None]) -> None:
    try:
        while stream.read(4096):
            pass
    except (OSError, ValueError):
        pass
    gone()
