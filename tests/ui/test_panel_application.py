"""The application: files, windows, settings, languages, watching the disk; and one run with a real core."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from fakes.edits import write_edit
from fakes.panel import STYLES, HittingCore
from fakes.timelines import clip, timeline, video
from vem_core.contract.cut_sheet import Wish
from vem_core.contract.errors import CoreStartFailed, OutputError
from vem_plugin.client.base import CoreClient, CoreInfo
from vem_plugin.client.core_process import LaunchOptions
from vem_plugin.client.session import core_session
from vem_plugin.client.supervisor import CoreChoice
from vem_ui.application import demo
from vem_ui.application.panel import PanelApplication
from vem_ui.commands.panel import COMMAND
from vem_ui.document.preferences import Preferences, PreferenceStore
from vem_ui.playback.sound import SilentOutput
from vem_ui.windows.machine_check import check_machine
from vem_ui.windows.main_window import MainWindow

Application = Callable[..., PanelApplication]


@pytest.fixture
def application(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """Makes applications with a scripted core and settings of their own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made: list[PanelApplication] = []

    def make(open_session: Callable[[], contextlib.AbstractContextManager[CoreClient]] | None = None):  # type: ignore[no-untyped-def]
        session = open_session or (lambda: contextlib.nullcontext(core))
        store = PreferenceStore(tmp_path / "config" / "panel.ini")
        made.append(PanelApplication(store, session, lambda: SilentOutput("")))
        return made[-1]

    core = HittingCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",), styles=STYLES))
    yield make
    for panel in made:
        panel.close()


def opened(qtbot: QtBot, panel: PanelApplication, timeline: Path) -> MainWindow:
    """Open a timeline and wait until its pictures are there."""
    window = panel.open(timeline)
    wait_quiet(qtbot, window)
    return window


