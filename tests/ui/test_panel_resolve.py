"""The panel on the timeline that is open in Resolve, and what it says where there is none."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from fakes.fake_resolve import FakeStudio
from fakes.panel import STYLES, HittingCore
from fakes.resolve_project import Edit, Item, Media
from vem_plugin.client.base import CoreInfo
from vem_plugin.resolve.errors import ResolveClosed
from vem_plugin.resolve.host import ResolveHostOptions, ResolveStudioHost
from vem_ui.application.panel import PanelApplication
from vem_ui.document.preferences import PreferenceStore
from vem_ui.playback.sound import SilentOutput


def make_panel(host: ResolveStudioHost, folder: Path, monkeypatch: pytest.MonkeyPatch) -> PanelApplication:
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    core = HittingCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",), styles=STYLES))
    return PanelApplication(
        PreferenceStore(folder / "panel.ini"),
        lambda: contextlib.nullcontext(core),
        lambda: SilentOutput(""),
        make_resolve_host=lambda: host,
    )


def test_the_open_timeline_is_shown_and_its_score_placed_on_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = Edit("Reel 1", Fraction(24), "01:00:00:00", playhead="01:00:00:00")
    start = edit.start
    for index, length in enumerate((24, 30, 20)):
        media = Media(f"/footage/{index}.mov", 1000, 24.0)
        edit.video[0].items.append(Item(f"{index}.mov", start, start + length, media))
        start += length
    studio = FakeStudio(edit)
    panel = make_panel(
        ResolveStudioHost(ResolveHostOptions(output=tmp_path / "takes"), studio.connect), tmp_path, monkeypatch
    )
    waiting = panel.open_resolve()
    assert "Asking Resolve" in waiting.message.text.text()
    qtbot.waitUntil(lambda: bool(panel._paths), timeout=10_000)
    (window,) = panel.windows

    def quiet() -> bool:
        return not window.controller.busy and not window.controller._beside

    try:
        qtbot.waitUntil(quiet, timeout=60_000)
        assert window.document.folder == tmp_path / "takes" / "Reel 1.vem"
        assert window.document.reading is not None
        assert [cut.record_frames for cut in window.document.reading.sheet.cuts] == [24, 54]
        window.controller.score()
        qtbot.waitUntil(lambda: quiet() and bool(window.document.state.takes), timeout=60_000)
        window.controller.place()
        qtbot.waitUntil(quiet, timeout=60_000)
        assert any(track.name == "VeM Score" and track.items for track in edit.audio), window.message.text.text()
        panel.open_resolve()  # once more: the same window, which reads the timeline again
        edit.video[0].items.append(Item("3.mov", start, start + 12, Media("/footage/3.mov", 1000, 24.0)))
        qtbot.waitUntil(lambda: window.facts.text().startswith("3 cuts"), timeout=60_000)
        qtbot.waitUntil(quiet, timeout=60_000)
        assert panel.windows == [window]
    finally:
        panel.close()


def test_without_resolve_an_empty_window_says_what_to_do(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def closed() -> object:
        asked.append("Resolve")
        raise ResolveClosed("DaVinci Resolve is not open.")

    host = ResolveStudioHost(ResolveHostOptions(), closed)  # type: ignore[arg-type]
    panel = make_panel(host, tmp_path, monkeypatch)
    try:
        window = panel.open_resolve()
        assert panel._asking is not None
        # the very next event after the message is a click on its button
        panel._asking.failed.connect(lambda error: QTimer.singleShot(0, window.message.action.click))
        qtbot.waitUntil(lambda: len(asked) == 2 and "not open" in window.message.text.text(), timeout=10_000)
        assert window.message.action.text() == "Try again"
        qtbot.mouseClick(window.message.action, Qt.MouseButton.LeftButton)
        assert "Asking Resolve" in window.message.text.text()
        qtbot.waitUntil(lambda: len(asked) == 3 and "not open" in window.message.text.text(), timeout=10_000)
        assert panel.windows == [window]
    finally:
        panel.close()
