"""The shape of a `vem` subcommand, so that each part of the product can bring its own.

A part registers a `Command` as an entry point of the group `vem.commands`; `vem` imports only the one that is called.
Modules that define one import what is slow inside `run`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


@dataclass(frozen=True)
class Command:
    """A subcommand: its arguments, and what it does.

    `run` returns the exit status, or raises VemError, which `vem` prints as a sentence with a hint.
    """

    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
