"""Direction, cuts, energies, words, takes: each control's effect through real clicks and keys, and its undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from fakes.panel import HittingCore, Panel
from fakes.takes import make_sheet
from vem_core.contract.cut_sheet import Event, Span, Wish
from vem_core.contract.plan import AccentBudget, Bend, Ending, UnmetMark
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_ui.document.preferences import Preferences
from vem_ui.playback.player import matched_gains_db
from vem_ui.strip.model import Nearness
from vem_ui.windows.main_window import MainWindow

CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


def choose(panel: Panel, box: QComboBox, data: object) -> None:
    """Choose an entry of a box with the keyboard."""
    box.setFocus()
    steps = box.findData(data) - box.currentIndex()
    for _ in range(abs(steps)):
        panel.qtbot.keyClick(box, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)


def test_words_typed_are_one_step_of_undo(panel: Panel) -> None:
    form, document = panel.window.form, panel.window.document
    panel.qtbot.keyClicks(form.prompt, "warm strings")
    assert document.state.direction.prompt == "warm strings"
    assert document.undo_stack.count() == 1
    form.mood.setFocus()
    panel.qtbot.keyClicks(form.mood, "tender")
    assert document.state.direction.mood == "tender"
    panel.qtbot.keyClick(panel.window.strip, Qt.Key.Key_Z, CTRL)
    panel.qtbot.keyClick(panel.window.strip, Qt.Key.Key_Z, CTRL)
    assert document.state.direction.prompt == ""
    assert form.prompt.toPlainText() == ""
    panel.qtbot.keyClick(panel.window.strip, Qt.Key.Key_Z, CTRL | SHIFT)
    assert form.prompt.toPlainText() == "warm strings"


def test_undo_in_the_words_is_the_windows_undo(panel: Panel) -> None:
    prompt = panel.window.form.prompt
    prompt.setFocus()
    panel.qtbot.keyClicks(prompt, "loud")
    panel.qtbot.keyClick(prompt, Qt.Key.Key_Z, CTRL)
    assert panel.window.document.state.direction.prompt == ""


def test_each_choice_of_the_form_reaches_the_core(panel: Panel) -> None:
    form = panel.window.form
    form.show_styles([("house", "House"), ("ambient", "Ambient")])
    form.show_models(["sketch"])
    choose(panel, form.style_box, "ambient")
    choose(panel, form.key, "A minor")
    choose(panel, form.bend, Bend.FREE)
    choose(panel, form.ending, Ending.FADE)
    choose(panel, form.model, "sketch")
    panel.score()
    direction = panel.asked.direction
    assert (direction.style, direction.key, direction.bend, direction.ending, panel.asked.model) == (
        "ambient", "A minor", Bend.FREE, Ending.FADE, "sketch",
    )  # fmt: skip


@pytest.mark.parametrize("bend", [None, *Bend])
def test_every_bend_is_offered_and_the_style_may_say(panel: Panel, bend: Bend | None) -> None:
    box = panel.window.form.bend
    assert box.findData(bend) >= 0
    choose(panel, box, Bend.FREE if bend is not Bend.FREE else Bend.STEADY)
    choose(panel, box, bend)
    panel.score()
    assert panel.asked.direction.bend == bend


def test_accents_and_ignored_pictures_reach_the_core_and_come_back_with_undo(panel: Panel) -> None:
    form = panel.window.form
    assert form.accents.currentData() == AccentBudget.SOME
    choose(panel, form.accents, AccentBudget.MANY)
    panel.click(form.ignore_picture)
    panel.score()
    direction = panel.asked.direction
    assert (direction.accents, direction.ignore_picture) == (AccentBudget.MANY, True)
    undo = panel.window.document.undo_stack
    while undo.canUndo():
        undo.undo()
    assert (form.accents.currentData(), form.ignore_picture.isChecked()) == (AccentBudget.SOME, False)


def test_an_empty_message_shows_no_bar(panel: Panel) -> None:
    panel.window.say("Listening")
    panel.window.say("")
    assert not panel.window.message.isVisible()


def test_tempo_range_pushes_its_other_end_and_any_clears_it(panel: Panel) -> None:
    form = panel.window.form
    for box, text in ((form.tempo_low, "120"), (form.tempo_high, "100")):
        box.selectAll()
        panel.qtbot.keyClicks(box, text)
        panel.qtbot.keyClick(box, Qt.Key.Key_Tab)
    assert panel.window.document.state.direction.tempo_bpm == (100.0, 100.0)
    form.tempo_low.stepDown()
    form.tempo_low.setValue(form.tempo_low.minimum())
    assert panel.window.document.state.direction.tempo_bpm is None


def test_intensity_is_the_tools_until_it_is_set(panel: Panel) -> None:
    form, document = panel.window.form, panel.window.document
    assert not form.energy.isEnabled()
    panel.click(form.energy_auto)
    assert document.state.direction.energy == 0.5
    panel.qtbot.keyClick(form.energy, Qt.Key.Key_Right)
    assert document.state.direction.energy == pytest.approx(0.55)
    panel.click(form.energy_auto)
    assert document.state.direction.energy is None


def test_the_dice_give_another_seed_and_undo_the_old(panel: Panel) -> None:
    document = panel.window.document
    panel.click(panel.window.form.dice)
    assert document.state.seed != 0
    document.undo_stack.undo()
    assert document.state.seed == 0


def test_what_was_heard_in_the_words_can_be_taken_over(panel: Panel) -> None:
    form = panel.window.form
    assert form.understood.isHidden()
    panel.score()
    assert "calm, A minor" in form.understood.text()
    panel.click(form.understood)
    direction = panel.window.document.state.direction
    assert (direction.style, direction.mood, direction.key) == ("ambient", "calm", "A minor")
    assert form.mood.text() == "calm"


def test_clicks_on_a_cut_cycle_its_wish(panel: Panel) -> None:
    document = panel.window.document
    seen = []
    for _ in range(4):
        panel.click(panel.window.strip, panel.at(48, "cuts"))
        seen.append(document.state.wish_at(48))
    assert seen == [Wish.HIT, Wish.DROP, Wish.IGNORE, Wish.AUTO]
    document.undo_stack.undo()
    assert document.state.wish_at(48) is Wish.IGNORE
    panel.score()
    assert panel.asked.sheet.cuts[0].wish is Wish.IGNORE


def test_the_keyboard_goes_from_cut_to_cut(panel: Panel) -> None:
    strip = panel.window.strip
    for expected in (48.0, 120.0, 179.0):
        panel.keys(Qt.Key.Key_Right, SHIFT)
        assert strip.playhead_frames == expected
    panel.keys(Qt.Key.Key_Left, SHIFT)
    assert strip.playhead_frames == 120.0
    panel.keys(Qt.Key.Key_Return)
    assert panel.window.document.state.wish_at(120) is Wish.HIT
    panel.keys(Qt.Key.Key_Left)
    assert strip.playhead_frames == 119.0
    panel.keys(Qt.Key.Key_Home)
    assert strip.playhead_frames == 0.0
    panel.keys(Qt.Key.Key_End)
    assert strip.playhead_frames == 179.0
    assert panel.window.transport.clock.text() == "01:00:07:11"


def test_dragging_the_energy_of_a_shot_is_one_step_of_undo(panel: Panel) -> None:
    strip, document = panel.window.strip, panel.window.document
    row = strip.rows().energy
    x = panel.at(80, "energy").x()
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, NONE, QPoint(x, round(row.bottom() - 5)))
    for share in (0.3, 0.6, 0.9):
        QTest.mouseMove(strip, QPoint(x, round(row.bottom() - share * row.height())))
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, NONE, QPoint(x, round(row.top() + 5)))
    energies = document.state.direction.shot_energies
    assert energies[0] is None
    assert energies[1] == pytest.approx(0.9, abs=0.1)
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.state.direction.shot_energies == ()


def test_up_and_down_change_the_energy_at_the_playhead(panel: Panel) -> None:
    panel.click(panel.window.strip, panel.at(130, "shots"))
    panel.keys(Qt.Key.Key_Up)
    panel.keys(Qt.Key.Key_Up)
    panel.keys(Qt.Key.Key_Down)
    assert panel.window.document.state.direction.shot_energies == (None, None, 0.55)


def test_a_double_click_on_a_shot_edits_its_words(panel: Panel) -> None:
    window = panel.window
    panel.qtbot.mouseDClick(window.strip, Qt.MouseButton.LeftButton, NONE, panel.at(80, "shots"))
    assert window.tabs.currentWidget() is window.shots
    editor = window.shots.table.findChild(QLineEdit)
    assert editor is not None
    panel.qtbot.keyClicks(editor, "rain on glass")
    panel.qtbot.keyClick(editor, Qt.Key.Key_Return)
    panel.qtbot.waitUntil(lambda: window.document.state.direction.shot_words == ("", "rain on glass", ""))
    panel.score()
    assert panel.asked.direction.shot_words == ("", "rain on glass", "")


@pytest.mark.parametrize(("typed", "energy"), [("70", 0.7), ("0.2", 0.2), ("35%", 0.35), ("300", None), ("auto", None)])
def test_energy_of_a_shot_can_be_typed(panel: Panel, typed: str, energy: float | None) -> None:
    model = panel.window.shots.model
    model.setData(model.index(1, 3), typed)
    energies = panel.window.document.state.direction.shot_energies
    assert (energies[1] if energies else None) == energy


def test_a_shift_drag_selects_and_a_shift_click_gives_it_up(panel: Panel) -> None:
    strip, document = panel.window.strip, panel.window.document
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, SHIFT, panel.at(30, "shots"))
    QTest.mouseMove(strip, panel.at(90, "shots"))
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, SHIFT, panel.at(90, "shots"))
    assert document.state.selection is not None
    assert abs(document.state.selection.end_excl_frames - 90) <= 1
    panel.click(strip, panel.at(30, "shots"), SHIFT)
    assert document.state.selection is None


def test_zoom_scroll_and_fit(panel: Panel) -> None:
    strip, transport = panel.window.strip, panel.window.transport
    whole = strip.viewport.span_frames
    panel.click(transport.zoom_in)
    panel.keys(Qt.Key.Key_Plus)
    assert strip.viewport.span_frames == pytest.approx(whole / 1.5**2)
    panel.window.scroll_bar.setValue(panel.window.scroll_bar.maximum())
    assert strip.viewport.last_excl_frames == pytest.approx(180, abs=0.1)
    panel.click(transport.zoom_out)
    panel.click(transport.fit)
    assert strip.viewport.span_frames == pytest.approx(whole)
    assert panel.window.scroll_bar.maximum() == 0


def test_hits_misses_and_tips_say_what_was_measured(panel: Panel) -> None:
    panel.score()
    strip = panel.window.strip
    assert strip.model is not None
    assert [cut.nearness for cut in strip.model.cuts] == [Nearness.HIT, Nearness.NEAR]
    tip = strip.tip_at(panel.at(120, "cuts").toPointF())
    assert "01:00:05:00" in tip
    assert "+50.0 ms" in tip
    assert "auto" in tip
    assert "Drag" in strip.tip_at(panel.at(20, "energy").toPointF())
    panel.window.show_preferences(Preferences(tolerance_frames=2.0))
    assert strip.model.cuts[1].nearness is Nearness.HIT


def test_a_row_of_the_report_goes_to_its_cut(panel: Panel) -> None:
    panel.score()
    table, model = panel.window.report.table, panel.window.report.model
    assert model.rowCount() == 2
    rect = table.visualRect(model.index(1, 0))
    panel.click(table.viewport(), rect.center())
    assert panel.window.strip.playhead_frames == 120.0


def test_takes_compare_at_the_same_place_and_loudness(panel: Panel) -> None:
    window = panel.window
    panel.score()
    panel.click(window.form.dice)
    panel.score()
    assert [take.name for take in window.document.state.takes] == ["Take 1", "Take 2"]
    window.seek(60.0)
    assert matched_gains_db([-16.0, -10.0]) == [0.0, -6.0]
    panel.qtbot.keyClick(window, Qt.Key.Key_B, CTRL)
    assert window.document.state.active_take == 0
    assert window.player.position_s == pytest.approx(2.5)
    panel.click(window.takes.compare)
    assert window.document.state.active_take == 1
    panel.qtbot.keyClick(window, Qt.Key.Key_1, CTRL)
    assert window.document.state.active_take == 0


def test_a_take_is_renamed_and_deleted_and_comes_back(panel: Panel) -> None:
    takes, document = panel.window.takes, panel.window.document
    panel.score()
    takes.list.setFocus()
    panel.qtbot.keyClick(takes.list, Qt.Key.Key_F2)
    editor = takes.list.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    panel.qtbot.keyClicks(editor, "The one")
    panel.qtbot.keyClick(editor, Qt.Key.Key_Return)
    panel.qtbot.waitUntil(lambda: document.state.takes[0].name == "The one")
    panel.click(takes.delete)
    assert document.state.takes == ()
    assert not panel.window.transport.place.isEnabled()
    document.undo_stack.undo()
    assert [take.name for take in document.state.takes] == ["The one"]
    assert (panel.folder / "edit-take1.wav").exists()


def test_a_take_whose_files_are_gone_says_so(panel: Panel) -> None:
    panel.score()
    panel.close()
    (panel.folder / "edit-take1.wav").unlink()
    panel.window = panel._window()
    panel.open()
    panel.qtbot.waitUntil(lambda: "edit-take1.wav" in panel.said)
    panel.click(panel.window.message.action)
    assert panel.window.document.state.takes == ()


def test_exports_write_what_the_take_has(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = Panel(qtbot, tmp_path, preferences=Preferences(stems=True, midi=True))
    panel.open()
    panel.score()
    exporter, takes = panel.window.exporter, panel.window.takes
    monkeypatch.setattr(exporter, "ask_file", lambda title, suggested, kinds: tmp_path / suggested.name)
    monkeypatch.setattr(exporter, "ask_folder", lambda title, suggested: tmp_path / "stems")
    for kind in ("mix", "stems", "midi"):
        assert takes.exports[kind].isEnabled()
        takes.exports[kind].trigger()
        assert panel.said.startswith("Exported")
    written = {path.name for folder in (tmp_path, tmp_path / "stems") for path in folder.glob("edit-take1*")}
    assert written == {"edit-take1.wav", "edit-take1.mid", "edit-take1 drums.wav"}
    panel.close()


def test_playing_moves_the_playhead_and_the_picture(panel: Panel) -> None:
    window = panel.window
    panel.score()
    window.seek(40.0)
    picture = window.monitor._pixmap
    panel.keys(Qt.Key.Key_Space)
    assert window.transport.play.text() == "Pause"
    panel.qtbot.waitUntil(lambda: window.strip.playhead_frames > 50, timeout=10_000)
    assert window.monitor._pixmap is not picture
    panel.click(window.transport.play)
    assert not window.player.playing
    assert window.strip.playhead_frames == pytest.approx(window.player.position_s * 24)


def shade(window: MainWindow) -> int:
    """How grey the monitor's picture is: the fake host's pictures are as grey as their frame's number."""
    pixmap = window.monitor._pixmap
    assert pixmap is not None
    return pixmap.toImage().pixelColor(2, 2).red()


