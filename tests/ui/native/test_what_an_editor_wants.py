"""The rest of what made an editor close the window, with a real mouse and real keys."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.desktop import DropTarget, NativePanel
from fakes.edits import write_edit

pytestmark = pytest.mark.slow
Start = Callable[..., NativePanel]
IDLE = "not window.controller.busy"
TAKES = "len(window.document.state.takes)"


def score(panel: NativePanel, takes: int = 1) -> None:
    """Click the main button and wait for the take."""
    panel.click("window.transport.main")
    panel.wait(f"{IDLE} and {TAKES} == {takes} and window.takes.wave_handle.file is not None")


def test_a_take_is_dragged_out_as_its_wav(panel: NativePanel, tmp_path: Path) -> None:
    score(panel)
    target = DropTarget(panel, tmp_path / "dropped.txt")
    panel.desktop.drag(panel.ask("point(window.takes.list.viewport(), 60, 30)"), target.center, steps=24)
    deadline_s = time.monotonic() + 20
    while not target.log.exists() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    target.close()
    assert [Path(line).name for line in target.log.read_text().splitlines()] == ["edit-take1.wav"]


def test_a_take_brings_its_direction_back(panel: NativePanel) -> None:
    panel.click("window.form.prompt")
    panel.desktop.keys("d", "a", "w", "n")
    panel.wait("window.document.state.direction.prompt == 'dawn'")
    score(panel)
    panel.ask("window.form.prompt.setPlainText('storm')")
    panel.desktop.click(panel.ask("point(window.takes.list.viewport(), 60, 30)"), button=3)
    panel.wait("QApplication.activePopupWidget() is not None")
    panel.desktop.keys("Down", "Return")
    panel.wait("window.document.state.direction.prompt == 'dawn'")


def test_stars_are_given_with_a_click(panel: NativePanel) -> None:
    score(panel)
    right = "window.takes.list.viewport().width()"
    panel.desktop.click(panel.ask(f"point(window.takes.list.viewport(), {right} - 30, 14)"))
    panel.wait("window.document.state.takes[0].stars > 0")


def test_marks_inside_shots_are_marks_and_no_descriptions(start: Start, tmp_path: Path) -> None:
    edit = write_edit(tmp_path / "edit.otio", [48, 72, 60], markers={1: "hit", 2: "drop: the logo"})
    panel = start(edit)
    words = panel.ask("[list(shot.words) for shot in window.document.reading.sheet.shots]")
    assert words == [[], [], ["the logo"]]  # what follows the command is a description, the command is none
    assert panel.ask("len(window.strip.model.sheet.events) + len(window.strip.model.cuts)") >= 2
    assert "--" not in panel.ask("window.message.text.text()")


def test_a_file_that_cannot_be_opened_leaves_no_window(start: Start, panel: NativePanel, tmp_path: Path) -> None:
    broken = tmp_path / "broken.otio"
    broken.write_text("{}")
    panel.ask(f"panel.open(Path({str(broken)!r})) and 1")
    panel.wait("len(panel.windows) == 1 and 'broken' in window.message.text.text()")
    assert panel.ask("window.title.text()") == "edit"
    assert not any("broken" in path for path in panel.ask("list(panel.preferences.recent)"))


def test_of_several_timelines_in_a_file_one_is_chosen(start: Start, tmp_path: Path) -> None:
    edits = {"a": [24, 30], "b": [40, 12, 30]}
    parts = [otio.adapters.read_from_file(str(write_edit(tmp_path / f"{n}.otio", each))) for n, each in edits.items()]
    both = otio.schema.SerializableCollection("both")
    both.extend(parts)
    otio.adapters.write_to_file(both, str(tmp_path / "both.otio"))
    panel = start()
    panel.ask(f"panel.open(Path({str(tmp_path / 'both.otio')!r})) and 1")
    panel.wait("QApplication.activeModalWidget() is not None")
    panel.desktop.keys("Down", "Return")
    panel.wait("window.document.reading is not None and window.document.reading.sheet.name == 'b'")


def test_the_brief_is_read_and_changed_in_place(panel: NativePanel) -> None:
    panel.desktop.keys("ctrl+i")
    panel.wait("window.controller.forecast.foreseen is not None and not window.controller.forecast.asking")
    row = "next(r for r, e in enumerate(window.brief.model.entries) if e.wish == 'tempo_bpm')"
    cell = f"window.brief.table.visualRect(window.brief.model.index({row}, 1)).center()"
    at = panel.ask(f"(lambda c: point(window.brief.table.viewport(), c.x(), c.y()))({cell})")
    panel.desktop.click(at, times=2)
    panel.wait("type(focus).__name__ == 'QLineEdit'")
    panel.desktop.keys("ctrl+a", "9", "0", "minus", "9", "6", "Return")
    panel.wait("window.document.state.direction.tempo_bpm == (90.0, 96.0)")


def test_menu_entries_that_cannot_act_are_grey(start: Start) -> None:
    panel = start()
    entries = "{a.text().replace('&', ''): a.isEnabled() for m in panel._menus[window]._window.menuBar().actions()" \
              " for a in m.menu().actions()}"  # fmt: skip
    enabled = panel.ask(entries)
    assert not enabled["Place on timeline"]
    assert not enabled["Export music ..."]
    assert not enabled["Read timeline again"]
    assert enabled["Open timeline ..."]


def test_the_window_comes_back_where_it_was(start: Start, tmp_path: Path) -> None:
    panel = start()
    panel.ask("window.resize(700, 560)")
    panel.wait("window.width() == 700")
    assert panel.end() == 0
    again = start()
    again.wait("window.width() == 700 and window.height() == 560")


def test_help_lists_the_keys(panel: NativePanel) -> None:
    panel.desktop.keys("F1")
    panel.wait("QApplication.activeModalWidget() is not None")
    assert panel.ask("QApplication.activeModalWidget().table.rowCount()") > 10
    panel.desktop.keys("Escape")
    panel.wait("QApplication.activeModalWidget() is None")


def test_a_large_picture_stands_in_a_window_of_its_own(panel: NativePanel) -> None:
    panel.desktop.keys("F11")
    panel.wait("window.large.shown is not None and window.large.shown.isVisible()")
    panel.wait("window.large.shown.isActiveWindow()")
    panel.desktop.keys("Escape")
    panel.wait("window.large.shown is None")
