"""Presets of direction: saved under a name, shared as a file, applied with `--preset`.

A preset is one JSON file, `NAME.vem-preset.json`, in the user's configuration folder; the file alone is all there is to
share. It holds wishes: what was not said is not in it. What is about one timeline (energies and words shot by shot) or
one machine is never saved.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from vem_core.contract.atomic import make_folder, write_bytes
from vem_core.contract.codec import loads, to_json
from vem_core.contract.errors import ContractError, DirectionError, OutputError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
from vem_core.contract.service import APP_NAME
from vem_plugin.presets.preset import GENERAL, NAME, Preset
from vem_plugin.presets.shipped import SHIPPED

SUFFIX = ".vem-preset.json"


def presets_folder() -> Path:
    """Where this user's presets are."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / "presets"


def save_preset(preset: Preset, folder: Path | None = None) -> Path:
    """Write a preset, over one of the same name, and return its path. Raises OutputError."""
    folder = presets_folder() if folder is None else folder
    make_folder(folder)
    path = folder / f"{preset.name}{SUFFIX}"
    write_preset(preset, path)
    return path


def write_preset(preset: Preset, path: Path) -> None:
    """Write a preset as a file to share. Raises OutputError."""
    preset = dataclasses.replace(preset, wishes=preset.wishes.only(GENERAL))
    write_bytes(path, json.dumps(to_json(preset), indent=2, ensure_ascii=False).encode() + b"\n")


def list_presets(folder: Path | None = None) -> tuple[Preset, ...]:
    """This user's presets by name; files that are none are left out."""
    folder = presets_folder() if folder is None else folder
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
        try:
            found.append(read_preset(path))
        except DirectionError:
            continue
    return tuple(found)


def find_preset(name: str, folder: Path | None = None) -> Preset:
    """The preset of that name, or in that file. Raises DirectionError."""
    folder = presets_folder() if folder is None else folder
    saved = folder / f"{name}{SUFFIX}"
    if NAME.fullmatch(name) and saved.is_file():
        return read_preset(saved)
    if Path(name).is_file():
        return read_preset(Path(name))
    for preset in SHIPPED:
        if preset.name.casefold() == name.casefold():
            return preset
    names = ", ".join(preset.name for preset in (*list_presets(folder), *SHIPPED))
    raise DirectionError(f"There is no preset {name!r}.", hint=f"There are: {names}. `vem presets save` makes one.")


def read_preset(path: Path) -> Preset:
    """The preset in a file. Raises DirectionError."""
    try:
        preset = loads(Preset, read_regular(path, MAX_TEXT_BYTES))
    except OSError as error:
        raise DirectionError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ContractError as error:
        raise DirectionError(f"{path.name} is not a preset of VeM Score: {error.message}") from error
    return dataclasses.replace(preset, wishes=preset.wishes.only(GENERAL))


def remove_preset(name: str, folder: Path | None = None) -> Path:
    """Delete a saved preset and return where it was. Raises DirectionError, OutputError."""
    folder = presets_folder() if folder is None else folder
    path = folder / f"{find_preset(name, folder).name}{SUFFIX}"
    try:
        path.unlink()
    except OSError as error:
        raise OutputError(f"{path} cannot be deleted: {error.strerror or error}.") from error
    return path
