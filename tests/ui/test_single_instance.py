"""One panel a user: a later start brings the running one to the front with what it was asked to open."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fakes.edits import write_edit
from fakes.panel import HittingCore
from vem_plugin.resolve.errors import ResolveClosed
from vem_plugin.resolve.host import ResolveHostOptions, ResolveStudioHost
from vem_plugin.resolve.installing import launcher_text
from vem_ui.application.instance_server import InstanceServer
from vem_ui.application.panel import PanelApplication
from vem_ui.application.single_instance import OpenRequest, hand_over, server_name
from vem_ui.document.preferences import PreferenceStore
from vem_ui.playback.sound import SilentOutput


def no_resolve() -> object:
    raise ResolveClosed("DaVinci Resolve is not open.")


if sys.platform == "win32":
    pytest.skip("these tests speak to the server as a socket", allow_module_level=True)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PanelApplication, str]]:
    """A panel that runs, and the name of its server."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    store = PreferenceStore(tmp_path / "panel.ini")
    panel = PanelApplication(
        store,
        lambda: contextlib.nullcontext(HittingCore()),
        lambda: SilentOutput(""),
        lambda: ResolveStudioHost(ResolveHostOptions(), no_resolve),  # type: ignore[arg-type]
    )
    name = server_name(store.path)
    server = InstanceServer(name)
    server.requested.connect(panel.answer)
    yield panel, name
    server.close()
    panel.close()


def start_again(qtbot: QtBot, name: str, request: OpenRequest) -> bool:
    """What a second start does, while the first goes on; whether the first has heard it."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(hand_over(request, name)))
    thread.start()
    qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
    thread.join()
    return answers[0]


def quiet(panel: PanelApplication) -> bool:
    return not any(window.controller.busy or window.controller._beside for window in panel.windows)


def test_a_later_start_opens_its_timeline_in_the_running_panel(
    qtbot: QtBot, running: tuple[PanelApplication, str], tmp_path: Path
) -> None:
    panel, name = running
    one, two = write_edit(tmp_path / "one.otio", [24, 30]), write_edit(tmp_path / "two.otio", [24, 30])
    panel.answer(OpenRequest((str(one),)))
    (first,) = panel.windows
    assert start_again(qtbot, name, OpenRequest((str(two),)))
    qtbot.waitUntil(lambda: len(panel.windows) == 2 and quiet(panel), timeout=10_000)
    assert [window.title.text() for window in panel.windows] == ["one", "two"]
    first.setWindowState(Qt.WindowState.WindowMinimized)
    assert start_again(qtbot, name, OpenRequest((str(one),)))
    qtbot.waitUntil(lambda: not first.isMinimized(), timeout=10_000)
    assert first.isActiveWindow()
    assert len(panel.windows) == 2


def test_a_later_start_with_nothing_raises_and_with_resolve_asks_it(
    qtbot: QtBot, running: tuple[PanelApplication, str]
) -> None:
    panel, name = running
    panel.answer(OpenRequest())
    (window,) = panel.windows
    window.hide()
    assert start_again(qtbot, name, OpenRequest())
    qtbot.waitUntil(window.isVisible, timeout=10_000)
    assert start_again(qtbot, name, OpenRequest(resolve=True))
    qtbot.waitUntil(lambda: "not open" in window.message.text.text() and quiet(panel), timeout=10_000)
    assert panel.windows == [window]


def test_without_a_running_panel_nothing_is_handed_over(tmp_path: Path) -> None:
    assert not hand_over(OpenRequest(), str(tmp_path / "nobody"))


def test_a_socket_left_by_a_crash_is_taken_over(qtbot: QtBot, tmp_path: Path) -> None:
    name = str(tmp_path / "server")
    crashed = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import os, sys\nfrom PySide6.QtCore import QCoreApplication\n"
            "from vem_ui.application.instance_server import InstanceServer\n"
            "app = QCoreApplication([])\nserver = InstanceServer(sys.argv[1])\nos._exit(9)",
            name,
        ],
        check=False,
    )
    assert crashed.returncode == 9
    assert not hand_over(OpenRequest(), name)
    server = InstanceServer(name)
    with qtbot.waitSignal(server.requested):
        assert start_again(qtbot, name, OpenRequest())
    server.close()


def test_a_start_of_another_version_opens_its_own(qtbot: QtBot, tmp_path: Path) -> None:
    name = str(tmp_path / "server")
    server = InstanceServer(name)
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(name)
        visitor.sendall(b'{"tape": "VHS"}\n')
        answers: list[bytes] = []
        thread = threading.Thread(target=lambda: answers.append(visitor.recv(100)))
        thread.start()
        qtbot.waitUntil(lambda: bool(answers), timeout=10_000)
        thread.join()
    assert answers == [b""]
    server.close()


@pytest.mark.slow
def test_the_menu_of_resolve_raises_the_panel_that_runs(tmp_path: Path) -> None:
    environment = os.environ | {
        variable: str(tmp_path / variable.lower())
        for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    }
    environment |= {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    for folder in environment.values():
        if folder.startswith(str(tmp_path)):
            Path(folder).mkdir(exist_ok=True)
    one, two = write_edit(tmp_path / "one.otio", [24, 30]), write_edit(tmp_path / "two.otio", [24, 30])
    command = (sys.executable, "-I", "-m", "vem_plugin", "panel")
    settings = Path(environment["XDG_CONFIG_HOME"]) / "vem-score" / "panel.ini"
    with (tmp_path / "errors").open("wb") as errors:
        panel = subprocess.Popen([*command, str(one)], env=environment, stderr=errors)
    try:
        _wait_for(lambda: settings.exists() and "one.otio" in settings.read_text(), panel)
        script = tmp_path / "VeM Score.py"
        script.write_text(launcher_text((*command, str(two))))
        done = subprocess.run([sys.executable, "-I", str(script)], env=environment, check=False, timeout=60)
        assert done.returncode == 0
        _wait_for(lambda: "two.otio" in settings.read_text(), panel)
        _wait_for(lambda: not _processes_of(str(two)), panel)
    finally:
        panel.terminate()
        panel.wait()


def _processes_of(argument: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter(["cmdline"]) if argument in (process.info["cmdline"] or ())]


def _wait_for(met, panel: subprocess.Popen[bytes]) -> None:  # type: ignore[no-untyped-def]
    deadline_s = time.monotonic() + 60
    while not met():
        assert panel.poll() is None, "the panel ended"
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
