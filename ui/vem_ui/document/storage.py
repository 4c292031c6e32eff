"""Keeping a document's state beside its timeline, so that it is there when the same timeline is opened again."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract import codec
from vem_core.contract.errors import ContractError, OutputError
from vem_ui.document.state import ScoreState

STATE_FILE = "panel.json"


def load_state(folder: Path) -> tuple[ScoreState, str]:
    """The stored state and a notice: "" when all is well, else why a fresh state is used and where the old one went."""
    path = folder / STATE_FILE
    try:
        return codec.loads(ScoreState, path.read_bytes()), ""
    except FileNotFoundError:
        return ScoreState(), ""
    except (OSError, ContractError) as error:
        aside = _set_aside(path)
        kept = f" The old state is kept in {aside.name}." if aside else ""
        return ScoreState(), f"The panel's state of this timeline could not be read ({error}).{kept}"


def save_state(folder: Path, state: ScoreState) -> None:
    """Store the state atomically. Raises OutputError."""
    path = folder / STATE_FILE
    partial = path.with_name(f".{path.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(codec.dumps(state), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
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
