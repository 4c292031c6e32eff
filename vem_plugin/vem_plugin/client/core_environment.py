"""Where a core of its own lies that `vem core install` made, and which Python a core is started with."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import platformdirs

from vem_core.contract.processes import python_command
from vem_core.contract.service import APP_NAME

CORE_HOME = "VEM_CORE_HOME"
"""The variable that names another folder for it."""

RECORD = "vem-core.json"
"""What was installed; the file that says that an environment is ours, and whole."""


def environment_folder() -> Path:
    """The folder of this user's core; it need not exist."""
    chosen = os.environ.get(CORE_HOME)
    return Path(chosen).expanduser().absolute() if chosen else platformdirs.user_data_path(APP_NAME) / "core"


def environment_python(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def core_command() -> tuple[str, ...]:
    """How a core is started: by this Python where it has torch, else by that of the core that was installed."""
    command = python_command("vem_core.server")
    folder = environment_folder()
    if importlib.util.find_spec("torch") is None and (folder / RECORD).is_file():
        return (str(environment_python(folder)), *command[1:])
    return command


def has_core() -> bool:
    """Whether there is anything to start a core with."""
    return core_command()[0] != sys.executable or importlib.util.find_spec("torch") is not None
