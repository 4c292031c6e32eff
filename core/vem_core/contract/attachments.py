"""What travels beside a request: thumbnails (JPEG) and sounds (WAV), each by the SHA-256 of its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path


class FolderAttachments(Mapping[str, bytes]):
    """The attachments in a folder, in files that are named by their SHA-256. Each is read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._paths = {path.stem: path for kind in ("*.jpg", "*.wav") for path in sorted(folder.glob(kind))}

    def __getitem__(self, sha256: str) -> bytes:
        return self._paths[sha256].read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def path(self, sha256: str) -> Path:
        """Where an attachment lies, for one that is better not read whole. Raises KeyError."""
        return self._paths[sha256]


def source_of(attachments: Mapping[str, bytes], sha256: str) -> bytes | Path:
    """An attachment's file where it lies in one, else its bytes. Raises KeyError."""
    return attachments.path(sha256) if isinstance(attachments, FolderAttachments) else attachments[sha256]
