"""`vem ablate FOLDER`: the paper's table 4 with our small preset, every arm trained alike and judged alike."""

from __future__ import annotations

import argparse

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem ablate`."""
    from vem_core.ablation import running

    running.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, play, judge; go on where it was broken off."""
    from vem_core.ablation import running

    return running.run(arguments)


COMMAND = Command("Train the model with parts taken away, and judge each.", add_arguments, run)
