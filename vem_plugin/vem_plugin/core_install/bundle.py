"""A folder of wheels from which a core is installed without a network, and the list that says what belongs in it."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.atomic import explaining, make_folder, write_bytes
from vem_core.contract.errors import InputError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, open_regular, read_regular
from vem_plugin.core_install.requirements import Requirements, torch_wheels
from vem_plugin.core_install.tools import Pip, run_tool

LIST_NAME = "vem-wheels.json"
_LABEL = "CoreWheels.1"
_BLOCK_BYTES = 1 << 20
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Bundle:
    """What a folder of wheels holds."""

    python: str  # "3.11"
    machine: str  # "Linux x86_64"
    sha256: dict[str, str]  # by file name
    size_bytes: int


def write_bundle(folder: Path, requirements: Requirements, tell: Tell) -> Bundle:
    """Fetch every wheel of a core for a machine and Python like these. Fetched ones are kept. Raises InputError."""
    make_folder(folder)
    pip = Pip(Path(sys.executable))
    for step in requirements.steps():
        run_tool([*pip.wheel(folder), *step, *torch_wheels(folder)], tell)
    wheels = sorted(folder.glob("*.whl"))
    requirements.check_wheels(path.name for path in wheels)
    sha256 = {path.name: _sha256(path) for path in wheels}
    bundle = Bundle(python_version(), machine_name(), sha256, sum(path.stat().st_size for path in wheels))
    listed = {"schema": _LABEL, "python": bundle.python, "machine": bundle.machine, "wheels": sha256}
    write_bytes(folder / LIST_NAME, json.dumps(listed, indent=1).encode())
    return bundle


def check_bundle(folder: Path) -> Bundle:
    """What a folder of wheels holds, each held against its hash. Raises InputError for what is missing or another."""
    found = _read_list(folder)
    for name, sha256 in found.sha256.items():
        path = folder / name
        if not path.is_file():
            raise InputError(f"{name} is not in {folder}.", hint="Copy the folder again, with all of its files.")
        if _sha256(path) != sha256:
            raise InputError(f"{name} is damaged or another file.", hint="Copy the folder again.")
    beside = {path.name for path in folder.glob("*.whl")} - set(found.sha256)
    if beside:
        raise InputError(
            f"{min(beside)} lies in {folder} and is not on its list.",
            hint="Take it out, or run `vem core bundle` again.",
        )
    if found.python != python_version() or found.machine != machine_name():
        raise InputError(
            f"These wheels are for Python {found.python} on {found.machine}; this is Python {python_version()} on "
            f"{machine_name()}.",
            hint="Run `vem core bundle` on a machine like this one.",
        )
    return found


def python_version() -> str:
    """This Python's, as wheels count it."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def machine_name() -> str:
    """This machine's kind."""
    return f"{platform.system()} {platform.machine()}"


def _read_list(folder: Path) -> Bundle:
    try:
        listed = json.loads(read_regular(folder / LIST_NAME, MAX_TEXT_BYTES))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} is no folder of wheels: it has no list {LIST_NAME} that can be read.",
            hint="`vem core bundle FOLDER` makes one, on a machine with a network.",
        ) from error
    wheels = listed.get("wheels") if isinstance(listed, dict) and listed.get("schema") == _LABEL else None
    if not isinstance(wheels, dict) or not all(_is_wheel(name) and isinstance(wheels[name], str) for name in wheels):
        raise InputError(f"{LIST_NAME} in {folder} is damaged.", hint="Run `vem core bundle` again.")
    size = sum((folder / name).stat().st_size for name in wheels if (folder / name).is_file())
    return Bundle(str(listed.get("python")), str(listed.get("machine")), wheels, size)


def _is_wheel(name: object) -> bool:
    return isinstance(name, str) and name.endswith(".whl") and name == Path(name).name


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with explaining(path), open_regular(path) as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
