"""`vem measure AUDIO SHEET`: the beats of a piece of music against a cut sheet, as one JSON object.

The half of `vem align` that needs the core: it reads a cut sheet as JSON, so that it need not know any timeline.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.command import Command
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.result import AlignmentReport, Measurement

# Named again here, since `--help` should not import the trackers.
_TRACKERS = ("auto", "recurrent", "spectral", "madmom")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem measure`."""
    parser.add_argument("audio", type=Path, help="a WAV, FLAC, AIFF, OGG or MP3 file that begins with the first frame")
    parser.add_argument("sheet", type=Path, help="a cut sheet, as `vem cuts --json` prints it")
    add_measuring_arguments(parser)


def add_measuring_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `vem align` hands on."""
    parser.add_argument("--tracker", choices=_TRACKERS, default="auto", help="what listens (default: our best)")
    parser.add_argument("--fit", type=Path, metavar="OUT.wav", help="also write the music, bent to meet the cuts")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="also draw cuts, beats and onsets")


def run(arguments: argparse.Namespace) -> int:
    """Measure, fit where asked, and print a `Measurement.1`."""
    from vem_core.audio.files import read_audio, write_audio
    from vem_core.rhythm.fitting import fit_to_cuts
    from vem_core.rhythm.report import measure_alignment
    from vem_core.rhythm.tracking import tracker_by_id

    sheet = _read_sheet(arguments.sheet)
    tracker = tracker_by_id(arguments.tracker)
    audio = read_audio(arguments.audio)
    tracked = tracker.track(audio)
    measurement = Measurement(measure_alignment(sheet, tracked, tracker))
    if arguments.fit is not None:
        fit = fit_to_cuts(audio, tracked, sheet)
        tracked = tracker.track(fit.audio)
        fitted = measure_alignment(sheet, tracked, tracker)
        measurement = Measurement(measurement.report, fitted, fit.start_shift_ms, fit.largest_stretch)
        write_audio(arguments.fit, fit.audio)
    if arguments.picture is not None:
        report: AlignmentReport = measurement.fitted or measurement.report
        _write_picture(arguments.picture, report, sheet, tracked)
    sys.stdout.write(dumps(measurement) + "\n")
    return 0


def _read_sheet(path: Path) -> CutSheet:
    try:
        return loads(CutSheet, path.read_bytes())
    except OSError as error:
        raise InputError(f"The cut sheet {path} cannot be read: {error.strerror}.") from error


def _write_picture(path: Path, report, sheet, tracked) -> None:  # type: ignore[no-untyped-def]
    from vem_core.rhythm.pictures import draw_alignment

    try:
        draw_alignment(report, sheet, tracked).save(path, format="PNG")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error


COMMAND = Command("Measure a piece of music against a cut sheet.", add_arguments, run)
