"""Being stopped: Ctrl-C, and the system's ways of asking a program to end, all clean up alike and never in the middle.

Python turns Ctrl-C into KeyboardInterrupt, at whatever line it comes. SIGTERM (a task manager, a logout) and SIGHUP (a
terminal that is closed) would end the process where it stands, with half a take on the disk.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_ASKED = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
_ALL = (signal.SIGINT, *_ASKED)


@contextlib.contextmanager
def asked_as_interrupted() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise KeyboardInterrupt in the block; what whoever started us ignores stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ASKED}
    ours = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let the block come to its end; what would have interrupted it does so afterwards.

    For a few seconds of putting finished work where it belongs. Only the main thread is ever interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in _ALL}
    handled = [number for number, handler in before.items() if callable(handler)]
    for number in handled:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
    if came:
        raise KeyboardInterrupt


def _interrupt(number: int, frame: FrameType | None) -> None:
    for asked in _ASKED:
        signal.signal(asked, signal.SIG_IGN)  # cleaning up is not cleaned up after
    raise KeyboardInterrupt
