"""`vem data SOURCE`: training data. A source is imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib

from vem_core.contract.command import Command

SOURCES = {
    "build": "vem_core.corpus.build_command",
    "films": "vem_core.commands.film_set",
    "synth": "vem_core.corpus.command",
}
"""Module of each source of data; its `COMMAND` says the rest."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The source; everything after it is the source's own."""
    parser.add_argument("source", choices=sorted(SOURCES), help="where the data comes from")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="`vem data SOURCE --help` explains them")


def run(arguments: argparse.Namespace) -> int:
    """Run the source with its own arguments."""
    source: Command = importlib.import_module(SOURCES[arguments.source]).COMMAND
    parser = argparse.ArgumentParser(prog=f"vem data {arguments.source}", description=source.summary)
    source.add_arguments(parser)
    return source.run(parser.parse_args(arguments.arguments))


COMMAND = Command("Make data to train on.", add_arguments, run)
