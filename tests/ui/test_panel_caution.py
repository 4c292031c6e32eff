"""A model whose music is not for paid work says so where it is chosen and where it is set going, before it plays."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fakes.panel import STYLES, HittingCore, Panel
from fakes.scripted_core import step
from vem_core.contract.progress import Progress, Stage
from vem_plugin.client.base import CoreInfo
from vem_ui.document.preferences import Preferences
from vem_ui.forms.caution import cautions_of
from vem_ui.look.theme import DARK
from vem_ui.windows.settings_dialog import SettingsDialog

CORE = CoreInfo(
    "0.1.0",
    1,
    "a fake",
    ("sketch", "for-trials", "of-unknown-licence"),
    styles=STYLES,
    not_for_paid_work=(("for-trials", "CC BY-NC-SA 4.0"), ("of-unknown-licence", "")),
)
FORBIDDEN, UNKNOWN = cautions_of(CORE).values()


def working() -> Iterator[Progress]:
    """A job that goes on until it is cancelled."""
    while True:
        time.sleep(0.01)
        yield step(Stage.GENERATE, 3, 8, fraction=0.4)


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[Panel]:
    """A window on a core that has models which are not for paid work."""
    with contextlib.closing(Panel(qtbot, tmp_path, core=HittingCore(working(), info=CORE))) as made:
        made.open()
        made.window.controller.audition = False
        with qtbot.waitSignal(made.window.controller.core_answered, timeout=10_000):
            made.window.controller.ask_core()
        yield made


def choose(panel: Panel, row: int) -> None:
    """Choose a model with the keyboard."""
    panel.qtbot.keyClick(panel.window.form.model, Qt.Key.Key_Home)
    for _ in range(row):
        panel.qtbot.keyClick(panel.window.form.model, Qt.Key.Key_Down)


def test_conditions_are_said_as_the_core_says_them() -> None:
    core = dataclasses.replace(CORE, paid_work_on_conditions=(("conditional", "Free below a revenue."),))
    assert cautions_of(core)["conditional"] == "Free below a revenue."
    assert len(cautions_of(core)) == 3


def test_the_sentences_name_the_model_and_its_licence() -> None:
    assert "Not for paid work" in FORBIDDEN
    assert "for-trials" in FORBIDDEN
    assert "CC BY-NC-SA 4.0" in FORBIDDEN
    assert "of-unknown-licence" in UNKNOWN


def test_the_choice_of_a_model_says_what_its_music_is_not_for(panel: Panel) -> None:
    form, transport = panel.window.form, panel.window.transport
    assert not form.caution.isVisible()
    assert not transport.caution.isVisible()
    for row, sentence in ((2, FORBIDDEN), (3, UNKNOWN)):
        choose(panel, row)
        assert form.caution.isVisible()
        assert form.caution.text() == sentence
        assert transport.caution.isVisible()
        assert transport.caution.toolTip() == sentence
        assert panel.said == sentence
    choose(panel, 0)
    assert not form.caution.isVisible()
    assert not transport.caution.isVisible()
    assert panel.said == ""
    panel.window.document.undo_stack.undo()
    assert form.caution.text() == UNKNOWN
    assert transport.caution.isVisible()


def test_it_is_said_at_the_button_before_the_run_and_stays_while_it_lasts(panel: Panel) -> None:
    choose(panel, 2)
    panel.click(panel.window.forms.tabBar(), panel.window.forms.tabBar().tabRect(1).center())  # away from the choice
    assert panel.window.transport.caution.isVisible()
    assert isinstance(panel.core, HittingCore)
    assert not panel.core.calls
    panel.click(panel.window.transport.main)
    panel.qtbot.waitUntil(lambda: bool(panel.core.calls), timeout=10_000)
    assert panel.window.controller.busy
    assert panel.window.transport.caution.isVisible()
    panel.click(panel.window.transport.main)
    panel.wait_idle()


def test_the_settings_say_it_too(qtbot: QtBot) -> None:
    dialog = SettingsDialog(Preferences(), CORE.models, DARK)
    qtbot.addWidget(dialog)
    dialog.show_cautions(cautions_of(CORE))
    dialog.show()
    assert not dialog.caution.isVisible()
    qtbot.keyClick(dialog.model, Qt.Key.Key_End)
    assert dialog.caution.text() == UNKNOWN
    assert dialog.caution.isVisible()
