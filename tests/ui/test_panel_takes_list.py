"""The list of takes: compared, renamed, deleted, exported, and their settings used again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fakes.panel import HittingCore, Panel
from vem_core.contract.cut_sheet import Wish
from vem_core.contract.plan import Bend, UnmetMark
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_ui.document.preferences import Preferences
from vem_ui.pages.take_cards import CARD
from vem_ui.playback.player import matched_gains_db

CTRL = Qt.KeyboardModifier.ControlModifier


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


class StrictCore(HittingCore):
    """A core whose plan could not meet the second cut."""

    def _deliver(self, result: ScoreResult, request: ScoreRequest, folder: Path) -> ScoreResult:
        made = super()._deliver(result, request, folder)
        unmet = UnmetMark(1, False, sample_of_frame(120, request.sheet.rate), "too near to the first")
        return replace(made, plan=replace(made.plan, unmet=(unmet,)))


def test_marks_that_could_not_be_met_are_marked_with_what_can_be_done(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, core=StrictCore())
    panel.open()
    window = panel.window
    window.document.change("hits", window.document.state.with_wish(48, Wish.HIT).with_wish(120, Wish.HIT))
    panel.score()
    assert window.strip.conflict == (120,)
    assert "1 of your marks" in panel.said
    there, ignore, widen = window.message.actions_
    assert [button.text() for button in (there, ignore, widen)] == ["Go there", "Ignore this mark", "Widen the tempo"]
    panel.click(there)
    assert window.strip.playhead_frames == 120
    panel.window._show_scored()
    panel.click(ignore)
    assert window.document.state.wish_at(120) is Wish.IGNORE
    assert window.document.state.wish_at(48) is Wish.HIT
    panel.window._show_scored()
    panel.click(widen)
    assert window.document.state.direction.bend is Bend.GROOVE
    assert [said.text for said in window.message.history][-1].startswith("Done, but 1")
    panel.close()


def test_a_card_says_what_the_take_is(panel: Panel) -> None:
    panel.score()
    item = panel.window.takes.list.item(0)
    card = item.data(CARD)
    assert card.facts == "Ambient · 120 BPM · 0% met · 0:07.5"
    assert card.take is panel.window.controller.active_take()
    panel.window.takes.list.rated.emit(0, 4)
    panel.window.takes._mark(0, "Note", notes="the quiet one")
    assert item.data(CARD).in_words("Take 1").endswith("4 stars, the quiet one")
    panel.reopen()
    record = panel.window.document.state.takes[0]
    assert (record.stars, record.notes) == (4, "the quiet one")


def test_a_take_is_carried_as_a_file(panel: Panel) -> None:
    panel.score()
    takes = panel.window.takes
    urls = takes.list.mimeData([takes.list.item(0)]).urls()
    assert [Path(url.toLocalFile()).name for url in urls] == ["edit-take1.wav"]
    assert takes.wave_handle.file == Path(urls[0].toLocalFile())
    assert not takes.timeline_handle.isEnabled()
    panel.click(panel.window.transport.place)
    panel.wait_idle()
    assert takes.timeline_handle.file is not None
    assert takes.timeline_handle.file.name == "placed.otio"


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
