"""Cuts, energies and words in the strip and the tables: each through real clicks and keys, and its undo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from fakes.takes import make_sheet
from vem_core.contract.cut_sheet import Event, Span, Wish
from vem_ui.document.preferences import Preferences
from vem_ui.strip.model import Nearness

CTRL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


def test_an_empty_message_shows_no_bar(panel: Panel) -> None:
    panel.window.say("Listening")
    panel.window.say("")
    assert not panel.window.message.isVisible()


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
