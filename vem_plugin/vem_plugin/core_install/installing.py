"""Making the core's environment, and taking it away.

An environment is ours where `vem-core.json` lies in it: `vem-core.json.part` while it is being made, so that an
installation that was broken off is gone on with, and is never started or taken for another program's folder.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.atomic import explaining, make_folder, write_bytes
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.processes import run_child
from vem_plugin.client.core_environment import RECORD, environment_python
from vem_plugin.core_install.bundle import check_bundle, python_version
from vem_plugin.core_install.requirements import Requirements
from vem_plugin.core_install.tools import Source, Tool, find_tool, run_tool

UNFINISHED = RECORD + ".part"
_GB = 10**9
_UNPACKED = 4.2
"""How much more room wheels take once they are installed (measured: 3.9 with the CPU's torch)."""

_NETWORK_BYTES = {"cpu": 3 * _GB, "": 9 * _GB}
"""Room for a core whose wheels are fetched, cache included: with the CPU's torch, or one with CUDA."""

_CHECK = "import json, torch, vem_core.server.worker; print(json.dumps(torch.__version__))"
_CHECK_S = 300.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Installed:
    """What stands in an environment of ours."""

    version: str  # of vem-score
    torch: str
    python: str


def install(
    folder: Path,
    source: Source,
    tell: Tell,
    requirements: Requirements | None = None,
    tool: Tool | None = None,
    check: Callable[[], None] = lambda: None,
) -> Installed:
    """Make the environment in a folder, or finish or renew the one that is there. Raises InputError, OutputError.

    `check` is called several times a second while a tool works; what it raises stops that. Asked again, it goes on.
    """
    requirements = requirements or Requirements.of_this()
    used: Tool = tool or find_tool(folder)
    _check_ours(folder)
    wheels, needed = _wheels_and_room(source, requirements)
    tell(f"The core goes to {folder}; it needs up to {needed / _GB:.1f} GB.")
    _check_room(folder, needed)
    make_folder(folder)
    write_bytes(folder / UNFINISHED, b"{}")
    with explaining(folder / RECORD):
        (folder / RECORD).unlink(missing_ok=True)
    run_tool(used.make_environment(folder), tell, check)
    if source.wheels is not None:
        run_tool([*used.install(source), *(str(path) for path in wheels)], tell, check)
    else:
        for step in requirements.steps():
            run_tool([*used.install(source), *step], tell, check)
    installed = Installed(requirements.version, _torch_in(folder), python_version())
    write_bytes(folder / RECORD, json.dumps(vars(installed)).encode())
    with explaining(folder / UNFINISHED):
        (folder / UNFINISHED).unlink()
    tell(f"The core is installed: vem-score {installed.version}, torch {installed.torch}.")
    return installed


def room_for_network() -> int:
    """How many bytes a core may need whose wheels are fetched, whatever build of torch is chosen."""
    return _NETWORK_BYTES[""]


def uninstall(folder: Path) -> bool:
    """Take the environment away with everything in it; whether there was one. Raises InputError, OutputError."""
    if not folder.exists():
        return False
    _check_ours(folder)
    with explaining(folder):
        shutil.rmtree(folder)
    return True


def installed_in(folder: Path) -> Installed | None:
    """What stands in a folder; None: no whole core of ours."""
    try:
        return Installed(**json.loads((folder / RECORD).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _check_ours(folder: Path) -> None:
    """Raise InputError for a folder that holds anything else: it would be written into, or deleted."""
    if not folder.exists():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise InputError(f"{folder} is no folder of a core's own.", hint="Choose another with --into.")
    names = {path.name for path in folder.iterdir()}
    if names and not names & {RECORD, UNFINISHED}:
        raise InputError(f"{folder} holds something else.", hint="Choose another folder with --into.")


def _wheels_and_room(source: Source, requirements: Requirements) -> tuple[list[Path], int]:
    """The wheels of a folder, none where they are fetched; and the bytes that the core may need."""
    if source.wheels is None:
        return [], _NETWORK_BYTES["cpu" if source.torch_backend == "cpu" else ""]
    bundle = check_bundle(source.wheels)
    requirements.check_wheels(bundle.sha256)
    return [source.wheels / name for name in sorted(bundle.sha256)], int(bundle.size_bytes * _UNPACKED)


def _check_room(folder: Path, needed: int) -> None:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    with explaining(there):
        free = shutil.disk_usage(there).free
    if free < needed:
        raise OutputError(
            f"The core needs up to {needed / _GB:.1f} GB, and {there} has {free / _GB:.1f} GB free.",
            hint="Free some space, or choose another disk with --into.",
        )


def _torch_in(folder: Path) -> str:
    """The version of torch in an environment, once its core could be loaded. Raises InputError."""
    done = run_child([str(environment_python(folder)), "-P", "-c", _CHECK], timeout_s=_CHECK_S)
    if done.returncode:
        last = (done.stderr or "").strip().splitlines()[-1:] or ["it said nothing"]
        raise InputError(
            f"The core was installed, but cannot be loaded: {last[0]}", hint="Run `vem core install` again."
        )
    return str(json.loads(done.stdout))
