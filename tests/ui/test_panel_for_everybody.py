"""Contrast, marks that need no colour, what a screen reader hears, keys without surprises, one start page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from fakes.panel import Panel
from vem_ui.look.theme import THEMES, Theme
from vem_ui.windows.help_dialogs import shortcuts_dialog

TEXTS = ("text", "faint", "accent", "near", "missed", "hit")
MARKS = ("cut", "hit", "near", "missed", "drop", "energy", "tempo", "waveform", "downbeat", "playhead", "accent")
GROUNDS = ("window", "panel")


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2.2."""
    rgb = QColor(color).getRgbF()[:3]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme: Theme, one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2 between two of a theme's colours."""
    light, dark = sorted((luminance(getattr(theme, name)) for name in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_texts_and_marks_stand_out(theme: Theme) -> None:
    texts = {(role, ground): contrast(theme, role, ground) for role in TEXTS for ground in GROUNDS}
    texts["on_accent", "accent"] = contrast(theme, "on_accent", "accent")
    assert {pair: ratio for pair, ratio in texts.items() if ratio < 4.5} == {}
    marks = {role: contrast(theme, role, "window") for role in MARKS}
    assert {role: ratio for role, ratio in marks.items() if ratio < 3} == {}


def test_the_strip_is_read_out_cut_by_cut(panel: Panel) -> None:
    strip = panel.window.strip
    panel.score()
    panel.keys(Qt.Key.Key_Home)
    panel.keys(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    said = strip.accessibleDescription()
    assert said.startswith("cut 1 of 2, 01:00:02:00, auto")
    assert "nearest beat +0.0 ms" in said
    panel.keys(Qt.Key.Key_Right)
    assert strip.accessibleDescription().startswith("shot 2 of 3, shot 1, 01:00:02:01")


def test_an_empty_window_says_where_to_begin(panel: Panel) -> None:
    start = panel.window.body.start
    assert not start.isVisible()
    start.show_styles((("house", "House"),))
    start.show_recent(())
    assert [button.accessibleName() for button in start.styles.values()] == ["Hear House"]
    assert start.demo.text() == "Try the demo"


def test_a_style_is_heard_and_everything_is_as_before(panel: Panel) -> None:
    window = panel.window
    window.seek(60.0)
    window.body.start.show_styles((("house", "House"),))
    window.styles.hear("house")
    panel.qtbot.waitUntil(lambda: window.player.playing, timeout=20_000)
    assert window.body.start.playing == "house"
    assert panel.asked.direction.style == "house"
    window.styles.hear("house")
    assert not window.player.playing
    assert window.body.start.playing == ""
    assert window.player.position_s == pytest.approx(2.5)
    assert window.player.range_s == (0.0, 7.5)


def test_help_and_history_open_as_tables(panel: Panel) -> None:
    dialog = shortcuts_dialog(panel.window.theme, panel.window)
    assert dialog.table.rowCount() > 10
    dialog.close()
    panel.window.say("One thing")
    panel.window.say("Another")
    assert [said.text for said in panel.window.message.history][-2:] == ["One thing", "Another"]
