"""`vem watch TIMELINE`: score again whenever the editor saves."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import NamedTuple

from vem_core.contract.command import Command
from vem_core.contract.errors import TimelineError, VemError
from vem_plugin.commands import score

POLL_S = 0.5
QUIET_S = 0.6
"""Editors write a file in several goes; it is read once it has not changed for this long."""


class Stamp(NamedTuple):
    """A state of a file, as far as one can see without reading it."""

    modified_ns: int
    size_bytes: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem watch`: those of `vem score`, and when to stop."""
    score.add_arguments(parser)
    parser.add_argument("--times", type=int, metavar="N", help="stop after scoring N times (default: Ctrl-C)")


def run(arguments: argparse.Namespace) -> int:
    """Score now, and again after each save. Errors are said, and the next save is waited for."""
    from vem_plugin.client.session import core_session

    left = arguments.times
    with core_session():  # one core, which keeps its weights, for as long as we watch
        stamp = None
        while left is None or left > 0:
            stamp = wait_for_save(arguments.timeline, stamp)
            if _score(arguments):
                left = None if left is None else left - 1
            stamp = stamp_of(arguments.timeline) if arguments.in_place else stamp  # our own writing is no save
            if left != 0:
                sys.stderr.write(f"Watching {arguments.timeline.name}; save it in your editor, or stop with Ctrl-C.\n")
    return 0


def wait_for_save(path: Path, known: Stamp | None) -> Stamp:
    """Wait until a file is there, in another state than the known one, and no longer being written."""
    while True:
        stamp = stamp_of(path)
        if stamp is None or stamp == known:
            time.sleep(POLL_S)
            continue
        if time.time_ns() - stamp.modified_ns >= QUIET_S * 1e9 or _rests(path, stamp):
            return stamp


def stamp_of(path: Path) -> Stamp | None:
    """The file's state; None while there is none, as between an editor's deleting and renaming."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Stamp(status.st_mtime_ns, status.st_size)


def _rests(path: Path, stamp: Stamp) -> bool:
    time.sleep(QUIET_S)
    return stamp_of(path) == stamp


def _score(arguments: argparse.Namespace) -> bool:
    """Whether the timeline could be scored."""
    try:
        score.run(arguments)
    except TimelineError as error:
        sys.stderr.write(f"vem: {error.message} Waiting for the next save.\n")
        return False
    except VemError as error:
        sys.stderr.write(f"vem: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"     {error.hint}\n")
        return False
    sys.stdout.flush()
    return True


COMMAND = Command("Score a timeline again whenever it is saved.", add_arguments, run)
