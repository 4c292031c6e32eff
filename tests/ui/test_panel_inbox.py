"""A timeline that Resolve's menu sends opens in the running panel; what is placed is prepared for the menu."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.edits import write_edit
from fakes.panel import STYLES, HittingCore
from vem_plugin.client.base import CoreInfo
from vem_plugin.resolve.exchange import Exchange
from vem_ui.application.panel import PanelApplication
from vem_ui.document.preferences import PreferenceStore
from vem_ui.playback.sound import SilentOutput


def test_what_resolve_sends_is_opened_scored_and_prepared(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    exchange = Exchange(tmp_path / "resolve", tmp_path / "music")
    exchange.inbox.mkdir(parents=True)
    core = HittingCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",), styles=STYLES))
    panel = PanelApplication(
        PreferenceStore(tmp_path / "panel.ini"),
        lambda: contextlib.nullcontext(core),
        lambda: SilentOutput(""),
        exchange=exchange,
    )
    panel.open(None)
    try:
        write_edit(exchange.inbox / "Reel 1--id-1.otio", [24, 30, 20])
        qtbot.waitUntil(lambda: bool(panel._paths), timeout=20_000)
        (window,) = panel.windows
        assert list(panel._paths.values()) == [exchange.library / "Reel 1--id-1" / "Reel 1.otio"]

        def quiet() -> bool:
            return not window.controller.busy and not window.controller._beside

        qtbot.waitUntil(quiet, timeout=60_000)
        window.controller.score()
        qtbot.waitUntil(lambda: quiet() and bool(window.document.state.takes), timeout=60_000)
        assert not exchange.plan.exists()
        window.controller.place()
        qtbot.waitUntil(quiet, timeout=60_000)
        assert 'timeline_id = "id-1"' in exchange.plan.read_text()
        assert "place music" in window.message.text.text()
        write_edit(exchange.inbox / "Reel 1--id-1.otio", [24, 30, 20, 12])  # sent once more: the same window
        qtbot.waitUntil(lambda: window.facts.text().startswith("3 cuts"), timeout=60_000)
        qtbot.waitUntil(quiet, timeout=60_000)
        assert panel.windows == [window]
        assert list(exchange.inbox.iterdir()) == []
    finally:
        panel.close()
