"""`vem resolve install | uninstall | doctor | score`: VeM Score inside DaVinci Resolve."""

from __future__ import annotations

import argparse
import sys

from vem_core.contract.command import Command
from vem_plugin.commands import resolve_score

_NOT_READY = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the four actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="install | uninstall | doctor | score")
    install = actions.add_parser("install", help="put VeM Score into Resolve's menu: Workspace > Scripts > VeM Score")
    install.add_argument("--all-users", action="store_true", help="for all users of this machine (needs their rights)")
    install.set_defaults(act=_install)
    actions.add_parser("uninstall", help="take it out of the menu again").set_defaults(act=_uninstall)
    actions.add_parser("doctor", help="say what is missing, and what to do").set_defaults(act=_examine)
    score = actions.add_parser("score", help="score the timeline that is open in Resolve Studio")
    resolve_score.add_arguments(score)
    score.set_defaults(act=resolve_score.run)


def run(arguments: argparse.Namespace) -> int:
    """Do one of the four."""
    status: int = arguments.act(arguments)
    return status


def _install(arguments: argparse.Namespace) -> int:
    from vem_plugin.resolve.exchange import Exchange
    from vem_plugin.resolve.folders import resolve_folders
    from vem_plugin.resolve.installing import install, panel_command
    from vem_plugin.resolve.menu_lua import install_scripts

    folders = resolve_folders()
    paths = [install(folders, panel_command(), all_users=arguments.all_users)]
    if not arguments.all_users:  # the files that they exchange are a user's own
        paths += install_scripts(folders, Exchange.of_user())
    sys.stdout.write("".join(f"{path}\n" for path in paths))
    sys.stdout.write("In Resolve Studio: Workspace > Scripts > VeM Score.\n")
    if not arguments.all_users:
        sys.stdout.write(
            "In the free edition: Workspace > Scripts > VeM Score - send timeline, then VeM Score - place music.\n"
        )
    return 0


def _uninstall(arguments: argparse.Namespace) -> int:
    from vem_plugin.resolve.folders import resolve_folders
    from vem_plugin.resolve.installing import uninstall
    from vem_plugin.resolve.menu_lua import uninstall_scripts

    removed = [*uninstall(resolve_folders()), *uninstall_scripts(resolve_folders())]
    sys.stdout.write("".join(f"{path} removed\n" for path in removed) or "VeM Score was not in Resolve's menu.\n")
    return 0


def _examine(arguments: argparse.Namespace) -> int:
    from vem_plugin.resolve.doctor import examine
    from vem_plugin.resolve.folders import resolve_folders

    findings = examine(resolve_folders())
    for finding in findings:
        sys.stdout.write(f"{'ok     ' if finding.good else 'MISSING'}  {finding.what}.\n")
        if finding.advice:
            sys.stdout.write(f"         {finding.advice}\n")
    return 0 if all(finding.good for finding in findings) else _NOT_READY


COMMAND = Command(
    "DaVinci Resolve: its Scripts menu, what stands in the way, and scoring its open timeline.", add_arguments, run
)
