"""What travels beside a request: pictures in memory, sounds on disk, each by the SHA-256 of its bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from vem_core.contract.errors import AudioError
from vem_core.contract.foreign_files import open_regular


class Attachments(Mapping[str, bytes]):
    """A mapping from hash to bytes that can also be streamed: a file is read when it is asked for, and not kept."""

    def __init__(self, contents: Mapping[str, bytes], files: Mapping[str, Path] | None = None) -> None:
        self._contents = contents
        self._files = files or {}

    @property
    def pictures(self) -> Mapping[str, bytes]:
        """What lies in memory."""
        return self._contents

    def __getitem__(self, sha256: str) -> bytes:
        if sha256 not in self._files:
            return self._contents[sha256]
        with self.open(sha256) as file:
            return file.read()

    def __iter__(self) -> Iterator[str]:
        yield from {**self._contents, **self._files}

    def __len__(self) -> int:
        return len({**self._contents, **self._files})

    def with_files(self, files: Mapping[str, Path]) -> Attachments:
        """These, and more files."""
        return Attachments(self._contents, {**self._files, **files})

    def open(self, sha256: str) -> BinaryIO:
        """A file to read from, at its beginning. Raises KeyError, AudioError."""
        path = self._files.get(sha256)
        if path is None:
            return io.BytesIO(self._contents[sha256])
        try:
            return open_regular(path)
        except OSError as error:
            raise AudioError(f"{path} cannot be read: {error.strerror or error}.") from error


def open_attachment(attachments: Mapping[str, bytes], sha256: str) -> tuple[BinaryIO, int]:
    """A file of any mapping from hash to bytes, and how many bytes it has. Raises KeyError, AudioError."""
    file = attachments.open(sha256) if isinstance(attachments, Attachments) else io.BytesIO(attachments[sha256])
    size_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    return file, size_bytes
