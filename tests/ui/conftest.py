"""Windows for tests: the fake host and scripted core behind a real window, and a guard against what is left running."""

from __future__ import annotations

import contextlib
import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fakes.panel import Panel


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["vem", "-style", "Fusion"]


@pytest.fixture(scope="session", autouse=True)
def collection_on_this_thread() -> Iterator[None]:
    """Cycles are collected between tests, on this thread, as the application does it."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def everything_is_looked_at_after_a_file(collection_on_this_thread: None) -> Iterator[None]:
    """What tests set aside is collected once a file. See `nothing_left_running`."""
    yield
    gc.unfreeze()
    gc.collect()


@pytest.fixture(autouse=True)
def nothing_left_running(qapp: QApplication, everything_is_looked_at_after_a_file: None) -> Iterator[None]:
    """A test fails if a thread still runs or a timer is still active when it ends.

    What was there before a test is set aside, so that looking at all objects costs what the test made, and not what
    every test before it imported: torch's alone are hundreds of thousands.
    """
    _SET_ASIDE.extend(weakref.ref(thing) for thing in _threads_and_timers())
    gc.freeze()
    _SET_ASIDE[:] = [known for known in _SET_ASIDE if known() is not None]
    before = {id(thing) for thing in _running()}
    threads = set(threading.enumerate())
    yield
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
    gc.collect()
    left = [thing for thing in _running() if id(thing) not in before]
    assert not left, f"left running: {left}"
    workers = [thread for thread in threading.enumerate() if thread not in threads and not thread.daemon]
    assert not workers, f"left running: {workers}"


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[Panel]:
    """A window with a fake host of three shots and a scripted core, opened."""
    with contextlib.closing(Panel(qtbot, tmp_path)) as made:
        made.open()
        yield made


_SET_ASIDE: list[weakref.ref[object]] = []
"""The threads and timers among what is set aside, which the collector does not list."""


def _running() -> list[object]:
    known = [thing for reference in _SET_ASIDE if (thing := reference()) is not None]
    return [thing for thing in (*known, *_threads_and_timers()) if _is_thread_at_work(thing) or _is_active_timer(thing)]


def _threads_and_timers() -> list[object]:
    # By type(), since isinstance() asks each object for its __class__, and some answer with a warning.
    return [thing for thing in gc.get_objects() if issubclass(type(thing), QThread | QTimer)]


def _is_thread_at_work(thing: object) -> bool:
    if not isinstance(thing, QThread) or not shiboken6.isValid(thing):
        return False
    return thing.isRunning() and thing is not QThread.currentThread()


def _is_active_timer(thing: object) -> bool:
    return isinstance(thing, QTimer) and shiboken6.isValid(thing) and thing.isActive()
