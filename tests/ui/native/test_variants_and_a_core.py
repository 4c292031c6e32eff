"""Variants switched while they play, a stretch locked, and a core installed, with a real mouse and real keys."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.core_tools import make_uv
from fakes.desktop import Desktop, NativePanel
from vem_plugin.client.core_environment import CORE_HOME

pytestmark = pytest.mark.slow
Start = Callable[..., NativePanel]
TAKES = "len(window.document.state.takes)"


def test_variants_are_made_from_the_menu_and_switched_by_a_click_while_they_play(panel: NativePanel) -> None:
    panel.click("window.takes.variants")
    panel.wait("QApplication.activePopupWidget() is not None")
    panel.desktop.keys("Down", "Down", "Return")
    panel.wait(f"not window.controller.busy and {TAKES} == 3", 120)
    panel.wait("window.body.variants.isVisible()")
    panel.desktop.keys("space")
    panel.wait("window.player.playing and window.player.position_s > 0.5")
    before_s = panel.ask("window.player.position_s")
    panel.click("window.body.variants.buttons[2]")
    panel.wait("window.document.state.active_take == 2")
    assert panel.ask("window.player.playing")
    assert panel.ask("window.player.position_s") >= before_s
    panel.desktop.keys("ctrl+bracketright")
    panel.wait("window.document.state.active_take == 0")
    panel.desktop.keys("space")  # the button that was pressed has no keyboard
    panel.wait("not window.player.playing")


def test_a_selected_stretch_is_locked_from_its_menu(panel: NativePanel) -> None:
    panel.click("window.transport.main")
    panel.wait(f"not window.controller.busy and {TAKES} == 1")
    panel.desktop.xdo("keydown", "shift")
    panel.desktop.drag(panel.in_strip(60, "waveform"), panel.in_strip(160, "waveform"))
    panel.desktop.xdo("keyup", "shift")
    panel.wait("window.document.state.selection is not None")
    panel.desktop.click(panel.in_strip(100, "waveform"), button=3)
    panel.wait("QApplication.activePopupWidget() is not None")
    panel.desktop.keys("Down", "Down", "Return")
    panel.wait("len(window.document.state.locked) == 1")
    assert panel.ask("window.document.state.selection") is None


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a script")
def test_a_core_is_installed_with_two_clicks(
    desktop: Desktop, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    make_uv(tools, seconds=1.0)
    desktop.environment |= {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", CORE_HOME: str(tmp_path / "my core")}
    panel = start()
    panel.wait("window.body.start.install.isVisible()")
    panel.click("window.body.start.install")
    panel.wait("window.failures.installing is not None and window.failures.installing.isVisible()")
    time.sleep(0.3)  # until the window manager has placed it
    panel.click("window.failures.installing.install")
    panel.wait("window.controller.core is not None", 120)
    assert panel.ask("window.failures.installing.progress.value()") == 1000
    panel.click("window.failures.installing.close_")
    panel.wait("window.body.start.styles and not window.body.start.install.isVisible()")
