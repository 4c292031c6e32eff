"""The direction in the form: each control's effect through real clicks and keys, and its undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from fakes.panel import Panel
from vem_core.contract.plan import AccentBudget, Bend, Ending

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


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


def test_what_was_heard_in_the_words_leads_to_the_brief(panel: Panel) -> None:
    form = panel.window.form
    assert form.understood.isHidden()
    panel.score()
    assert "calm, A minor" in form.understood.text()
    panel.click(form.understood)
    assert panel.window.tabs.currentWidget() is panel.window.brief
