"""`vem resolve score`: score the timeline that is open in Resolve Studio, without the panel."""

from __future__ import annotations

import argparse
from pathlib import Path

from vem_core.contract.errors import DirectionError
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem resolve score`."""
    add_direction_arguments(parser)
    add_delivery_arguments(parser)
    add_model_arguments(parser)
    timeline = parser.add_argument_group("timeline")
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
    from vem_plugin.resolve import scripting
    from vem_plugin.resolve.host import ResolveHostOptions, ResolveStudioHost
    from vem_plugin.scoring.points import range_from_points
    from vem_plugin.scoring.session import ScoringSession

    if arguments.stem_lanes:
        raise DirectionError(
            "In an open Resolve timeline there are no stem lanes.",
            hint="Export the timeline as .otio and score that, or use --stems: they lie beside the take.",
        )
    options = ResolveHostOptions(
        output=arguments.output,
        track_name=arguments.track_name,
        search_folders=tuple(arguments.media),
        reading=reading_options(arguments),
    )
    host = ResolveStudioHost(options, scripting.connect)
    listener = TerminalListener(progress=not arguments.json)
    session = ScoringSession(host, listener)
    reading = session.read()
    span = range_from_points(reading.sheet, arguments.in_point, arguments.out_point)
    if arguments.marked:
        marked = host.read_range()
        if marked is None:
            raise DirectionError(
                "Neither In nor Out is set in Resolve.", hint="Set them with I and O, or leave --marked."
            )
        span = marked
    order = order_of_span(arguments, reading.sheet, FrameRange(*span))
    if arguments.dry_run:
        prepared, outlook = session.foresee(reading, order)
        print_outlook(outlook, prepared.request, as_json=arguments.json)
        return 0
    with listener:
        outcome = session.complete(session.prepare(reading, order))
    print_outcome(outcome, as_json=arguments.json)
    return 0
