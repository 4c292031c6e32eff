"""Progress on standard error: a bar in a terminal, elsewhere a line for each stage, once."""

from __future__ import annotations

import contextlib
import io
import re
import sys

import pytest

from vem_core.contract.progress import JobState, Progress, Stage
from vem_plugin.commands.showing import TerminalListener
from vem_plugin.terminal import PrintableStream


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


class Terminal(io.StringIO):
    """What is drawn on a terminal of 100 columns."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        """What is drawn one over the other, without the sequences that move and colour."""
        return [line.strip() for line in re.split("[\r\n]+", re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", self.getvalue()))]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name, value in (("COLUMNS", "100"), ("LINES", "30"), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)
    return Terminal()


def test_a_terminal_has_a_bar_with_the_share_the_rate_and_the_time_left(terminal: Terminal) -> None:
    with contextlib.redirect_stderr(PrintableStream(terminal)):
        listener = TerminalListener()
        listener.advance(Progress("job", JobState.QUEUED))
        for fraction, left in ((0.25, 90.0), (0.5, 61.2)):
            listener.advance(
                Progress("job", JobState.RUNNING, fraction=fraction, remaining_s=left, message="Making music")
            )
        listener.advance(Progress("job", JobState.DONE, fraction=1.0, remaining_s=0.0))
    drawn = [re.sub("^\\S* +", "", line) for line in terminal.lines if line]
    assert re.fullmatch("0% queued", drawn[0])
    assert any(re.fullmatch(r"50% Making music [0-9.]+ %/s 1:02 left", line) for line in drawn)
    assert drawn[-1] == "100% done"
    assert terminal.getvalue().endswith("\n")


def test_a_sentence_stands_above_the_bar_and_an_unfinished_bar_ends_its_line(terminal: Terminal) -> None:
    with contextlib.redirect_stderr(PrintableStream(terminal)):
        with TerminalListener() as listener:
            listener.advance(Progress("job", JobState.RUNNING, fraction=0.5, message="Making music"))
            listener.say("A sentence.")
        sys.stderr.write("vem: cancelled.\n")
    assert "A sentence." in terminal.lines
    assert terminal.lines[-2] == "vem: cancelled."


def test_names_on_the_bar_are_neither_markup_nor_control_characters(terminal: Terminal) -> None:
    with contextlib.redirect_stderr(PrintableStream(terminal)):
        listener = TerminalListener()
        nasty = "[bold red]x[/] \x1b[31m:smile: \u202e"
        listener.advance(Progress("job", JobState.RUNNING, fraction=0.5, message=nasty))
        listener.say(nasty)
        listener.advance(Progress("job", JobState.DONE, fraction=1.0))
    shown = "[bold red]x[/] \\u001b[31m:smile: \\u202e"
    assert shown in terminal.lines
    assert any(shown in line and "50%" in line for line in terminal.lines)
    assert "\x1b[31m" not in terminal.getvalue()


def test_with_json_a_terminal_has_no_bar_either(terminal: Terminal) -> None:
    with contextlib.redirect_stderr(PrintableStream(terminal)):
        TerminalListener(progress=False).advance(
            Progress("job", JobState.RUNNING, fraction=0.5, message="Making music")
        )
    assert terminal.getvalue() == ""
