"""Numbers of takes: each given to one writer, however many there are.

A number is reserved by a file that can only be made once (O_EXCL), which its writer locks until the take is there. What
a writer left behind that was killed holds the number for good and is no take in the making: nobody holds its lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from vem_core.contract.atomic import explaining
from vem_core.contract.errors import OutputError
from vem_plugin.takes.names import OutputNames

_MOST_TRIES = 10_000


@contextlib.contextmanager
def reserved_number(names: OutputNames) -> Iterator[int]:
    """A take's number that no other writer has or gets, for the length of the block. Raises OutputError."""
    first = next_number(names)
    for number in range(first, first + _MOST_TRIES):
        reservation = names.reservation(number)
        if not _made(reservation):
            continue
        try:
            with _held(reservation) as held:
                if held and number not in _numbers(names):  # else somebody finished it since we looked
                    yield number
                    return
        finally:
            with contextlib.suppress(OSError):
                reservation.unlink(missing_ok=True)
    raise OutputError(f"No number is free for a take in {names.folder}.")


def next_number(names: OutputNames) -> int:
    """One more than the highest take in the folder."""
    return 1 + max(_numbers(names), default=0)


def takes_in_the_making(names: OutputNames) -> tuple[int, ...]:
    """The numbers that a living writer holds."""
    return tuple(sorted(number for number, path in _reservations(names) if _is_held(path)))


def _made(reservation: Path) -> bool:
    """Whether the file could be made; False where it is there already. Raises OutputError."""
    try:
        with explaining(reservation):
            os.close(os.open(reservation, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OutputError as error:
        if isinstance(error.__cause__, FileExistsError):
            return False
        raise
    return True


@contextlib.contextmanager
def _held(reservation: Path) -> Iterator[bool]:
    """Whether the lock of a reservation could be had; it is then held for the length of the block.

    A file system without locks gives it to everybody: numbers are still given once, and only a take in the making
    cannot be told from what a killed writer left.
    """
    lock = FileLock(reservation)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    except (NotImplementedError, OSError):
        yield True
        return
    try:
        yield True
    finally:
        lock.release()


def _is_held(reservation: Path) -> bool:
    with _held(reservation) as free:
        return not free


def _reservations(names: OutputNames) -> Iterator[tuple[int, Path]]:
    for entry in _entries(names):
        number = names.number_of(entry.removeprefix("."))
        if number is not None and entry == names.reservation(number).name:
            yield number, names.folder / entry


def _numbers(names: OutputNames) -> set[int]:
    """The numbers of which anything lies in the folder."""
    return {number for entry in _entries(names) if (number := names.number_of(entry)) is not None}


def _entries(names: OutputNames) -> list[str]:
    try:
        return [path.name for path in names.folder.iterdir()]
    except OSError:
        return []
