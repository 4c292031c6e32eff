"""`vem editors kit | check`: trying an editor that we have not, and saying what it did."""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import sys
from pathlib import Path

from vem_core.contract.command import Command
from vem_plugin.commands.table import aligned
from vem_plugin.terminal import printable

_DIFFERS = 1
REPORT_NAME = "report.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="kit | check")
    kit = actions.add_parser("kit", help="write five scored films and the steps to try them in an editor")
    kit.add_argument("folder", type=Path, metavar="FOLDER")
    kit.add_argument("--for", dest="desk", default="generic",
                     choices=("resolve", "premiere", "kdenlive", "fcp", "avid", "generic"),
                     help="the editor that opens them (default: generic)")  # fmt: skip
    kit.set_defaults(act=_kit)
    check = actions.add_parser("check", help="measure what the editor exported of them")
    check.add_argument("folder", type=Path, metavar="FOLDER", help="the kit, with its exports in `exported`")
    check.add_argument("--editor", required=True, metavar="NAME")
    check.add_argument("--version", required=True)
    check.add_argument("--system", default=platform.system(), help="default: this machine's")
    check.add_argument("--table", type=Path, metavar="PAGE", help="also put the rows into a page's public table")
    check.set_defaults(act=_check)


def run(arguments: argparse.Namespace) -> int:
    """Do one of the two."""
    status: int = arguments.act(arguments)
    return status


def _kit(arguments: argparse.Namespace) -> int:
    from vem_plugin.commands.showing import TerminalListener
    from vem_plugin.editors.kit import write_kit
    from vem_plugin.placement.desks import Desk

    with TerminalListener() as listener:
        steps = write_kit(arguments.folder, Desk(arguments.desk), listener)
    sys.stdout.write(f"{printable(str(steps))}\n")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from vem_core.contract.atomic import write_bytes
    from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
    from vem_plugin.editors.checking import check_kit
    from vem_plugin.editors.table import COLUMNS, Editor, rows_of, with_rows

    editor = Editor(arguments.editor, arguments.version, arguments.system)
    findings = check_kit(arguments.folder)
    rows = rows_of(editor, findings)
    sys.stdout.write("\n".join(printable(line) for line in aligned([COLUMNS, *rows])) + "\n")
    report = {"editor": dataclasses.asdict(editor), "findings": [dataclasses.asdict(finding) for finding in findings]}
    write_bytes(arguments.folder / REPORT_NAME, json.dumps(report, indent=1, ensure_ascii=False).encode())
    if arguments.table is not None:
        page = read_regular(arguments.table, MAX_TEXT_BYTES).decode()
        write_bytes(arguments.table, with_rows(page, rows).encode())
    return 0 if all(finding.good for finding in findings) else _DIFFERS


COMMAND = Command("Try an editor on five scored films, and measure what it makes of them.", add_arguments, run)
