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
from vem_core.contract.result import UNDUCKED, ScoreResult
from vem_plugin.placement.state import MIX, PlacedTake, read_state
from vem_plugin.takes.earlier import EarlierScore
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.writing import Take, written_take
from vem_ui.document.state import TakeRecord
from vem_ui.document.waveform import Waveform, read_waveform

REQUEST_FILE, RESULT_FILE = "request.json", "result.json"


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
        if self.take.kept is not None:
            return self.take.kept
        asked = dataclasses.replace(self.take.request, recut=None)
        number = int(Path(self.record.folder).name)
        return PlacedTake(number, self.mix.name, self.take.in_frames, asked, self.take.result)

    @property
    def file_name(self) -> str:
        """What its files are called, without endings."""
        return self.mix.stem if self.take.kept is not None else self.record.name

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


def sharing_parts(stored: StoredTake, sheet: CutSheet | None) -> StoredTake:
    """The same take whose cut sheet shares with another what is equal in both.

    What is compared again and again then is the same at a glance, in a timeline of thousands of shots too.
    """
    if sheet is None:
        return stored
    take = stored.take
    own = take.request.sheet
    same = {
        field.name: getattr(sheet, field.name)
        for field in dataclasses.fields(own)
        if getattr(own, field.name) == getattr(sheet, field.name)
    }
    shared = sheet if own == sheet else dataclasses.replace(own, **same)
    request = dataclasses.replace(take.request, sheet=shared)
    kept = None if take.kept is None else dataclasses.replace(take.kept, request=request)
    return dataclasses.replace(stored, take=dataclasses.replace(take, request=request, kept=kept))


def earlier_score(stored: StoredTake, as_read: Parse | None = None) -> EarlierScore:
    """A take as what the next one follows, with its sounds that are still there.

    `as_read` is what it was conditioned on, where the take itself does not say.
    """
    sounds = {
        file.role: path
        for file in stored.take.result.files
        if (file.role == MIX or file.role.startswith(("stem:", UNDUCKED)))
        and (path := stored.take.path_of(file)).is_file()
    }
    placed = stored.placed
    if as_read is not None:
        placed = dataclasses.replace(placed, request=dataclasses.replace(placed.request, parse=as_read))
    return EarlierScore(placed, stored.record.name, sounds)


def store_take(library: OutputNames, take: Take, name: str) -> StoredTake:
    """Write a take into the library, under the next number. `name` may say {number}. Raises OutputError, AudioError."""
    result, in_frames = take.result, take.in_frames
    with written_take(take, library, drop_frame=take.request.sheet.drop_frame) as written:
        placed = written.placed
    number = placed.take
    record = TakeRecord(name.format(number=number), "", in_frames, result.seed, result.model, number)
    return _in_library(record, placed, library)


def load_take(folder: Path, library: OutputNames, record: TakeRecord) -> StoredTake:
    """A take from its record. Raises AudioError if its files are gone or damaged."""
    if record.folder:
        return _load_from_folder(folder, record)
    placed = _read_placed(library, record.number)
    if placed is None:
        raise _damaged(record, library.score(record.number).name)
    return _in_library(record, placed, library)


def takes_in_library(library: OutputNames, name: str) -> tuple[TakeRecord, ...]:
    """What a library holds, in order; `name` may say {number}. A take that cannot be read is left out."""
    try:
        entries = [path.name for path in library.folder.iterdir()]
    except OSError:
        return ()
    numbers = sorted({number for entry in entries if (number := library.number_of(entry)) is not None})
    takes = [placed for number in numbers if (placed := _read_placed(library, number)) is not None]
    return tuple(
        TakeRecord(
            name.format(number=placed.take), "", placed.in_frames, placed.result.seed, placed.result.model, placed.take
        )
        for placed in takes
    )


def _read_placed(library: OutputNames, number: int) -> PlacedTake | None:
    try:
        read = read_state(library.score(number).read_bytes())
    except OSError:
        return None
    return read if isinstance(read, PlacedTake) and read.take == number else None


def _in_library(record: TakeRecord, placed: PlacedTake, library: OutputNames) -> StoredTake:
    take = Take(placed.request, placed.result, library.folder, placed.in_frames, kept=placed)
    return _stored(record, take)


def _load_from_folder(folder: Path, record: TakeRecord) -> StoredTake:
    files = folder / record.folder
    try:
        request = codec.loads(ScoreRequest, (files / REQUEST_FILE).read_bytes())
        result = codec.loads(ScoreResult, (files / RESULT_FILE).read_bytes())
    except (OSError, ContractError) as error:
        raise _damaged(record, str(error)) from error
    return _stored(record, Take(request, result, files, record.in_frames))


def _damaged(record: TakeRecord, reason: str) -> AudioError:
    return AudioError(
        f"The files of {record.name} are missing or damaged ({reason}).",
        hint="Delete the take from the list, or score again with the same seed.",
    )


def export_file(stored: StoredTake, role: str, target: Path) -> None:
    """Copy one of a take's files, by its role, to where the editor wants it. Raises OutputError, AudioError."""
    file = stored.take.result.file(role)
    if file is None:
        raise AudioError(f"{stored.record.name} has no {role}.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(stored.take.path_of(file), target)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror or error}.") from error


def export_stems(stored: StoredTake, folder: Path) -> list[Path]:
    """Copy a take's stems into a folder; where they are now. Raises OutputError, AudioError."""
    stems = [file for file in stored.take.result.files if file.role.startswith("stem:")]
    if not stems:
        raise AudioError(f"{stored.record.name} has no stems.", hint="Ask for stems in the settings and score again.")
    written = []
    for stem in stems:
        target = folder / f"{stored.file_name} {stem.role.removeprefix('stem:')}.wav"
        export_file(stored, stem.role, target)
        written.append(target)
    return written


def _stored(record: TakeRecord, take: Take) -> StoredTake:
    mix = take.result.file(MIX)
    if mix is None:
        raise AudioError(f"{record.name} has no music.")
    path = take.path_of(mix)
    return StoredTake(record, take, path, read_waveform(path))
