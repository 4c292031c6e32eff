"""The hashes of a model that a user installed, noted when it is first used: another file in its place is noticed.

A note lies in the user's cache, never in the model's folder. A file whose size and time are as noted is taken for the
same one; another is read again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vem_core.contract.atomic import make_folder, write_bytes
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, WeightsDamaged
from vem_core.resources.paths import cache_folder

_COUNTED = (".safetensors", ".json", ".txt", ".model")


@dataclass(frozen=True)
class NotedFile:
    """A file as it was. `modified_ns`: its time of change."""

    file: str  # relative to the model's folder, with slashes
    bytes: int
    modified_ns: int
    sha256: str


@dataclass(frozen=True)
class NotedModel:
    """The files of a model's folder when it was first used."""

    schema_label: ClassVar[str] = "NotedModel.1"

    model: str
    folder: str
    files: tuple[NotedFile, ...]

    @property
    def sha256(self) -> str:
        """One hash for the whole model."""
        return hashlib.sha256("\n".join(f"{file.sha256} {file.file}" for file in self.files).encode()).hexdigest()


def notes_folder() -> Path:
    """Where notes are kept."""
    return cache_folder("models")


def noted_sha256(model: str, folder: Path, *, accept_changes: bool = False) -> str:
    """The hash of a model's folder, noted on first use.

    Reads the whole folder the first time, which takes a second a gigabyte or so. Raises WeightsDamaged where files are
    no longer those that were noted, unless such changes are to be accepted.
    """
    path = notes_folder() / f"{model}.json"
    before = _read_note(path, model, folder)
    now = NotedModel(model, str(folder), tuple(_noted(folder, file, before) for file in _files_of(folder)))
    if before is not None and not accept_changes:
        changed = sorted({(file.file, file.sha256) for file in now.files} ^ {(f.file, f.sha256) for f in before.files})
        if changed:
            raise WeightsDamaged(
                f"{changed[0][0]} of {model} is not what it was when the model was first used.",
                hint=f"If you replaced it on purpose: vem models check {model} --accept",
                reason="hash",
                file=str(folder / changed[0][0]),
            )
    if now != before:
        make_folder(path.parent)
        write_bytes(path, dumps(now).encode())
    return now.sha256


def _read_note(path: Path, model: str, folder: Path) -> NotedModel | None:
    """The note on that folder; None where there is none, or none that can be read."""
    try:
        note = loads(NotedModel, path.read_bytes())
    except (OSError, ContractError):
        return None
    return note if (note.model, note.folder) == (model, str(folder)) else None


def _files_of(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.suffix in _COUNTED and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _noted(folder: Path, path: Path, before: NotedModel | None) -> NotedFile:
    name, found = path.relative_to(folder).as_posix(), path.stat()
    for file in before.files if before is not None else ():
        if (file.file, file.bytes, file.modified_ns) == (name, found.st_size, found.st_mtime_ns):
            return file
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return NotedFile(name, found.st_size, found.st_mtime_ns, digest)
