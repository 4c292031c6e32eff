"""Where Resolve keeps its scripts and its scripting module, on each system.

The paths are those of Blackmagic's scripting README, except the user's folder on Windows, which the README spells with
a second `Roaming`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MENU_SUBFOLDER = "Utility"
"""The subfolder of the Scripts folder whose scripts the menu shows on every page."""

_VENDOR = Path("Blackmagic Design", "DaVinci Resolve")


@dataclass(frozen=True)
class ResolveFolders:
    """The folders of one system. `module` and `library` are where the installer puts them, there or not."""

    user_scripts: Path
    shared_scripts: Path
    programs: tuple[Path, ...]  # where Resolve itself may be installed
    modules: tuple[Path, ...]  # folders that hold DaVinciResolveScript.py
    libraries: tuple[Path, ...]  # candidates for the native module, fusionscript


def resolve_folders(
    platform: str = sys.platform, environment: Mapping[str, str] | None = None, root: Path = Path("/")
) -> ResolveFolders:
    """The folders of a system ("linux", "darwin" or "win32"), below `root` where the system's own are absolute.

    RESOLVE_SCRIPT_API and RESOLVE_SCRIPT_LIB, where they are set, come first.
    """
    environment = os.environ if environment is None else environment
    layout = {"darwin": _mac, "win32": _windows}.get(platform, _linux)(environment, root)
    api, library = environment.get("RESOLVE_SCRIPT_API"), environment.get("RESOLVE_SCRIPT_LIB")
    return ResolveFolders(
        layout.user_scripts,
        layout.shared_scripts,
        layout.programs,
        ((Path(api, "Modules"),) if api else ()) + layout.modules,
        ((Path(library),) if library else ()) + layout.libraries,
    )


def _home(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return Path(home) if home else Path.home()


def _mac(environment: Mapping[str, str], root: Path) -> ResolveFolders:
    support = root / "Library" / "Application Support" / _VENDOR
    tail = Path("Fusion", "Scripts", MENU_SUBFOLDER)
    app = root / "Applications" / "DaVinci Resolve" / "DaVinci Resolve.app"
    return ResolveFolders(
        user_scripts=_home(environment) / "Library" / "Application Support" / _VENDOR / tail,
        shared_scripts=support / tail,
        programs=(app,),
        modules=(support / "Developer" / "Scripting" / "Modules",),
        libraries=(app / "Contents" / "Libraries" / "Fusion" / "fusionscript.so",),
    )


def _windows(environment: Mapping[str, str], root: Path) -> ResolveFolders:
    roaming = Path(environment.get("APPDATA") or _home(environment) / "AppData" / "Roaming")
    shared = Path(environment.get("PROGRAMDATA") or root / "ProgramData") / _VENDOR
    program = Path(environment.get("PROGRAMFILES") or root / "Program Files") / _VENDOR
    return ResolveFolders(
        user_scripts=roaming / _VENDOR / "Support" / "Fusion" / "Scripts" / MENU_SUBFOLDER,
        shared_scripts=shared / "Fusion" / "Scripts" / MENU_SUBFOLDER,
        programs=(program,),
        modules=(shared / "Support" / "Developer" / "Scripting" / "Modules",),
        libraries=(program / "fusionscript.dll",),
    )


def _linux(environment: Mapping[str, str], root: Path) -> ResolveFolders:
    programs = (root / "opt" / "resolve", root / "home" / "resolve")
    installed = next((program for program in programs if program.is_dir()), programs[0])
    return ResolveFolders(
        user_scripts=_home(environment) / ".local/share/DaVinciResolve/Fusion/Scripts" / MENU_SUBFOLDER,
        shared_scripts=installed / "Fusion" / "Scripts" / MENU_SUBFOLDER,
        programs=programs,
        modules=tuple(program / "Developer" / "Scripting" / "Modules" for program in programs),
        libraries=tuple(program / "libs" / "Fusion" / "fusionscript.so" for program in programs),
    )
