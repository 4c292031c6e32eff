"""What somebody who never saw the window looks for, and where it once led astray or stood crooked."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from fakes.takes import make_sheet
from vem_core.contract.cut_sheet import Wish
from vem_plugin.client.base import CoreInfo
from vem_ui.document.preferences import Preferences
from vem_ui.look.theme import DARK, LIGHT, THEMES, Theme
from vem_ui.pages.shots_table import FIGURE_SPACE
from vem_ui.windows.help_dialogs import shortcuts_dialog
from vem_ui.windows.machine_check import Finding, check_machine
from vem_ui.windows.placing import room_on
from vem_ui.windows.settings_dialog import SettingsDialog

LANDS_ON = 3


def picture(widget: QWidget) -> QImage:
    """What a widget looks like."""
    return widget.grab().toImage()


def first_row(image: QImage, box: QRect) -> int:
    """The uppermost row of a box in which something is drawn on its ground, as its first column shows that."""
    for y in range(box.top(), box.bottom()):
        ground = image.pixel(box.left(), y)
        if any(image.pixel(x, y) != ground for x in range(box.left(), box.right())):
            return y
    raise AssertionError("nothing is drawn")


def test_an_empty_window_begins_with_the_button_that_opens(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.window.show()
    assert panel.window.focusWidget() is panel.window.body.start.open
    panel.open()
    assert panel.window.focusWidget() is panel.window.strip
    panel.close()


def test_the_report_says_which_cut_was_to_be_hit(panel: Panel) -> None:
    document, model = panel.window.document, panel.window.report.model
    document.change("hit", document.state.with_wish(120, Wish.HIT))
    panel.score()
    said = [str(model.data(model.index(row, LANDS_ON))) for row in range(model.rowCount())]
    assert [text.endswith(" · your hit") for text in said] == [False, True]
    assert not said[0].endswith("·")


def test_a_click_on_a_cut_says_at_once_what_it_asks_for_now(panel: Panel) -> None:
    strip = panel.window.strip
    for said in ("hit: must land on a beat", "drop: must land on a downbeat"):
        panel.click(strip, panel.at(48, "cuts"))
        assert said in QToolTip.text()
    QToolTip.hideText()


def test_where_nothing_changed_another_piece_is_one_click_away(panel: Panel) -> None:
    panel.score()
    panel.score()
    assert panel.said.startswith("Nothing changed")
    assert panel.window.message.action.text() == "Another piece"
    panel.click(panel.window.message.action)
    panel.wait_idle()
    takes = panel.window.document.state.takes
    assert [take.name for take in takes] == ["Take 1", "Take 2"]
    assert takes[0].seed != takes[1].seed


def test_play_and_pause_move_nothing_beside_them(panel: Panel) -> None:
    transport = panel.window.transport
    places = []
    for playing in (False, True, False):
        transport.show_playing(playing)
        panel.qtbot.wait(20)
        places.append((transport.play.width(), transport.loop.x(), transport.clock.x()))
    assert len(set(places)) == 1


def test_how_a_range_is_selected_is_said_where_it_is_looked_for(panel: Panel) -> None:
    assert "Shift" in panel.window.transport.loop.toolTip()
    dialog = shortcuts_dialog(DARK, panel.window)
    model = dialog.table.model()
    keys = [str(model.data(model.index(row, 0))) for row in range(model.rowCount())]
    assert "Shift+drag" in keys
    assert dialog.table.horizontalHeader().defaultAlignment() & Qt.AlignmentFlag.AlignLeft
    dialog.close()


def test_what_can_not_be_dragged_yet_says_when_it_can(panel: Panel) -> None:
    takes = panel.window.takes
    assert "Once there is a take" in takes.wave_handle.toolTip()
    assert "Once a take is placed" in takes.timeline_handle.toolTip()
    panel.score()
    assert takes.wave_handle.toolTip().endswith(".wav")


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_what_is_switched_on_is_seen_to_be(panel: Panel, theme: Theme) -> None:
    panel.window.show_theme(theme)
    loop = panel.window.transport.loop

    def is_framed() -> bool:
        return picture(loop).pixelColor(loop.width() // 2, 0) == QColor(theme.accent)

    assert not is_framed()
    panel.click(loop)
    panel.window.strip.setFocus()
    assert is_framed()


def test_texts_stand_on_one_line(panel: Panel) -> None:
    forms = panel.window.forms
    tops = []
    for chosen in (0, 1):
        forms.setCurrentIndex(chosen)
        bar = forms.tabBar()
        tops.append(first_row(picture(forms), bar.tabRect(0).translated(bar.pos()).adjusted(4, 2, -4, -4)))
    button = forms.presets_button
    tops.append(first_row(picture(forms), QRect(button.mapTo(forms, QPoint()), button.size()).adjusted(1, 1, -1, -1)))
    assert len(set(tops)) == 1


def test_the_names_of_shots_stand_below_each_other(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, sheet=make_sheet(*[24] * 12))
    panel.open()
    model = panel.window.shots.model
    names = [str(model.data(model.index(row, 0))) for row in (8, 9)]
    assert names == [f"{FIGURE_SPACE}9  shot 8", "10  shot 9"]
    panel.close()


def test_two_takes_are_seen_whole_in_a_window_as_it_begins(panel: Panel) -> None:
    panel.window.resize(1240, 880)
    panel.score()
    panel.window.document.change("hit", panel.window.document.state.with_wish(48, Wish.HIT))
    panel.score()
    assert panel.window.takes.list.count() == 2
    panel.qtbot.waitUntil(lambda: panel.window.takes.list.verticalScrollBar().maximum() == 0, timeout=2000)


def test_the_active_take_is_in_view_when_a_timeline_is_opened_again(panel: Panel) -> None:
    for number in range(5):
        panel.window.document.change("seed", panel.window.document.state.asking(seed=number))
        panel.score()
    panel.reopen()
    takes = panel.window.takes.list
    assert takes.currentRow() == 4

    def is_seen() -> bool:
        return takes.viewport().rect().contains(takes.visualItemRect(takes.currentItem()))

    panel.qtbot.waitUntil(is_seen, timeout=5000)
    panel.window.resize(1200, 680)
    panel.qtbot.wait(50)
    assert is_seen()


def test_settings_fit_on_the_screen_whatever_is_found(qtbot: QtBot) -> None:
    dialog = SettingsDialog(Preferences(), ["sketch"], LIGHT)
    qtbot.addWidget(dialog)
    dialog.show_findings([Finding(f"model {number} cannot be used", False, "It is not here.") for number in range(9)])
    dialog.show()
    qtbot.waitExposed(dialog)
    room = room_on(dialog.screen())
    assert dialog.height() <= room.height()
    assert dialog.width() <= room.width()
    assert dialog.language.visibleRegion().isEmpty()  # there is more than the screen has room for
    dialog.activateWindow()
    dialog.theme_box.setFocus()
    qtbot.keyClick(dialog.theme_box, Qt.Key.Key_Tab)
    assert not dialog.language.visibleRegion().isEmpty()


def test_a_model_that_nobody_needs_is_no_fault_of_the_machine(tmp_path: Path) -> None:
    missing = (("large", "large is not installed."), ("broken", ""))
    found = check_machine(CoreInfo("0.1.0", 1, "a fake", ("sketch",), missing=missing), "", tmp_path, "")
    assert [finding.needed for finding in found if not finding.good] == [False, True]
    dialog = SettingsDialog(Preferences(), ["sketch"], DARK)
    dialog.show_findings(found)
    assert DARK.faint in dialog.findings.text()
    assert DARK.missed in dialog.findings.text()
    alone = check_machine(CoreInfo("0.1.0", 1, "a fake", (), missing=missing), "", tmp_path, "")
    assert all(finding.needed for finding in alone)


@pytest.mark.parametrize("width_px", [1366, 1240, 940])
def test_what_stands_on_the_buttons_of_the_takes_can_be_read(panel: Panel, width_px: int) -> None:
    takes = panel.window.takes
    panel.window.resize(width_px, 700)
    QApplication.processEvents()
    for button in (takes.wave_handle, takes.timeline_handle, takes.variants, takes.compare, takes.export, takes.delete):
        assert button.isVisible()
        assert button.width() >= button.sizeHint().width(), button.text()
