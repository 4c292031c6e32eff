"""Takes on disk: what a finished job left, kept so that it can be heard, compared and placed at any time."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract import codec
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, ContractError, OutputError
from vem_core.contract.parse import Parse
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_plugin.hosts.base import Take
from vem_plugin.placement.state import MIX, PlacedTake
from vem_plugin.takes.earlier import EarlierScore
from vem_ui.document.state import TakeRecord
from vem_ui.document.waveform import Waveform, read_waveform

REQUEST_FILE, RESULT_FILE = "request.json", "result.json"
FOLDER = "takes"


@dataclass(frozen=True)
class StoredTake:
    """A take with all that is known of it."""

    record: TakeRecord
    take: Take
    mix: Path
    waveform: Waveform

    @property
    def placed(self) -> PlacedTake:
        """The take as the scoring session knows it."""
        asked = dataclasses.replace(self.take.request, recut=None)
        return PlacedTake(self.record.number, self.mix.name, self.take.in_frames, asked, self.take.result)

    @property
    def first_frames(self) -> int:
        """Where its file begins in the timeline, in record frames: before the scored range by its handle."""
        return self.take.in_frames - self.take.request.delivery.handle_before_frames

    @property
    def duration_frames(self) -> int:
        """How long its file lasts, handles included."""
        delivery = self.take.request.delivery
        return self.take.request.sheet.duration_frames + delivery.handle_before_frames + delivery.handle_after_frames

    @property
    def loudness_lufs(self) -> float | None:
        """How loud the music is; None if it is too short or too quiet to say."""
        mix = self.take.result.file("mix")
        return None if mix is None else mix.loudness_lufs


def is_of_this_cut(stored: StoredTake, sheet: CutSheet) -> bool:
    """Whether a take was made for the cuts as they are now, where it lies; wishes and words may differ."""
    made_for, first = stored.take.request.sheet, stored.take.in_frames
    end_excl = first + made_for.duration_frames
    if made_for.rate != sheet.rate or end_excl > sheet.duration_frames:
        return False
    now = [cut.record_frames - first for cut in sheet.cuts if first < cut.record_frames < end_excl]
    return now == [cut.record_frames for cut in made_for.cuts]


def earlier_score(stored: StoredTake, as_read: Parse | None = None) -> EarlierScore:
    """A take as what the next one follows, with its sounds that are still there.

    `as_read` is what it was conditioned on, where the take itself does not say.
    """
    sounds = {
        file.role: path
        for file in stored.take.result.files
        if (file.role == MIX or file.role.startswith("stem:")) and (path := stored.take.folder / file.name).is_file()
    }
    placed = stored.placed
    if as_read is not None:
        placed = dataclasses.replace(placed, request=dataclasses.replace(placed.request, parse=as_read))
    return EarlierScore(placed, stored.record.name, sounds)


def new_take_folder(folder: Path) -> Path:
    """A fresh folder for the files of the next take, below the document's own. Raises OutputError."""
    number = 1
    while (candidate := folder / FOLDER / f"{number:03}").exists():
        number += 1
    try:
        candidate.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"Takes cannot be kept in {folder}: {error.strerror or error}.") from error
    return candidate


def store_take(
    folder: Path, files: Path, request: ScoreRequest, result: ScoreResult, in_frames: int, name: str
) -> StoredTake:
    """Write what made a take beside its files. Raises OutputError, AudioError."""
    try:
        (files / REQUEST_FILE).write_text(codec.dumps(request), encoding="utf-8")
        (files / RESULT_FILE).write_text(codec.dumps(result), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"The take cannot be kept in {files}: {error.strerror or error}.") from error
    number = int(files.name)
    record = TakeRecord(name, files.relative_to(folder).as_posix(), in_frames, result.seed, result.model, number)
    return _stored(record, request, result, files)


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
    return _stored(record, request, result, files)


def discard_files(files: Path) -> None:
    """Remove the folder of a take that was never finished."""
    shutil.rmtree(files, ignore_errors=True)


def export_file(stored: StoredTake, role: str, target: Path) -> None:
    """Copy one of a take's files, by its role, to where the editor wants it. Raises OutputError, AudioError."""
    file = stored.take.result.file(role)
    if file is None:
        raise AudioError(f"{stored.record.name} has no {role}.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(stored.take.folder / file.name, target)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error


def export_stems(stored: StoredTake, folder: Path) -> list[Path]:
    """Copy a take's stems into a folder; where they are now. Raises OutputError, AudioError."""
    stems = [file for file in stored.take.result.files if file.role.startswith("stem:")]
    if not stems:
        raise AudioError(f"{stored.record.name} has no stems.", hint="Ask for stems in the settings and score again.")
    written = []
    for stem in stems:
        target = folder / f"{stored.record.name} {stem.role.removeprefix('stem:')}.wav"
        export_file(stored, stem.role, target)
        written.append(target)
    return written


def _stored(record: TakeRecord, request: ScoreRequest, result: ScoreResult, files: Path) -> StoredTake:
    mix = result.file("mix")
    if mix is None:
        raise AudioError(f"{record.name} has no music.")
    path = files / mix.name
    return StoredTake(record, Take(request, result, files, record.in_frames), path, read_waveform(path))
