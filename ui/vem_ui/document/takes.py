"""Takes on disk: what a finished job left, kept so that it can be heard, compared and placed at any time."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract import codec
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, ContractError, OutputError
from vem_core.contract.parse import Parse, redescribed_shots
from vem_core.contract.recut import EarlierSound, EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.result import AudioFile, ScoreResult
from vem_core.contract.sheet_diff import diff_sheets
from vem_plugin.hosts.base import Take
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


def asks_other_of_shots(
    stored: StoredTake, sheet: CutSheet, direction: Direction, redescribed: Sequence[FrameRange] = ()
) -> bool:
    """Whether single shots of the same cut are to be other than in a take, and the piece is to stay what it is."""
    request = stored.take.request
    before = dataclasses.replace(request.direction, shot_words=(), shot_energies=())
    if dataclasses.replace(direction, shot_words=(), shot_energies=()) != before:
        return False
    if len(sheet.shots) != len(request.sheet.shots):
        return False
    markers = [shot.words for shot in sheet.shots] != [shot.words for shot in request.sheet.shots]
    return markers or direction != request.direction or bool(redescribed)


def redescribed_ranges(
    stored: StoredTake, sheet: CutSheet, told: Parse | None, as_read: Parse | None
) -> tuple[FrameRange, ...]:
    """The shots of a sheet that are described otherwise than a take was told, where that is known.

    `told` is a parse that the editor has changed, `as_read` what the core read in the shots of the sheet.
    """
    request = stored.take.request
    before, now = request.parse or as_read, told or as_read
    if before is None or now is None or before.overall != now.overall:
        return ()
    earlier_sheet = sheet if request.parse is None else request.sheet
    others = redescribed_shots(before, now, diff_sheets(earlier_sheet, sheet).matches)
    return tuple(FrameRange(sheet.shots[shot].start_frames, sheet.shots[shot].end_excl_frames) for shot in others)


def recut_from(stored: StoredTake, number: int, anew: Sequence[FrameRange] = ()) -> Recut:
    """What lets the core keep a take's piece of music for another cut, with other music where it shall be anew."""
    request, result = stored.take.request, stored.take.result
    mix = result.file("mix")
    return Recut(
        EarlierTake(
            take=number,
            sheet=request.sheet,
            plan=result.plan,
            report=result.report,
            model=result.model,
            model_sha256=result.model_sha256,
            gain_db=None if mix is None else mix.gain_db,
            levels=None if mix is None else mix.levels,
            sounds=tuple(EarlierSound(file.role, file.sha256) for file in _sounds_of(result)),
            direction=request.direction,
            seed=request.seed,
            overall=None if request.parse is None else request.parse.overall,
            brief=result.brief,
        ),
        varied=tuple(Variation(where, request.seed + number) for where in anew),
    )


def sounds_by_hash(stored: StoredTake) -> dict[str, bytes]:
    """The sound files of a take by their SHA-256, as they travel to the core. Raises AudioError."""
    try:
        return {file.sha256: (stored.take.folder / file.name).read_bytes() for file in _sounds_of(stored.take.result)}
    except OSError as error:
        raise AudioError(
            f"The sound of {stored.record.name} cannot be read: {error.strerror or error}.",
            hint="Roll another seed to make a new piece.",
        ) from error


def _sounds_of(result: ScoreResult) -> list[AudioFile]:
    return [file for file in result.files if file.role == "mix" or file.role.startswith("stem:")]


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
    record = TakeRecord(name, files.relative_to(folder).as_posix(), in_frames, result.seed, result.model)
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
