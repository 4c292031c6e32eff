"""The strip for a screen reader: cut by cut, with name, value, place and focus."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from vem_core.contract.cut_sheet import Wish
from vem_ui.strip.accessible import let_strips_be_read

Text = QAccessible.Text


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Panel:
    """A panel with two cuts."""
    let_strips_be_read()
    made = Panel(qtbot, tmp_path)
    made.open()
    return made


def read(panel: Panel) -> QAccessibleInterface:
    """The strip as an assistive program gets it."""
    found = QAccessible.queryAccessibleInterface(panel.window.strip)
    assert found is not None
    return found


def test_each_cut_has_its_name_its_value_and_its_place(panel: Panel) -> None:
    strip = read(panel)
    assert (strip.role(), strip.childCount()) == (QAccessible.Role.List, 2)
    cuts = [strip.child(index) for index in range(2)]
    assert [cut.text(Text.Name) for cut in cuts] == ["cut 1 of 2", "cut 2 of 2"]
    assert "01:00:02:00" in cuts[0].text(Text.Value)
    assert "auto" in cuts[0].text(Text.Value)
    boxes = [cut.rect() for cut in cuts]
    assert boxes[0].right() < boxes[1].left()
    for index, box in enumerate(boxes):
        at = strip.childAt(box.center().x(), box.center().y())
        assert at is not None
        assert strip.indexOfChild(at) == index
    panel.close()


def test_what_a_hand_and_a_take_change_is_read_out(panel: Panel) -> None:
    panel.window.hand.set_wish(1, Wish.HIT)
    panel.score()
    value = read(panel).child(1).text(Text.Value)
    assert "hit: must land on a beat" in value
    assert "ms" in value
    panel.close()


def test_the_cut_at_the_playhead_has_the_focus(panel: Panel) -> None:
    panel.window.strip.setFocus()
    assert read(panel).focusChild() is None
    panel.keys(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    panel.qtbot.waitUntil(panel.window.strip.hasFocus, timeout=5_000)
    focused = read(panel).focusChild()
    assert focused is not None
    assert focused.text(Text.Name) == "cut 1 of 2"
    assert focused.state().focused
    panel.close()


def test_strips_come_and_go_and_nothing_is_read_of_one_that_went(qtbot: QtBot, tmp_path: Path, panel: Panel) -> None:
    for number in range(3):
        other = Panel(qtbot, tmp_path / str(number))
        other.open()
        assert read(other).childCount() == 2
        assert read(other).child(1).text(Text.Name) == "cut 2 of 2"
        other.close()
        del other
        gc.collect()
    assert read(panel).childCount() == 2
    panel.close()
