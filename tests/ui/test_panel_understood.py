"""What a model is conditioned on, shot by shot: read on demand, changed in place, sent along, kept through a re-cut."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from fakes.scripted_core import ScriptedCore
from fakes.takes import make_sheet
from vem_core.contract.errors import CoreLost
from vem_core.contract.parse import VisualContent
from vem_ui.pages.understood_view import DESCRIPTION, UnderstoodView, look_in_words


def read_shots(panel: Panel) -> UnderstoodView:
    """Read the shots with a click, and give the tab."""
    view = panel.window.understood
    panel.window.tabs.setCurrentWidget(view)
    with panel.qtbot.waitSignal(panel.window.document.parsed_changed):
        panel.click(view.read)
    panel.wait_idle()
    return view


def describe(panel: Panel, shot: int, words: str) -> None:
    """Write what a shot shows, as a person would."""
    view = panel.window.understood
    view.table.edit(view.model.index(shot, DESCRIPTION))
    editor = view.table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    panel.qtbot.keyClicks(editor, words)
    panel.qtbot.keyClick(editor, Qt.Key.Key_Return)


def shown(panel: Panel) -> list[str]:
    model = panel.window.understood.model
    return [str(model.data(model.index(row, DESCRIPTION))) for row in range(model.rowCount())]


def test_nothing_is_shown_until_it_is_read(panel: Panel) -> None:
    view = panel.window.understood
    panel.window.tabs.setCurrentWidget(view)
    assert not view.table.isVisible()
    read_shots(panel)
    assert view.table.isVisible()
    assert len(shown(panel)) == 3
    assert "small" in view.note.text() or view.note.text().startswith("Read by")


def test_changed_words_are_sent_undone_and_forgotten(panel: Panel) -> None:
    view, document = read_shots(panel), panel.window.document
    before = shown(panel)
    describe(panel, 1, "rain on glass")
    panel.qtbot.waitUntil(lambda: shown(panel)[1] == "rain on glass")
    view.fields["emotion"].setFocus()
    view.fields["emotion"].selectAll()
    panel.qtbot.keyClicks(view.fields["emotion"], "longing")
    panel.qtbot.keyClick(view.fields["emotion"], Qt.Key.Key_Return)
    panel.qtbot.keyClicks(view.fields["tags"], ", slow, piano")
    panel.qtbot.keyClick(view.fields["tags"], Qt.Key.Key_Return)
    panel.score()
    sent = panel.asked.parse
    assert sent is not None
    assert sent.storyboard[1].description == "rain on glass"
    assert sent.overall.emotion == "longing"
    assert sent.overall.tags[-2:] == ("slow", "piano")
    for _ in range(4):  # the take, the tags, the emotion, the description
        document.undo_stack.undo()
    assert document.state.parse is None
    assert shown(panel) == before
    document.undo_stack.redo()
    assert shown(panel)[1] == "rain on glass"
    panel.click(view.forget)
    assert shown(panel) == before


def test_changes_are_there_when_the_timeline_is_opened_again(panel: Panel) -> None:
    read_shots(panel)
    describe(panel, 0, "a quiet harbour")
    panel.qtbot.waitUntil(lambda: panel.window.document.state.parse is not None)
    panel.reopen()
    assert shown(panel)[0] == "a quiet harbour"


def test_a_row_goes_to_its_shot(panel: Panel) -> None:
    view = read_shots(panel)
    rect = view.table.visualRect(view.model.index(2, 0))
    panel.click(view.table.viewport(), rect.center())
    assert panel.window.strip.playhead_frames == 120.0
    panel.qtbot.keyClick(view.table, Qt.Key.Key_Up)
    panel.qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert panel.window.strip.playhead_frames == 48.0


def test_a_selection_is_scored_without_the_parse_of_the_whole(panel: Panel) -> None:
    read_shots(panel)
    describe(panel, 0, "a quiet harbour")
    panel.qtbot.waitUntil(lambda: panel.window.document.state.parse is not None)
    panel.click(panel.window.strip, panel.at(60, "shots"))
    panel.keys(Qt.Key.Key_I)
    panel.score()
    assert panel.asked.parse is None


def test_descriptions_follow_their_shots_through_a_re_cut(panel: Panel) -> None:
    read_shots(panel)
    describe(panel, 2, "the last wave")
    panel.qtbot.waitUntil(lambda: panel.window.document.state.parse is not None)
    panel.host.sheet = make_sheet(48, 30, 72, 60)
    with panel.qtbot.waitSignal(panel.window.document.thumbnails_changed):
        panel.window.controller.read_again()
    panel.wait_idle()
    parse = panel.window.document.state.parse
    assert parse is not None
    assert len(parse.storyboard) == 4
    panel.score()
    assert panel.asked.parse == parse


def test_a_core_that_is_lost_while_it_reads_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, core=ScriptedCore([CoreLost("The core stopped answering.")]))
    panel.open()
    panel.window.tabs.setCurrentWidget(panel.window.understood)
    panel.click(panel.window.understood.read)
    panel.wait_idle()
    assert "stopped answering" in panel.said
    panel.click(panel.window.message.action)
    panel.wait_idle()
    assert len(shown(panel)) == 3
    panel.close()


def test_looks_in_words() -> None:
    assert look_in_words(VisualContent()) == "no picture"
    assert look_in_words(VisualContent(known=True, light=0.1, warmth=-0.5, saturation=0.3)) == "dark, cold, still"
    assert look_in_words(VisualContent(known=True, light=0.5, saturation=0.3, motion=0.1)) == "even"
