"""The command's standard streams, which may be closed, full, or a pipe whose reader has seen enough."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from vem_core.contract.errors import OutputError


@contextlib.contextmanager
def safe_streams() -> Iterator[None]:
    """Standard streams that can be written to for the length of a command.

    One that is closed leads nowhere, so that no file of ours gets its number; characters that a terminal lacks are
    spelled out. What cannot be said on standard error is left unsaid: nobody's music is stopped by it.

    Raises OutputError where standard output does not take what the command prints; without words if its reader left.
    """
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Checked(sys.stdout), _Forgiving(sys.stderr)
    try:
        yield
        sys.stdout.flush()
    finally:
        sys.stdout, sys.stderr = before


class _Wrapped(io.TextIOBase):
    """A text stream around another; `_try` says what becomes of its failures."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding

    def _try(self, do: Callable[[], object]) -> None:
        raise NotImplementedError


class _Forgiving(_Wrapped):
    def _try(self, do: Callable[[], object]) -> None:
        with contextlib.suppress(OSError):
            do()


class _Checked(_Wrapped):
    def _try(self, do: Callable[[], object]) -> None:
        try:
            do()
        except OSError as error:
            _lead_nowhere(self._stream)
            left = isinstance(error, BrokenPipeError)
            said = "" if left else f"Standard output cannot be written: {error.strerror or error}."
            raise OutputError(said, hint="") from error


def _open_closed() -> None:
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 (as long as we live)


def _lead_nowhere(stream: TextIO) -> None:
    """Have what a stream still holds go nowhere, instead of failing once more when the program ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
