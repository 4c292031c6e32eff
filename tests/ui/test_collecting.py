"""Garbage collection on the UI thread: cycles go, data is set aside, and a closed window's data goes too."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from vem_ui.application.collecting import UiCollector


class Knot:
    """An object in a cycle."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[UiCollector]:
    made = UiCollector()
    yield made
    made.close()
    made.deleteLater()
    gc.disable()  # as the tests of the panel have it


def tie() -> weakref.ref[Knot]:
    """A cycle that nobody holds, and a way to see whether it is still there."""
    return weakref.ref(Knot())


def test_cycles_are_collected_as_they_come_due(collector: UiCollector) -> None:
    knot = tie()
    threshold = gc.get_threshold()[0]
    some = [[number] for number in range(2 * threshold)]
    collector.collect()
    assert knot() is None
    assert len(some) == 2 * threshold


def test_what_comes_by_the_thousand_is_looked_at_when_a_window_is_gone_and_none_in_use(
    collector: UiCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = Qt.ApplicationState
    state = [states.ApplicationActive]
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: state[0])
    before = gc.get_freeze_count()
    knot = tie()
    many = [[number] for number in range(10_000)]
    collector.collect()
    assert gc.get_freeze_count() >= before + len(many)
    assert knot() is not None
    collector.look_at_all()
    collector.collect()
    assert knot() is not None
    state[0] = states.ApplicationInactive
    collector.collect()
    assert knot() is None


def test_what_is_old_is_set_aside_and_looked_at_when_the_window_rests(
    collector: UiCollector, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, now_s = [Qt.ApplicationState.ApplicationActive], [time.monotonic()]
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: state[0])
    monkeypatch.setattr("vem_ui.application.collecting.time.monotonic", lambda: now_s[0])
    looks: list[int] = []
    knot = Knot()
    gone, kept = weakref.ref(knot), []
    threshold = gc.get_threshold()
    gc.callbacks.append(lambda phase, info: looks.append(info["generation"]))
    try:
        for _ in range(2 * threshold[1]):
            kept += [[number] for number in range(2 * threshold[0])]
            collector.collect()
    finally:
        gc.callbacks.pop()
    assert max(looks) == 1  # the longest of all collections is none that an editor waits for
    del knot
    state[0] = Qt.ApplicationState.ApplicationInactive
    collector.collect()
    assert gone() is not None
    now_s[0] += 61
    collector.collect()
    assert gone() is None
