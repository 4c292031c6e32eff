"""Scoring, cancelling, placing, failing: what the main button and the message bar do."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from fakes.panel import HittingCore, Panel, read_only_error
from fakes.scripted_core import step
from fakes.takes import make_sheet
from vem_core.contract.errors import Cancelled, CoreLost, ModelMissing, TimelineUnreadable
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.recut import FrameRange
from vem_plugin.client.base import CoreInfo, OnProgress
from vem_ui.document.preferences import Preferences


class HeldCore(HittingCore):
    """A core that goes on only when it is let."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reached = threading.Event()
        self.go = threading.Event()
        self.cancelled = threading.Event()

    def score(self, request, attachments, folder, on_progress: OnProgress, job=None):  # type: ignore[no-untyped-def]
        on_progress(Progress("job", JobState.RUNNING, Stage.GENERATE, 3, 8, 0.4, 12.0))
        self.reached.set()
        try:
            while not self.go.wait(0.02):
                on_progress(Progress("job", JobState.RUNNING, Stage.GENERATE, 3, 8, 0.4, 12.0))
        except Cancelled:
            self.cancelled.set()
            raise
        return super().score(request, attachments, folder, on_progress, job)


def test_the_window_says_what_will_be_scored(panel: Panel) -> None:
    assert panel.window.title.text() == "edit"
    assert panel.window.facts.text() == "2 cuts · 0:07.5 · 24 fps"
    assert panel.window.transport.main.text() == "Score timeline"
    assert not panel.window.transport.place.isEnabled()


def test_scoring_gives_a_take_that_can_be_placed(panel: Panel) -> None:
    panel.score()
    assert panel.asked.sheet == panel.host.sheet
    assert len(panel.asked.thumbnails) == 3
    assert [take.name for take in panel.window.document.state.takes] == ["Take 1"]
    assert panel.said.startswith("Done.")
    transport = panel.window.transport
    assert (transport.place.property("primary"), transport.main.text()) == (True, "Score again")
    panel.click(transport.place)
    panel.wait_idle()
    assert panel.host.placed[0].request == panel.asked
    assert "placed.otio" in panel.said
    assert (transport.main.property("primary"), transport.main.text()) == (True, "Score timeline")


def test_progress_is_shown_and_cancel_stops(qtbot: QtBot, tmp_path: Path) -> None:
    core = HeldCore()
    panel = Panel(qtbot, tmp_path, core=core)
    panel.open()
    panel.click(panel.window.transport.main)
    qtbot.waitUntil(lambda: "3/8" in panel.said)
    assert panel.said == "Making the music 3/8 · 12 s left"
    assert panel.window.progress.value() == 400
    assert panel.window.transport.main.text() == "Cancel"
    panel.click(panel.window.transport.main)
    panel.wait_idle()
    assert "Stopped" in panel.said
    assert panel.window.document.state.takes == ()
    assert list(panel.folder.glob("*-take*")) == []
    panel.close()


def test_closing_while_it_runs_cancels(qtbot: QtBot, tmp_path: Path) -> None:
    core = HeldCore()
    panel = Panel(qtbot, tmp_path, core=core)
    panel.open()
    panel.click(panel.window.transport.main)
    qtbot.waitUntil(core.reached.is_set)
    assert not core.cancelled.is_set()
    panel.close()
    assert core.cancelled.is_set()


def test_a_core_killed_in_the_middle_loses_nothing_and_can_be_tried_again(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, script=[step(Stage.GENERATE, 1, 4), CoreLost("The core stopped answering.")])
    panel.open()
    panel.score()
    assert "safe" in panel.said
    assert panel.window.message.property("tone") == "failure"
    assert panel.window.message.action.text() == "Try again"
    panel.click(panel.window.message.action)
    panel.wait_idle()
    assert len(panel.window.document.state.takes) == 1
    panel.close()


def test_a_failure_can_be_tried_again_as_soon_as_it_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, script=[CoreLost("The core stopped answering.")])
    panel.open()
    panel.window.controller.failed.connect(lambda error: QTimer.singleShot(0, panel.window.message.action.click))
    panel.click(panel.window.transport.main)
    qtbot.waitUntil(lambda: len(panel.window.document.state.takes) == 1, timeout=10_000)
    assert panel.said.startswith("Done.")
    panel.close()


def test_a_missing_model_offers_the_sketch(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, script=[ModelMissing("vem-mini is not installed.")])
    panel.open()
    panel.score()
    panel.click(panel.window.message.action)
    panel.wait_idle()
    assert panel.asked.model == "sketch"
    assert len(panel.window.document.state.takes) == 1
    panel.close()


def test_a_read_only_folder_is_said_with_a_way_out(panel: Panel) -> None:
    panel.score()
    panel.host.place_error = read_only_error(panel.folder)
    panel.click(panel.window.transport.place)
    panel.wait_idle()
    assert "settings" in panel.said
    with panel.qtbot.waitSignal(panel.window.settings_wanted):
        panel.click(panel.window.message.action)
    assert len(panel.window.document.state.takes) == 1


