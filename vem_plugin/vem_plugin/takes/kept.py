"""Music that was kept because it could not be placed, read back to be placed after all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

from vem_core.contract.codec import content_hash, loads
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, ContractError, InputError
from vem_core.contract.foreign_files import MAX_STATE_BYTES, is_within, open_regular, read_regular
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AudioFile, ScoreResult
from vem_core.contract.service import is_file_name
from vem_plugin.placement.broadcast_wave import sound_sha256
from vem_plugin.takes.keeping import REQUEST, RESULT
from vem_plugin.takes.writing import Take

T = TypeVar("T")


def read_kept(folder: Path, sheet: CutSheet, *, stem_lanes: bool = False) -> Take:
    """The take in a folder that `keep_music` made, for the timeline with this sheet.

    It is a file on disk like any other: what it says of itself is held against its files' hashes, and every one of them
    has to lie in the folder. Raises InputError, and AudioError for files that are not those that were kept.
    """
    request, result = _decoded(ScoreRequest, folder / REQUEST), _decoded(ScoreResult, folder / RESULT)
    if content_hash(request) != result.request_sha256:
        raise InputError(f"{folder} holds the music of another request than it says.")
    for file in result.files:
        _check_file(folder, file)
    return Take(request, result, folder, _in_frames(folder, request.sheet, sheet), stem_lanes)


def is_recut(take: Take, sheet: CutSheet) -> bool:
    """Whether the timeline has other cuts now than those that the music was made for."""
    scored = take.request.sheet
    now = sheet.crop(take.in_frames, take.in_frames + scored.duration_frames)
    return [cut.record_frames for cut in now.cuts] != [cut.record_frames for cut in scored.cuts]


def _decoded(cls: type[T], path: Path) -> T:
    try:
        return loads(cls, read_regular(path, MAX_STATE_BYTES))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}.",
            hint="Name the folder that the message named, such as NAME.vem/kept-1.",
        ) from error
    except ContractError as error:
        raise InputError(f"{path} is damaged, or of another version: {error.message}.") from error


def _check_file(folder: Path, file: AudioFile) -> None:
    path = folder / file.name
    if not is_file_name(file.name) or not is_within(path, [folder]):
        raise InputError(f"The music in {folder} names the file {file.name!r}, which does not lie in it.")
    if path.suffix.lower() == ".wav" and file.sound_sha256:  # its header may be that of a take that was not finished
        is_same = sound_sha256(path, file.samples) == file.sound_sha256
    else:
        is_same = _sha256_of(path) == file.sha256
    if not is_same:
        raise AudioError(f"{path} is not the file that was kept: its content is another.")


def _sha256_of(path: Path) -> str:
    try:
        with open_regular(path) as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror or error}.") from error


def _in_frames(folder: Path, scored: CutSheet, sheet: CutSheet) -> int:
    """Where in the timeline the music begins, by timecode. Raises InputError where it does not fit."""
    if scored.rate != sheet.rate:
        raise InputError(
            f"The music in {folder} was made at {float(scored.rate):.6g} frames per second; the timeline runs at "
            f"{float(sheet.rate):.6g}."
        )
    first = scored.start_frames - sheet.start_frames
    if first < 0 or first + scored.duration_frames > sheet.duration_frames:
        raise InputError(
            f"The music in {folder} covers frames {first} to {first + scored.duration_frames} of the timeline, which "
            f"has {sheet.duration_frames}.",
            hint="Name the timeline that it was made for, or score this one.",
        )
    return first
