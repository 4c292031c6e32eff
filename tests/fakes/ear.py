"""Somebody who hears all that a scoring session says, and a session with a core that is there already."""

from __future__ import annotations

import contextlib
from typing import Any

from vem_core.contract.progress import Progress
from vem_plugin.hosts.base import Host
from vem_plugin.scoring.session import ScoringSession


class Ear:
    """A `Listener` that remembers every sentence, those of a job's progress among them."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        """Remember it."""
        self.said.append(sentence)

    def advance(self, progress: Progress) -> None:
        """Remember what a step says."""
        self.said.append(progress.message)


def session_with(host: Host, core: Any) -> tuple[ScoringSession, Ear]:
    """A session on a host whose music a core makes that need not know all of `CoreClient`."""
    ear = Ear()
    return ScoringSession(host, ear, lambda: contextlib.nullcontext(core)), ear
