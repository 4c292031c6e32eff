"""Progress on standard error where that is no terminal: a line for each stage, once."""

from __future__ import annotations

import pytest

from vem_core.contract.progress import JobState, Progress, Stage
from vem_plugin.commands.showing import TerminalListener, progress_line


def test_each_stage_is_said_once_and_states_without_words_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    line = TerminalListener().advance
    line(Progress("job", JobState.QUEUED))
    for step in range(3):
        line(Progress("job", JobState.RUNNING, Stage.GENERATE, step, 3, step / 3, message="Making the music"))
    line(Progress("job", JobState.RUNNING, Stage.MASTER, 0, 1, 0.9, message="Setting the loudness"))
    line(Progress("job", JobState.DONE, fraction=1.0))
    assert capsys.readouterr().err.splitlines() == ["Making the music", "Setting the loudness"]


def test_a_program_that_reads_our_json_hears_sentences_and_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    listener = TerminalListener(progress=False)
    listener.advance(Progress("job", JobState.RUNNING, Stage.GENERATE, message="Making the music"))
    listener.say("3 cuts in 2.0 s.")
    assert capsys.readouterr().err == "3 cuts in 2.0 s.\n"


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (Progress("job", JobState.QUEUED), f"[{'-' * 24}]   0%  queued"),
        (
            Progress("job", JobState.RUNNING, fraction=0.5, remaining_s=61.2, message="Making the music"),
            f"[{'#' * 12}{'-' * 12}]  50%  Making the music, 1:02 left",
        ),
        (Progress("job", JobState.DONE, fraction=1.0, remaining_s=0.0), f"[{'#' * 24}] 100%  done"),
    ],
)
def test_the_line_of_a_terminal_has_a_bar_the_share_and_the_time_left(progress: Progress, line: str) -> None:
    assert progress_line(progress) == line
