"""A job's progress on one line of a terminal, drawn by rich."""

from __future__ import annotations

import math
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from vem_core.contract.progress import Progress
from vem_plugin.terminal import printable


class ProgressBar:
    """A bar, the share, what is being done, the rate, and how long it will take, where these are known.

    Drawn when told to, by no thread of its own. No text is read as markup; names of strangers are escaped.
    """

    def __init__(self, stream: TextIO) -> None:
        console = _Console(file=stream, markup=False, emoji=False, highlight=False)
        self._bar = Bar(
            BarColumn(24),
            TextColumn("{task.percentage:>3.0f}%", markup=False),
            TextColumn("{task.description}", markup=False),
            _Rate(),
            TextColumn("{task.fields[left]}", markup=False),
            console=console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=1.0, left="")

    def show(self, progress: Progress) -> None:
        """Draw a step."""
        self._bar.update(
            self._task,
            completed=progress.fraction,
            description=printable(progress.message or progress.state.value),
            left=time_left(progress),
        )
        if self._bar.live.is_started:
            self._bar.refresh()
        else:
            self._bar.start()

    def say(self, sentence: str) -> None:
        """A line above the bar."""
        self._bar.console.print(Text(printable(sentence)), soft_wrap=True)

    def close(self) -> None:
        """Leave the bar as it stands; what is written next begins on a line of its own."""
        self._bar.stop()


class _Console(Console):
    def show_cursor(self, show: bool = True) -> bool:
        """Leave the cursor: a run that is killed could not bring it back."""
        return False


class _Rate(ProgressColumn):
    """Percent of the job a second, over the last half minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{100 * task.speed:.1f} %/s" if task.speed and not task.finished else "")


def time_left(progress: Progress) -> str:
    """How long a job will take, as minutes and seconds; empty where nobody knows."""
    if progress.remaining_s is None or progress.state.is_final:
        return ""
    minutes, seconds = divmod(math.ceil(progress.remaining_s), 60)
    return f"{minutes}:{seconds:02} left"
