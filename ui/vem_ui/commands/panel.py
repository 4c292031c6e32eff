"""`vem panel [TIMELINE ...]`: the window."""

from __future__ import annotations

import argparse
import importlib.metadata
from pathlib import Path

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the timelines to open."""
    parser.add_argument("timeline", type=Path, nargs="*", help="timelines to open, each in a window of its own")
    parser.add_argument("--version", action="version", version=_version())
    parser.add_argument(
        "--resolve", action="store_true", help="open the timeline that is open in DaVinci Resolve Studio"
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the panel and stay until its last window is closed; or hand over to the one that runs."""
    from vem_ui.application.single_instance import OpenRequest, hand_over, server_name
    from vem_ui.document.preferences import PreferenceStore

    request = OpenRequest(tuple(str(path.absolute()) for path in arguments.timeline), arguments.resolve)
    if not hand_over(request, server_name(PreferenceStore().path)):
        from vem_ui.application.running import leave, run_panel

        leave(run_panel(request))
    return 0


def _version() -> str:
    """What `--version` says; the window itself is not loaded for it."""
    try:
        window = f"PySide6 {importlib.metadata.version('PySide6_Essentials')}"
    except importlib.metadata.PackageNotFoundError:
        window = "its window is not installed: pip install 'vem-score[ui]'"
    return f"vem panel {importlib.metadata.version('vem-score')}, {window}"


COMMAND = Command("Open the panel: see the cuts, direct the music, compare takes, place one.", add_arguments, run)
