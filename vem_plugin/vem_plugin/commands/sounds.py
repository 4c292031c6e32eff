"""`vem sounds`: which sampled instruments are on this machine, and what would bring some."""

from __future__ import annotations

import argparse
import json
import sys

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem sounds`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Say what is found, with its licence, and what is missing."""
    from vem_plugin.scoring.soundfonts import FREE_FONTS, PLAYER, default_soundfont, has_player, installed_fonts
    from vem_plugin.terminal import printable

    found = list(installed_fonts())
    missing = [font for font in FREE_FONTS if font not in [there for there, _ in found]]
    default = default_soundfont()
    if arguments.json:
        report = {
            "player": PLAYER if has_player() else None,
            "found": [{"title": font.title, "path": str(path), "licence": font.licence} for font, path in found],
            "missing": [{"title": font.title, "package": font.package, "licence": font.licence} for font in missing],
            "default": None if default is None else default.path,
        }
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
        return 0
    lines = [f"{font.title} ({font.licence}): {path}" for font, path in found] or ["No free SoundFont was found."]
    if not has_player():
        lines.append(f"Nothing is installed that plays SoundFonts: pip install --no-deps {PLAYER}")
    lines += [f"Not here: {font.title} ({font.licence}), Debian's package {font.package}" for font in missing]
    if default is None:
        lines.append("The synthesiser plays every instrument.")
    else:
        lines.append(f"New pieces of `sketch` play some acoustic instruments from {default.path}.")
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))
    return 0


COMMAND = Command("Say which sampled instruments are on this machine, and their licences.", add_arguments, run)