def test_the_monitor_shows_the_decoded_picture_of_the_playhead(panel: Panel) -> None:
    window = panel.window
    for frame in (40, 130, 131, 60):
        window.seek(float(frame))
        panel.qtbot.waitUntil(lambda frame=frame: abs(shade(window) - frame) <= 2, timeout=10_000)


def test_a_picture_that_comes_late_is_not_shown_over_another_shot(panel: Panel) -> None:
    window = panel.window
    window.frames.framed.disconnect()
    window.seek(130.0)
    thumbnail = window.monitor._pixmap
    late = QImage(16, 9, QImage.Format.Format_RGB32)
    window.monitor.show_decoded(20, late)
    assert window.monitor._pixmap is thumbnail
    window.monitor.show_decoded(129, late)
    assert window.monitor._pixmap is not thumbnail


def test_every_control_has_a_name_for_screen_readers(panel: Panel) -> None:
    window = panel.window
    panel.score()
    form = window.form
    for widget in (
        window.strip, window.transport.play, window.transport.main, window.transport.place, window.takes.list,
        window.report.table, window.shots.table, form.prompt, form.style_box, form.mood, form.key, form.tempo_low,
        form.tempo_high, form.bend, form.ending, form.energy, form.seed, form.model, window.monitor,
        form.accents, form.ignore_picture,
    ):  # fmt: skip
        assert widget.accessibleName() or getattr(widget, "text", str)(), widget


