"""`vem presets`: directions saved under a name, shared as files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.codec import SCHEMA_FIELD, to_json
from vem_core.contract.command import Command
from vem_plugin.commands.wish_options import add_direction_arguments, wishes_from_arguments

if TYPE_CHECKING:
    from vem_plugin.presets.preset import Preset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of `vem presets`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all presets, and what each says")
    save = actions.add_parser("save", help="save the direction that the options describe, over one of that name")
    save.add_argument("name")
    save.add_argument("--note", default="", help="what it is for")
    add_direction_arguments(save)
    for name, what in (("show", "print a preset as JSON"), ("remove", "delete a preset")):
        actions.add_parser(name, help=what).add_argument("name")
    export = actions.add_parser("export", help="write a preset as a file to share")
    export.add_argument("name")
    export.add_argument("file", type=Path)
    actions.add_parser("import", help="take a preset from a file").add_argument("file", type=Path)


def run(arguments: argparse.Namespace) -> int:
    """Do what the subcommand says."""
    from vem_plugin import presets

    if arguments.action == "list":
        from vem_plugin.presets.shipped import SHIPPED

        own = presets.list_presets()
        names = {preset.name for preset in own}
        for preset in (*own, *(preset for preset in SHIPPED if preset.name not in names)):
            settings = ", ".join(f"{name} {_short(value)}" for name, value in _settings(preset).items())
            sys.stdout.write(f"{preset.name:<20} {preset.note or settings}\n")
    elif arguments.action == "save":
        path = presets.save_preset(_from_arguments(arguments))
        sys.stdout.write(f"saved     {path}\n")
    elif arguments.action == "show":
        preset = presets.find_preset(arguments.name)
        shown = {"name": preset.name, "note": preset.note, "wishes": _settings(preset)}
        sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    elif arguments.action == "remove":
        sys.stdout.write(f"deleted   {presets.remove_preset(arguments.name)}\n")
    elif arguments.action == "export":
        presets.write_preset(presets.find_preset(arguments.name), arguments.file)
        sys.stdout.write(f"written   {arguments.file}\n")
    else:
        sys.stdout.write(f"saved     {presets.save_preset(presets.read_preset(arguments.file))}\n")
    return 0


def _from_arguments(arguments: argparse.Namespace) -> Preset:
    from vem_core.contract.errors import ContractError, DirectionError
    from vem_plugin.presets.preset import Preset

    try:
        return Preset(arguments.name, wishes_from_arguments(arguments), arguments.note)
    except ContractError as error:
        raise DirectionError(f"{arguments.name!r} cannot be saved: {error.message}.") from error


def _settings(preset: Preset) -> dict[str, object]:
    """What a preset says, as plain JSON values by name."""
    return {name: value for name, value in to_json(preset.wishes).items() if name != SCHEMA_FIELD}


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


COMMAND = Command("Save, share and apply directions.", add_arguments, run)