def wait_quiet(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until nothing runs in a window, nor beside it."""
    qtbot.waitUntil(lambda: not window.controller.busy and not window.controller._beside, timeout=120_000)


def test_a_timeline_opens_once_and_two_in_two_windows(qtbot: QtBot, application: Application, tmp_path: Path) -> None:
    panel = application()
    empty = panel.open(None)
    with qtbot.waitSignal(panel.window_closed):
        first = opened(qtbot, panel, write_edit(tmp_path / "one.otio", [24, 30]))
    assert empty not in panel.windows
    second = opened(qtbot, panel, write_edit(tmp_path / "two.otio", [24, 30, 40]))
    assert panel.open(tmp_path / "one.otio") is first
    assert [window.windowTitle() for window in panel.windows] == ["one · VeM Score", "two · VeM Score"]
    assert second.facts.text().startswith("2 cuts")
    assert [Path(path).name for path in panel.preferences.recent] == ["two.otio", "one.otio"]
    assert [Path(path).name for path in application().preferences.recent] == ["two.otio", "one.otio"]


def test_a_timeline_comes_up_where_the_empty_window_stood(
    qtbot: QtBot, application: Application, tmp_path: Path
) -> None:
    panel = application()
    empty = panel.open(None)
    qtbot.waitUntil(empty.isVisible)
    empty.setGeometry(40, 70, 620, 560)
    stood = empty.geometry()
    with qtbot.waitSignal(panel.window_closed):
        window = opened(qtbot, panel, write_edit(tmp_path / "edit.otio", [24, 30]))
    assert window.geometry() == stood


def test_while_the_demo_is_built_the_window_shows_that_it_works(
    qtbot: QtBot, application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = threading.Event()

    def build(folder: Path) -> Path:
        assert built.wait(20)
        raise OutputError("There is no room for the demo.")

    monkeypatch.setattr(demo, "build_demo", build)
    panel = application()
    window = panel.open(None)
    qtbot.waitUntil(window.isVisible)
    qtbot.mouseClick(window.body.start.demo, Qt.MouseButton.LeftButton)
    assert not window.body.start.demo.isEnabled()
    assert window.progress.maximum() == 0  # a bar that runs to and fro
    built.set()
    qtbot.waitUntil(window.body.start.demo.isEnabled, timeout=20_000)
    assert window.progress.maximum() > 0
    assert window.message.text.text().startswith("There is no room for the demo.")


def test_dropping_a_timeline_opens_it(qtbot: QtBot, application: Application, tmp_path: Path) -> None:
    panel = application()
    window = panel.open(None)
    mime = QMimeData()
    paths = [write_edit(tmp_path / "dropped.otio", [24, 24]), tmp_path / "notes.txt"]
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    position = QPointF(QPoint(20, 20))
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(position, Qt.DropAction.CopyAction, mime, buttons, none))
    assert panel.windows == [window]  # it is not closed while Qt still delivers the drop to it
    qtbot.waitUntil(lambda: window not in panel.windows)
    wait_quiet(qtbot, panel.windows[-1])
    assert [shown.title.text() for shown in panel.windows] == ["dropped"]


def test_a_change_on_disk_is_offered_and_read(qtbot: QtBot, application: Application, tmp_path: Path) -> None:
    panel = application()
    timeline = write_edit(tmp_path / "edit.otio", [24, 30, 40])
    window = opened(qtbot, panel, timeline)
    state = window.document.state.with_wish(54, Wish.DROP)
    window.document.change("wish", state)
    write_edit(tmp_path / "new.otio", [24, 30, 40, 50]).replace(timeline)
    qtbot.waitUntil(lambda: "changed on disk" in window.message.text.text(), timeout=10_000)
    qtbot.mouseClick(window.message.action, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert window.facts.text().startswith("3 cuts")
    assert window.document.state.wish_at(54) is Wish.DROP


def test_a_timeline_that_goes_away_is_said(qtbot: QtBot, application: Application, tmp_path: Path) -> None:
    timeline = write_edit(tmp_path / "edit.otio", [24, 30])
    window = opened(qtbot, application(), timeline)
    timeline.unlink()
    qtbot.waitUntil(lambda: "no longer there" in window.message.text.text(), timeout=10_000)


def test_media_that_are_offline_are_said_and_the_score_goes_on(
    qtbot: QtBot, application: Application, tmp_path: Path
) -> None:
    window = opened(qtbot, application(), write_edit(tmp_path / "edit.otio", [24, 30]))
    assert "No pictures from" in window.message.text.text()
    qtbot.mouseClick(window.transport.main, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert len(window.document.state.takes) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_beside_a_read_only_folder_takes_are_kept_elsewhere(
    qtbot: QtBot, application: Application, tmp_path: Path
) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    timeline = write_edit(folder / "edit.otio", [24, 30])
    folder.chmod(0o555)
    try:
        window = opened(qtbot, application(), timeline)
        assert window.document.folder.is_relative_to(tmp_path / "data")
    finally:
        folder.chmod(0o755)


def test_a_folder_that_takes_no_files_keeps_takes_elsewhere(
    qtbot: QtBot, application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vem_ui.application.panel.is_writable", lambda folder: False)
    window = opened(qtbot, application(), write_edit(tmp_path / "edit.otio", [24, 30]))
    assert "data" in window.document.folder.parts
    assert not (tmp_path / "edit.vem").exists()


def test_settings_are_kept_and_reach_the_open_window(qtbot: QtBot, application: Application, tmp_path: Path) -> None:
    panel = application()
    assert panel.first_run
    window = opened(qtbot, panel, write_edit(tmp_path / "edit.otio", [24, 30]))
    dialog = panel.settings_dialog(window)
    assert "a fake" in dialog.findings.text()
    dialog.loudness.setValue(-23.0)
    dialog.stems.setChecked(True)
    dialog.theme_box.setCurrentIndex(dialog.theme_box.findData("light"))
    dialog.output.setText(str(tmp_path / "scores"))
    dialog.tolerance.setValue(2.0)
    dialog.accept()
    assert window.theme.name == "light"
    assert window.document.state.delivery.loudness_lufs == -23.0
    window.document.undo_stack.undo()
    assert window.document.state.delivery.loudness_lufs == -16.0
    kept = PreferenceStore(tmp_path / "config" / "panel.ini").load()
    assert (kept.loudness_lufs, kept.stems, kept.theme, kept.tolerance_frames) == (-23.0, True, "light", 2.0)
    assert panel._folder_of(tmp_path / "edit.otio")[0] == tmp_path / "scores" / "edit.vem"


def test_the_frame_rate_of_edit_lists_is_kept_and_reads_the_open_one_again(
    qtbot: QtBot, application: Application, tmp_path: Path
) -> None:
    edl = tmp_path / "edit.edl"
    edl.write_text(
        "TITLE: edit\n\n001  A1 V C 00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
        "002  B1 V C 00:00:00:00 00:00:03:00 01:00:02:00 01:00:05:00\n"
    )
    panel = application()
    window = opened(qtbot, panel, edl)
    for rate in (Fraction(30000, 1001), Fraction(25)):
        dialog = panel.settings_dialog(window)
        dialog.frame_rate.setCurrentIndex(dialog.frame_rate.findData(str(rate)))
        dialog.accept()
        wait_quiet(qtbot, window)
        assert window.document.reading is not None
        assert window.document.reading.sheet.rate == rate
    assert [cut.record_frames for cut in window.document.reading.sheet.cuts] == [50]
    assert PreferenceStore(tmp_path / "config" / "panel.ini").load().reading.rate == 25


def test_settings_that_make_no_sense_are_the_defaults(tmp_path: Path) -> None:
    store = PreferenceStore(tmp_path / "panel.ini")
    store.path.write_text("[General]\nloudness_lufs=loud\ndevice=abacus\nmodel=sketch\n")
    assert store.load() == Preferences(model="sketch")


def test_a_core_that_does_not_start_is_a_message_and_a_finding(
    qtbot: QtBot, application: Application, tmp_path: Path
) -> None:
    def no_core() -> contextlib.AbstractContextManager[CoreClient]:
        raise CoreStartFailed("The core did not start.")

    panel = application(no_core)
    window = opened(qtbot, panel, write_edit(tmp_path / "edit.otio", [24, 30]))
    findings = check_machine(None, panel._core_problem, tmp_path, "")
    assert (findings[0].good, findings[0].text) == (False, "The core did not start.")
    assert "install the core again" in findings[0].advice
    qtbot.mouseClick(window.transport.main, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert "The core did not start." in window.message.text.text()


def test_trying_again_without_a_timeline_asks_for_the_core_again(qtbot: QtBot, application: Application) -> None:
    cores = iter([CoreStartFailed("The core did not start.")])

    def late_core() -> contextlib.AbstractContextManager[CoreClient]:
        for failure in cores:
            raise failure
        return contextlib.nullcontext(HittingCore(info=CoreInfo("0.1.0", 1, "a fake", ("sketch",), styles=STYLES)))

    window = application(late_core).open(None)
    wait_quiet(qtbot, window)
    assert "The core did not start." in window.message.text.text()
    qtbot.mouseClick(window.message.action, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert window.form.style_box.findData("house") > 0
    assert window.message.text.text() == ""


def test_chinese_is_complete_enough_to_work_in(qtbot: QtBot, application: Application) -> None:
    panel = application()
    panel.speak("zh_CN")
    try:
        window = panel.open(None)
        assert window.transport.main.text() == "为时间线配乐"
        assert window.transport.play.text() == "播放"
        wait_quiet(qtbot, window)
    finally:
        panel.speak("en")


def test_the_command_takes_timelines(tmp_path: Path) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    assert parser.parse_args(["a.otio", "b.otio"]).timeline == [Path("a.otio"), Path("b.otio")]
    assert parser.parse_args([]).timeline == []


@pytest.mark.slow
def test_open_score_listen_place_and_open_again_with_a_real_core(
    qtbot: QtBot, application: Application, tmp_path: Path
) -> None:
    places = [
        *("--state-folder", str(tmp_path / "state")),
        *("--session-file", str(tmp_path / "runtime" / "core.json")),
        *("--log-folder", str(tmp_path / "logs")),
    ]
    choice = CoreChoice(tmp_path / "runtime" / "core.json", LaunchOptions(arguments=places))
    timeline = write_edit(tmp_path / "edit.otio", [30, 36, 28, 50], markers={2: "hit"})
    panel = application(lambda: core_session([], choice))
    window = opened(qtbot, panel, timeline)
    assert window.form.style_box.findData("house") > 0
    window.controller.audition = False  # it plays where *Play* is clicked, and only then
    window.form.model.setCurrentIndex(window.form.model.findData("sketch"))
    qtbot.mouseClick(window.transport.main, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert window.message.text.text().startswith("Done.")
    stored = window.controller.active_take()
    assert stored is not None
    assert stored.take.result.model == "sketch"
    assert window.report.model.rowCount() == 3
    qtbot.mouseClick(window.transport.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.strip.playhead_frames > 4, timeout=10_000)
    qtbot.mouseClick(window.transport.play, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.transport.place, Qt.MouseButton.LeftButton)
    wait_quiet(qtbot, window)
    assert list((tmp_path / "edit.vem").glob("*.otio"))
    before = window.document.state
    window.close()
    again = opened(qtbot, panel, timeline)
    assert again.document.state == before
    qtbot.waitUntil(lambda: again.controller.active_take() is not None, timeout=10_000)
    assert again.strip.model is not None
    assert again.strip.model.waveform is not None


def test_a_file_of_several_timelines_asks_which(qtbot: QtBot, application: Application, tmp_path: Path) -> None:
    path = tmp_path / "all.otio"
    films = [timeline(video(clip(name, 0, 20), clip(name, 50, length)), name=name)
             for name, length in (("Rough", 30), ("<b>Fine", 50))]  # fmt: skip
    path.write_text(otio.schema.SerializableCollection(children=films).to_json_string())
    panel = application()
    window = panel.open(path)
    qtbot.waitUntil(lambda: bool(window.findChildren(QInputDialog)), timeout=20_000)
    (dialog,) = window.findChildren(QInputDialog)
    assert dialog.comboBoxItems() == ["Rough", "<b>Fine"]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in dialog.findChildren(QLabel))
    dialog.setTextValue("<b>Fine")
    with qtbot.waitSignal(window.controller.opened, timeout=20_000):
        dialog.accept()
    wait_quiet(qtbot, window)
    reading = window.document.reading
    assert reading is not None
    assert reading.sheet.duration_frames == 70
    window.controller.read_again()
    wait_quiet(qtbot, window)
    assert window.document.reading is not None
    assert window.document.reading.sheet.name == "<b>Fine"
