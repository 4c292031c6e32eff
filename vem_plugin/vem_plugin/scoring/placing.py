"""Putting finished music onto the timeline: whole, kept where that fails, and said where we are stopped after it."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from vem_core.contract.errors import InternalError, VemError
from vem_plugin.hosts.base import Host, Placement, Take
from vem_plugin.interrupting import uninterrupted
from vem_plugin.takes.keeping import Scratch, describe, keep_music


class Placing:
    """The last steps of one run. Use it as a context manager around all that follows the music."""

    def __init__(self, host: Host, scratch: Scratch, say: Callable[[str], None]) -> None:
        self._host = host
        self._scratch = scratch
        self._say = say
        self._placement: Placement | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt) and self._placement is not None:
            self._say(f"The music is placed: {self._placement.audio}")

    def place(self, take: Take) -> Placement:
        """Put the take on our lane. Ctrl-C waits until it is there.

        Raises what the host raises, once the music is kept elsewhere and the message says where.
        """
        with uninterrupted():
            try:
                self._placement = self._host.place(take)
            except VemError as error:
                kept = self._keep(take)
                error.message = f"{error.message} The music is kept in {kept}."
                error.args = (error.message,)
                error.hint = f"{error.hint} {_later(kept)}".lstrip()
                raise
            except Exception as error:
                kept = self._keep(take)
                said = f"The music could not be placed: {error}. The music is kept in {kept}."
                raise InternalError(said, hint=_later(kept)) from error
        return self._placement

    def _keep(self, take: Take) -> Path:
        """Keep the take; the folder where it is."""
        try:
            library = self._host.library_folder()
        except VemError:  # the editor is gone
            library = None
        try:
            return keep_music(take, library)
        except (VemError, OSError):
            self._scratch.kept = True
            with contextlib.suppress(OSError):
                describe(take, take.folder)
            return take.folder


def _later(kept: Path) -> str:
    return f"This places it later: vem takes TIMELINE --place {shlex.quote(str(kept))}"
