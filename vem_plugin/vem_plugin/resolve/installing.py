"""Putting our launcher into Resolve's Scripts menu, and taking it out again."""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.atomic import explaining, make_folder, write_bytes
from vem_core.contract.errors import OutputError
from vem_plugin.resolve.folders import ResolveFolders

SCRIPT_NAME = "VeM Score.py"
"""The file's name is what the menu shows."""

_TEMPLATE = Path(__file__).with_name("menu_script.py")
_PREFIX = "COMMAND: list[str] = "
_OURS = "`vem resolve install`"


@dataclass(frozen=True)
class InstalledLauncher:
    """A launcher of ours in a Scripts folder."""

    path: Path
    command: tuple[str, ...]  # what it starts

    @property
    def works(self) -> bool:
        """Whether the program that it starts is there."""
        return bool(self.command) and Path(self.command[0]).is_file()


def panel_command() -> tuple[str, ...]:
    """How Resolve starts the panel in the environment that runs this: isolated from anything set around it."""
    python = Path(sys.executable)
    windowless = python.with_name("pythonw.exe")
    if sys.platform == "win32" and windowless.is_file():
        python = windowless
    return (str(python), "-I", "-m", "vem_plugin", "panel", "--resolve")


def launcher_text(command: tuple[str, ...]) -> str:
    """The launcher that starts a command."""
    template = _TEMPLATE.read_text(encoding="utf-8")
    lines = [f"{_PREFIX}{list(command)!a}" if line.startswith(_PREFIX) else line for line in template.splitlines()]
    return "\n".join(lines) + "\n"


def install(folders: ResolveFolders, command: tuple[str, ...], *, all_users: bool = False) -> Path:
    """Write the launcher into the menu's folder and return its path. Raises OutputError."""
    folder = folders.shared_scripts if all_users else folders.user_scripts
    path = folder / SCRIPT_NAME
    with _explaining_rights(all_users):
        if path.exists() and read_launcher(path) is None:
            raise OutputError(
                f"{path} is there already, and not ours.", hint="Rename it, then run `vem resolve install` again."
            )
        make_folder(folder)
        write_bytes(path, launcher_text(command).encode())
    return path


def uninstall(folders: ResolveFolders) -> list[Path]:
    """Remove our launchers, the user's and that of all users; which there were. Raises OutputError."""
    removed = []
    for launcher in find_launchers(folders):
        with _explaining_rights(launcher.path.parent == folders.shared_scripts), explaining(launcher.path):
            launcher.path.unlink()
        removed.append(launcher.path)
    return removed


def find_launchers(folders: ResolveFolders) -> list[InstalledLauncher]:
    """Our launchers in the menu's folders."""
    paths = (folder / SCRIPT_NAME for folder in (folders.user_scripts, folders.shared_scripts))
    return [found for path in paths if (found := read_launcher(path)) is not None]


def read_launcher(path: Path) -> InstalledLauncher | None:
    """The launcher in a file; None for a file that is not one, or not there."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if _OURS not in text:
        return None
    command: tuple[str, ...] = ()
    for line in text.splitlines():
        if line.startswith(_PREFIX):
            with contextlib.suppress(ValueError, SyntaxError):
                command = tuple(ast.literal_eval(line.removeprefix(_PREFIX)))
    return InstalledLauncher(path, command)


@contextlib.contextmanager
def _explaining_rights(all_users: bool) -> Iterator[None]:
    """Adds what to do to an OutputError about the folder of all users."""
    try:
        yield
    except OutputError as error:
        if all_users and "not ours" not in error.message:
            error.hint = "Run it as an administrator, or install for yourself only (without --all-users)."
        raise
