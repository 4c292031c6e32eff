"""`vem watch TIMELINE`: score again whenever the editor saves."""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vem_core.contract.command import Command
from vem_core.contract.errors import SeveralTimelines, TimelineError, VemError
from vem_plugin.commands import score
from vem_plugin.commands.score import score_file
from vem_plugin.commands.score_options import host_options_from_arguments, order_from_arguments
from vem_plugin.commands.showing import TerminalListener, print_outcome

if TYPE_CHECKING:
    from vem_plugin.hosts.base import Placement

POLL_S = 0.5
QUIET_S = 0.6
"""Editors write a file in several goes; it is read once it has not changed for this long."""


class Stamp(NamedTuple):
    """A state of a file, as far as one can see without reading it."""

    modified_ns: int
    size_bytes: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem watch`: those of `vem score`, and when to stop."""
    score.add_timeline_arguments(parser)
    parser.add_argument("--times", type=int, metavar="N", help="stop after scoring N times (default: Ctrl-C)")


def run(arguments: argparse.Namespace) -> int:
    """Score now, and again after each save. Errors are said, and the next save is waited for."""
    from vem_plugin.client.session import core_session

    options = host_options_from_arguments(arguments)

    def score_once() -> Placement:
        with TerminalListener(progress=not arguments.json) as listener:
            outcome = score_file(
                arguments.timeline, options, lambda sheet: order_from_arguments(arguments, sheet), listener
            )
        print_outcome(outcome, as_json=arguments.json)
        sys.stdout.flush()
        return outcome.placement

    with core_session():  # one core, which keeps its weights, for as long as we watch
        watch(arguments.timeline, score_once, arguments.times)
    return 0


def watch(timeline: Path, score_once: Callable[[], Placement], times: int | None = None) -> None:
    """Score now and after each save, so many times or for ever.

    What the scoring itself wrote is no save; one that falls into the scoring, or comes right after it, is.
    """
    left, known = times, None
    while left is None or left > 0:
        known = wait_for_save(timeline, known)
        placement = _placed(score_once)
        if placement is not None:
            known = _own_writing(timeline, placement) or known
            left = None if left is None else left - 1
        if left != 0:
            sys.stderr.write(f"Watching {timeline.name}; save it in your editor, or stop with Ctrl-C.\n")


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


def _own_writing(timeline: Path, placement: Placement) -> Stamp | None:
    """The state of a timeline that still is as the scoring wrote it; None where somebody else wrote it, or nobody."""
    if placement.timeline is None or not placement.timeline_sha256:
        return None
    stamp = stamp_of(timeline)
    try:
        if stamp is None or not placement.timeline.samefile(timeline):
            return None
        written = hashlib.sha256(timeline.read_bytes()).hexdigest()
    except OSError:
        return None
    return stamp if written == placement.timeline_sha256 and stamp_of(timeline) == stamp else None


def _placed(score_once: Callable[[], Placement]) -> Placement | None:
    """Where the score is; None where the timeline could not be scored. Raises SeveralTimelines."""
    try:
        return score_once()
    except SeveralTimelines:
        raise  # no save answers which one is meant
    except TimelineError as error:
        sys.stderr.write(f"vem: {error.message} Waiting for the next save.\n")
    except VemError as error:
        sys.stderr.write(f"vem: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"     {error.hint}\n")
    return None


COMMAND = Command("Score a timeline again whenever it is saved.", add_arguments, run)
