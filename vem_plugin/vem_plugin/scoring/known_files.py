"""Files that somebody named on this machine, by what they hold: what a timeline remembers of one is its hash alone.

A request names a SoundFont, or music of the user's, by the SHA-256 of its bytes. Where it lies is looked up in a list
that only this user's own naming fills.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.atomic import make_folder, write_bytes
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.foreign_files import open_regular
from vem_core.contract.service import APP_NAME

_MOST = 100


@dataclass(frozen=True)
class KnownFiles:
    """The list of one kind of files."""

    name: str  # "soundfonts"
    max_bytes: int

    def read(self, path: Path) -> str:
        """The SHA-256 of a file, which is remembered. Raises InputError."""
        try:
            with open_regular(path, self.max_bytes):
                status = path.stat()
            sha256 = _sha256(path.resolve(), status.st_size, status.st_mtime_ns)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
        with contextlib.suppress(OutputError):  # a note for later, which this score does not need
            self._remember(sha256, str(path.resolve()))
        _NAMED[sha256] = path.resolve()
        return sha256

    def find(self, sha256: str) -> Path | None:
        """Where the file with that hash lies, where one was named on this machine and is still the same."""
        known = _NAMED.get(sha256) or self._known().get(sha256)
        if known is None:
            return None
        path = Path(known)
        try:
            return path if self.read(path) == sha256 else None
        except InputError:
            return None

    def _register(self) -> Path:
        import platformdirs

        return Path(platformdirs.user_state_dir(APP_NAME, appauthor=False)) / f"{self.name}.json"

    def _known(self) -> dict[str, str]:
        try:
            listed = json.loads(self._register().read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(sha256): str(path) for sha256, path in listed.items()} if isinstance(listed, dict) else {}

    def _remember(self, sha256: str, path: str) -> None:
        known = self._known()
        if known.get(sha256) == path:
            return
        known.pop(sha256, None)
        newest = {sha256: path, **known}
        make_folder(self._register().parent)
        write_bytes(self._register(), json.dumps(dict(list(newest.items())[:_MOST]), indent=1).encode())


_NAMED: dict[str, Path] = {}
"""What this process was told, for where the list cannot be written."""


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    """Of a file as it was when it had that size and time."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
