"""Writing a take to disk: the Broadcast WAV, the score's JSON, its provenance, stems and MIDI.

Every file appears whole or not at all; a take that cannot be finished leaves nothing behind, and takes nothing away
that another wrote. An hour with stems is 20 GB: music on its way from the core does not lie on one disk twice, but
moves file by file, and back again where the take cannot be finished.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.atomic import explaining, make_folder, replacing, sweep, write_bytes
from vem_core.contract.codec import to_json
from vem_core.contract.errors import AudioError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AudioFile, ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_plugin.placement.broadcast_wave import read_wave, write_broadcast_wave
from vem_plugin.placement.content_credentials import MEDIA_TYPES, sign
from vem_plugin.placement.cue_sheet import cue_sheet_csv
from vem_plugin.placement.flac_comments import write_commented_flac
from vem_plugin.placement.generated_mark import mark_comments
from vem_plugin.placement.provenance import SUFFIX as RIGHTS_SUFFIX
from vem_plugin.placement.provenance import provenance_text, with_file_hash
from vem_plugin.placement.state import MIX, PlacedTake
from vem_plugin.takes.describing import SelfDescription
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.reserving import reserved_number

NewFiles = dict[Path, Path | None]
"""A take's files while it is written, and where each was moved from."""


@dataclass(frozen=True)
class Take:
    """A finished score on its way to the timeline: what was asked, what came back, and its files."""

    request: ScoreRequest
    result: ScoreResult
    folder: Path  # holds `result.files` by their names
    in_frames: int = 0  # where in the timeline the scored range begins, in record frames from the timeline's start
    stem_lanes: bool = False  # each stem on a lane of its own, and the mix silenced
    muted_lane: int | None = None  # the temp track's number among the audio lanes, from 1: switched off
    kept: PlacedTake | None = None  # as the library in `folder` holds it already, where it does
    embed_state: bool = True  # the WAVs themselves hold what it takes to score again
    marked: bool = True  # the files say to machines that they were generated
    credentials: Path | None = None  # a folder with a certificate that signs this; None: nobody signs
    in_transit: bool = False  # nobody else wants the files in `folder`: they are moved to where they shall lie

    def path_of(self, file: AudioFile) -> Path:
        """Where one of the result's files lies."""
        if self.kept is None:
            return self.folder / file.name
        ending = f"-take{self.kept.take}.wav"
        names = OutputNames(self.folder, self.kept.audio.removesuffix(ending))
        return names.audio(self.kept.take) if file.role == MIX else names.extra(self.kept.take, file)


@dataclass(frozen=True)
class WrittenTake:
    """A take's files on disk."""

    placed: PlacedTake
    audio: Path
    score: Path


@contextlib.contextmanager
def written_take(
    take: Take, names: OutputNames, *, drop_frame: bool = False, originated: datetime.datetime | None = None
) -> Iterator[WrittenTake]:
    """Write a take's audio and JSON under the next free number; where the block after it fails, they are removed again.

    Raises OutputError, and AudioError where the core's audio is not what it should be.
    """
    make_folder(names.folder)
    sweep(names.folder)
    made = originated or local_time()
    with reserved_number(names) as number, _removing_on_failure(names.folder) as new:
        audio, score = names.audio(number), names.score(number)
        extras = [(file, names.extra(number, file)) for file in take.result.files if file.role != MIX]
        asked = dataclasses.replace(take.request, recut=None)  # the take before has its own state, on its own file
        placed = PlacedTake(number, audio.name, take.in_frames, asked, take.result)
        described = SelfDescription.of(
            placed, drop_frame=drop_frame, originated=made, with_state=take.embed_state, marked=take.marked
        )
        new[audio] = None
        new[audio] = _write_audio(take, audio, described)
        for file, path in extras:
            new[path] = None
            new[path] = _write_extra(take, file, path, described)
        new[score] = None
        write_bytes(score, json.dumps(to_json(placed), indent=1, ensure_ascii=False).encode())
        _write_rights(placed, names, originated, take, new)
        yield WrittenTake(placed, audio, score)


