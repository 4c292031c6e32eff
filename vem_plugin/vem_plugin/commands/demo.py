"""`vem demo`: build the demo edit and score it, so that a newcomer sees the whole product work."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vem_core.contract.command import Command
from vem_plugin.commands import score

DEMO_PROMPT = "starts quiet and hopeful, builds to a huge climax, then calm until the end"
DEMO_STYLE = "house"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem demo`: those of `vem score`, and where to build the edit."""
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where to build it (default: ./demo)")
    score.add_options(parser)
    parser.set_defaults(prompt=DEMO_PROMPT, style=DEMO_STYLE)


def run(arguments: argparse.Namespace) -> int:
    """Build the demo edit and score it."""
    from vem_plugin.demo.edit import build_demo

    sys.stderr.write(f"Building the demo edit in {arguments.folder} ...\n")
    arguments.timeline = build_demo(arguments.folder)
    return score.run(arguments)


COMMAND = Command("Build a demo edit with footage of its own, and score it.", add_arguments, run)
