"""`vem resolve score`: score the timeline that is open in Resolve, or that its menu sent, without the panel."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.errors import DirectionError, InputError
from vem_core.contract.recut import FrameRange
from vem_plugin.commands.score_options import add_dry_run_argument, add_recut_arguments, order_of_span
from vem_plugin.commands.showing import TerminalListener, print_outcome, print_outlook
from vem_plugin.commands.timeline_options import (
    add_media_arguments,
    add_reading_arguments,
    add_span_arguments,
    add_temp_track_arguments,
    reading_options,
)
from vem_plugin.commands.wish_options import add_delivery_arguments, add_direction_arguments, add_model_arguments

if TYPE_CHECKING:
    from vem_plugin.resolve.host import ResolveStudioHost
    from vem_plugin.resolve.menu_host import MenuHost


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem resolve score`."""
    add_direction_arguments(parser)
    add_delivery_arguments(parser)
    add_model_arguments(parser)
    timeline = parser.add_argument_group("timeline")
    timeline.add_argument("--sent", action="store_true",
                          help="the one that the menu of the free edition sent last")  # fmt: skip
    timeline.add_argument("--marked", action="store_true", help="only from In to Out, as they are set in Resolve")
    add_span_arguments(timeline)
    add_media_arguments(timeline)
    add_temp_track_arguments(timeline)
    add_reading_arguments(parser)
    add_recut_arguments(parser)
    add_dry_run_argument(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--output", type=Path, metavar="FOLDER", help="of the takes (default: in your music folder)")
    output.add_argument("--track-name", default="VeM Score", help="name of the audio track (default: VeM Score)")
    output.add_argument("--preview", type=Path, nargs="?", const=Path(), metavar="MP4",
                        help="also write a movie of the picture with the music (default: beside the WAV)")  # fmt: skip
    output.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """Score the open timeline, place the music, print how the cuts were met."""
    from vem_plugin.scoring.points import range_from_points
    from vem_plugin.scoring.session import ScoringSession

    if arguments.stem_lanes:
        raise DirectionError(
            "In an open Resolve timeline there are no stem lanes.",
            hint="Export the timeline as .otio and score that, or use --stems: they lie beside the take.",
        )
    host = _sent(arguments) if arguments.sent else _open(arguments)
    listener = TerminalListener(progress=not arguments.json)
    session = ScoringSession(host, listener)
    reading = session.read()
    span = range_from_points(reading.sheet, arguments.in_point, arguments.out_point)
    if arguments.marked:
        span = _marked(host)
    order = order_of_span(arguments, reading.sheet, FrameRange(*span))
    if arguments.dry_run:
        prepared, outlook = session.foresee(reading, order)
        print_outlook(outlook, prepared.request, as_json=arguments.json)
        return 0
    with listener:
        outcome = session.complete(session.prepare(reading, order))
    print_outcome(outcome, as_json=arguments.json)
    return 0


def _open(arguments: argparse.Namespace) -> ResolveStudioHost:
    """The timeline that is open in Resolve Studio."""
    from vem_plugin.resolve import scripting
    from vem_plugin.resolve.host import ResolveHostOptions, ResolveStudioHost

    options = ResolveHostOptions(
        output=arguments.output,
        track_name=arguments.track_name,
        search_folders=tuple(arguments.media),
        reading=reading_options(arguments),
    )
    return ResolveStudioHost(options, scripting.connect)


def _sent(arguments: argparse.Namespace) -> MenuHost:
    """The timeline that Resolve's menu sent last, taken out of the inbox if it is still there. Raises InputError."""
    from vem_plugin.hosts.file import FileHostOptions
    from vem_plugin.resolve.exchange import Exchange
    from vem_plugin.resolve.menu_host import MenuHost

    exchange = Exchange.of_user()
    received = exchange.receive_all()
    timeline = received[-1] if received else exchange.latest()
    if timeline is None:
        raise InputError(
            "Resolve's menu has sent no timeline yet.",
            hint="Run `vem resolve install`, then in Resolve: Workspace > Scripts > VeM Score - send timeline.",
        )
    options = FileHostOptions(
        output=arguments.output,
        track_name=arguments.track_name,
        search_folders=tuple(arguments.media),
        reading=reading_options(arguments),
    )
    return MenuHost(timeline, options, exchange)


def _marked(host: ResolveStudioHost | MenuHost) -> tuple[int, int]:
    from vem_plugin.resolve.host import ResolveStudioHost

    if not isinstance(host, ResolveStudioHost):
        raise DirectionError("A timeline that was sent does not say In and Out.", hint="Give them by --in and --out.")
    marked = host.read_range()
    if marked is None:
        raise DirectionError("Neither In nor Out is set in Resolve.", hint="Set them with I and O, or leave --marked.")
    return marked
