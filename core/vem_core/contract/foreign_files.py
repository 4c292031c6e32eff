"""Opening files that somebody else named: a timeline, its metadata, a preset, a request, a folder of another's.

A name is not a file. It may be a pipe that nobody writes to, a device, a terabyte of nothing, or a place on a server
that is told who we are as soon as we look. All that names a file to us goes through here: regular files only, opened
without waiting, up to a size, inside the folders where such a file may lie, and on no server but the timeline's own.

Refusals are OSErrors whose `strerror` is the reason in words, so that they read on where any other failure would.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePath, PureWindowsPath

MIB = 1024 * 1024
MAX_TEXT_BYTES = 64 * MIB
"""Of a file of ours in JSON: a preset, a parse, a list."""

MAX_STATE_BYTES = 512 * MIB
"""Of a score's state, which holds its whole request and report."""

MAX_TIMELINE_BYTES = 2048 * MIB
"""Of a timeline file; 10,000 clips take about 30 MiB."""

MAX_SOUND_FONT_BYTES = 4096 * MIB

_KINDS = (
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOINHERIT", 0)
)
_AUTOMOUNTS = ("net", "Network")
"""Folders of the root below which a name is a server's, and looking is calling (autofs)."""


def open_regular(path: Path, max_bytes: int | None = None) -> io.BufferedReader:
    """The file at a path, for reading bytes. Raises OSError for what is none, or is larger than `max_bytes`."""
    check_regular(path, max_bytes)  # before it is opened: a device may notice
    descriptor = os.open(path, _FLAGS)
    try:
        _check(os.fstat(descriptor), path, max_bytes)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, max_bytes: int) -> bytes:
    """All bytes of the file at a path. Raises OSError as `open_regular` does."""
    with open_regular(path, max_bytes) as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:  # it grew, or did not say how large it is
        raise _too_large(path, max_bytes)
    return content


def check_regular(path: Path, max_bytes: int | None = None) -> None:
    """Refuse what is not a file, for a library that opens the path itself. Raises OSError."""
    try:
        status = path.stat()
    except ValueError as error:  # a zero byte in it
        raise FileNotFoundError(errno.ENOENT, "no file can have that name", str(path)) from error
    _check(status, path, max_bytes)


def is_within(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a path, all links on it followed, lies inside one of the folders."""
    try:
        real = path.resolve()
        return any(real.is_relative_to(folder.resolve()) for folder in folders)
    except (OSError, RuntimeError, ValueError):
        return False


def may_touch(path: PurePath, timeline: PurePath) -> bool:
    """Whether a path that a timeline names may so much as be looked at: on this machine, or the timeline's own server.

    Looking at a share makes Windows log on to its server, with the user's name and a hash of the password.
    """
    server = server_of(path)
    return server is None or server == server_of(timeline)


def server_of(path: PurePath) -> str | None:
    """The server whose share a path lies on, in lower case; None for this machine's own."""
    if isinstance(path, PureWindowsPath):
        drive = path.drive.replace("/", "\\")
        return drive[2:].partition("\\")[0].lower() if drive.startswith("\\\\") else None
    parts = path.parts
    return parts[2].lower() if len(parts) > 2 and parts[0].startswith("/") and parts[1] in _AUTOMOUNTS else None


def _check(status: os.stat_result, path: Path, max_bytes: int | None) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file", str(path))
    if not stat.S_ISREG(status.st_mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "it is no file")
        raise OSError(errno.EINVAL, kind, str(path))
    if max_bytes is not None and status.st_size > max_bytes:
        raise _too_large(path, max_bytes)


def _too_large(path: Path, max_bytes: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {max_bytes // MIB} MiB", str(path))
