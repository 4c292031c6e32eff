"""Fetching a score's files: verified against the result, and in place all at once or not at all."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from vem_core.contract.errors import CoreError, OutputError
from vem_core.contract.result import AudioFile
from vem_core.contract.service import is_file_name

FetchBytes = Callable[[str], Iterable[bytes]]
"""Gives a file's bytes by its name, in pieces."""


def download_files(files: Iterable[AudioFile], folder: Path, fetch: FetchBytes) -> None:
    """Put files into `folder`. None is put there before all have arrived and have the hash that the result names.

    Raises OutputError if the folder cannot be written, CoreError for a damaged file or a name that leads elsewhere.
    """
    scratch = folder / f".vem-{secrets.token_hex(6)}"
    try:
        scratch.mkdir(parents=True)
        names = [_fetch_verified(file, scratch, fetch) for file in files]
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (scratch / name).replace(folder / name)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _fetch_verified(file: AudioFile, scratch: Path, fetch: FetchBytes) -> str:
    if not is_file_name(file.name):
        raise CoreError(f"The core names a file {file.name!r}, which is not a name to write to.")
    path = scratch / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("wb") as target:
        for piece in fetch(file.name):
            digest.update(piece)
            target.write(piece)
    if digest.hexdigest() != file.sha256:
        raise CoreError(f"{file.name} was damaged on its way.", hint="Try again.")
    return file.name
