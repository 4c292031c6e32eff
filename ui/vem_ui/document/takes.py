"""Takes on disk: what a finished job left, kept so that it can be heard, compared and placed at any time."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract import codec
from vem_core.contract.errors import AudioError, ContractError
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_plugin.hosts.base import Take
from vem_ui.document.state import TakeRecord

REQUEST_FILE, RESULT_FILE = "request.json", "result.json"
FOLDER = "takes"


@dataclass(frozen=True)
class StoredTake:
    """A take with all that is known of it."""

    record: TakeRecord
    take: Take

    @property
    def mix(self) -> Path:
        """The take's music. Raises AudioError if it has none."""
        mix = self.take.result.file("mix")
        if mix is None:
            raise AudioError(f"{self.record.name} has no music.")
        return self.take.folder / mix.name


def new_take_folder(folder: Path) -> Path:
    """A fresh folder for the files of the next take, below the document's own."""
    number = 1
    while (candidate := folder / FOLDER / f"{number:03}").exists():
        number += 1
    candidate.mkdir(parents=True)
    return candidate


def store_take(
    folder: Path, files: Path, request: ScoreRequest, result: ScoreResult, in_frames: int, name: str
) -> TakeRecord:
    """Write what made a take beside its files; the record that a document keeps."""
    (files / REQUEST_FILE).write_text(codec.dumps(request), encoding="utf-8")
    (files / RESULT_FILE).write_text(codec.dumps(result), encoding="utf-8")
    relative = files.relative_to(folder).as_posix()
    return TakeRecord(name, relative, in_frames, result.seed, result.model)


def load_take(folder: Path, record: TakeRecord) -> StoredTake:
    """A take from its record. Raises AudioError if its files are gone or damaged."""
    files = folder / record.folder
    try:
        request = codec.loads(ScoreRequest, (files / REQUEST_FILE).read_bytes())
        result = codec.loads(ScoreResult, (files / RESULT_FILE).read_bytes())
    except (OSError, ContractError) as error:
        raise AudioError(
            f"The files of {record.name} are missing or damaged ({error}).",
            hint="Delete the take from the list, or score again with the same seed.",
        ) from error
    return StoredTake(record, Take(request, result, files, record.in_frames))


def discard_files(files: Path) -> None:
    """Remove the folder of a take that was never finished."""
    shutil.rmtree(files, ignore_errors=True)
