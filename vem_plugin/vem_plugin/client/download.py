"""Fetching a score's files: verified against the result, and in place all at once or not at all.

A core on the same disk has no need to send them: an hour with stems is 20 GB. Its files are linked, which takes neither
time nor room, before it is asked to let go of them.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from vem_core.contract.errors import CoreError, OutputError
from vem_core.contract.result import AudioFile
from vem_core.contract.service import is_file_name

FetchBytes = Callable[[str], Iterable[bytes]]
"""Gives a file's bytes by its name, in pieces."""


def download_files(
    files: Iterable[AudioFile], folder: Path, fetch: FetchBytes, linked_from: Path | None = None
) -> None:
    """Put files into `folder`. None is put there before all have arrived and have the hash that the result names.

    From the folder `linked_from` they are linked where it is on the same disk: those did not travel, and are not read.

    Raises OutputError if the folder cannot be written, CoreError for a damaged file or a name that leads elsewhere.
    """
    scratch = folder / f".vem-{secrets.token_hex(6)}"
    try:
        scratch.mkdir(parents=True)
        names = [_fetch_verified(file, scratch, fetch, linked_from) for file in files]
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).replace(folder / name)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _fetch_verified(file: AudioFile, scratch: Path, fetch: FetchBytes, linked_from: Path | None) -> str:
    if not is_file_name(file.name):
        raise CoreError(f"The core names a file {file.name!r}, which is not a name to write to.")
    path = scratch / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    if linked_from is not None and _is_linked(linked_from / file.name, path):
        return file.name
    digest = hashlib.sha256()
    with path.open("wb") as target:
        for piece in fetch(file.name):
            digest.update(piece)
            target.write(piece)
    if digest.hexdigest() != file.sha256:
        raise CoreError(f"{file.name} was damaged on its way.", hint="Try again.")
    return file.name


def _is_linked(source: Path, path: Path) -> bool:
    """Whether a file could be given a second name: not on another disk, nor on one that has no links."""
    try:
        os.link(source, path, follow_symlinks=False)
    except OSError:
        return False
    return True
