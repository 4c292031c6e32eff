"""Chinese: each text of the window has its words, and none is missing from the translation file."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QMenu, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from fakes.edits import write_edit
from fakes.panel import HittingCore
from vem_plugin.client.base import CoreInfo
from vem_ui.application.panel import TRANSLATIONS, PanelApplication
from vem_ui.document.preferences import PreferenceStore
from vem_ui.playback.sound import SilentOutput
from vem_ui.windows.main_window import MainWindow

SOURCES = TRANSLATIONS.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LETTERS = re.compile(r"[A-Za-z]{2,}")
SAME_EVERYWHERE = {
    "BPM",
    "LUFS",
    "MIDI",
    "WAV",
    "FLAC",
    "kHz",
    "Ctrl",
    "OTIO",
    "fps",
    "English",
    "sketch",
    "edit",
    "VeM",
    "Score",
    "min",
}
"""Names, units and keys; and what a file or the core is called."""


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """A window in Chinese with a take."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    core = HittingCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",)))
    panel = PanelApplication(
        PreferenceStore(tmp_path / "panel.ini"), lambda: contextlib.nullcontext(core), lambda: SilentOutput("")
    )
    panel.speak("zh_CN")
    opened = panel.open(write_edit(tmp_path / "edit.otio", [24, 30, 20]))
    qtbot.waitUntil(lambda: not opened.controller.busy and not opened.controller._beside, timeout=20_000)
    qtbot.mouseClick(opened.transport.main, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not opened.controller.busy, timeout=20_000)
    yield opened
    panel.close()
    panel.speak("en")


def texts(widget: QWidget) -> Iterator[str]:
    """Everything that a widget says."""
    yield widget.toolTip()
    yield widget.accessibleName()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    if isinstance(widget, QTabWidget):
        yield from (widget.tabText(index) for index in range(widget.count()))
    if isinstance(widget, QMenu):
        yield from (action.text() for action in widget.actions())


def is_english(text: str) -> bool:
    """Whether a text has words and none of them is Chinese."""
    if "/" in text:  # a timeline that was opened before
        return False
    words = [word for word in LETTERS.findall(text.replace("&", "")) if word not in SAME_EVERYWHERE]
    return bool(words) and not CHINESE.search(text)


def test_no_control_of_the_window_speaks_english(window: MainWindow) -> None:
    keys = {window.form.key.itemText(index) for index in range(window.form.key.count())}
    said = [text for widget in window.findChildren(QWidget) for text in texts(widget)]
    assert [text for text in said if is_english(text) and text not in keys] == []
    assert sum(bool(CHINESE.search(text)) for text in said) > 100


def test_what_happens_is_said_in_chinese(window: MainWindow) -> None:
    assert window.document.state.takes[0].name == "第 1 版"
    assert CHINESE.search(window.message.text.text())
    assert CHINESE.search(window.report.headline.text())
    assert window.facts.text().startswith("2 个剪辑点")
    for model in (window.report.model, window.shots.model, window.understood.model):
        titles = [str(model.headerData(column, Qt.Orientation.Horizontal)) for column in range(model.columnCount())]
        assert all(CHINESE.search(title) for title in titles)


def test_a_window_speaks_another_language_at_once(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    core = HittingCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",)))
    panel = PanelApplication(
        PreferenceStore(tmp_path / "panel.ini"), lambda: contextlib.nullcontext(core), lambda: SilentOutput("")
    )
    panel.set_preferences(dataclasses.replace(panel.preferences, language="en"))
    request.addfinalizer(lambda: panel.speak("en"))  # for the tests that come after, whatever happens here
    before = panel.open(write_edit(tmp_path / "edit.otio", [24, 30, 20]))
    qtbot.waitUntil(lambda: not before.controller.busy and not before.controller._beside, timeout=20_000)
    before.document.change("words", before.document.state.asking(prompt="dawn"))
    panel.set_preferences(dataclasses.replace(panel.preferences, language="zh_CN"))
    qtbot.waitUntil(lambda: before not in panel.windows, timeout=20_000)
    after = panel.windows[-1]
    qtbot.waitUntil(lambda: not after.controller.busy and not after.controller._beside, timeout=20_000)
    assert CHINESE.search(after.transport.main.text())
    assert after.document.state.direction.prompt == "dawn"
    assert len(panel.windows) == 1
    panel.close()


def test_the_translation_file_is_complete() -> None:
    tree = ElementTree.parse(TRANSLATIONS / "vem_zh_CN.ts")
    open_entries = [
        message.findtext("source")
        for message in tree.iter("message")
        if (found := message.find("translation")) is None or found.get("type") or not found.text
    ]
    assert open_entries == []


def test_the_translation_file_knows_each_text_of_the_code(tmp_path: Path) -> None:
    tool = shutil.which("pyside6-lupdate", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("pyside6-lupdate is not here")
    copy = tmp_path / "vem_zh_CN.ts"
    copy.write_bytes((TRANSLATIONS / "vem_zh_CN.ts").read_bytes())
    sources = [str(path) for path in sorted(SOURCES.rglob("*.py"))]
    subprocess.run(
        [tool, "-no-obsolete", "-locations", "none", *sources, "-ts", str(copy)], check=True, capture_output=True
    )
    assert entries(copy) == entries(TRANSLATIONS / "vem_zh_CN.ts")


def entries(path: Path) -> set[tuple[str | None, str | None]]:
    """Contexts and texts of a translation file."""
    contexts = ElementTree.parse(path).iter("context")
    return {
        (each.findtext("name"), message.findtext("source")) for each in contexts for message in each.iter("message")
    }
