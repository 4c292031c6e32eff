"""`vem score TIMELINE`: from an editor's timeline to music on a lane of it."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vem_core.contract.codec import loads, to_json
from vem_core.contract.command import Command
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import DirectionError, InputError, ModelMissing
from vem_core.contract.parse import Parse
from vem_core.contract.progress import Progress
from vem_core.contract.request import Device, Direction, ScoreRequest, SoundFont
from vem_core.contract.result import ScoreResult
from vem_plugin.commands.cuts import add_reading_arguments, reading_options
from vem_plugin.direction_arguments import (
    add_delivery_arguments,
    add_direction_arguments,
    delivery_from_arguments,
    direction_from_arguments,
)
from vem_plugin.hosts.base import Host, Placement, Take, TimelineReading

if TYPE_CHECKING:
    from vem_plugin.client.base import CoreClient
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.rescoring import Rescore
    from vem_plugin.resolve.host import ResolveStudioHost


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem score`."""
    parser.add_argument("timeline", type=Path, help="an .otio file, or .edl .xml .fcpxml .aaf with the adapters")
    add_score_arguments(parser)


def add_score_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every option of scoring except the timeline itself."""
    add_request_arguments(parser)
    add_delivery_arguments(parser)
    add_recut_arguments(parser)
    add_output_arguments(parser)


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of what is asked for: direction, model, the part of the timeline."""
    add_direction_arguments(parser)
    model = parser.add_argument_group("model")
    model.add_argument("--model", default="auto", help="what generates the music (default: auto)")
    model.add_argument("--device", choices=[device.value for device in Device], default=Device.AUTO.value)
    model.add_argument("--seed", type=int, default=0, help="the same seed gives the same piece (default: 0)")
    model.add_argument("--soundfont", type=Path, metavar="FILE",
                       help="an .sf2 or .sf3 file that plays the acoustic instruments of sketch")  # fmt: skip
    model.add_argument("--parser", default="bundled", metavar="ID",
                       help="who says what the shots show: bundled, or qwen2.5-vl (default: bundled)")  # fmt: skip
    model.add_argument("--parse", type=Path, metavar="FILE",
                       help="tell the model what FILE says of the shots: a parse of `vem parse`, edited")  # fmt: skip
    timeline = parser.add_argument_group("timeline")
    timeline.add_argument("--in", dest="in_point", metavar="POINT",
                          help="score from here: a timecode, seconds (12.5s) or a record frame")  # fmt: skip
    timeline.add_argument("--out", dest="out_point", metavar="POINT", help="score up to here, exclusive")
    timeline.add_argument("--media", type=Path, action="append", default=[], metavar="FOLDER",
                          help="also look here for moved media; may be given several times")  # fmt: skip
    add_temp_track_arguments(timeline)
    add_reading_arguments(parser)


def add_temp_track_arguments(parser: argparse._ActionsContainer) -> None:
    """Add the options of what becomes of the music that is on the timeline already."""
    parser.add_argument("--temp-track", choices=("leave", "mute", "follow"), default="leave",
                        help="the music that is there: left, switched off, or listened to and followed")  # fmt: skip
    parser.add_argument("--temp-lane", metavar="LANE", help="which lane that is, by name or number")


def add_recut_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of scoring a scored timeline again."""
    again = parser.add_argument_group("scoring again", "A scored timeline keeps its piece, refitted to the new cuts.")
    again.add_argument("--afresh", action="store_true", help="make a new piece instead")
    again.add_argument("--lock", action="append", default=[], metavar="RANGE",
                       help='never change this: IN-OUT or "shot 5"; may be given several times')  # fmt: skip
    again.add_argument("--vary", action="append", default=[], metavar="RANGE",
                       help="other music here, the rest as it is; --seed chooses which")  # fmt: skip


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of where the music and the scored timeline go."""
    output = parser.add_argument_group("output")
    output.add_argument("--output", type=Path, metavar="FOLDER", help="default: NAME.vem beside the timeline")
    output.add_argument("--format", choices=("otio", "xml", "fcpxml"), default="otio",
                        help="of the scored timeline: xml (FCP7) and fcpxml for editors without OTIO")  # fmt: skip
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


def file_host(arguments: argparse.Namespace) -> FileHost:
    """The host of the timeline that the arguments name."""
    from vem_plugin.hosts.file import FileHost, FileHostOptions
    from vem_plugin.placement.markers import MarkerDetail

    options = FileHostOptions(
        output=arguments.output,
        in_place=arguments.in_place,
        track_name=arguments.track_name,
        keep_takes=arguments.keep_takes,
        search_folders=tuple(arguments.media),
        relative_paths=arguments.relative_paths,
        markers=MarkerDetail(arguments.markers),
        timeline_suffix=f".{arguments.format}",
        reading=reading_options(arguments),
        timeline_name=arguments.timeline_name,
    )
    return FileHost(arguments.timeline, options)


