"""`vem align AUDIO TIMELINE`: how any piece of music meets the cuts of any timeline, measured on its sound.

The host side reads the timeline; the measuring is the core's, in a process of its own (`vem measure`), so that nothing
here needs the core's packages.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.command import Command
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.processes import python_command, run_child
from vem_core.contract.result import Measurement
from vem_plugin.commands.timeline_options import add_span_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem align`."""
    parser.add_argument("audio", type=Path, help="a WAV, FLAC, AIFF, OGG or MP3 file that begins with the first frame")
    parser.add_argument("timeline", type=Path, help="an .otio file, or .edl .xml .fcpxml .aaf with the adapters")
    add_span_arguments(parser)
    parser.add_argument("--tracker", default="auto", help="auto, recurrent, spectral or madmom (default: auto, ours)")
    parser.add_argument("--fit", type=Path, metavar="OUT.wav", help="also write the music, bent to meet the cuts")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="also draw cuts, beats and onsets")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """Read the timeline, have the core measure, print the report (before and after, where it was fitted)."""
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.scoring.points import range_from_points

    reading = FileHost(arguments.timeline).read_timeline()
    for notice in reading.notices:
        sys.stderr.write(f"{notice}\n")
    sheet = reading.sheet.crop(*range_from_points(reading.sheet, arguments.in_point, arguments.out_point))
    status, printed = _measure(sheet, arguments)
    if status != 0:
        return status
    sys.stdout.write(printed if arguments.json else render_measurement(sheet, loads(Measurement, printed)))
    return 0


def render_measurement(sheet: CutSheet, measurement: Measurement) -> str:
    """The measurement for a terminal: one table, or one before and one after the music was fitted."""
    from vem_plugin.commands.report_table import render_report

    if measurement.fitted is None:
        return render_report(sheet, measurement.report) + "\n"
    done = (
        f"The music begins {measurement.start_shift_ms:+.0f} ms later and its speed changes by "
        f"{measurement.largest_stretch:.1%} at most."
    )
    before, after = (render_report(sheet, report) for report in (measurement.report, measurement.fitted))
    return f"BEFORE\n{before}\n\nAFTER\n{after}\n\n{done}\n"


def _measure(sheet: CutSheet, arguments: argparse.Namespace) -> tuple[int, str]:
    """The exit status of `vem measure` and what it printed; its errors go straight to the terminal."""
    with tempfile.TemporaryDirectory(prefix="vem-align-") as folder:
        sheet_json = Path(folder) / "sheet.json"
        sheet_json.write_text(dumps(sheet), encoding="utf-8")
        command = [*python_command("vem_plugin", "measure"), str(arguments.audio.absolute()), str(sheet_json)]
        command += ["--tracker", arguments.tracker]
        for option, path in (("--fit", arguments.fit), ("--picture", arguments.picture)):
            command += [option, str(path.absolute())] if path is not None else []
        done = run_child(command, stderr=None)
    return done.returncode, done.stdout


COMMAND = Command("Measure how a piece of music meets a timeline's cuts, and fit it.", add_arguments, run)
