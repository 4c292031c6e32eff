"""Progress on standard error where that is no terminal: a line for each stage, once."""

from __future__ import annotations

import pytest

from vem_core.contract.progress import JobState, Progress, Stage
from vem_plugin.commands.showing import TerminalListener


def test_each_stage_is_said_once_and_states_without_words_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    line = TerminalListener().advance
    line(Progress("job", JobState.QUEUED))
    for step in range(3):
        line(Progress("job", JobState.RUNNING, Stage.GENERATE, step, 3, step / 3, message="Making the music"))
    line(Progress("job", JobState.RUNNING, Stage.MASTER, 0, 1, 0.9, message="Setting the loudness"))
    line(Progress("job", JobState.DONE, fraction=1.0))
    assert capsys.readouterr().err.splitlines() == ["Making the music", "Setting the loudness"]