def run(arguments: argparse.Namespace) -> int:
    """Score the timeline, place the music, print how the cuts were met."""
    _print_outcome(arguments.json, score_file(arguments))
    return 0


class Outcome(NamedTuple):
    """A timeline that was scored."""

    sheet: CutSheet
    result: ScoreResult
    placement: Placement
    preview: Path | None = None


def score_file(arguments: argparse.Namespace) -> Outcome:
    """Score the timeline that the arguments name and place the music; says what an editor should know."""
    from vem_plugin.client.session import core_session

    host = file_host(arguments)
    reading = host.read_timeline()
    delivery = dataclasses.replace(
        delivery_from_arguments(arguments, reading.sheet.rate),
        bake_level=_is_baked(arguments.ducking, arguments.format),
    )
    host.check_output()
    wanted = read_request(arguments, host, reading)
    request, sheet = dataclasses.replace(wanted.request, delivery=delivery), wanted.request.sheet
    rescore = follow_earlier(arguments, host, request, wanted)
    for notice in rescore.notices:
        _say(notice)
    if rescore.unchanged is not None:
        _say(f"Nothing changed: take {rescore.unchanged.take} stays as it is.")
        placement = host.keep(rescore.unchanged, wanted.muted_lane)
        return Outcome(sheet, rescore.unchanged.result, placement)
    request = rescore.request
    with tempfile.TemporaryDirectory(prefix="vem-score-") as scratch, core_session() as client:
        folder = Path(scratch)
        result = run_job(client, request, rescore.parts, folder)
        placement = host.place(Take(request, result, folder, wanted.in_frames, arguments.stem_lanes, wanted.muted_lane))
    for line in (*([result.refit.summary] if result.refit else []), *result.warnings):
        _say(line)
    if request.soundfont is not None and result.model != "sketch":
        _say(f"The SoundFont was not used: {result.model} plays no notes. Add --model sketch.")
    preview = host.write_preview(sheet, placement, arguments.preview) if arguments.preview is not None else None
    return Outcome(sheet, result, placement, preview)


def _is_baked(ducking: str, format_: str) -> bool:
    """Whether the level under speech goes into the sound. Raises DirectionError where nothing could hold keyframes."""
    if ducking == "keyframes" and format_ != "xml":
        raise DirectionError(
            "Only FCP7 XML carries keyframes of a clip's volume to an editor.",
            hint="Add --format xml, or leave out --ducking keyframes: the level is then in the sound.",
        )
    return ducking == "baked"


def follow_earlier(
    arguments: argparse.Namespace, host: FileHost | ResolveStudioHost, request: ScoreRequest, wanted: Wanted
) -> Rescore:
    """The request as one that follows the score on our lane, if there is one and no new piece is asked for."""
    from vem_plugin.points import range_of_text
    from vem_plugin.rescoring import Rescore, follow

    earlier = None if arguments.afresh else host.earlier_score(wanted.in_frames)
    ranges = [[range_of_text(request.sheet, text) for text in texts] for texts in (arguments.lock, arguments.vary)]
    if earlier is None:
        if any(ranges):
            raise DirectionError("There is no score yet that could be locked or varied.")
        return Rescore(request, wanted.jpegs)
    return follow(earlier, request, wanted.jpegs, locked=ranges[0], varied=ranges[1])


def run_job(client: CoreClient, request: ScoreRequest, parts: Mapping[str, bytes], folder: Path) -> ScoreResult:
    """Run the job. Raises ModelMissing in words that name the take whose model is not here."""
    try:
        return client.score(request, parts, folder, ProgressLine())
    except ModelMissing as error:
        if request.recut is None:
            raise
        take = request.recut.earlier
        raise ModelMissing(
            f"Take {take.take} was made by {take.model}, which cannot play here: {error.message} Nothing was changed.",
            hint="Install it, or name another with --model: the same piece is then played anew.",
        ) from error


class Wanted(NamedTuple):
    """What the arguments ask for of a timeline."""

    request: ScoreRequest
    jpegs: Mapping[str, bytes]  # by SHA-256
    in_frames: int  # of the timeline, where the request's sheet begins
    muted_lane: int | None = None  # the temp track's, from 1


def read_request(arguments: argparse.Namespace, host: FileHost, reading: TimelineReading) -> Wanted:
    """The arguments' wishes for a timeline, with its pictures; says what an editor should know. Raises InputError."""
    from vem_plugin.points import range_from_points

    direction = direction_from_arguments(arguments, reading.sheet.rate)
    parse = read_parse(arguments.parse) if arguments.parse is not None else None
    soundfont = read_soundfont(arguments.soundfont) if arguments.soundfont is not None else None
    for notice in reading.notices:
        _say(notice)
    in_frames, out_frames_excl = range_from_points(reading.sheet, arguments.in_point, arguments.out_point)
    sheet = with_speech(host, reading.sheet, direction).crop(in_frames, out_frames_excl)
    direction, muted_lane = after_temp_track(arguments, host, direction, sheet, in_frames)
    _say(f"{len(sheet.cuts)} cuts in {_length(sheet)}.")
    pictures = host.read_thumbnails(sheet)
    for warning in pictures.warnings:
        _say(warning)
    request = ScoreRequest(
        sheet=sheet,
        direction=direction,
        model=arguments.model,
        device=Device(arguments.device),
        seed=arguments.seed,
        thumbnails=pictures.thumbnails,
        parser=arguments.parser,
        parse=parse,
        soundfont=soundfont,
    )
    return Wanted(request, pictures.jpegs, in_frames, muted_lane)


