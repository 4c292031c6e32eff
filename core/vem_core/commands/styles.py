"""`vem styles`: what `--style` accepts."""

from __future__ import annotations

import argparse
import json
import sys

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem styles`."""
    parser.add_argument("--json", action="store_true", help="print one JSON array instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """List the styles with their tempo ranges."""
    from vem_core.composer.styles import list_styles

    styles = list_styles()
    if arguments.json:
        entries = [
            {
                "id": style.id,
                "name": style.name,
                "low_bpm": style.tempo.low_bpm,
                "high_bpm": style.tempo.high_bpm,
                "mood": style.mood,
                "summary": style.summary,
            }
            for style in styles
        ]
        sys.stdout.write(json.dumps(entries, ensure_ascii=False) + "\n")
        return 0
    for style in styles:
        tempo = f"{style.tempo.low_bpm:.0f}-{style.tempo.high_bpm:.0f} BPM"
        sys.stdout.write(f"{style.id:<12} {tempo:<12} {style.summary}\n")
    return 0


COMMAND = Command("List the styles of music that can be asked for.", add_arguments, run)
