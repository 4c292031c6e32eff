"""The command line's words for how a timeline is read, which part of it, and what becomes of the music on it."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.errors import RateError
from vem_core.contract.time import HIGHEST_RATE, LOWEST_RATE, snap_rate

if TYPE_CHECKING:
    from vem_plugin.timeline.sheet import ReadingOptions


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what counts as a cut; every command that reads a timeline has them."""
    parser.add_argument("--timeline-name", metavar="NAME", help="which timeline of a file that holds several")
    parser.add_argument(
        "--rate",
        type=frame_rate,
        metavar="FPS",
        help="the timeline's frames per second (23.976, 25, 30000/1001), for a file that does not state them: an EDL",
    )
    parser.add_argument(
        "--tracks",
        default="visible",
        metavar="WHICH",
        help="visible (all enabled video tracks, seen from the top; the default), topmost, or one track by name or "
        "number, from 1 at the bottom",
    )
    through = parser.add_mutually_exclusive_group()
    through.add_argument(
        "--keep-through-edits",
        dest="through_edits",
        action="store_const",
        const=True,
        help="boundaries at which one medium runs on also count",
    )
    through.add_argument(
        "--drop-through-edits",
        dest="through_edits",
        action="store_const",
        const=False,
        help="they never count, not even where they are nearly all there is (a finished film cut up at its cuts)",
    )
    parser.add_argument("--keep-overlays", action="store_true", help="titles and adjustment layers also make cuts")
    parser.add_argument("--all-markers-hit", action="store_true",
                        help="every marker inside a shot is a hit, not only those that say so")  # fmt: skip


def reading_options(arguments: argparse.Namespace) -> ReadingOptions:
    """The options that `add_reading_arguments` asked for."""
    from vem_plugin.timeline.sheet import ReadingOptions

    return ReadingOptions(
        keep_through_edits=arguments.through_edits,
        keep_overlays=arguments.keep_overlays,
        tracks=arguments.tracks,
        all_markers_hit=arguments.all_markers_hit,
        rate=arguments.rate,
    )


def frame_rate(text: str) -> Fraction:
    """The exact rate that an argument means. Raises argparse.ArgumentTypeError."""
    try:
        rate = snap_rate(text)
    except RateError as error:
        raise argparse.ArgumentTypeError(f"{error.message} {error.hint}") from error
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise argparse.ArgumentTypeError(f"{text} is no frame rate of a picture. {RateError.default_hint}")
    return rate


def add_span_arguments(parser: argparse._ActionsContainer) -> None:
    """Add the options of which part of a timeline is meant."""
    parser.add_argument("--in", dest="in_point", metavar="POINT",
                        help="from here: a timecode, seconds (12.5s) or a record frame")  # fmt: skip
    parser.add_argument("--out", dest="out_point", metavar="POINT", help="up to here, exclusive")


def add_media_arguments(parser: argparse._ActionsContainer) -> None:
    """Add the option of where moved media are."""
    parser.add_argument("--media", type=Path, action="append", default=[], metavar="FOLDER",
                        help="also look here for moved media; may be given several times")  # fmt: skip


def add_temp_track_arguments(parser: argparse._ActionsContainer) -> None:
    """Add the options of what becomes of the music that is on the timeline already."""
    parser.add_argument("--temp-track", choices=("leave", "mute", "follow"), default="leave",
                        help="the music that is there: left, switched off, or listened to and followed")  # fmt: skip
    parser.add_argument("--temp-lane", metavar="LANE", help="which lane that is, by name or number")
