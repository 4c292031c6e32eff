"""Files that appear whole or not at all.

A file is written under a passing name in its own folder, flushed to the disk, and only then given its final name: a
full disk, a crash or Ctrl-C leaves no partial file that looks finished.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vem_core.contract.errors import OutputError
from vem_core.contract.processes import is_alive


@contextlib.contextmanager
def replacing(final: Path) -> Iterator[Path]:
    """A passing path beside `final` (same suffix) to write to; at the end of the block it becomes `final`.

    Raises OutputError, with a sentence, where the operating system refuses; `final` is then as it was before.
    """
    with explaining(final):
        handle, name = tempfile.mkstemp(
            prefix=f".{final.stem[:40]}.{_writer(os.getpid())}.", suffix=f".partial{final.suffix}", dir=final.parent
        )
        os.close(handle)
    partial = Path(name)
    try:
        with explaining(final):
            yield partial
            _flush(partial)
            partial.chmod(_usual_mode(final))
            partial.replace(final)
            _flush_folder(final.parent)
    finally:
        partial.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what writers on this machine that were killed left behind in a folder."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            match = _PARTIAL.fullmatch(path.name)
            if match and match["machine"] == _machine() and not is_alive(int(match["pid"])):
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turns the operating system's refusals in the block into an OutputError that names `path`."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {_reason(error)}.", path=str(path)) from error


def make_folder(folder: Path) -> None:
    """Make a folder and its parents. Raises OutputError."""
    with explaining(folder):
        folder.mkdir(parents=True, exist_ok=True)


def check_writable(folder: Path) -> None:
    """Raise OutputError if files could not be written to a folder, which need not exist yet; leaves nothing behind."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    make_folder(folder)
    with explaining(folder), tempfile.TemporaryFile(dir=folder):
        pass
    with contextlib.suppress(OSError):
        for place in missing:
            place.rmdir()


def write_bytes(final: Path, content: bytes) -> None:
    """Write a whole file. Raises OutputError."""
    with replacing(final) as partial:
        partial.write_bytes(content)


_PARTIAL = re.compile(r"\..*\.(?P<machine>[0-9a-f]{6})-(?P<pid>\d{1,9})\.\w{8}\.partial(?:\..*)?")


def _writer(pid: int) -> str:
    """Who writes a passing file, so that what a killed writer left is known as such, on a shared disk too."""
    return f"{_machine()}-{pid}"


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:6]


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "something on its way is a file, not a folder",
    errno.EISDIR: "a folder is in the way",
    errno.EEXIST: "something else is in the way",
    errno.ENAMETOOLONG: "its name is too long",
}


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def _usual_mode(final: Path) -> int:
    """The permissions of the file that is replaced, or those a new file would get (a passing file is private)."""
    if final.exists():
        return final.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system can do that (Windows cannot open folders)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
