"""What an editor does on the first day, with a real mouse and real keys: drop, score, play, look around."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.desktop import DragSource, NativePanel
from fakes.edits import write_edit

pytestmark = pytest.mark.slow
Start = Callable[..., NativePanel]
SCORED = "len(core.calls)"
STEPS = "window.document.undo_stack.count()"
IDLE = "not window.controller.busy"


def score(panel: NativePanel) -> None:
    """Click the main button and wait for the take."""
    panel.click("window.transport.main")
    panel.wait(f"{SCORED} == 1 and {IDLE} and len(window.document.state.takes) == 1")


def test_a_timeline_dropped_on_the_empty_window_opens(start: Start, tmp_path: Path) -> None:
    edit = write_edit(tmp_path / "edit.otio", [24, 30, 20])
    panel = start()
    source = DragSource(panel, edit)
    source.drop_on(panel.ask("center(window)"))
    panel.wait("window is not None and window.document.reading is not None")
    source.close()
    assert panel.ask("len(panel.windows)") == 1
    assert panel.ask("window.title.text()") == "edit"


def test_the_timeline_comes_up_where_the_empty_window_stood(start: Start, tmp_path: Path) -> None:
    edit = write_edit(tmp_path / "edit.otio", [24, 30, 20])
    panel = start()
    panel.ask("window.setGeometry(60, 90, 900, 560)")
    panel.wait("window.geometry().getRect() == (60, 90, 900, 560)")
    panel.ask(f"panel.open(Path({str(edit)!r})) and 1")
    panel.wait("len(panel.windows) == 1 and window.document.reading is not None and window.isVisible()")
    panel.wait("window.geometry().getRect() == (60, 90, 900, 560)", 10)


def test_the_settings_are_on_a_laptops_screen_and_their_buttons_are_plain(panel: NativePanel) -> None:
    panel.ask("window.settings_wanted.emit()")
    dialog = "QApplication.activeModalWidget()"
    panel.wait(f"{dialog} is not None")
    panel.wait(f"{dialog}.frameGeometry().height() <= 768")
    assert panel.ask(f"{dialog}.buttons.mapToGlobal({dialog}.buttons.rect().bottomLeft()).y()") < 768
    assert panel.ask(f"[button.icon().isNull() for button in {dialog}.buttons.buttons()]") == [True, True]
    panel.desktop.keys("Escape")
    panel.wait(f"{dialog} is None")


def test_space_after_score_plays_and_makes_no_second_take(panel: NativePanel) -> None:
    score(panel)
    panel.desktop.keys("space")
    panel.wait("window.player.playing", 5)
    panel.desktop.keys("space")
    panel.wait("not window.player.playing", 5)
    assert panel.ask(SCORED) == 1


def test_space_while_it_scores_does_not_cancel(panel: NativePanel) -> None:
    panel.click("window.transport.main")
    panel.desktop.keys("space", "space")
    panel.wait(f"{IDLE} and len(window.document.state.takes) == 1")


def test_a_double_click_on_score_scores_once_and_cancels_nothing(panel: NativePanel) -> None:
    panel.click("window.transport.main", times=2)
    panel.wait(f"{IDLE} and len(window.document.state.takes) == 1")
    assert panel.ask(SCORED) == 1


def test_another_piece_is_one_click_away_where_nothing_changed(panel: NativePanel) -> None:
    score(panel)
    panel.click("window.transport.main")
    panel.wait("window.message.action.isVisible()")
    panel.click("window.message.action")
    panel.wait(f"{SCORED} == 2 and {IDLE} and len(window.document.state.takes) == 2")


def test_space_in_a_text_field_is_a_space(panel: NativePanel) -> None:
    panel.click("window.form.prompt")
    panel.desktop.keys("a", "space", "b")
    panel.wait("window.document.state.direction.prompt == 'a b'")
    assert not panel.ask("window.player.playing")


def test_j_k_and_l_shuttle(panel: NativePanel) -> None:
    score(panel)
    panel.desktop.keys("l")
    panel.wait("window.player.playing", 5)
    panel.wait("window.strip.playhead_frames > 12", 10)
    panel.desktop.keys("j")
    panel.wait("window.player.speed < 0", 5)
    panel.desktop.keys("k")
    panel.wait("not window.player.playing", 5)


@pytest.mark.parametrize("row", ["ruler", "shots"])
def test_a_click_near_a_cut_goes_there_and_changes_nothing(panel: NativePanel, row: str) -> None:
    at = panel.in_strip(120, row)
    panel.desktop.click([at[0] + 2, at[1]])
    panel.wait("abs(window.strip.playhead_frames - 120) < 3")
    assert panel.ask(STEPS) == 0


def test_a_wish_is_given_in_its_own_row(panel: NativePanel) -> None:
    panel.desktop.click(panel.in_strip(120, "cuts"))
    panel.wait("window.document.state.wish_at(120) is not None")
    assert panel.ask("window.document.state.wish_at(120).value") == "hit"
    panel.wait("'hit: must land on a beat' in QToolTip.text()", 5)


def test_a_click_on_an_energy_changes_nothing_and_a_drag_does(panel: NativePanel) -> None:
    at = panel.in_strip(80, "energy")
    panel.desktop.click(at)
    panel.wait("abs(window.strip.playhead_frames - 80) < 3")
    assert panel.ask(STEPS) == 0
    panel.desktop.drag(at, [at[0], at[1] - 20])
    panel.wait("window.document.state.direction.shot_energies[1] is not None")


def test_the_wheel_over_the_form_scrolls_and_changes_nothing(panel: NativePanel) -> None:
    panel.wait("window.form.style_box.count() == 3")
    for box in ("style_box", "bend", "seed", "tempo_low", "energy"):
        panel.desktop.move(panel.ask(f"center(window.form.{box})"))
        panel.desktop.xdo("click", "--repeat", "2", "5")
    panel.ask("1")
    assert panel.ask(STEPS) == 0


def test_it_plays_before_the_first_take(panel: NativePanel) -> None:
    panel.desktop.keys("space")
    panel.wait("window.player.playing", 5)
    panel.wait("window.strip.playhead_frames > 6", 10)
    panel.desktop.keys("k")
    panel.wait("not window.player.playing", 5)
    assert panel.ask(SCORED) == 0


def test_everything_is_on_a_laptops_screen(panel: NativePanel) -> None:
    for part in ("takes.compare", "takes.export", "takes.delete", "transport.main", "transport.place"):
        x, y = panel.ask(f"center(window.{part})")
        assert 0 <= x < 1366, part
        assert 0 <= y < 768, part
        assert panel.ask(f"window.{part}.visibleRegion().boundingRect().height()") > 10, part


def test_the_window_fits_beside_an_editor(panel: NativePanel) -> None:
    assert panel.ask("window.minimumSizeHint().width()") <= 420
    panel.ask("window.resize(420, 700)")
    panel.wait("window.width() == 420")
    panel.ask("window.move(20, 20)")
    panel.wait("window.transport.main.visibleRegion().boundingRect().width() > 60")
    time.sleep(0.5)  # the window manager moves it when it likes
    score(panel)
