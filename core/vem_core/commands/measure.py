"""`vem measure AUDIO SHEET`: the beats of a piece of music against a cut sheet, as one JSON object.

The job that `vem align` has the core do, here and now: it reads a cut sheet as JSON, so that it knows no timeline.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
import tempfile
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.command import Command
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, InputError, OutputError
from vem_core.contract.listening import FITTED_FILE, PICTURE_FILE, MeasureRequest

# Named again here, since `--help` should not import the trackers.
_TRACKERS = ("auto", "recurrent", "spectral", "madmom")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem measure`."""
    parser.add_argument("audio", type=Path, help="a WAV, FLAC, AIFF, OGG or MP3 file that begins with the first frame")
    parser.add_argument("sheet", type=Path, help="a cut sheet, as `vem cuts --json` prints it")
    parser.add_argument("--tracker", choices=_TRACKERS, default="auto", help="what listens (default: our best)")
    parser.add_argument("--fit", type=Path, metavar="OUT.wav", help="also write the music, bent to meet the cuts")
    parser.add_argument("--picture", type=Path, metavar="PNG", help="also draw cuts, beats and onsets")


def run(arguments: argparse.Namespace) -> int:
    """Measure, fit where asked, and print a `Measurement.1`."""
    from vem_core.pipeline.job import Job
    from vem_core.pipeline.listening import measure_music

    wanted = {FITTED_FILE: arguments.fit, PICTURE_FILE: arguments.picture}
    music: Path = arguments.audio
    if not music.is_file():
        raise AudioError(f"There is no file {music}.")
    request = MeasureRequest(
        _read_sheet(arguments.sheet),
        "music",
        music.name,
        arguments.tracker,
        fit=arguments.fit is not None,
        picture=arguments.picture is not None,
    )
    with tempfile.TemporaryDirectory(prefix="vem-measure-") as scratch:
        folder = Path(scratch)
        measurement = measure_music(Job(request, {"music": music.read_bytes()}, folder, lambda *progress: None))
        for file in measurement.files:
            _put(folder / file.name, wanted[file.name])
    sys.stdout.write(dumps(dataclasses.replace(measurement, files=())) + "\n")
    return 0


def _read_sheet(path: Path) -> CutSheet:
    try:
        return loads(CutSheet, path.read_bytes())
    except OSError as error:
        raise InputError(f"The cut sheet {path} cannot be read: {error.strerror}.") from error


def _put(made: Path, wanted: Path) -> None:
    try:
        shutil.copyfile(made, wanted)
    except OSError as error:
        raise OutputError(f"{wanted} cannot be written: {error.strerror or error}.") from error


COMMAND = Command("Measure a piece of music against a cut sheet.", add_arguments, run)
