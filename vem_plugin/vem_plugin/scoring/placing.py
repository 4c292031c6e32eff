"""Putting finished music onto the timeline: whole, kept where that fails, and said where we are stopped after it."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from vem_core.contract.errors import InternalError, VemError
from vem_plugin.hosts.base import Host, Placement, Take
from vem_plugin.interrupting import uninterrupted
from vem_plugin.takes.keeping import Scratch, keep_music


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
                error.message = f"{error.message} {self._keep(take)}"
                error.args = (error.message,)
                raise
            except Exception as error:
                raise InternalError(f"The music could not be placed: {error}. {self._keep(take)}") from error
        return self._placement

    def _keep(self, take: Take) -> str:
        """Keep the take; where it is, in a sentence."""
        try:
            library = self._host.library_folder()
        except VemError:  # the editor is gone
            library = None
        try:
            kept = keep_music(take, library)
        except (VemError, OSError):
            self._scratch.kept = True
            kept = take.folder
        return f"The music is kept in {kept}."
