"""After a re-cut: takes of the earlier cut are marked, scoring keeps their piece, what was kept is shown."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from fakes.panel import HittingCore, Panel
from fakes.takes import make_sheet
from vem_core.contract.cut_sheet import CutSheet, SourceSpan
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue, shot_boundaries_samples
from vem_core.contract.recut import FrameRange
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import KeptSpan, Refit, ScoreResult
from vem_ui.pages.take_cards import CARD


def sheet_of_shots(**lengths: int) -> CutSheet:
    """A sheet whose shots come from media of those names."""
    sheet = make_sheet(*lengths.values())
    named = tuple(
        dataclasses.replace(shot, source=SourceSpan(name, 0.0, sheet.rate))
        for shot, name in zip(sheet.shots, lengths, strict=True)
    )
    return dataclasses.replace(sheet, shots=named)


class RefittingCore(HittingCore):
    """Keeps the first second of the take before, where it is given one."""

    def _deliver(self, result: ScoreResult, request: ScoreRequest, folder: Path) -> ScoreResult:
        made = super()._deliver(result, request, folder)
        if request.recut is None:
            return made
        refit = Refit(request.recut.earlier.take, (KeptSpan(0, 48_000, 0),), "Kept 1 of 5 bars of take 1.")
        return dataclasses.replace(made, refit=refit)


@pytest.fixture
def recut(qtbot: QtBot, tmp_path: Path) -> Panel:
    """A window whose timeline was scored, then lost its middle shot."""
    panel = Panel(qtbot, tmp_path, sheet=sheet_of_shots(a=48, b=72, c=60), core=RefittingCore())
    panel.open()
    panel.score()
    panel.host.sheet = sheet_of_shots(a=48, c=60)
    with qtbot.waitSignal(panel.window.document.thumbnails_changed):
        panel.window.controller.read_again()
    panel.wait_idle()
    return panel


def notes(panel: Panel) -> list[str]:
    items = [panel.window.takes.list.item(row) for row in range(panel.window.takes.list.count())]
    return [item.data(CARD).flag for item in items]


def test_a_take_for_an_earlier_cut_is_marked(recut: Panel) -> None:
    assert notes(recut) == ["earlier cut"]
    item = recut.window.takes.list.item(0)
    assert item.data(Qt.ItemDataRole.AccessibleTextRole).startswith("Take 1, earlier cut, ")
    recut.score()
    assert notes(recut) == ["earlier cut", ""]
    recut.close()


def test_a_take_of_a_range_that_did_not_change_is_not_marked(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, sheet=sheet_of_shots(a=48, b=72, c=60))
    panel.open()
    panel.click(panel.window.strip, panel.at(20, "shots"))
    panel.keys(Qt.Key.Key_I)
    panel.click(panel.window.strip, panel.at(100, "shots"))
    panel.keys(Qt.Key.Key_O)
    panel.score()
    panel.host.sheet = sheet_of_shots(a=48, b=72, c=90)
    with qtbot.waitSignal(panel.window.document.thumbnails_changed):
        panel.window.controller.read_again()
    panel.wait_idle()
    assert notes(panel) == [""]
    panel.close()


def test_scoring_after_a_re_cut_keeps_the_piece_and_says_what_it_kept(recut: Panel) -> None:
    window = recut.window
    assert window.transport.main.text() == "Refit the music"
    recut.score()
    earlier = recut.asked.recut
    assert earlier is not None
    assert earlier.earlier.take == 1
    assert earlier.earlier.sheet == sheet_of_shots(a=48, b=72, c=60)
    (sound,) = earlier.earlier.sounds
    assert sound.role == "mix"
    assert isinstance(recut.core, RefittingCore)
    assert recut.core.calls[-1].attachments[sound.sha256] == (recut.folder / "edit-take1.wav").read_bytes()
    assert "Kept 1 of 5 bars of take 1." in window.report.headline.text()
    assert window.strip.model is not None
    assert window.strip.model.kept == ((0.0, 24.0),)
    assert window.strip.tip_at(recut.at(12, "waveform").toPointF()) == "kept from the take before"
    assert window.strip.tip_at(recut.at(60, "waveform").toPointF()) == "regenerated for this cut"
    recut.close()


def test_takes_say_how_they_differ(recut: Panel) -> None:
    recut.score()
    tips = [recut.window.takes.list.item(row).toolTip().splitlines() for row in range(2)]
    assert tips[0] == ["auto, seed 0", "edit-take1.wav", "Made for an earlier cut of this timeline"]
    assert tips[1] == ["auto, seed 0", "edit-take2.wav", "shots: 1 gone", "Kept 1 of 5 bars of take 1."]
    recut.close()


def test_other_words_at_one_shot_keep_the_piece_and_other_wishes_do_not(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, sheet=sheet_of_shots(a=48, b=72, c=60), core=RefittingCore())
    panel.open()
    panel.score()
    window = panel.window
    assert window.transport.main.text() == "Score again"
    window.document.change("words", window.document.state.with_shot_words(3, 1, "a storm"))
    assert window.transport.main.text() == "Refit the music"
    panel.score()
    recut = panel.asked.recut
    assert recut is not None
    assert (recut.earlier.direction.shot_words, panel.asked.direction.shot_words) == ((), ("", "a storm", ""))
    state = window.document.state
    calmer = state.asking(mood="calm")
    window.document.change("mood", calmer.with_shot_words(3, 1, "silence"))
    panel.score()
    assert panel.asked.recut is None
    panel.close()


def test_another_description_of_one_shot_keeps_the_piece(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path, sheet=sheet_of_shots(a=48, b=72, c=60), core=RefittingCore())
    panel.open()
    panel.score()
    document = panel.window.document
    bounds = shot_boundaries_samples(panel.host.sheet)
    cues = tuple(StoryboardCue(start, end - start, "a road") for start, end in itertools.pairwise(bounds))
    parsed = Parse("bundled", bounds[-1], GlobalCues(), cues, ())
    document.set_parsed(parsed)
    document.change("description", dataclasses.replace(document.state, parse=parsed.with_description(1, "a storm")))
    assert panel.window.transport.main.text() == "Refit the music"
    panel.score()
    assert panel.asked.recut is not None
    assert [variation.where for variation in panel.asked.recut.varied] == [FrameRange(48, 120)]
    other = dataclasses.replace(document.state, parse=parsed.with_overall(GlobalCues(theme="home")))
    document.change("theme", other)
    panel.score()
    assert panel.asked.recut is None
    panel.close()


def test_another_style_after_a_re_cut_makes_another_piece_and_says_so(recut: Panel) -> None:
    document = recut.window.document
    said: list[str] = []
    document.noticed.connect(said.append)
    document.change("style", document.state.asking(style="techno", tempo_bpm=(130.0, 140.0)))
    assert recut.window.transport.main.text() == "Score timeline"
    recut.score()
    assert recut.asked.recut is None
    assert (recut.asked.direction.style, recut.asked.direction.tempo_bpm) == ("techno", (130.0, 140.0))
    assert len(said) == 1
    assert "style" in said[0]
    recut.close()


def roll(panel: Panel) -> None:
    panel.click(panel.window.form.dice)


def select(panel: Panel) -> None:
    panel.click(panel.window.strip, panel.at(50, "shots"))
    panel.keys(Qt.Key.Key_I)


@pytest.mark.parametrize(("wish", "text"), [(roll, "Score timeline"), (select, "Score selection")])
def test_another_seed_or_a_selection_asks_for_another_piece(
    recut: Panel, wish: Callable[[Panel], None], text: str
) -> None:
    wish(recut)
    assert recut.window.transport.main.text() == text
    recut.score()
    assert recut.asked.recut is None
    recut.close()


def test_a_selected_range_of_a_take_is_varied_and_the_rest_stays(panel: Panel) -> None:
    window = panel.window
    panel.score()
    window.hand.select(FrameRange(48, 120))
    vary = next(action for action in panel.menus._window.findChildren(QAction) if "Vary" in action.text())
    assert vary.isEnabled()
    vary.trigger()
    panel.wait_idle()
    recut = panel.asked.recut
    assert recut is not None
    assert [entry.where for entry in recut.varied] == [FrameRange(48, 120)]
    assert panel.asked.sheet.duration_frames == 180
    assert len(window.document.state.takes) == 2