def test_tab_reaches_the_strip_and_the_main_button(panel: Panel) -> None:
    window = panel.window
    window.activateWindow()
    window.open_button.setFocus()
    reached = set()
    for _ in range(60):
        focused = QApplication.focusWidget()
        if focused is None:
            break
        reached.add(focused)
        panel.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert {window.strip, window.transport.main, window.form.prompt, window.takes.list} <= reached


class StrictCore(HittingCore):
    """A core whose plan could not meet the second cut."""

    def _deliver(self, result: ScoreResult, request: ScoreRequest, folder: Path) -> ScoreResult:
        made = super()._deliver(result, request, folder)
        unmet = UnmetMark(1, False, sample_of_frame(120, request.sheet.rate), "too near to the first")
        return replace(made, plan=replace(made.plan, unmet=(unmet,)))


def test_marks_that_could_not_be_met_are_marked_and_can_be_let_go(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, core=StrictCore())
    panel.open()
    window = panel.window
    window.document.change("hits", window.document.state.with_wish(48, Wish.HIT).with_wish(120, Wish.HIT))
    panel.score()
    assert window.strip.conflict == (120,)
    assert "1 of your marks" in panel.said
    panel.click(window.message.action)
    assert window.document.state.wish_at(120) is Wish.AUTO
    assert window.document.state.wish_at(48) is Wish.HIT
    assert window.strip.playhead_frames == 120
    panel.close()


