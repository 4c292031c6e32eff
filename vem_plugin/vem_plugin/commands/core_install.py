"""`vem core install | bundle | uninstall`: the actions of `vem core` that work where no core is installed yet."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vem_plugin.terminal import printable

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_GB = 10**9


def add_actions(actions: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the three to the actions of `vem core`."""
    install = actions.add_parser("install", help="install a core into an environment of its own")
    install.add_argument("--from", dest="wheels", type=Path, metavar="FOLDER",
                         help="a folder that `vem core bundle` made: no network is used")  # fmt: skip
    install.add_argument("--torch-backend", default="auto", metavar="NAME",
                         help="the build of torch that uv chooses, as it names them (default: auto)")  # fmt: skip
    install.set_defaults(act=_install)
    bundle = actions.add_parser("bundle", help="make a folder of wheels for machines like this one without a network")
    bundle.add_argument("folder", type=Path, metavar="FOLDER")
    bundle.set_defaults(act=_bundle)
    uninstall = actions.add_parser("uninstall", help="take the core's environment away")
    uninstall.set_defaults(act=_uninstall)
    for action in (install, uninstall):
        action.add_argument("--into", type=Path, metavar="FOLDER", help="where it lies (default: with your data)")


def _install(arguments: argparse.Namespace) -> int:
    from vem_plugin.core_install.installing import install
    from vem_plugin.core_install.tools import Source

    wheels = None if arguments.wheels is None else arguments.wheels.absolute()
    source = Source(wheels, arguments.torch_backend)
    folder = _folder(arguments)
    install(folder, source, _tell)
    if arguments.into is not None:
        _tell(f"It is found where VEM_CORE_HOME is set to {folder}.")
    return 0


def _bundle(arguments: argparse.Namespace) -> int:
    from vem_plugin.core_install.bundle import write_bundle
    from vem_plugin.core_install.requirements import Requirements

    folder = arguments.folder.absolute()
    made = write_bundle(folder, Requirements.of_this(), _tell)
    size = f"{made.size_bytes / _GB:.2f} GB"
    said = f"{len(made.sha256)} wheels, {size}, for Python {made.python} on {made.machine}.\n"
    sys.stdout.write(printable(f"{said}On such a machine: vem core install --from {folder.name}\n"))
    return 0


def _uninstall(arguments: argparse.Namespace) -> int:
    from vem_plugin.core_install.installing import uninstall

    folder = _folder(arguments)
    gone = uninstall(folder)
    sys.stdout.write(printable(f"{folder} is gone." if gone else "No core is installed.") + "\n")
    return 0


def _folder(arguments: argparse.Namespace) -> Path:
    from vem_plugin.client.core_environment import environment_folder

    return arguments.into.absolute() if arguments.into is not None else environment_folder()


def _tell(line: str) -> None:
    sys.stderr.write(printable(line) + "\n")
