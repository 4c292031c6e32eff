"""The options of scoring, and the orders and host options that they become: what comes from argparse ends here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import DirectionError
from vem_core.contract.recut import FrameRange
from vem_plugin.commands.timeline_options import (
    add_media_arguments,
    add_reading_arguments,
    add_span_arguments,
    add_temp_track_arguments,
    reading_options,
)
from vem_plugin.commands.wish_options import (
    add_delivery_arguments,
    add_direction_arguments,
    add_model_arguments,
    add_music_arguments,
    wishes_from_arguments,
)

if TYPE_CHECKING:
    from vem_plugin.hosts.file import FileHostOptions
    from vem_plugin.scoring.order import Order


def add_score_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every option of scoring a timeline file, except the timeline itself."""
    add_request_arguments(parser)
    add_music_arguments(parser)
    add_delivery_arguments(parser)
    add_recut_arguments(parser)
    add_output_arguments(parser)


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of what is asked for: direction, model, the part of the timeline."""
    add_direction_arguments(parser)
    add_model_arguments(parser)
    timeline = parser.add_argument_group("timeline")
    add_span_arguments(timeline)
    add_media_arguments(timeline)
    add_temp_track_arguments(timeline)
    add_reading_arguments(parser)


def add_recut_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of scoring a scored timeline again."""
    again = parser.add_argument_group("scoring again", "A scored timeline keeps its piece, refitted to the new cuts.")
    again.add_argument("--afresh", action="store_true", help="make a new piece instead")
    again.add_argument("--from", dest="from_take", metavar="TAKE",
                       help="the take to follow: its WAV, JSON or number (default: that on the lane)")  # fmt: skip
    again.add_argument("--lock", action="append", default=[], metavar="RANGE",
                       help='never change this: IN-OUT or "shot 5"; may be given several times')  # fmt: skip
    again.add_argument("--vary", action="append", default=[], metavar="RANGE",
                       help="other music here, the rest as it is; --seed chooses which")  # fmt: skip


def add_dry_run_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option of only saying what scoring again would do."""
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would stay and what would be new; make nothing"
    )


def add_variants_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option of making several pieces at once."""
    parser.add_argument("--variants", type=int, metavar="N",
                        help="make N clearly different pieces at once, ranked; place none")  # fmt: skip


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of where the music and the scored timeline go."""
    output = parser.add_argument_group("output")
    output.add_argument("--output", type=Path, metavar="FOLDER", help="default: NAME.vem beside the timeline")
    output.add_argument("--format", choices=("otio", "xml", "fcpxml"), default="otio",
                        help="of the scored timeline: xml (FCP7) and fcpxml for editors without OTIO")  # fmt: skip
    output.add_argument("--for", dest="desk", choices=("resolve", "premiere", "kdenlive", "fcp", "avid", "generic"),
                        help="the editor that opens it (default: the one that wrote TIMELINE)")  # fmt: skip
    output.add_argument("--ducking", choices=("baked", "keyframes"), default="baked",
                        help="the level under speech: in the sound, or in the clip's volume (xml only)")  # fmt: skip
    output.add_argument("--track-name", default="VeM Score", help="name of the audio lane (default: VeM Score)")
    output.add_argument("--in-place", action="store_true", help="write the lane into TIMELINE itself, with a backup")
    output.add_argument("--keep-takes", action="store_true", help="keep the take before as another media reference")
    output.add_argument("--relative-paths", action="store_true",
                        help="address the WAV relative to the timeline (Kdenlive, folders that move)")  # fmt: skip
    output.add_argument("--markers", choices=("none", "hits", "bars", "beats"), default="bars",
                        help="what the clip's markers show (default: bars and hits)")  # fmt: skip
    output.add_argument("--preview", type=Path, nargs="?", const=Path(), metavar="MP4",
                        help="also write a movie of the picture with the music (default: beside the WAV)")  # fmt: skip
    output.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def host_options_from_arguments(arguments: argparse.Namespace) -> FileHostOptions:
    """How a timeline file is read, and where its score goes. Raises DirectionError for what excludes each other."""
    from vem_plugin.hosts.file import FileHostOptions
    from vem_plugin.placement.desks import Desk
    from vem_plugin.placement.markers import MarkerDetail

    if arguments.ducking == "keyframes" and arguments.format != "xml":
        raise DirectionError(
            "Only FCP7 XML carries keyframes of a clip's volume to an editor.",
            hint="Add --format xml, or leave out --ducking keyframes: the level is then in the sound.",
        )
    return FileHostOptions(
        output=arguments.output,
        in_place=arguments.in_place,
        track_name=arguments.track_name,
        keep_takes=arguments.keep_takes,
        search_folders=tuple(arguments.media),
        relative_paths=arguments.relative_paths,
        desk=None if arguments.desk is None else Desk(arguments.desk),
        markers=MarkerDetail(arguments.markers),
        timeline_suffix=f".{arguments.format}",
        reading=reading_options(arguments),
        timeline_name=arguments.timeline_name,
    )


def order_from_arguments(arguments: argparse.Namespace, sheet: CutSheet) -> Order:
    """The order that the options make of a whole timeline's sheet. Raises DirectionError, InputError."""
    from vem_plugin.scoring.points import range_from_points

    span = FrameRange(*range_from_points(sheet, arguments.in_point, arguments.out_point))
    return order_of_span(arguments, sheet, span)


def order_of_span(arguments: argparse.Namespace, sheet: CutSheet, span: FrameRange) -> Order:
    """The order for a span that is settled. Raises DirectionError, InputError."""
    from vem_core.contract.wishes import Wishes
    from vem_plugin.scoring.order import Order
    from vem_plugin.scoring.points import range_of_text
    from vem_plugin.sound.temp_track import TempTrackUse

    given = vars(arguments)
    wishes = wishes_from_arguments(arguments, sheet.rate)
    if given.get("ducking") == "keyframes":
        wishes = wishes.over(Wishes(bake_level=False))
    scored = sheet.crop(span.start_frames, span.end_excl_frames)
    locked, varied = ([range_of_text(scored, text) for text in given.get(name, ())] for name in ("lock", "vary"))
    return Order(
        wishes=wishes,
        span=span,
        afresh=given.get("afresh", False),
        source=given.get("from_take") or "",
        locked=tuple(locked),
        varied=tuple(varied),
        temp_track=TempTrackUse(arguments.temp_track),
        temp_lane=arguments.temp_lane,
        stem_lanes=given.get("stem_lanes", False),
        embed_state=not given.get("no_state", False),
        marked=not given.get("no_mark", False),
        credentials=_credentials(given.get("credentials"), not given.get("no_mark", False)),
        preview=given.get("preview"),
    )


def _credentials(folder: Path | None, marked: bool) -> Path | None:
    """A folder whose certificate can sign. Raises DirectionError, InputError before any music is made."""
    if folder is None:
        return None
    from vem_plugin.placement.content_credentials import check_credentials

    if not marked:
        raise DirectionError("Content credentials say that music was generated.", hint="Leave out one of the two.")
    check_credentials(folder.absolute())
    return folder.absolute()
