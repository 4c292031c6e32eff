"""A panel on a machine without a core: it offers to install one, shows how far that is, stops, and goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from fakes.core_tools import make_uv, make_wheels
from fakes.panel import STYLES, HittingCore, Panel
from vem_core.contract.errors import CoreMissing
from vem_plugin.client.base import CoreInfo
from vem_plugin.client.core_environment import CORE_HOME, environment_folder
from vem_plugin.core_install.installing import UNFINISHED, installed_in
from vem_ui.windows.install_dialog import InstallDialog

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for uv is a script")
WAIT_MS = 20_000


class MissingCore(HittingCore):
    """A core that is not there before it was installed."""

    def hello(self) -> CoreInfo:
        if installed_in(environment_folder()) is None:
            raise CoreMissing("No inference core is installed.")
        return super().hello()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in for uv lies."""
    folder = tmp_path / "tools"
    make_uv(folder)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv(CORE_HOME, str(tmp_path / "Zoë" / "my core"))
    monkeypatch.setattr("vem_plugin.core_install.installing._NETWORK_BYTES", {"cpu": 1, "": 1})
    return folder


@pytest.fixture
def panel(tools: Path, qtbot: QtBot, tmp_path: Path) -> Panel:
    """An empty window that was told that there is no core."""
    core = MissingCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",), styles=STYLES))
    made = Panel(qtbot, tmp_path, core=core)
    made.window.show()
    made.window.controller.ask_core()
    qtbot.waitUntil(lambda: made.window.body.start.install.isVisible(), timeout=WAIT_MS)
    return made


def installing(panel: Panel) -> InstallDialog:
    """The dialog that a click on the start page's button opens."""
    panel.click(panel.window.body.start.install)
    dialog = panel.window.failures.installing
    assert dialog is not None
    return dialog


def test_one_click_installs_it_and_the_panel_uses_it(panel: Panel, tools: Path, qtbot: QtBot) -> None:
    assert panel.window.message.action.text() == "Install the core ..."
    dialog = installing(panel)
    assert str(environment_folder()) in dialog.intro.text()
    assert "GB are free" in dialog.intro.text()
    qtbot.mouseClick(dialog.install, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.window.controller.core is not None, timeout=WAIT_MS)
    assert "installed" in dialog.state.text()
    assert "Downloading torch" in dialog.details.toPlainText()
    assert dialog.progress.value() == 1000
    assert not panel.window.body.start.install.isVisible()
    assert panel.window.body.start.styles
    asked = (tools / "asked.txt").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["venv", "pip", "pip"]
    dialog.close()
    panel.close()


def test_stopped_it_goes_on_from_there(panel: Panel, tools: Path, qtbot: QtBot) -> None:
    make_uv(tools, seconds=60)
    dialog = installing(panel)
    qtbot.mouseClick(dialog.install, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Downloading" in dialog.state.text(), timeout=WAIT_MS)
    assert (dialog.install.text(), dialog.from_folder.isEnabled()) == ("Stop", False)
    qtbot.mouseClick(dialog.install, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.installer.running, timeout=WAIT_MS)
    assert "kept" in dialog.state.text()
    assert (environment_folder() / UNFINISHED).is_file()
    assert installed_in(environment_folder()) is None
    make_uv(tools)
    qtbot.mouseClick(dialog.install, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: installed_in(environment_folder()) is not None, timeout=WAIT_MS)
    dialog.close()
    panel.close()


@pytest.mark.parametrize("leave", ["close", "Escape"])
def test_leaving_the_dialog_stops_it(panel: Panel, tools: Path, qtbot: QtBot, leave: str) -> None:
    make_uv(tools, seconds=60)
    dialog = installing(panel)
    qtbot.mouseClick(dialog.install, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Downloading" in dialog.state.text(), timeout=WAIT_MS)
    if leave == "close":
        dialog.close()
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert [child for child in psutil.Process().children() if str(tools) in " ".join(child.cmdline())] == []
    assert installed_in(environment_folder()) is None
    panel.close()


def test_a_failure_is_said_in_words_without_a_command_line(panel: Panel, tools: Path, qtbot: QtBot) -> None:
    (tools / "fails.txt").touch()
    dialog = installing(panel)
    qtbot.mouseClick(dialog.install, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "kept" in dialog.state.text(), timeout=WAIT_MS)
    assert "unreachable" in dialog.state.text()
    assert "--" not in dialog.state.text()
    assert "Failed to fetch torch" in dialog.details.toPlainText()
    assert dialog.install.text() == "Install"
    dialog.close()
    panel.close()


def test_a_folder_of_wheels_needs_no_network(
    panel: Panel, tools: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = make_wheels(tmp_path / "wheels")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *arguments: str(wheels))
    dialog = installing(panel)
    qtbot.mouseClick(dialog.from_folder, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: installed_in(environment_folder()) is not None, timeout=WAIT_MS)
    asked = (tools / "asked.txt").read_text()
    assert "--offline" in asked
    assert str(wheels) in asked
    dialog.close()
    panel.close()


def test_a_folder_that_is_none_of_wheels_is_refused_in_words(panel: Panel, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = installing(panel)
    dialog.start(tmp_path)
    qtbot.waitUntil(lambda: "no folder of wheels" in dialog.state.text(), timeout=WAIT_MS)
    dialog.close()
    panel.close()