def test_the_settings_of_a_take_are_used_again(panel: Panel) -> None:
    window, document = panel.window, panel.window.document
    document.change("wishes", document.state.asking(prompt="dawn", mood="calm", seed=9).with_shot_words(3, 1, "rain"))
    panel.score()
    document.change("others", document.state.asking(prompt="storm", mood=None, seed=1).with_shot_words(3, 1, ""))
    window.takes.settings_wanted.emit(0)
    direction = document.shown.direction
    assert (direction.prompt, direction.mood, direction.shot_words) == ("dawn", "calm", ("", "rain", ""))
    assert document.shown.seed == 9
    document.undo_stack.undo()
    assert document.shown.direction.prompt == "storm"


def test_marks_inside_shots_and_silences_are_drawn_and_named(qtbot: QtBot, tmp_path: Path) -> None:
    sheet = replace(make_sheet(48, 72, 60), events=(Event(20, Wish.HIT, "punch"),), silences=(Span(130, 20),))
    panel = Panel(qtbot, tmp_path, sheet=sheet)
    panel.open()
    strip = panel.window.strip
    assert "punch" in strip.tip_at(panel.at(20, "cuts").toPointF())
    with_marks = strip.grab().toImage()
    panel.host.sheet = make_sheet(48, 72, 60)
    with qtbot.waitSignal(panel.window.document.thumbnails_changed):
        panel.window.controller.read_again()
    panel.wait_idle()
    assert strip.grab().toImage() != with_marks
    panel.close()


def test_the_timeline_plays_before_the_first_take(panel: Panel) -> None:
    window = panel.window
    panel.keys(Qt.Key.Key_Space)
    assert window.player.playing
    panel.qtbot.waitUntil(lambda: window.strip.playhead_frames > 3, timeout=10_000)
    panel.keys(Qt.Key.Key_K)
    assert not window.player.playing
    panel.keys(Qt.Key.Key_L)
    panel.keys(Qt.Key.Key_L)
    assert window.player.speed == 2.0
    panel.keys(Qt.Key.Key_J)
    assert window.player.speed == -1.0
    panel.keys(Qt.Key.Key_K)
    assert window.player.speed == 1.0
