"""The brief in the open, the tempo's trade-off, and what a refit would keep, before a note is made."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from fakes.panel import Panel
from vem_core.contract.brief import Source
from vem_core.contract.cut_sheet import Wish
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.plan import Bend
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_core.contract.wishes import Wishes
from vem_ui.pages.brief_view import VALUE
from vem_ui.pages.tempo_curve import TempoCurve, farthest_of_each


def foresee(panel: Panel) -> None:
    """Look at the brief until the core has said it."""
    window = panel.window
    window.show_brief()
    panel.qtbot.waitUntil(lambda: window.controller.forecast.foreseen is not None, timeout=20_000)
    panel.qtbot.waitUntil(lambda: not window.controller.forecast.asking, timeout=20_000)


def test_the_brief_says_what_was_understood_from_where_and_what_was_not(panel: Panel) -> None:
    window = panel.window
    window.document.change("words", window.document.state.asking(prompt="sad piano, no drums, gribbling"))
    foresee(panel)
    entries = {entry.name: entry for entry in window.brief.model.entries}
    assert entries["Mood"].value == "sad"
    assert entries["Mood"].source is Source.WORDS
    assert "without drums" in entries["Instruments"].value
    assert "gribbling" in window.brief.missed.text()
    assert "sad" in window.brief.words.text()


def test_the_level_of_a_player_is_listed_and_can_be_changed(panel: Panel) -> None:
    window = panel.window
    window.document.change("words", window.document.state.asking(prompt="less drums"))
    foresee(panel)
    model = window.brief.model
    row = next(row for row, entry in enumerate(model.entries) if entry.name == "Level of drums")
    assert model.entries[row].value == "-6 dB"
    assert model.entries[row].source is Source.WORDS
    assert model.setData(model.index(row, VALUE), "-3")
    assert window.document.state.direction.prompt == "less drums. drums -3 dB"
    assert not model.setData(model.index(row, VALUE), "soft")


def test_what_the_picture_decided_says_what_was_seen(panel: Panel) -> None:
    foresee(panel)
    model = panel.window.brief.model
    seen = dataclasses.replace(
        SEEN := panel.window.controller.forecast.foreseen.brief,
        style=dataclasses.replace(SEEN.style, from_=Source.PICTURE, sureness=0.4, because=("the sea", "bright")),
        mood=dataclasses.replace(SEEN.mood, from_=Source.PICTURE, sureness=0.2, because=("dark",)),
    )
    model.show_brief(seen)
    said = {entry.name: model.data(model.index(row, 2)) for row, entry in enumerate(model.entries)}
    assert (said["Style"], said["Mood"]) == ("the picture: the sea, bright", "the picture: dark (not sure)")


def test_each_value_can_be_changed_in_place(panel: Panel) -> None:
    window = panel.window
    foresee(panel)
    rows = {entry.wish: row for row, entry in reversed(list(enumerate(window.brief.model.entries)))}
    for wish, value in (("tempo_bpm", "90-96 BPM"), ("style", "house"), ("mood", "tense"), ("words", "in 3/4")):
        assert window.brief.model.setData(window.brief.model.index(rows[wish], VALUE), value)
    direction = window.document.state.direction
    assert (direction.tempo_bpm, direction.style, direction.mood) == ((90.0, 96.0), "house", "tense")
    assert direction.prompt == "in 3/4"
    assert not window.brief.model.setData(window.brief.model.index(rows["tempo_bpm"], VALUE), "fast")
    window.document.undo_stack.undo()
    assert window.document.state.direction.prompt == ""


def test_nothing_is_asked_while_nobody_looks(panel: Panel) -> None:
    assert panel.window.tabs.currentWidget() is not panel.window.brief
    panel.window.document.change("words", panel.window.document.state.asking(prompt="sad"))
    panel.qtbot.wait(700)
    assert panel.window.controller.forecast.foreseen is None


def test_what_a_refit_would_keep_stands_before_the_button(panel: Panel) -> None:
    window = panel.window
    panel.score()
    window.document.change("ending", window.document.state.with_wish(48, window.strip.model.cuts[0].wish.HIT))
    panel.qtbot.waitUntil(lambda: window.controller.forecast.outlook is not None, timeout=20_000)
    panel.qtbot.waitUntil(lambda: not window.controller.forecast.asking, timeout=20_000)
    assert window.transport.selection.toolTip() == "1 shot changed: 80 % of take 1 stays"


def test_nothing_is_said_of_a_change_that_was_taken_back(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    window, answer = panel.window, threading.Event()
    panel.score()

    def outlook(request: object, attachments: object, on_progress: object) -> RecutOutlook:
        assert answer.wait(20)
        return RecutOutlook(1, 1, 0.8)

    monkeypatch.setattr(panel.core, "outlook", outlook)
    window.document.change("ending", window.document.state.with_wish(48, Wish.HIT))
    panel.qtbot.waitUntil(lambda: window.controller.forecast.asking, timeout=20_000)
    window.document.undo_stack.undo()
    panel.qtbot.wait(700)  # the change back has come to rest, and the answer to the first is still awaited
    answer.set()
    panel.qtbot.waitUntil(lambda: not window.controller.forecast.asking, timeout=20_000)
    assert window.controller.forecast.outlook is None
    assert window.transport.selection.toolTip() == ""


def option(bend: Bend, excursion: float, met: int) -> TempoOption:
    """A point of a curve over ten cuts."""
    return TempoOption(bend, excursion, excursion, met, met, 10, 0.3, 0.1, (120.0,))


def test_a_point_of_the_curve_chooses_how_far_the_tempo_bends(panel: Panel) -> None:
    curve = TempoCurve()
    panel.qtbot.addWidget(curve)
    curve.resize(360, 150)
    points = (option(Bend.STEADY, 0.0, 3), option(Bend.GROOVE, 0.01, 5), option(Bend.GROOVE, 0.02, 7))
    options = TempoOptions(Bend.GROOVE, (*points, option(Bend.FREE, 0.1, 10)))
    curve.show_options(options, None)
    assert farthest_of_each(options.options)[Bend.GROOVE].excursion == 0.02
    assert "groove: 70% of the cuts, 2.0% off the home tempo (chosen)" in curve.accessibleDescription()
    with panel.qtbot.waitSignal(curve.bend_chosen) as chosen:
        panel.click(curve, curve.place_of(options.options[-1]).toPoint())
    assert chosen.args == [Bend.FREE]


def test_what_follows_from_a_take_says_of_which(panel: Panel) -> None:
    window = panel.window
    window.document.change("style", window.document.state.asking(style="house", prompt="sad"))
    panel.score()
    foresee(panel)

    def said() -> dict[str, object]:
        model = window.brief.model
        return {entry.name: model.data(model.index(row, 2)) for row, entry in enumerate(model.entries)}

    assert (said()["Style"], said()["Mood"]) == ("as you set it", "your words")
    state = window.document.state
    window.document.change("open", dataclasses.replace(state, asked=Wishes(model="sketch")))
    assert (said()["Style"], said()["Mood"]) == ("as Take 1 had it", "the words of Take 1")


def test_a_word_of_two_slips_is_asked_about_beside_the_words(panel: Panel) -> None:
    window = panel.window
    window.form.prompt.setPlainText("melankolik strings")
    panel.qtbot.waitUntil(lambda: window.form.nearest.isVisibleTo(window.form), timeout=20_000)
    assert window.form.nearest.text() == "Not understood: melankolik. Did you mean melancholic?"
    panel.click(window.form.nearest)
    assert window.document.state.direction.prompt == "melancholic strings"
    panel.qtbot.waitUntil(lambda: not window.form.nearest.isVisibleTo(window.form), timeout=20_000)
