"""`vem takes TIMELINE --place TAKE`: put a take of the library onto its timeline, or music that was kept elsewhere."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from vem_plugin.commands.score_options import add_output_arguments, host_options_from_arguments
from vem_plugin.commands.showing import print_outcome
from vem_plugin.commands.timeline_options import add_media_arguments, add_reading_arguments
from vem_plugin.terminal import printable

if TYPE_CHECKING:
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.takes.writing import Take


def add_place_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem score` that say how a timeline is read and where files go."""
    parser.add_argument("--stem-lanes", action="store_true", help="with --place: each stem on a lane of its own")
    add_output_arguments(parser)
    add_media_arguments(parser)
    add_reading_arguments(parser)


def place_kept(arguments: argparse.Namespace) -> None:
    """Place the music, and show it: a take by its number, or kept music as the next take; its folder may be deleted."""
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.interrupting import uninterrupted
    from vem_plugin.scoring.session import Outcome
    from vem_plugin.takes.kept import is_recut, read_kept

    host = FileHost(arguments.timeline, host_options_from_arguments(arguments))
    reading = host.read_timeline()
    number = str(arguments.place) if str(arguments.place).isdecimal() and not arguments.place.exists() else ""
    take = (
        _of_the_library(host, number)
        if number
        else read_kept(arguments.place, reading.sheet, stem_lanes=arguments.stem_lanes)
    )
    host.check_output()
    if is_recut(take, reading.sheet):
        _say("The timeline was re-cut since: the music meets the cuts as they were. `vem score` refits it.")
    with uninterrupted():
        if take.kept is None:
            placement = host.place(take)
        else:
            placement = host.place_kept(take.kept, stem_lanes=arguments.stem_lanes)
    preview = None
    if arguments.preview is not None:
        preview = host.write_preview(take.request.sheet, placement, arguments.preview)
    print_outcome(Outcome(take.request, take.result, placement, preview), as_json=arguments.json)
    if take.kept is None:
        _say(f"{arguments.place} is no longer needed.")


def _of_the_library(host: FileHost, number: str) -> Take:
    """The take of that number. Raises InputError."""
    from vem_plugin.takes.recognising import take_from
    from vem_plugin.takes.writing import Take

    placed, _ = take_from(number, host.library_folder())
    return Take(placed.request, placed.result, host.library_folder(), placed.in_frames, kept=placed)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{printable(sentence)}\n")
