"""What this machine offers the panel, each problem with the one thing to do about it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from vem_plugin.client.base import CoreInfo
from vem_ui.document.storage import is_writable

translate = QCoreApplication.translate
_TAKE_BYTES = 1_000_000_000  # an hour of stems


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    text: str
    good: bool = True
    advice: str = ""
    needed: bool = True  # False: nothing is wrong without it


def check_machine(core: CoreInfo | None, core_problem: str, folder: Path, silent_because: str) -> list[Finding]:
    """The findings on core, device, models, disk and sound. A core that has not answered yet is None."""
    return [*_core_findings(core, core_problem), _disk_finding(folder), _sound_finding(silent_because)]


def _core_findings(core: CoreInfo | None, problem: str) -> list[Finding]:
    if core is None:
        if not problem:
            return [Finding(translate("MachineCheck", "The core is starting ..."))]
        return [
            Finding(
                problem,
                False,
                translate("MachineCheck", "Try again in a moment. If it stays so, install the core again."),
            )
        ]
    device = Finding(
        translate("MachineCheck", "Core {version} on {device}").format(version=core.version, device=core.device)
    )
    models = Finding(
        translate("MachineCheck", "Models: {models}").format(models=", ".join(core.models)), bool(core.models)
    )
    missing = [
        Finding(
            translate("MachineCheck", "{model} cannot be used").format(model=model),
            False,
            note or translate("MachineCheck", "Reinstall its files."),
            needed=not (note and core.models),  # the others make music
        )
        for model, note in core.missing
    ]
    return [device, models, *missing]


def _disk_finding(folder: Path) -> Finding:
    existing = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    if not is_writable(folder):
        advice = translate("MachineCheck", "Choose an output folder below.")
        return Finding(translate("MachineCheck", "{folder} cannot be written to").format(folder=folder), False, advice)
    free = shutil.disk_usage(existing).free
    text = translate("MachineCheck", "{free:.0f} GB free in {folder}").format(free=free / 1e9, folder=existing)
    return Finding(
        text, free > _TAKE_BYTES, "" if free > _TAKE_BYTES else translate("MachineCheck", "Free some space.")
    )


def _sound_finding(silent_because: str) -> Finding:
    if not silent_because:
        return Finding(translate("MachineCheck", "Sound works"))
    return Finding(silent_because, False, translate("MachineCheck", "Takes can still be scored, seen and placed."))
