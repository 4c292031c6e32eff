"""`vem plan TIMELINE`: what each degree of bending the tempo would meet and cost, before a note is played.

The host side reads the timeline; the planning is the core's, in a process of its own (`vem tempi`), so that nothing
here needs the core's packages.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.command import Command
from vem_core.contract.request import ScoreRequest
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_plugin.commands.cuts import add_reading_arguments, reading_options
from vem_plugin.direction_arguments import add_direction_arguments, direction_from_arguments

_BAR = 40  # characters of a full bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem plan`."""
    parser.add_argument("timeline", type=Path, help="an .otio file, or .edl .xml .fcpxml .aaf with the adapters")
    add_direction_arguments(parser)
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same piece (default: 0)")
    parser.add_argument("--in", dest="in_point", metavar="POINT",
                        help="plan from here: a timecode, seconds (12.5s) or a record frame")  # fmt: skip
    parser.add_argument("--out", dest="out_point", metavar="POINT", help="plan up to here, exclusive")
    add_reading_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """Read the timeline, have the core plan it at every degree of bending, print the curve."""
    from vem_plugin.hosts.file import FileHost, FileHostOptions
    from vem_plugin.points import range_from_points

    reading = FileHost(arguments.timeline, FileHostOptions(reading=reading_options(arguments))).read_timeline()
    for notice in reading.notices:
        sys.stderr.write(f"{notice}\n")
    sheet = reading.sheet.crop(*range_from_points(reading.sheet, arguments.in_point, arguments.out_point))
    request = ScoreRequest(sheet, direction_from_arguments(arguments, sheet.rate), seed=arguments.seed)
    status, printed = _options(request)
    if status != 0:
        return status
    sys.stdout.write(printed if arguments.json else render_options(loads(TempoOptions, printed)))
    return 0


def render_options(options: TempoOptions) -> str:
    """The curve for a terminal: one row for each degree of bending."""
    lines = [f"{'bend':<8} {'excursion':>9} {'in 10 s':>8}  {'cuts met':<14} {'chance':>7}  tempo"]
    lines += [_row(option) for option in options.options]
    lines.append(f"`vem score` would take {options.bend.value}; --bend chooses another.")
    return "\n".join(lines) + "\n"


def _row(option: TempoOption) -> str:
    share = option.met / option.counted if option.counted else 0.0
    tempi = [f"{bpm:.0f}" for bpm in (min(option.homes_bpm), max(option.homes_bpm))]
    tempo = tempi[0] if tempi[0] == tempi[1] else "-".join(tempi)
    met = f"{option.met} of {option.counted}"
    return (
        f"{option.bend.value:<8} {option.excursion:>9.1%} {option.ten_second_change:>8.1%}  {met:<14} "
        f"{option.chance:>7.0%}  {tempo:<9} {'#' * round(_BAR * share)}"
    )


def _options(request: ScoreRequest) -> tuple[int, str]:
    """The exit status of `vem tempi` and what it printed; its errors go straight to the terminal."""
    with tempfile.TemporaryDirectory(prefix="vem-plan-") as folder:
        path = Path(folder) / "request.json"
        path.write_text(dumps(request), encoding="utf-8")
        command = [sys.executable, "-m", "vem_plugin", "tempi", str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout


COMMAND = Command("Show what bending the tempo would meet and cost, before scoring.", add_arguments, run)