def local_time() -> datetime.datetime:
    """Now, in local time and of no zone: as a `bext` chunk has it."""
    return datetime.datetime.now()


def _write_audio(take: Take, target: Path, described: SelfDescription) -> Path | None:
    mix = take.result.file("mix")
    if mix is None:
        raise AudioError("The core delivered no mix.")
    sheet, delivery = take.request.sheet, take.request.delivery
    handles = delivery.handle_before_frames + delivery.handle_after_frames
    expected = sample_of_frame(sheet.duration_frames + handles, sheet.rate)
    found = read_wave(take.path_of(mix)).samples
    if found != expected:
        raise AudioError(f"The core's music lasts {found} samples instead of {expected}.")
    return _write_extra(take, mix, target, described)


def _write_extra(take: Take, file: AudioFile, target: Path, described: SelfDescription) -> Path | None:
    """Write one file of a take; where it was moved, the path from which. Moved sound is known by its samples alone."""
    source = take.path_of(file)
    make_folder(target.parent)
    if target.suffix.lower() != ".wav":
        _write_other(take, source, target)
    else:
        wave = read_wave(source)
        chunks = described.chunks(file, wave.format, wave.samples, target.name)
        write_broadcast_wave(source, target, described.extension(file, wave.format), chunks=chunks)
    if take.credentials is not None and target.suffix.lower() in MEDIA_TYPES:
        sign(target, take.result, take.credentials)
    if not (take.in_transit and file.sound_sha256 and on_one_disk(source, target)):
        return None
    with explaining(source):
        source.unlink()
    return source


def _write_other(take: Take, source: Path, target: Path) -> None:
    """What is no WAV, as it is; a FLAC with the mark in its comments."""
    if take.marked and target.suffix.lower() == ".flac":
        vendor = f"VeM Score {take.result.tool_version}"
        write_commented_flac(source, target, mark_comments(take.result), vendor)
        return
    with replacing(target) as partial:
        shutil.copyfile(source, partial)


def on_one_disk(path: Path, other: Path) -> bool:
    """Whether two paths that are there lie on one disk: from one to the other a file is moved by a new name."""
    return path.stat().st_dev == other.stat().st_dev


def restate_hash(audio: Path) -> None:
    """Put the SHA-256 that a take's WAV has now into the rights text beside it, where there is one.

    Raises OutputError.
    """
    rights = audio.with_name(audio.stem + RIGHTS_SUFFIX)
    with explaining(rights):
        if rights.is_file():
            text = read_regular(rights, MAX_TEXT_BYTES).decode("utf-8", "replace")
            write_bytes(rights, with_file_hash(text, _file_sha256(audio)).encode())


def _write_rights(
    placed: PlacedTake, names: OutputNames, originated: datetime.datetime | None, take: Take, new: NewFiles
) -> None:
    made = originated or datetime.datetime.now(datetime.UTC)
    signed = take.credentials is not None
    text = provenance_text(placed, _file_sha256(names.audio(placed.take)), made, marked=take.marked, signed=signed)
    if text:
        rights, cue_sheet = names.rights(placed.take), names.cue_sheet(placed.take)
        new |= {rights: None, cue_sheet: None}
        write_bytes(rights, text.encode())
        write_bytes(cue_sheet, cue_sheet_csv(placed).encode(errors="backslashreplace"))


def _file_sha256(path: Path) -> str:
    with explaining(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _removing_on_failure(folder: Path) -> Iterator[NewFiles]:
    """Files that are removed where the block fails, or moved back, with what they leave empty below `folder`."""
    new: NewFiles = {}
    try:
        yield new
    except BaseException:
        for path, source in new.items():
            with contextlib.suppress(OSError):
                if source is not None:
                    path.replace(source)
                path.unlink(missing_ok=True)
                for inner in path.parents:
                    if inner == folder or not inner.is_relative_to(folder):
                        break
                    inner.rmdir()
        raise
