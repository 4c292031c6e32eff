"""What breaks around the panel while it works: a message that says what to do, and nothing lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import opentimelineio as otio
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fakes.core_fixtures import core_rig
from fakes.core_rig import CoreRig
from fakes.edits import write_edit
from fakes.movies import write_movie
from fakes.panel import HittingCore, Panel
from vem_core.contract.progress import JobState, Progress
from vem_plugin.client.session import core_session
from vem_plugin.hosts.file import FileHostOptions
from vem_plugin.hosts.helper import HostHelper
from vem_ui.application.panel import PanelApplication
from vem_ui.document.preferences import PreferenceStore
from vem_ui.playback.sound import SilentOutput
from vem_ui.windows.main_window import MainWindow

__all__ = ["core_rig"]


class KillingCores:
    """Kills a core with SIGKILL in the middle of its job, for the first so many cores."""

    def __init__(self, rig: CoreRig, cores: int) -> None:
        self._rig, self._cores = rig, cores
        self.killed: set[int] = set()

    def look(self, progress: Progress) -> None:
        """Kill, if it is time to."""
        at_work = progress.state is JobState.RUNNING and progress.step >= 3
        if at_work and len(self.killed) < self._cores and self._rig.core_pid() not in self.killed:
            self.killed.add(self._rig.core_pid())
            self._rig.kill()


@pytest.fixture
def window(qtbot: QtBot, core_rig: CoreRig, tmp_path: Path) -> Iterator[MainWindow]:
    """A panel with a real core, which takes half a second for a take."""
    choice = core_rig.choice()
    store = PreferenceStore(tmp_path / "panel.ini")
    panel = PanelApplication(store, lambda: core_session((), choice), lambda: SilentOutput(""))
    opened = panel.open(write_edit(tmp_path / "edit.otio", [24, 30, 20]))
    wait_quiet(qtbot, opened)
    opened.document.change("words", opened.document.state.asking(prompt="steps=10 pause=0.05 whole=1", model="sketch"))
    yield opened
    panel.close()


def wait_quiet(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until nothing runs in a window, nor beside it."""
    qtbot.waitUntil(lambda: not window.controller.busy and not window.controller._beside, timeout=180_000)


def score(qtbot: QtBot, window: MainWindow, killing: Callable[[Progress], None]) -> None:
    """Click the main button and wait for the end."""
    window.controller.progressed.connect(killing)
    qtbot.mouseClick(window.transport.main, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    window.controller.progressed.disconnect(killing)


def test_a_core_that_is_killed_is_replaced_and_the_take_comes(
    qtbot: QtBot, core_rig: CoreRig, window: MainWindow
) -> None:
    cores = KillingCores(core_rig, 1)
    score(qtbot, window, cores.look)
    assert len(cores.killed) == 1
    assert [take.name for take in window.document.state.takes] == ["Take 1"]
    assert window.message.text.text().startswith("Done.")


@pytest.mark.slow
def test_a_core_that_is_killed_again_is_said_and_can_be_tried_again(
    qtbot: QtBot, core_rig: CoreRig, window: MainWindow
) -> None:
    state = window.document.state
    cores = KillingCores(core_rig, 2)
    score(qtbot, window, cores.look)
    assert len(cores.killed) == 2
    assert "safe" in window.message.text.text()
    assert window.document.state == state
    assert list(window.document.folder.glob("*-take*")) == []
    assert window.message.action.text() == "Try again"
    qtbot.mouseClick(window.message.action, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert len(window.document.state.takes) == 1


def test_an_audio_device_that_goes_is_said_and_nothing_is_lost(qtbot: QtBot, tmp_path: Path) -> None:
    qt_sound = pytest.importorskip(
        "vem_ui.playback.qt_sound", reason="Qt Multimedia's libraries are not here", exc_type=ImportError
    )
    if qt_sound.has_audio_output():
        pytest.skip("this machine has an audio device, which the test cannot take away")
    sound = qt_sound.QtOutput()
    panel = Panel(qtbot, tmp_path, sound=sound)
    panel.open()
    panel.score()
    state = panel.window.document.state
    panel.keys(Qt.Key.Key_Space)
    assert panel.window.player.playing
    sound._devices.audioOutputsChanged.emit()  # what Qt says when the last device is unplugged
    assert "audio device is gone" in panel.said
    assert "Connect one" in panel.said
    assert not panel.window.player.playing
    assert panel.window.transport.play.text() == "Play"
    assert panel.window.document.state == state
    panel.close()


def test_a_media_folder_that_is_unmounted_while_open(qtbot: QtBot, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    write_movie(card / "a.mp4", 80)
    edit = write_edit(tmp_path / "edit.otio", [24, 30])
    timeline = otio.adapters.read_from_file(str(edit))
    for clip in timeline.find_clips():
        clip.media_reference.target_url = str(card / "a.mp4")
        clip.media_reference.available_range = None
    otio.adapters.write_to_file(timeline, str(edit))
    panel = PanelApplication(
        PreferenceStore(tmp_path / "panel.ini"), lambda: contextlib.nullcontext(HittingCore()), lambda: SilentOutput("")
    )
    window = panel.open(edit)
    wait_quiet(qtbot, window)
    assert not any(thumbnail.placeholder for thumbnail in window.document.thumbnails.thumbnails)
    card.rename(tmp_path / "unmounted")
    window.controller.read_again()
    wait_quiet(qtbot, window)
    assert "No pictures from" in window.message.text.text()
    qtbot.mouseClick(window.transport.main, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert len(window.document.state.takes) == 1
    panel.close()


def test_a_reader_of_timelines_that_is_killed_is_said_and_can_be_tried_again(qtbot: QtBot, tmp_path: Path) -> None:
    helper = HostHelper()
    panel = PanelApplication(
        PreferenceStore(tmp_path / "panel.ini"),
        lambda: contextlib.nullcontext(HittingCore()),
        lambda: SilentOutput(""),
        make_file_host=helper.host,
    )
    window = panel.open(write_edit(tmp_path / "edit.otio", [24, 30]))
    wait_quiet(qtbot, window)
    helper.host(tmp_path / "edit.otio", FileHostOptions()).read_timeline()
    assert helper._process is not None
    helper._process._process.kill()  # type: ignore[attr-defined]
    window.controller.read_again()
    wait_quiet(qtbot, window)
    assert "reader of timelines stopped" in window.message.text.text()
    qtbot.mouseClick(window.message.action, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert window.facts.text().startswith("1 cut ")
    panel.close()
    helper.close()
