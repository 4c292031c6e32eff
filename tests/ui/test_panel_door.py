"""The panel is a door to scoring like the others: the same requests, byte for byte, and the same files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.doors import DOORS, Run, write_file
from fakes.resolve_project import Edit
from host.scoring.test_every_door import SCENARIOS, drive
from vem_core.contract.errors import GenerationError, VemError
from vem_core.contract.recut import FrameRange
from vem_plugin.client import session
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.scoring.points import range_from_points
from vem_plugin.sound.temp_track import TempTrackUse
from vem_plugin.takes.names import OutputNames
from vem_ui.document.controller import Controller
from vem_ui.document.document import Document


def score_in_the_panel(qtbot: QtBot) -> Callable[[Edit, Path, Run], None]:
    """A door that opens a timeline, sets what is wished, scores and places, as somebody with a mouse would."""

    def door(edit: Edit, folder: Path, run: Run) -> None:
        path = write_file(edit, folder)
        library = OutputNames.beside(path)
        document = Document(library.folder, library=library)
        controller = Controller(document, lambda: FileHost(path, FileHostOptions()), lambda: session.core_session())
        failures: list[VemError] = []
        controller.failed.connect(failures.append)

        def wait() -> None:
            qtbot.waitUntil(lambda: not controller.busy and not controller._beside, timeout=20_000)

        try:
            controller.open()
            wait()
            qtbot.waitUntil(lambda: controller.sound.reading is not None, timeout=20_000)
            qtbot.waitUntil(lambda: all(controller.shelf.get(take) for take in document.state.takes), timeout=20_000)
            _wish(controller, run)
            if run.temp_track != "leave":
                controller.sound.use(TempTrackUse(run.temp_track))
                qtbot.waitUntil(lambda: document.state.temp_track.use is TempTrackUse(run.temp_track), timeout=20_000)
            controller.score()
            wait()
            if not failures:
                controller.place()
                wait()
        finally:
            controller.shut_down()
        if failures:
            raise GenerationError(failures[0].message)

    return door


def _wish(controller: Controller, run: Run) -> None:
    """Set what is wished; the take that stands on the timeline is the active one."""
    document = controller.document
    assert document.reading is not None
    sheet, state = document.reading.sheet, document.state.started_over() if run.afresh else document.state
    selection = None
    if run.span is not None:
        selection = FrameRange(*range_from_points(sheet, *run.span))
    active = None if run.afresh or not state.takes else len(state.takes) - 1
    state = dataclasses.replace(state.asking(**run.wishes), selection=selection, active_take=active)
    document.change("wishes", state)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_panel_asks_the_same_and_leaves_the_same(name: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DOORS, "panel", score_in_the_panel(qtbot))
    expected, found = drive("score", name), drive("panel", name)
    assert [json.loads(request) for request, _ in found.asked] == [json.loads(request) for request, _ in expected.asked]
    assert found == expected
