"""`vem takes TIMELINE --place KEPT`: put finished music that could not be placed onto its timeline."""

from __future__ import annotations

import argparse
import sys

from vem_plugin.commands.score_options import add_output_arguments, host_options_from_arguments
from vem_plugin.commands.showing import print_outcome
from vem_plugin.commands.timeline_options import add_media_arguments, add_reading_arguments
from vem_plugin.terminal import printable


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem score` that say how a timeline is read and where files go."""
    parser.add_argument("--stem-lanes", action="store_true", help="with --place: each stem on a lane of its own")
    add_output_arguments(parser)
    add_media_arguments(parser)
    add_reading_arguments(parser)


def place_kept(arguments: argparse.Namespace) -> None:
    """Place the music as the next take, and show it. The kept folder stays, and may be deleted."""
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.interrupting import uninterrupted
    from vem_plugin.scoring.session import Outcome
    from vem_plugin.takes.kept import is_recut, read_kept

    host = FileHost(arguments.timeline, host_options_from_arguments(arguments))
    reading = host.read_timeline()
    take = read_kept(arguments.place, reading.sheet, stem_lanes=arguments.stem_lanes)
    host.check_output()
    if is_recut(take, reading.sheet):
        _say("The timeline was re-cut since: the music meets the cuts as they were. `vem score` refits it.")
    with uninterrupted():
        placement = host.place(take)
    preview = None
    if arguments.preview is not None:
        preview = host.write_preview(take.request.sheet, placement, arguments.preview)
    print_outcome(Outcome(take.request, take.result, placement, preview), as_json=arguments.json)
    _say(f"{arguments.place} is no longer needed.")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{printable(sentence)}\n")
