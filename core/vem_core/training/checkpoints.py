"""Checkpoints that a torn write cannot hurt and that do not stall training.

    NAME-state/step-00001200.safetensors    the last two states
    NAME-state/checkpoints.json             `Checkpoints.1`: size and SHA-256 of each, written after it

A state is copied to the processor's memory, and a thread writes it: beside its name, flushed, renamed, then the record.
At most one state is being written while another step is taken; the next one waits for it. A file that is not as the
record says (a torn write, a bad disk) is passed over for the one before.
"""

from __future__ import annotations

import hashlib
import re
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from vem_core.contract.atomic import make_folder, sweep, write_bytes
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, InputError
from vem_core.training.state import TrainingState, read_state, write_state

RECORD = "checkpoints.json"
KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """A state on disk."""

    name: str
    step: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class CheckpointRecord:
    """The states of a folder, the oldest first."""

    schema_label: ClassVar[str] = "Checkpoints.1"

    checkpoints: tuple[Checkpoint, ...] = ()


def state_folder(folder: Path, stage: str) -> Path:
    """Where a stage's states lie in a training folder."""
    return folder / f"{stage}-state"


class CheckpointWriter:
    """Writes states into a folder in the background. Use it as a context: at its end everything is on disk.

    Raises OutputError where the disk refuses, at the next `save` or at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[None] | None = None
        make_folder(folder)
        sweep(folder)

    def save(self, state: TrainingState) -> None:
        """Have a copy of a state written; returns at once unless the one before is still being written."""
        copied = state.copied()
        self.flush()
        self._writing = self._writer.submit(self._write, copied)

    def flush(self) -> None:
        """Wait until what was to be written is on disk. Raises OutputError."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _write(self, state: TrainingState) -> None:
        path = self._folder / f"step-{state.step:010}.safetensors"
        write_state(path, state)
        written = Checkpoint(path.name, state.step, path.stat().st_size, _sha256(path))
        others = [checkpoint for checkpoint in read_record(self._folder).checkpoints if checkpoint.step < state.step]
        kept = (*others, written)[-KEPT:]
        write_bytes(self._folder / RECORD, (dumps(CheckpointRecord(kept)) + "\n").encode())
        names = {checkpoint.name for checkpoint in kept}
        for old in self._folder.iterdir():
            if _STATE.fullmatch(old.name) and old.name not in names:
                old.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.flush()
        finally:
            self._writer.shutdown(wait=True)


_STATE = re.compile(r"step-\d{10}\.safetensors")


def read_record(folder: Path) -> CheckpointRecord:
    """What was written to a folder; nothing where there is no record. Raises InputError for one that is damaged."""
    try:
        return loads(CheckpointRecord, (folder / RECORD).read_bytes())
    except FileNotFoundError:
        return CheckpointRecord()
    except ContractError as error:
        raise _unusable(folder, f"its record cannot be read: {error.message}") from error


def latest_checkpoint(folder: Path) -> Path | None:
    """The newest state that is as it was written; None where none was. Raises InputError if all are damaged."""
    record = read_record(folder)
    for checkpoint in reversed(record.checkpoints):
        path = folder / checkpoint.name
        if _STATE.fullmatch(checkpoint.name) and _is_whole(path, checkpoint):
            return path
        sys.stderr.write(f"{path} is damaged: the checkpoint before it is taken\n")
    if record.checkpoints:
        raise _unusable(folder, "none of its checkpoints is as it was written")
    return None


def load_state(folder: Path) -> TrainingState | None:
    """The newest state of a folder that is whole; None where none was written. Raises InputError if all are damaged."""
    path = latest_checkpoint(folder)
    return None if path is None else read_state(path)


def _is_whole(path: Path, checkpoint: Checkpoint) -> bool:
    try:
        return path.stat().st_size == checkpoint.bytes and _sha256(path) == checkpoint.sha256
    except OSError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unusable(folder: Path, why: str) -> InputError:
    return InputError(f"The training state in {folder} cannot be used: {why}.", hint="Delete it to begin again.")
