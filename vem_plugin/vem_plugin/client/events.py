"""Reading a stream of server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class ServerEvent:
    """One event of a stream."""

    id: str
    data: str


def split_lines(texts: Iterable[str]) -> Iterator[str]:
    """The whole lines of a stream's pieces. Only CR, LF and CRLF end one: a name may hold other separators."""
    newlines, rest = io.IncrementalNewlineDecoder(None, translate=True), ""
    for text in texts:
        *lines, rest = (rest + newlines.decode(text)).split("\n")
        yield from lines


def parse_events(lines: Iterable[str]) -> Iterator[ServerEvent]:
    """The events in a stream's lines. Comments (heartbeats) and an event cut off by the stream's end are skipped."""
    last_id = ""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield ServerEvent(last_id, "\n".join(data))
            data = []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "id":
            last_id = value
