"""`vem diff OLD NEW`: what a re-cut changed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from vem_core.contract.codec import to_json
from vem_core.contract.command import Command
from vem_core.contract.cut_sheet import CutSheet, Shot
from vem_core.contract.sheet_diff import SheetDiff, ShotChange, ShotMatch, diff_sheets
from vem_core.contract.time import timecode
from vem_plugin.commands.timeline_options import add_reading_arguments, reading_options
from vem_plugin.terminal import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem diff`."""
    parser.add_argument("old", type=Path, metavar="OLD", help="the timeline as it was")
    parser.add_argument("new", type=Path, metavar="NEW", help="the timeline as it is")
    add_reading_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Print what became of each shot. Exit status 0, whether anything changed or not."""
    from vem_plugin.timeline.reading import open_timeline
    from vem_plugin.timeline.sheet import read_opened

    old, new = (
        read_opened(open_timeline(path, arguments.timeline_name, arguments.rate), reading_options(arguments)).sheet
        for path in (arguments.old, arguments.new)
    )
    diff = diff_sheets(old, new)
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(diff) | {"unchanged": diff.unchanged}) + "\n")
        return 0
    sys.stdout.writelines(f"{line}\n" for line in describe(old, new, diff))
    return 0


def describe(old: CutSheet, new: CutSheet, diff: SheetDiff) -> Iterator[str]:
    """A re-cut in lines: what changed, shot by shot in the order of the new timeline, and what only travelled."""
    if diff.unchanged:
        yield f"Nothing changed: {len(new.shots)} shots stand where they stood."
        return
    if diff.rate_changed:
        yield f"The rate changed from {old.rate} to {new.rate} frames per second: no cut falls where it fell."
    if diff.start_changed:
        codes = [timecode(sheet.start_frames, sheet.rate, drop_frame=sheet.drop_frame) for sheet in (old, new)]
        yield f"The timeline starts at {codes[1]} instead of {codes[0]}."
    for match in diff.matches:
        if match.change is not ShotChange.KEPT:
            yield _changed(old, new, match)
    for index in diff.removed:
        yield f"{_place(old, old.shots[index])}  removed   {_name(old.shots[index], index)}"
    kept = [match for match in diff.matches if match.change is ShotChange.KEPT]
    still = sum(match.travel_frames == 0 for match in kept)
    moved = sorted({match.travel_frames for match in kept} - {0})
    travelled = f", {len(kept) - still} travelled by {_travels(moved)}" if moved else ""
    yield f"{still} of {len(new.shots)} shots stand where they stood{travelled}."


def _changed(old: CutSheet, new: CutSheet, match: ShotMatch) -> str:
    shot = new.shots[match.new]
    line = f"{_place(new, shot)}  {match.change.value:<8}  {_name(shot, match.new)}"
    if match.old is None:
        return f"{line}, {shot.duration_frames} frames"
    before = old.shots[match.old]
    if match.change is ShotChange.TRIMMED:
        frames = shot.duration_frames - before.duration_frames
        return f"{line}, {abs(frames)} frames {'longer' if frames > 0 else 'shorter'}"
    if match.change is ShotChange.MOVED:
        return f"{line}, from {_place(old, before)}"
    return line


def _travels(frames: list[int]) -> str:
    listed = [f"{frame:+d}" for frame in frames[:4]]
    return " or ".join(listed) + (" ..." if len(frames) > 4 else "") + " frames"


def _place(sheet: CutSheet, shot: Shot) -> str:
    return timecode(sheet.start_frames + shot.start_frames, sheet.rate, drop_frame=sheet.drop_frame)


def _name(shot: Shot, index: int) -> str:
    return printable(shot.name) or f"shot {index + 1}"


COMMAND = Command("Print what a re-cut changed, shot by shot.", add_arguments, run)