def after_temp_track(
    arguments: argparse.Namespace, host: Host, direction: Direction, sheet: CutSheet, in_frames: int
) -> tuple[Direction, int | None]:
    """The direction with what is heard on the temp track, where it shall be followed, and its lane's number where that
    shall be switched off; says what was heard."""
    if arguments.temp_track == "leave":
        return direction, None
    from vem_plugin.sound.temp_track import describe, find_temp_track

    lane = find_temp_track(host.read_lanes(), arguments.temp_lane)
    if arguments.temp_track == "mute":
        return direction, lane.number
    heard = host.listen_to(lane, sheet, in_frames)
    _say(describe(heard, lane.name))
    return heard.followed_by(direction), lane.number


def with_speech(host: Host, sheet: CutSheet, direction: Direction) -> CutSheet:
    """The sheet with the speech of the timeline's audio lanes, where the music shall make room for it; says so."""
    if direction.room.depth_db == 0:
        return sheet
    speech = host.read_speech()
    for notice in speech.notices:
        _say(notice)
    if speech.spans:
        seconds = float(sum(span.duration_frames for span in speech.spans) / sheet.rate)
        _say(
            f"Speech for {seconds:.1f} s in {len(speech.spans)} places: the music makes room of "
            f"{direction.room.depth_db:g} dB. --duck 0 leaves it as it is."
        )
    return dataclasses.replace(sheet, speech=speech.spans)


def read_parse(path: Path) -> Parse:
    """The parse in a file. Raises InputError, ContractError naming the field that is wrong."""
    try:
        return loads(Parse, path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


def read_soundfont(path: Path) -> SoundFont:
    """The SoundFont in a file. Raises InputError."""
    try:
        with path.open("rb") as file:
            return SoundFont(str(path.resolve()), hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


class ProgressLine:
    """Shows a job's progress on one line of a terminal, or a line a stage where there is none."""

    def __init__(self) -> None:
        self._shown = ""

    def __call__(self, progress: Progress) -> None:
        if sys.stderr.isatty():
            end = "\n" if progress.state.is_final else ""
            sys.stderr.write(f"\r\x1b[K{progress.fraction:4.0%}  {progress.message or progress.state.value}{end}")
            sys.stderr.flush()
        elif progress.message and progress.message != self._shown:
            _say(progress.message)
            self._shown = progress.message


def _print_outcome(as_json: bool, outcome: Outcome) -> None:
    from vem_plugin.report_table import render_report, render_room, render_unmet

    sheet, result, placement, preview = outcome
    if as_json:
        sys.stdout.write(json.dumps(outcome_json(sheet, result, placement, preview)) + "\n")
        return
    sys.stdout.write(render_report(sheet, result.report) + "\n\n")
    if result.plan.unmet:
        sys.stdout.write(render_unmet(sheet, result.plan) + "\n\n")
    if result.speech is not None:
        sys.stdout.write(render_room(result.speech) + "\n\n")
    for name, path in (("music", placement.audio), ("timeline", placement.timeline), ("preview", preview)):
        if path is not None:
            sys.stdout.write(f"{name:<9} {path}\n")


def outcome_json(
    sheet: CutSheet, result: ScoreResult, placement: Placement, preview: Path | None = None
) -> dict[str, object]:
    """What `--json` prints: paths, counts, the plan, and the report with its headline figures on top."""
    mix = result.file("mix")
    totals = result.report.with_off_beats
    report = to_json(result.report) | {
        "hit_rate_1_frame": totals.hit_rate_1_frame,
        "hit_rate_70_ms": totals.hit_rate_70_ms,
        "hit_rate_100_ms": totals.hit_rate_100_ms,
        "chance_1_frame": totals.chance_1_frame,
        "median_abs_error_ms": totals.median_abs_error_ms,
    }
    return {
        "audio": {"path": str(placement.audio), **(to_json(mix) if mix else {})},
        "otio": None if placement.timeline is None else str(placement.timeline),
        "score": str(placement.score),
        "preview": None if preview is None else str(preview),
        "cuts": len(sheet.cuts),
        "model": result.model,
        "seed": result.seed,
        "plan": to_json(result.plan),
        "report": report,
        "warnings": list(result.warnings),
    }


def _length(sheet: CutSheet) -> str:
    seconds = float(sheet.duration_frames / sheet.rate)
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)}:{seconds % 60:04.1f} min"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


COMMAND = Command("Score a timeline: read its cuts, generate the music, place it on a lane.", add_arguments, run)