def test_an_unreadable_timeline_can_be_read_again(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.host.read_error = TimelineUnreadable("edit.otio is not a timeline.")
    panel.window.show()
    panel.window.controller.open()
    panel.wait_idle()
    assert "edit.otio is not a timeline." in panel.said
    panel.host.read_error = None
    with qtbot.waitSignal(panel.window.document.thumbnails_changed):
        panel.click(panel.window.message.action)
    assert panel.window.document.reading is not None
    panel.close()


def test_media_that_cannot_be_read_are_said(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.host.warnings = ("No pictures from card_01.mov: not found.",)
    panel.open()
    assert panel.said == "No pictures from card_01.mov: not found."
    panel.score()
    assert len(panel.window.document.state.takes) == 1
    panel.close()


def test_a_selection_is_scored_alone(panel: Panel) -> None:
    strip = panel.window.strip
    panel.click(strip, panel.at(24, "shots"))
    panel.keys(Qt.Key.Key_I)
    panel.click(strip, panel.at(100, "shots"))
    panel.keys(Qt.Key.Key_O)
    span = panel.window.document.state.selection
    assert span is not None
    assert abs(span.start_frames - 24) <= 1
    assert abs(span.end_excl_frames - 100) <= 1
    assert panel.window.transport.main.text() == "Score selection"
    assert "1 cut" in panel.window.transport.selection.text()
    panel.score()
    assert panel.asked.sheet == panel.host.sheet.crop(span.start_frames, span.end_excl_frames)
    assert panel.host.asked_thumbnails[-1] == panel.asked.sheet
    assert panel.window.document.state.takes[0].in_frames == span.start_frames
    panel.keys(Qt.Key.Key_Escape)
    assert panel.window.document.state.selection is None


def test_a_sketch_is_heard_while_a_slow_model_works(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, preferences=Preferences(model="vem-mini"))
    panel.open()
    with qtbot.waitSignals([panel.window.controller.auditioned, panel.window.controller.scored]):
        panel.click(panel.window.transport.main)
    panel.wait_idle()
    assert [call.request.model for call in panel.core.calls] == ["sketch", "vem-mini"]  # type: ignore[attr-defined]
    assert [take.name for take in panel.window.document.state.takes] == ["Take 1 (sketch)", "Take 2"]
    panel.close()


def test_everything_is_there_when_the_timeline_is_opened_again(panel: Panel) -> None:
    panel.window.form.prompt.setPlainText("a slow dawn")
    panel.keys(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    panel.keys(Qt.Key.Key_Return)
    panel.score()
    before = panel.window.document.state
    panel.reopen()
    assert panel.window.document.state == before
    assert panel.window.form.prompt.toPlainText() == "a slow dawn"
    panel.qtbot.waitUntil(
        lambda: panel.window.strip.model is not None and panel.window.strip.model.waveform is not None
    )


def test_a_damaged_state_is_set_aside(panel: Panel) -> None:
    panel.score()
    panel.close()
    (panel.folder / "panel.json").write_text("{ not json")
    panel.window = panel._window()
    panel.window.show()
    panel.window.controller.open()
    panel.wait_idle()
    panel.qtbot.waitUntil(lambda: "panel.damaged-1.json" in panel.said)
    assert (panel.folder / "panel.damaged-1.json").read_text() == "{ not json"


def test_after_a_recut_wishes_and_words_follow_their_shots(qtbot: QtBot, tmp_path: Path) -> None:
    def shots(*lengths: int, names: str):  # type: ignore[no-untyped-def]
        from vem_core.contract.cut_sheet import SourceSpan

        sheet = make_sheet(*lengths)
        sources = [SourceSpan(name, 0.0, sheet.rate) for name in names]
        named = tuple(dataclasses.replace(s, source=src) for s, src in zip(sheet.shots, sources, strict=True))
        return dataclasses.replace(sheet, shots=named)

    panel = Panel(qtbot, tmp_path, sheet=shots(48, 72, 60, names="abc"))
    panel.open()
    document = panel.window.document
    from vem_core.contract.cut_sheet import Wish

    state = document.state.with_wish(120, Wish.HIT).with_shot_words(3, 2, "storm").with_shot_energy(3, [2], 0.9)
    document.change("all", dataclasses.replace(state, selection=FrameRange(0, 50)))
    panel.host.sheet = shots(48, 60, names="ac")
    with qtbot.waitSignal(document.thumbnails_changed):
        panel.window.controller.read_again()
    panel.wait_idle()
    assert document.state.direction.shot_words == ("", "storm")
    assert document.state.direction.shot_energies == (None, 0.9)
    assert document.state.wish_at(48) is Wish.HIT
    assert document.state.selection is None
    panel.score()
    assert panel.asked.sheet.cuts[0].wish is Wish.HIT
    panel.close()


def test_nothing_changed_makes_no_second_take(panel: Panel) -> None:
    panel.score()
    panel.score()
    assert panel.said.startswith("Nothing changed")
    assert [take.name for take in panel.window.document.state.takes] == ["Take 1"]


def test_styles_and_models_come_from_the_core(panel: Panel) -> None:
    with panel.qtbot.waitSignal(panel.window.controller.core_answered):
        panel.window.controller.ask_core()
    box = panel.window.form.style_box
    assert [box.itemText(index) for index in range(box.count())] == ["From the words", "House", "Ambient"]
    assert panel.window.form.model.findData("sketch") > 0
    assert isinstance(panel.window.controller.core, CoreInfo)


@pytest.mark.logs_errors
def test_an_unforeseen_failure_is_a_message(panel: Panel) -> None:
    panel.host.place_error = ValueError("surprise")  # type: ignore[assignment]
    panel.score()
    panel.click(panel.window.transport.place)
    panel.wait_idle()
    assert "surprise" in panel.said
