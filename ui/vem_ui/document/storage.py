"""Keeping a document's state beside its timeline, so that it is there when the same timeline is opened again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from vem_core.contract import codec
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import ContractError, OutputError
from vem_plugin.runner import Runner, run_here
from vem_plugin.takes.names import OutputNames
from vem_ui.document.state import ScoreState, TakeRecord
from vem_ui.document.takes import takes_in_library
from vem_ui.document.upgrades import upgraded_state

translate = QCoreApplication.translate
STATE_FILE, SHEET_FILE = "panel.json", "panel-cuts.json"


@dataclass(frozen=True)
class Stored:
    """What was stored of a document: the state, the cuts that it was decided for, and what is wrong with the files."""

    state: ScoreState | None = None
    sheet: CutSheet | None = None
    notice: str = ""
    found: tuple[TakeRecord, ...] = ()  # what the library of takes holds


def load_state(text: bytes) -> ScoreState:
    """A state from its JSON, of this version or an earlier one. Raises ContractError."""
    return codec.loads(ScoreState, upgraded_state(text))


def load_stored(folder: Path, library: OutputNames, run: Runner = run_here) -> Stored:
    """What is stored in a folder, decoded by `run`. A damaged state is moved aside, and the notice says where to."""
    state, notice = None, ""
    path = folder / STATE_FILE
    try:
        state = run(load_state, path.read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, ContractError) as error:
        aside = _set_aside(path)
        notice = translate("Storage", "What was kept of this timeline could not be read ({error}).").format(error=error)
        if aside is not None:
            notice += " " + translate("Storage", "The old state is in {name}.").format(name=aside.name)
    try:
        sheet = run(codec.loads, CutSheet, (folder / SHEET_FILE).read_bytes())
    except (OSError, ContractError):
        sheet = None  # only needed to follow a re-cut
    name = translate("Controller", "Take {number}")
    return Stored(state, sheet, notice, run(takes_in_library, library, name))


def save_state(folder: Path, state: ScoreState) -> ScoreState:
    """Store a state atomically, and give back what is stored. Raises OutputError."""
    _write(folder, STATE_FILE, codec.dumps(state))
    return state


def save_sheet(folder: Path, sheet: CutSheet) -> None:
    """Store the cuts that the state belongs to, atomically. Raises OutputError."""
    _write(folder, SHEET_FILE, codec.dumps(sheet))


def is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder that may not exist yet."""
    existing = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _write(folder: Path, name: str, text: str) -> None:
    partial = folder / f".{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(folder / name)
    except OSError as error:
        raise OutputError(f"The panel's state could not be written to {folder}: {error.strerror or error}.") from error


def _set_aside(path: Path) -> Path | None:
    """Move a damaged file out of the way without overwriting an earlier one."""
    for number in range(1, 100):
        aside = path.with_suffix(f".damaged-{number}.json")
        if not aside.exists():
            try:
                path.replace(aside)
            except OSError:
                return None
            return aside
    return None
