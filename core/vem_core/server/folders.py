"""Where the core keeps its files, for this user alone, and the lock that makes it the only one there."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import IO

import platformdirs

from vem_core.contract.errors import CoreRunning, CoreStartFailed
from vem_core.contract.service import APP_NAME, SESSION_FILE


def default_session_file() -> Path:
    """The session file's place: the user's runtime folder, which the system empties at logout."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where the system has no runtime folder and uses /tmp
        return platformdirs.user_runtime_path(APP_NAME) / SESSION_FILE


def default_state_folder() -> Path:
    """Where jobs lie."""
    return platformdirs.user_state_path(APP_NAME) / "core"


def default_log_folder() -> Path:
    """Where logs lie."""
    return platformdirs.user_log_path(APP_NAME)


def make_private(folder: Path) -> Path:
    """The folder, made if need be, closed to everyone but its user.

    Raises CoreStartFailed if it belongs to somebody else or cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            if folder.stat().st_uid != os.getuid():
                raise CoreStartFailed(f"{folder} belongs to another user.", hint="Remove it, or choose another folder.")
            folder.chmod(0o700)
    except OSError as error:
        raise CoreStartFailed(f"{folder} cannot be used: {error.strerror}.", hint="Check its permissions.") from error
    return folder


class FolderLock:
    """Holds a folder for one process. The system releases it however the process ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock. Raises CoreRunning if another process has it."""
        file = self._path.open("a+")
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise CoreRunning("Another core is running on this state folder.") from error
        self._file = file

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: IO[str]) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
