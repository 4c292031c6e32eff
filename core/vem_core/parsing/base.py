"""The interface of a parser, and the cache before it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError
from vem_core.contract.parse import Parse
from vem_core.contract.request import ScoreRequest

MOST_KEPT = 500
"""Parses that a cache keeps; the oldest make way. One of 100 shots takes about 40 kB."""


class Parser(Protocol):
    """Reads a timeline's words and pictures.

    `parser_id` changes whenever the same request may be parsed differently.
    """

    parser_id: str

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes]) -> Parse:
        """The parse of a request. `attachments` holds the thumbnails' bytes by SHA-256; missing ones count as unknown.

        Raises ModelMissing if the parser's own files are absent.
        """
        ...


class CachedParser:
    """A parser that remembers in a folder, by content: the same words and pictures are parsed once."""

    def __init__(self, parser: Parser, folder: Path) -> None:
        self.parser_id = parser.parser_id
        self._parser, self._folder = parser, folder

    def parse(self, request: ScoreRequest, attachments: Mapping[str, bytes]) -> Parse:
        path = self._folder / f"{parse_key(self.parser_id, request, attachments)}.json"
        found = _read(path)
        if found is None:
            found = self._parser.parse(request, attachments)
            remember(path, dumps(found))
            forget_oldest(path.parent, MOST_KEPT)
        return found


def parse_key(parser_id: str, request: ScoreRequest, attachments: Mapping[str, bytes]) -> str:
    """SHA-256 of all that a parse depends on: not the seed, the model, the tempo or the delivery."""
    direction = request.direction
    there = [thumbnail.sha256 for thumbnail in request.thumbnails if thumbnail.sha256 in attachments]
    parts = [
        parser_id,
        dumps(request.sheet),
        dumps((direction.prompt, direction.style, direction.mood, direction.shot_words)),
        dumps(request.thumbnails),
        dumps(tuple(there)),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(path: Path) -> Parse | None:
    """The parse in a file; None if there is none or it is of another version or damaged."""
    try:
        return loads(Parse, path.read_bytes())
    except (OSError, ContractError):
        return None


def remember(path: Path, text: str) -> None:
    """Put a file of a cache in place at once. A cache that cannot be written is no cache, not an error."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
        Path(file.name).replace(path)
    except OSError:
        return


def forget_oldest(folder: Path, most: int) -> None:
    """Remove the oldest files of a cache beyond the newest `most`."""
    try:
        for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)[:-most]:
            old.unlink(missing_ok=True)
    except OSError:
        return
