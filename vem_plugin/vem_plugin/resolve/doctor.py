"""What stands between VeM Score and Resolve on this machine, in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.processes import find_program, python_command, run_child
from vem_plugin.resolve.folders import ResolveFolders
from vem_plugin.resolve.installing import find_launchers
from vem_plugin.resolve.menu_lua import find_scripts
from vem_plugin.resolve.open_project import STUDIO
from vem_plugin.resolve.scripting import find_scripting_files

_PATIENCE_S = 30.0
_BY_FILE = (
    "Any edition works by its menu: Workspace > Scripts > VeM Score - send timeline, after `vem resolve install`; "
    "or by file: File > Export > Timeline in Resolve, then `vem score` on the .otio file."
)
_PREFERENCE = "Preferences > System > General > External scripting using: Local"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` is the one thing to do where it is not `good`."""

    what: str
    good: bool
    advice: str = ""


@dataclass(frozen=True)
class Seen:
    """What a Python of its own saw through the scripting module; None where it did not come that far."""

    module: str | None = None
    module_error: str | None = None
    product: str | None = None
    version: str | None = None
    project: str | None = None
    timeline: str | None = None
    error: str | None = None
    crashed: bool = False


def examine(folders: ResolveFolders) -> list[Finding]:
    """Look at everything, in the order in which it should be put right."""
    findings = [_program(folders), *_launchers(folders), _menu_scripts(folders)]
    if not find_scripting_files(folders):
        findings.append(
            Finding(
                "Resolve's scripting module (fusionscript) is not on this machine",
                False,
                "Install DaVinci Resolve Studio from Blackmagic's site; the Mac App Store's edition has no scripting. "
                "If it lies in an unusual place, set RESOLVE_SCRIPT_LIB to it.",
            )
        )
        return findings
    seen = look()
    return [*findings, *_scripting(seen, running=is_running())]


def look() -> Seen:
    """What a Python like this one sees of Resolve, asked in a process of its own."""
    try:
        home = {name: os.environ[name] for name in ("PYTHONHOME",) if name in os.environ}  # which fusionscript reads
        done = run_child(python_command("vem_plugin.resolve.probe"), extra=home, timeout_s=_PATIENCE_S)
        return Seen(**json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return Seen(module="", error="Resolve did not answer in time.")
    except ValueError:
        return Seen(crashed=True)


def is_running() -> bool | None:
    """Whether a process of Resolve's runs for this user; None where the system does not say."""
    if sys.platform == "linux":
        return any(_command_name(folder) == "resolve" for folder in Path("/proc").glob("[0-9]*"))
    if sys.platform == "win32":
        command = ["tasklist", "/FI", "IMAGENAME eq Resolve.exe", "/NH"]
    else:
        command = ["pgrep", "-x", "Resolve"]
    program = find_program(command[0])
    if program is None:
        return None
    try:
        done = run_child((program, *command[1:]), timeout_s=_PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return "Resolve.exe" in done.stdout if sys.platform == "win32" else done.returncode == 0


def _command_name(folder: Path) -> str:
    try:
        return (folder / "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _program(folders: ResolveFolders) -> Finding:
    for program in folders.programs:
        if program.exists():
            return Finding(f"DaVinci Resolve is installed in {program}", True)
    return Finding(
        f"DaVinci Resolve is not in {' or '.join(map(str, folders.programs))}", False, f"Install it there. {_BY_FILE}"
    )


def _launchers(folders: ResolveFolders) -> Iterator[Finding]:
    launchers = find_launchers(folders)
    if not launchers:
        yield Finding("VeM Score is not in Resolve's Scripts menu", False, "Run `vem resolve install`.")
    for launcher in launchers:
        if launcher.works:
            yield Finding(f"Workspace > Scripts > VeM Score starts {launcher.command[0]}", True)
        else:
            yield Finding(
                f"{launcher.path} starts {' '.join(launcher.command[:1]) or 'nothing'}, which is gone",
                False,
                "Run `vem resolve install` again.",
            )


def _menu_scripts(folders: ResolveFolders) -> Finding:
    found = list(find_scripts(folders))
    if len(found) == 2:
        return Finding("Workspace > Scripts has send timeline and place music, for the free edition", True)
    return Finding(
        "Send timeline and place music are not in Resolve's Scripts menu", False, "Run `vem resolve install`."
    )


def _scripting(seen: Seen, *, running: bool | None) -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:2]))
    if seen.crashed:
        yield Finding(
            f"Python {python} crashes when it loads Resolve's scripting module",
            False,
            "Resolve before 21 wants Python 3.10 to 3.12: install VeM Score in one of those, or update Resolve. "
            "On Windows with several Pythons, set PYTHONHOME to the one that VeM Score uses.",
        )
        return
    if seen.module is None:
        yield Finding(
            seen.module_error or "Resolve's scripting module cannot be loaded",
            False,
            "VeM Score's Python must be 64-bit; Resolve before 21 wants 3.10 to 3.12. See RESOLVE_SCRIPT_LIB.",
        )
        return
    yield Finding(f"Python {python} loads Resolve's scripting module", True)
    if seen.error:
        yield Finding(seen.error, False, "Close any dialog that is open in Resolve, or restart it.")
    elif seen.product is None:
        yield _silence(running)
    else:
        yield from _answers(seen)


def _silence(running: bool | None) -> Finding:
    if running is False:
        return Finding("DaVinci Resolve is not running", False, "Start it and open a project.")
    return Finding(
        "DaVinci Resolve runs but does not answer" if running else "DaVinci Resolve does not answer",
        False,
        f"In Studio: {_PREFERENCE}, then restart Resolve. The free edition never answers. {_BY_FILE}",
    )


def _answers(seen: Seen) -> Iterator[Finding]:
    name = f"{seen.product} {seen.version}".strip()
    if STUDIO not in (seen.product or ""):
        yield Finding(f"This is {name}, the free edition: only Studio can be scored directly", False, _BY_FILE)
        return
    yield Finding(f"{name} answers", True)
    if not seen.project:
        yield Finding("No project is open", False, "Open one.")
    elif not seen.timeline:
        yield Finding(f"No timeline is open in {seen.project}", False, "Open one.")
    else:
        yield Finding(f"{seen.timeline} is open in {seen.project}", True)
