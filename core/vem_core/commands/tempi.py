"""`vem tempi REQUEST`: what each degree of bending would cost and meet, as one JSON object.

The half of `vem plan` that needs the core: it reads a request as JSON, so that it need not know any timeline.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.contract.request import ScoreRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem tempi`."""
    parser.add_argument("request", type=Path, help="a ScoreRequest as JSON; thumbnails are not needed")


def run(arguments: argparse.Namespace) -> int:
    """Print a `TempoOptions.1`."""
    from vem_core.pipeline import style_for, tempo_range_for
    from vem_core.rhythm.options import tempo_options

    try:
        text = arguments.request.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{arguments.request} cannot be read: {error}.") from error
    request = loads(ScoreRequest, text)
    style = style_for(request)
    options = tempo_options(
        request.sheet, request.direction, request.seed, tempo_range_for(request, style), style.rhythm
    )
    sys.stdout.write(dumps(options) + "\n")
    return 0


COMMAND = Command("Print what bending the tempo would cost and meet, for a request.", add_arguments, run)
