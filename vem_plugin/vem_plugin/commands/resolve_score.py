"""`vem resolve score`: score the timeline that is open in Resolve Studio, without the panel."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from vem_core.contract.request import Device, ScoreRequest
from vem_plugin.commands.cuts import add_reading_arguments, reading_options
from vem_plugin.commands.score import (
    Wanted,
    add_recut_arguments,
    add_temp_track_arguments,
    after_temp_track,
    follow_earlier,
    outcome_json,
    run_job,
    with_speech,
)
from vem_plugin.direction_arguments import (
    add_delivery_arguments,
    add_direction_arguments,
    delivery_from_arguments,
    direction_from_arguments,
)
from vem_plugin.hosts.base import Take


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem resolve score`."""
    add_direction_arguments(parser)
    add_delivery_arguments(parser)
    parser.add_argument("--model", default="auto", help="what generates the music (default: auto)")
    parser.add_argument("--device", choices=[device.value for device in Device], default=Device.AUTO.value)
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same piece (default: 0)")
    parser.add_argument("--marked", action="store_true", help="only from In to Out, as they are set in Resolve")
    parser.add_argument("--media", type=Path, action="append", default=[], metavar="FOLDER",
                        help="also look here for moved media; may be given several times")  # fmt: skip
    add_temp_track_arguments(parser)
    add_reading_arguments(parser)
    add_recut_arguments(parser)
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="of the takes (default: in your music folder)")
    parser.add_argument("--track-name", default="VeM Score", help="name of the audio track (default: VeM Score)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """Score the open timeline, place the music, print how the cuts were met."""
    from vem_core.contract.errors import DirectionError
    from vem_plugin.client import session
    from vem_plugin.report_table import render_report
    from vem_plugin.resolve import scripting
    from vem_plugin.resolve.host import ResolveHostOptions, ResolveStudioHost

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
    reading = host.read_timeline()
    direction = direction_from_arguments(arguments, reading.sheet.rate)
    delivery = delivery_from_arguments(arguments, reading.sheet.rate)
    host.check_output()
    span: tuple[int, int] | None = (0, reading.sheet.duration_frames)
    if arguments.marked:
        span = host.read_range()
    if span is None:
        raise DirectionError("Neither In nor Out is set in Resolve.", hint="Set them with I and O, or leave --marked.")
    sheet = with_speech(host, reading.sheet, direction).crop(*span)
    direction, muted_lane = after_temp_track(arguments, host, direction, sheet, span[0])
    pictures = host.read_thumbnails(sheet)
    for notice in (*reading.notices, *pictures.warnings):
        sys.stderr.write(f"{notice}\n")
    request = ScoreRequest(
        sheet, direction, delivery, arguments.model, Device(arguments.device), arguments.seed, pictures.thumbnails
    )
    wanted = Wanted(request, pictures.jpegs, span[0], muted_lane)
    rescore = follow_earlier(arguments, host, request, wanted)
    for notice in rescore.notices:
        sys.stderr.write(f"{notice}\n")
    if rescore.unchanged is not None:
        result, placement = rescore.unchanged.result, host.keep(rescore.unchanged)
        said = [f"Nothing changed: take {rescore.unchanged.take} stays as it is."]
    else:
        with tempfile.TemporaryDirectory(prefix="vem-score-") as scratch, session.core_session() as client:
            result = run_job(client, rescore.request, rescore.parts, Path(scratch))
            placement = host.place(Take(rescore.request, result, Path(scratch), span[0], muted_lane=muted_lane))
        said = [*([result.refit.summary] if result.refit else []), *result.warnings]
    for line in (*said, *placement.notices):
        sys.stderr.write(f"{line}\n")
    if arguments.json:
        sys.stdout.write(json.dumps(outcome_json(sheet, result, placement)) + "\n")
    else:
        sys.stdout.write(f"{render_report(sheet, result.report)}\n\nmusic     {placement.audio}\n")
    return 0
