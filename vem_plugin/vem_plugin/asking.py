"""Asking the person at the terminal which timeline of a file is meant; where nobody can answer, nothing is asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vem_core.contract.errors import SeveralTimelines
from vem_plugin.terminal import printable

if TYPE_CHECKING:
    import argparse

UNATTENDED = frozenset({"watch", "batch"})
"""Commands that go on by themselves, and so never ask."""


def may_ask(command: str, arguments: argparse.Namespace) -> bool:
    """Whether somebody sits at the terminal, and no program reads what is printed."""
    if command in UNATTENDED or not hasattr(arguments, "timeline_name"):
        return False
    if getattr(arguments, "json", False) or getattr(arguments, "csv", False):
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def ask_which(error: SeveralTimelines) -> str | None:
    """The name that the person chose from a numbered list; None where they chose none."""
    sys.stderr.write(f"{printable(str(error.details.get('file', 'The file')))} holds several timelines:\n")
    sys.stderr.writelines(f"  {number}  {printable(name)}\n" for number, name in enumerate(error.names, start=1))
    while True:
        sys.stderr.write(f"Which one? 1 to {len(error.names)}, or Return for none: ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip()
        if not answer:
            return None
        if answer in error.names:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(error.names):
            return error.names[int(answer) - 1]
