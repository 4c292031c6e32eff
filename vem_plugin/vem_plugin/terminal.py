"""The door to the terminal: what names in timelines may not do there.

A clip's name can hold anything: escape sequences that recolour or clear the screen, marks that turn the direction of
what follows, newlines that fake a line of ours. Such characters are shown as JSON would escape them, so that JSON on
standard output stays what it is.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

# Controls but for newline, tab and carriage return; marks of direction; line separators; halves of surrogate pairs.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

_BREAKS = re.compile("[\n\r\t\u2028\u2029]+")


def printable(text: str) -> str:
    """A name or sentence for one line of a terminal: newlines and tabs are spaces, what is unsafe is escaped."""
    return text if text.isprintable() else _escaped(_BREAKS.sub(" ", text))


def _escaped(text: str) -> str:
    if text.isprintable():  # nothing of Unicode's controls, marks and separators: nearly every name
        return text
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class PrintableStream:
    """A text stream on which nothing can move the cursor or turn the direction."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text with its control characters escaped; the number of characters that were given."""
        self._stream.write(_escaped(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def unescaped(stream: TextIO) -> TextIO:
    """The stream behind the door, for whoever draws on the terminal and escapes the names himself."""
    return stream._stream if isinstance(stream, PrintableStream) else stream


@contextlib.contextmanager
def printable_output() -> Iterator[None]:
    """Let all that is written to standard output and error go through the door."""
    with (
        contextlib.redirect_stdout(PrintableStream(sys.stdout)),
        contextlib.redirect_stderr(PrintableStream(sys.stderr)),
    ):
        yield
