"""Variants in a row: made at once, switched while they play; and a take of which a stretch is locked or made anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from fakes.panel import HittingCore, Panel
from fakes.scripted_core import step
from fakes.takes import make_sheet
from vem_core.contract.errors import Cancelled
from vem_core.contract.progress import Stage
from vem_core.contract.recut import FrameRange
from vem_ui.document.recut import adapted, fits
from vem_ui.document.state import ScoreState, TakeRecord


def make_variants(panel: Panel, count: int) -> None:
    """Choose so many from the menu under the takes, and wait."""
    (action,) = [entry for entry in panel.window.takes.variants_menu.actions() if str(count) in entry.text()]
    action.trigger()
    panel.wait_idle()


def test_variants_are_takes_that_stand_in_a_row_and_switching_keeps_the_place(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.open()
    row, document = panel.window.body.variants, panel.window.document
    assert not row.isVisible()
    make_variants(panel, 3)
    assert [take.variant_of for take in document.state.takes] == [1, 1, 1]
    assert (document.state.active_take, row.isVisible(), len(row.buttons)) == (0, True, 3)
    assert isinstance(panel.core, HittingCore)
    assert sorted(call.request.seed for call in panel.core.calls) == [0, 1, 2]
    assert all(call.request.recut is None for call in panel.core.calls)

    assert panel.window.transport.place.property("primary")

    panel.window.player.seek(3.0)
    panel.window.toggle_playing()
    panel.click(row.buttons[2])
    assert (document.state.active_take, panel.window.player.playing) == (2, True)
    assert panel.window.player.position_s >= 3.0
    assert [button.isChecked() for button in row.buttons] == [False, False, True]
    assert panel.window.transport.place.property("primary")  # another variant is no change to be scored
    row.step(True)  # after the last comes the first
    assert document.state.active_take == 0
    row.step(False)
    assert document.state.active_take == 2
    panel.window.toggle_playing()
    panel.reopen()
    assert [take.variant_of for take in panel.window.document.state.takes] == [1, 1, 1]
    panel.close()


def test_the_row_goes_where_the_active_take_was_made_alone_and_one_undo_takes_all_away(
    qtbot: QtBot, tmp_path: Path
) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.open()
    panel.score()
    make_variants(panel, 2)
    assert panel.window.body.variants.isVisible()
    panel.window.takes.choose(0)
    assert not panel.window.body.variants.isVisible()
    panel.window.takes.choose(1)
    panel.window.document.undo_stack.undo()  # of choosing
    panel.window.document.undo_stack.undo()
    assert len(panel.window.document.state.takes) == 1
    panel.close()


def test_stopped_halfway_the_variants_that_are_there_stay(qtbot: QtBot, tmp_path: Path) -> None:
    script = [step(Stage.PLAN), Cancelled("It was cancelled.")]
    panel = Panel(qtbot, tmp_path)
    panel.open()
    assert isinstance(panel.core, HittingCore)
    deliver = panel.core._deliver

    def deliver_and_stop(*arguments):  # type: ignore[no-untyped-def]
        delivered = deliver(*arguments)
        panel.core.script_on(script)  # type: ignore[attr-defined]
        return delivered

    panel.core._deliver = deliver_and_stop  # type: ignore[method-assign]
    make_variants(panel, 4)
    assert len(panel.window.document.state.takes) == 1
    assert panel.said == "One variant is made."
    panel.close()


def test_a_locked_stretch_travels_in_the_request_and_a_second_press_unlocks_it(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.open()
    panel.score()
    document, strip = panel.window.document, panel.window.strip
    strip.span_selected.emit(FrameRange(10, 60))
    texts = [action.text() for action in strip.selection_menu().actions()]
    assert any("Lock" in text for text in texts)
    strip.lock_wanted.emit()
    assert (document.state.locked, document.state.selection) == ((FrameRange(10, 60),), None)
    assert strip.locked == document.state.locked
    document.change("energy", document.state.with_shot_energy(3, [2], 1.0))
    panel.score()
    assert panel.asked.recut is not None
    assert panel.asked.recut.locked == (FrameRange(10, 60),)
    strip.span_selected.emit(FrameRange(50, 90))  # touches it
    strip.lock_wanted.emit()
    assert document.state.locked == ()
    panel.close()


def test_the_selection_of_a_take_becomes_other_music_and_the_rest_stays(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.open()
    panel.score()
    panel.window.strip.span_selected.emit(FrameRange(48, 120))
    panel.window.strip.vary_wanted.emit()
    panel.wait_idle()
    assert panel.asked.recut is not None
    assert [variation.where for variation in panel.asked.recut.varied] == [FrameRange(48, 120)]
    panel.close()


def test_locked_stretches_go_with_their_shots() -> None:
    old, new = make_sheet(48, 72, 60), make_sheet(24, 72, 60)
    state = ScoreState(locked=(FrameRange(60, 130),))
    there = adapted(state, old, new)
    assert fits(there, new)
    assert there.locked == (FrameRange(36, 106),)


def test_one_drag_gives_all_shots_of_a_selection_one_energy(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, sheet=make_sheet(48, 72, 60, 40))
    panel.open()
    panel.window.strip.span_selected.emit(FrameRange(48, 180))
    panel.window.strip.energy_dragged.emit(2, 0.8)
    assert panel.window.document.state.direction.shot_energies == (None, 0.8, 0.8, None)
    panel.window.strip.energy_dragged.emit(0, 0.2)  # outside: by itself
    assert panel.window.document.state.direction.shot_energies == (0.2, 0.8, 0.8, None)
    tip = panel.window.strip.tip_at(QPointF(panel.at(60, "energy")))
    assert "shot 2" in tip
    panel.close()


def test_rows_of_the_table_that_are_selected_get_one_energy(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, sheet=make_sheet(48, 72, 60, 40))
    panel.open()
    table = panel.window.shots.table
    for row, modifier in ((1, Qt.KeyboardModifier.NoModifier), (3, Qt.KeyboardModifier.ShiftModifier)):
        at = table.visualRect(table.model().index(row, 0)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, at)
    panel.window.shots.model.set_energy(2, 0.9)
    assert panel.window.document.state.direction.shot_energies == (None, 0.9, 0.9, 0.9)
    panel.window.shots.model.set_energy(0, 0.1)
    assert panel.window.document.state.direction.shot_energies == (0.1, 0.9, 0.9, 0.9)
    panel.close()


@pytest.mark.parametrize("active", [None, 0])
def test_takes_that_were_made_alone_are_no_variants(active: int | None) -> None:
    state = ScoreState(takes=(TakeRecord("Take 1", number=1), TakeRecord("Take 2", number=2)), active_take=active)
    assert state.variants() == ()
