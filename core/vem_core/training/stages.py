"""`vem train STAGE`: one command for each thing that is trained. A stage is imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib

from vem_core.contract.command import Command

_MODULES = ("beats", "aligner", "vae", "vocoder", "ldm", "adapter", "dispersion")
STAGES = {stage: f"vem_core.training.{stage}" for stage in _MODULES}
STAGES["all"] = "vem_core.training.all_stages"
"""Module of each stage; its `COMMAND` says the rest."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The stage; everything after it is the stage's own."""
    parser.add_argument("stage", choices=sorted(STAGES), help="what to train")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="`vem train STAGE --help` explains them")


def run(arguments: argparse.Namespace) -> int:
    """Run the stage with its own arguments."""
    stage: Command = importlib.import_module(STAGES[arguments.stage]).COMMAND
    parser = argparse.ArgumentParser(prog=f"vem train {arguments.stage}", description=stage.summary)
    stage.add_arguments(parser)
    return stage.run(parser.parse_args(arguments.arguments))
