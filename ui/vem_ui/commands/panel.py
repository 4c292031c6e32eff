"""`vem panel [TIMELINE ...]`: the window."""

from __future__ import annotations

import argparse
from pathlib import Path

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the timelines to open."""
    parser.add_argument("timeline", type=Path, nargs="*", help="timelines to open, each in a window of its own")
    parser.add_argument(
        "--resolve", action="store_true", help="open the timeline that is open in DaVinci Resolve Studio"
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the panel and stay until its last window is closed."""
    from vem_ui.application import run_panel

    return run_panel(arguments.timeline, resolve=arguments.resolve)


COMMAND = Command("Open the panel: see the cuts, direct the music, compare takes, place one.", add_arguments, run)
