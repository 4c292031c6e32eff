"""`vem align AUDIO TIMELINE`: how any piece of music meets the cuts of any timeline, measured on its sound.

The host side reads the timeline; the measuring is a job of the core's, near or far, with progress and cancelling.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from vem_core.contract.codec import dumps
from vem_core.contract.command import Command
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.foreign_files import read_regular
from vem_core.contract.listening import FITTED_FILE, PICTURE_FILE, MeasureRequest
from vem_core.contract.result import Measurement
from vem_core.contract.service import MAX_SOUND_BYTES
from vem_plugin.commands.timeline_options import add_reading_arguments, add_span_arguments, reading_options
from vem_plugin.timeline.endings import READABLE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem align`."""
    parser.add_argument("audio", type=Path, help="a WAV, FLAC, AIFF, OGG or MP3 file that begins with the first frame")
    parser.add_argument("timeline", type=Path, help=READABLE)
    add_reading_arguments(parser)
    add_span_arguments(parser)
    parser.add_argument("--tracker", default="auto", help="auto, recurrent, spectral or madmom (default: auto, ours)")
    parser.add_argument("--fit", type=Path, metavar="OUT.wav", help="also write the music, bent to meet the cuts")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="also draw cuts, beats and onsets")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """Read the timeline, have the core measure, print the report (before and after, where it was fitted)."""
    from vem_plugin.hosts.file import FileHost, FileHostOptions
    from vem_plugin.placement.trial import refuse_input
    from vem_plugin.scoring.points import range_from_points

    for written in filter(None, (arguments.fit, arguments.picture)):
        refuse_input(written, (arguments.audio, arguments.timeline))
    options = FileHostOptions(reading=reading_options(arguments), timeline_name=arguments.timeline_name)
    reading = FileHost(arguments.timeline, options).read_timeline()
    for notice in reading.notices:
        sys.stderr.write(f"{notice}\n")
    sheet = reading.sheet.crop(*range_from_points(reading.sheet, arguments.in_point, arguments.out_point))
    measurement = _measure(sheet, arguments)
    sys.stdout.write(dumps(measurement) + "\n" if arguments.json else render_measurement(sheet, measurement))
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


def _measure(sheet: CutSheet, arguments: argparse.Namespace) -> Measurement:
    """What the core hears, with the files that were asked for where they were asked for. Raises VemError."""
    from vem_plugin.client.session import core_session
    from vem_plugin.commands.showing import TerminalListener

    audio: Path = arguments.audio
    try:
        sound = read_regular(audio, MAX_SOUND_BYTES)
    except FileNotFoundError as error:
        raise AudioError(f"There is no file {audio}.") from error
    except OSError as error:
        raise AudioError(f"{audio} cannot be read: {error.strerror or error}.") from error
    sha256 = hashlib.sha256(sound).hexdigest()
    wanted = {FITTED_FILE: arguments.fit, PICTURE_FILE: arguments.picture}
    request = MeasureRequest(
        sheet,
        sha256,
        audio.name,
        arguments.tracker,
        fit=arguments.fit is not None,
        picture=arguments.picture is not None,
    )
    listener = TerminalListener(progress=not arguments.json)
    with tempfile.TemporaryDirectory(prefix="vem-align-") as scratch, core_session() as client, listener:
        measurement = client.measure(request, {sha256: sound}, Path(scratch), listener.advance)
        for file in measurement.files:
            _put(Path(scratch, file.name), wanted[file.name])
    return dataclasses.replace(measurement, files=())


def _put(made: Path, wanted: Path) -> None:
    try:
        shutil.copyfile(made, wanted)
    except OSError as error:
        raise OutputError(f"{wanted} cannot be written: {error.strerror or error}.") from error


COMMAND = Command("Measure how a piece of music meets a timeline's cuts, and fit it.", add_arguments, run)
