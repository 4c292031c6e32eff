"""`vem cuts`: print the cut sheet of a timeline."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.codec import to_json
from vem_core.contract.command import Command
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.time import seconds_of_frame, timecode
from vem_plugin.commands.table import aligned
from vem_plugin.commands.timeline_options import add_reading_arguments, reading_options
from vem_plugin.files import spreadsheet
from vem_plugin.terminal import printable

if TYPE_CHECKING:
    from vem_plugin.timeline.sheet import ReadCutSheet

COLUMNS = ("number", "timecode", "frame", "seconds", "kind", "wish", "shot", "words")
_WIDEST = {"shot": 32, "words": 56}
_RIGHT_ALIGNED = {"number", "frame", "seconds"}


@dataclass(frozen=True)
class Row:
    """One line of the table: a cut, an event, or (with --all) a boundary that was left out."""

    frame: int
    kind: str
    number: str = ""  # of the cut, from 1
    wish: str = ""
    shot: str = ""  # the shot that begins here
    words: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem cuts`."""
    parser.add_argument("timeline", type=Path, metavar="TIMELINE", help="an .otio, .otioz, .edl, .xml, .fcpxml or .aaf")
    add_reading_arguments(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the cut sheet and the notices as one JSON object")
    form.add_argument("--csv", action="store_true", help="the table as comma-separated values")
    parser.add_argument("--all", action="store_true", help="also list the boundaries that are no cuts, with the reason")


def run(arguments: argparse.Namespace) -> int:
    """Print the cuts as a table, as CSV or as JSON."""
    from vem_plugin.timeline.reading import open_timeline
    from vem_plugin.timeline.sheet import read_opened

    opened = open_timeline(arguments.timeline, arguments.timeline_name, arguments.rate)
    reading = read_opened(opened, reading_options(arguments))
    if arguments.json:
        sheet = {"sheet": to_json(reading.sheet), "notices": list(reading.notices)}
        sys.stdout.write(json.dumps(sheet, ensure_ascii=False, indent=2) + "\n")
        return 0
    rows = list(list_rows(reading.sheet, everything=arguments.all))
    if arguments.csv:
        sys.stdout.write(as_csv(reading.sheet, rows))
        for notice in reading.notices:
            sys.stderr.write(f"vem: {printable(notice)}\n")
        return 0
    sys.stdout.write(as_table(reading, rows))
    return 0


def list_rows(sheet: CutSheet, *, everything: bool = False) -> Iterator[Row]:
    """The cuts and events in order of time; with `everything`, the boundaries that were left out too."""
    rows = [Row(0, "start", shot=_shot_name(sheet, 0), words=_words(sheet, 0))]
    for index, cut in enumerate(sheet.cuts):
        wish = "" if cut.wish is Wish.AUTO else cut.wish.value
        shot = index + 1
        rows.append(
            Row(cut.record_frames, cut.kind.value, str(index + 1), wish, _shot_name(sheet, shot), _words(sheet, shot))
        )
    rows.extend(Row(event.record_frames, "event", wish=event.wish.value, words=event.label) for event in sheet.events)
    for silence in sheet.silences:
        rows.append(Row(silence.start_frames, "music out", words=silence.label))
        rows.append(Row(silence.end_excl_frames, "music in"))
    rows.extend(Row(cue.record_frames, "cue", words=cue.label) for cue in sheet.cue_starts)
    if everything:
        rows.extend(Row(edge.record_frames, f"({edge.reason.value})") for edge in sheet.dropped)
    yield from sorted(rows, key=lambda row: row.frame)


def as_csv(sheet: CutSheet, rows: Sequence[Row]) -> str:
    """The rows as comma-separated values under a header line."""
    return spreadsheet.as_csv([COLUMNS, *(_cells(sheet, row) for row in rows)])


def as_table(reading: ReadCutSheet, rows: Sequence[Row]) -> str:
    """The rows as aligned columns, with the timeline above and the notices below."""
    sheet = reading.sheet
    cells = [COLUMNS, *(_clipped(_cells(sheet, row)) for row in rows)]
    numbers = {column for column, name in enumerate(COLUMNS) if name in _RIGHT_ALIGNED}
    lines = [_headline(sheet), "", *aligned(cells, numbers)]
    lines += ["", *map(printable, reading.notices)] if reading.notices else []
    return "\n".join(lines) + "\n"


def _headline(sheet: CutSheet) -> str:
    seconds = seconds_of_frame(sheet.duration_frames, sheet.rate)
    name = printable(sheet.name) or "(no name)"
    cuts = f"{len(sheet.cuts)} cut" + ("" if len(sheet.cuts) == 1 else "s")
    return f"{name}: {cuts} in {sheet.duration_frames} frames ({seconds:.3f} s) at {_rate(sheet)} frames per second"


def _rate(sheet: CutSheet) -> str:
    rate = sheet.rate
    return str(rate) if rate.denominator == 1 else f"{float(rate):.3f} ({rate})"


def _cells(sheet: CutSheet, row: Row) -> tuple[str, ...]:
    return (
        row.number,
        timecode(sheet.start_frames + row.frame, sheet.rate, drop_frame=sheet.drop_frame),
        str(row.frame),
        f"{seconds_of_frame(row.frame, sheet.rate):.3f}",
        row.kind,
        row.wish,
        row.shot,
        row.words,
    )


def _shot_name(sheet: CutSheet, index: int) -> str:
    shot = sheet.shots[index]
    return shot.name if shot.picture else "(black)"


def _words(sheet: CutSheet, index: int) -> str:
    return ", ".join(sheet.shots[index].words)


def _clipped(cells: tuple[str, ...]) -> tuple[str, ...]:
    *ours, shot, words = cells
    return (*ours, _one_line(shot, _WIDEST["shot"]), _one_line(words, _WIDEST["words"]))


def _one_line(text: str, widest: int) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= widest else text[: widest - 1] + "…"


COMMAND = Command("Print the cuts that an audience would see.", add_arguments, run)
