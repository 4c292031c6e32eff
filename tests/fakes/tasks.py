"""Tasks for workers to do, and to die of."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from vem_core.contract.errors import InputError


def square(number: int) -> int:
    if number < 0:
        raise InputError(f"{number} has no square here.", hint="Take another.", number=number)
    return number * number


def square_once_killed(job: tuple[Path, int]) -> int:
    """The square of a number; the first worker that is asked for that of 3 dies of it."""
    folder, number = job
    mark = folder / "killed"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def die(number: int) -> int:
    os._exit(number)
