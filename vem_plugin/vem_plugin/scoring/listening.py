"""What a scoring session says while it works, and to whom."""

from __future__ import annotations

import logging
from typing import Protocol

from vem_core.contract.progress import Progress

LOG = logging.getLogger(__name__)


class Listener(Protocol):
    """Hears what an editor should know. Whatever `advance` raises cancels the job, and comes out of the session."""

    def say(self, sentence: str) -> None:
        """A sentence for the editor."""
        ...

    def advance(self, progress: Progress) -> None:
        """A step of the running job."""
        ...


class LogListener:
    """Writes sentences and steps to the log: for programs that have nobody to show them to."""

    def say(self, sentence: str) -> None:
        """One line of the log."""
        LOG.info("%s", sentence)

    def advance(self, progress: Progress) -> None:
        """The share and the stage, in one line of the log."""
        stage = progress.stage.value if progress.stage else progress.state.value
        LOG.info("%3.0f%% %s", 100 * progress.fraction, stage)


class SilentListener:
    """Hears nothing."""

    def say(self, sentence: str) -> None:
        """Nothing."""

    def advance(self, progress: Progress) -> None:
        """Nothing."""
