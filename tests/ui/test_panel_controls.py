"""Controls that no other test presses: settings, menus, the wheel; and undo and redo over every kind of change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QMenu
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from vem_core.contract.request import Device
from vem_ui.document.preferences import Preferences
from vem_ui.document.state import ScoreState
from vem_ui.look.theme import DARK
from vem_ui.windows.message_bar import Tone
from vem_ui.windows.settings_dialog import SettingsDialog

CTRL, NONE, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def dialog(qtbot: QtBot) -> SettingsDialog:
    """The settings of somebody who never set anything."""
    made = SettingsDialog(Preferences(), ["sketch", "vem-mini"], DARK)
    qtbot.addWidget(made)
    made.show()
    return made


def tick(qtbot: QtBot, box: QCheckBox) -> None:
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, NONE, QPoint(8, box.height() // 2))


def last(qtbot: QtBot, box: QComboBox) -> None:
    qtbot.keyClick(box, Qt.Key.Key_End)


def typed(qtbot: QtBot, box: QDoubleSpinBox, text: str) -> None:
    box.selectAll()
    qtbot.keyClicks(box, text)
    qtbot.keyClick(box, Qt.Key.Key_Tab)


Press = Callable[[QtBot, SettingsDialog], None]


@pytest.mark.parametrize(
    ("press", "field", "value"),
    [
        (lambda bot, it: last(bot, it.model), "model", "vem-mini"),
        (lambda bot, it: last(bot, it.device), "device", Device.CPU),
        (lambda bot, it: typed(bot, it.loudness, "-23"), "loudness_lufs", -23.0),
        (lambda bot, it: tick(bot, it.stems), "stems", True),
        (lambda bot, it: tick(bot, it.midi), "midi", True),
        (lambda bot, it: bot.keyClicks(it.output, "/scores"), "output_folder", "/scores"),
        (lambda bot, it: last(bot, it.frame_rate), "frame_rate", "60"),
        (lambda bot, it: typed(bot, it.tolerance, "2"), "tolerance_frames", 2.0),
        (lambda bot, it: tick(bot, it.audition), "audition", False),
        (lambda bot, it: typed(bot, it.idle, "30"), "idle_unload_min", 30.0),
        (lambda bot, it: last(bot, it.theme_box), "theme", "light"),
        (lambda bot, it: last(bot, it.language), "language", "zh_CN"),
    ],
)
def test_each_setting(qtbot: QtBot, dialog: SettingsDialog, press: Press, field: str, value: object) -> None:
    press(qtbot, dialog)
    assert getattr(dialog.preferences, field) == value
    changed = {
        name for name in vars(Preferences()) if getattr(dialog.preferences, name) != getattr(Preferences(), name)
    }
    assert changed == {field}


def test_folders_are_chosen_added_and_removed(
    qtbot: QtBot, dialog: SettingsDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = iter([Path("/scores"), Path("/cards/a"), Path("/cards/b")])
    monkeypatch.setattr(dialog, "ask_folder", lambda title: next(folders, None))
    for button in (dialog.choose_output, dialog.add_media, dialog.add_media, dialog.add_media):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.preferences.output_folder == "/scores"
    assert dialog.preferences.media_folders == ("/cards/a", "/cards/b")
    dialog.media.setCurrentRow(0)
    qtbot.mouseClick(dialog.remove_media, Qt.MouseButton.LeftButton)
    assert dialog.preferences.media_folders == ("/cards/b",)


def wheel(panel: Panel, steps: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    strip = panel.window.strip
    at = QPointF(strip.width() / 2, 60)
    QApplication.sendEvent(
        strip,
        QWheelEvent(
            at, strip.mapToGlobal(at), QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def test_the_wheel_scrolls_and_with_ctrl_zooms(panel: Panel) -> None:
    strip = panel.window.strip
    whole = strip.viewport.span_frames
    middle = strip.viewport.frame_at(strip.width() / 2)
    wheel(panel, 3, CTRL)
    assert strip.viewport.span_frames == pytest.approx(whole / 1.25**3)
    assert strip.viewport.frame_at(strip.width() / 2) == pytest.approx(middle)
    first = strip.viewport.first_frames
    wheel(panel, -1)
    assert strip.viewport.first_frames > first
    wheel(panel, -100, CTRL)
    assert strip.viewport.span_frames == pytest.approx(whole)


def test_a_whole_timeline_stays_whole_when_the_window_is_resized(panel: Panel) -> None:
    strip = panel.window.strip
    panel.window.resize(900, 700)
    QApplication.processEvents()
    assert strip.viewport.width_px == strip.width()
    assert strip.viewport.span_frames == pytest.approx(180)


def test_a_message_can_be_dismissed(panel: Panel) -> None:
    panel.window.say("something")
    panel.click(panel.window.message.dismiss)
    assert not panel.window.message.isVisible()
    assert panel.said == ""


def test_messages_come_and_go_without_moving_the_strip(panel: Panel) -> None:
    seen = []
    steps: tuple[Callable[[], None], ...] = (
        panel.window.message.clear,
        lambda: panel.window.say("Done.", Tone.DONE),
        lambda: panel.window.say("The core stopped answering.", Tone.FAILURE, "Try again"),
        panel.window.message.clear,
    )
    for step in steps:
        step()
        QApplication.processEvents()
        seen.append((panel.window.message.isVisible(), panel.window.strip.geometry()))
    assert [visible for visible, _ in seen] == [False, True, True, False]
    assert len({geometry.getRect() for _, geometry in seen}) == 1


def test_without_a_timeline_nothing_can_be_zoomed_or_scrolled(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    transport, bar = panel.window.transport, panel.window.scroll_bar
    assert not any(button.isEnabled() for button in (transport.zoom_in, transport.zoom_out, transport.fit))
    assert not bar.isEnabled()
    panel.open()
    panel.click(transport.zoom_in)
    assert bar.isEnabled()
    panel.click(transport.fit)
    assert not bar.isEnabled()
    panel.close()


def actions(menu: QMenu) -> Iterator[QAction]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from actions(inner)
        elif not action.isSeparator():
            yield action


def action_of(panel: Panel, text: str) -> QAction:
    menus = [action.menu() for action in panel.window.menuBar().actions()]
    return next(
        action
        for menu in menus
        if isinstance(menu, QMenu)
        for action in actions(menu)
        if action.text().replace("&", "") == text
    )


def test_the_menu_scores_places_compares_and_chooses(panel: Panel) -> None:
    window, state = panel.window, lambda: panel.window.document.state
    action_of(panel, "Score, or cancel").trigger()
    panel.wait_idle()
    action_of(panel, "Another seed").trigger()
    assert state().seed != 0
    action_of(panel, "Score, or cancel").trigger()
    panel.wait_idle()
    action_of(panel, "Compare the last two takes").trigger()
    assert state().active_take == 0
    action_of(panel, "2").trigger()
    assert state().active_take == 1
    action_of(panel, "Place on timeline").trigger()
    panel.wait_idle()
    assert len(panel.host.placed) == 1
    panel.keys(Qt.Key.Key_I)
    panel.keys(Qt.Key.Key_O)
    action_of(panel, "Whole timeline").trigger()
    assert state().selection is None
    action_of(panel, "Zoom in").trigger()
    assert window.strip.viewport.span_frames < 180
    action_of(panel, "Fit").trigger()
    assert window.strip.viewport.span_frames == pytest.approx(180)
    action_of(panel, "Play or pause").trigger()
    assert window.player.playing
    action_of(panel, "Play or pause").trigger()
    for text, signal in (
        ("Open timeline ...", panel.menus.open_wanted),
        ("Open what Resolve has open", panel.menus.resolve_wanted),
        ("Settings ...", window.settings_wanted),
        ("Quit", panel.menus.quit_wanted),
    ):
        with panel.qtbot.waitSignal(signal):
            action_of(panel, text).trigger()


def test_each_shortcut_stands_for_one_thing(panel: Panel) -> None:
    menus = [action.menu() for action in panel.window.menuBar().actions()]
    keys = [
        key.toString()
        for menu in menus
        if isinstance(menu, QMenu)
        for action in actions(menu)
        for key in action.shortcuts()
    ]
    assert len(keys) > 20
    assert sorted(keys) == sorted(set(keys))


def test_every_kind_of_change_is_undone_and_redone(panel: Panel) -> None:
    window, document = panel.window, panel.window.document
    form, bot = window.form, panel.qtbot
    form.show_styles([("house", "House")])
    form.show_models(["sketch"])
    steps: list[Callable[[], object]] = [
        lambda: bot.keyClicks(form.prompt, "slow dawn"),
        lambda: last(bot, form.style_box),
        lambda: bot.keyClicks(form.mood, "calm"),
        lambda: last(bot, form.key),
        lambda: typed(bot, form.tempo_low, "90"),
        lambda: last(bot, form.bend),
        lambda: last(bot, form.accents),
        lambda: panel.click(form.ignore_picture),
        lambda: last(bot, form.ending),
        lambda: panel.click(form.energy_auto),
        lambda: bot.keyClick(form.energy, Qt.Key.Key_Right),
        lambda: panel.click(form.dice),
        lambda: last(bot, form.model),
        lambda: panel.click(window.strip, panel.at(48, "cuts")),
        lambda: panel.keys(Qt.Key.Key_Up),
        lambda: window.shots.model.setData(window.shots.model.index(1, 2), "rain"),
        lambda: (panel.click(window.strip, panel.at(60, "shots")), panel.keys(Qt.Key.Key_I)),
        lambda: panel.keys(Qt.Key.Key_Escape),
        panel.score,
        lambda: panel.click(form.dice),
        panel.score,
        lambda: bot.keyClick(window, Qt.Key.Key_B, CTRL),
        lambda: panel.click(window.takes.delete),
    ]
    states: list[ScoreState] = [document.state]
    for step in steps:
        document.settle()
        step()
        assert document.state != states[-1]
        states.append(document.state)
    document.settle()
    for state in reversed(states[:-1]):
        while document.state != state:
            assert document.undo_stack.canUndo()
            bot.keyClick(window.strip, Qt.Key.Key_Z, CTRL)
    assert document.state == states[0]
    for state in states[1:]:
        while document.state != state:
            assert document.undo_stack.canRedo()
            bot.keyClick(window.strip, Qt.Key.Key_Z, CTRL | SHIFT)
    assert document.state == states[-1]
