"""`vem score TIMELINE`: from an editor's timeline to music on a lane of it.

vem score cut.otio                                                       everything by itself
vem score cut.otio --prompt "warm, hopeful, grows to the end" --stems    in your words, with each part as a WAV
vem score cut.otio --style house --bend groove --seed 7                  another piece of a style
vem score cut.otio --in 01:00:10:00 --out 01:00:40:00                    only a part
vem score cut.otio                                                       after a re-cut: the same piece, refitted
vem score cut.otio --dry-run                                             what would stay, before it is made
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.command import Command
from vem_core.contract.errors import DirectionError
from vem_plugin.commands.score_options import (
    add_dry_run_argument,
    add_score_arguments,
    add_variants_argument,
    host_options_from_arguments,
    order_from_arguments,
)
from vem_plugin.commands.showing import TerminalListener, print_outcome, print_outlook
from vem_plugin.timeline.endings import READABLE

if TYPE_CHECKING:
    from vem_plugin.client.base import OpenCore
    from vem_plugin.hosts.file import FileHostOptions
    from vem_plugin.scoring.listening import Listener
    from vem_plugin.scoring.session import MakeOrder, Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem score`."""
    parser.add_argument("timeline", type=Path, help=READABLE)
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add all that `run` reads but the timeline: for whatever scores one timeline, once."""
    add_score_arguments(parser)
    add_dry_run_argument(parser)
    add_variants_argument(parser)


def add_timeline_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a timeline and the options of scoring it."""
    parser.add_argument("timeline", type=Path, help=READABLE)
    add_score_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Score the timeline, place the music, print how the cuts were met."""
    if arguments.variants is not None:
        return _make_variants(arguments)
    if arguments.dry_run:
        return _foresee(arguments)
    options = host_options_from_arguments(arguments)
    with TerminalListener(progress=not arguments.json) as listener:
        outcome = score_file(
            arguments.timeline, options, lambda sheet: order_from_arguments(arguments, sheet), listener
        )
    print_outcome(outcome, as_json=arguments.json)
    return 0


def score_file(
    timeline: Path,
    options: FileHostOptions,
    make_order: MakeOrder,
    listener: Listener,
    open_core: OpenCore | None = None,
) -> Outcome:
    """Score a timeline file and place the music; the listener hears what an editor should know. Raises VemError.

    `open_core` opens another core than the usual one.
    """
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.scoring.session import ScoringSession

    return ScoringSession(FileHost(timeline, options), listener, open_core).run(make_order)


def _foresee(arguments: argparse.Namespace) -> int:
    """Say what a run would keep; make and write nothing."""
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.scoring.session import ScoringSession

    host = FileHost(arguments.timeline, host_options_from_arguments(arguments))
    session = ScoringSession(host, TerminalListener(progress=False))
    reading = session.read()
    prepared, outlook = session.foresee(reading, order_from_arguments(arguments, reading.sheet))
    print_outlook(outlook, prepared.request, as_json=arguments.json)
    return 0


def _make_variants(arguments: argparse.Namespace) -> int:
    """Make several pieces and place none."""
    from vem_plugin.commands.variants import score_variants

    if arguments.dry_run or arguments.preview is not None:
        raise DirectionError(
            "--variants makes several pieces and places none.", hint="Leave out --dry-run and --preview beside it."
        )
    return score_variants(arguments)


COMMAND = Command("Score a timeline: read its cuts, generate the music, place it on a lane.", add_arguments, run)
