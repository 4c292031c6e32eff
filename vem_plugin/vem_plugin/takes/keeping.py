"""Finished music that could not be placed: kept where a person finds it, because it took minutes to make.

Beside the other takes if that can be written (`NAME.vem/kept-1`), else among this user's data, else where it is now.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from vem_core.contract.atomic import explaining
from vem_core.contract.codec import dumps
from vem_core.contract.errors import OutputError
from vem_core.contract.processes import is_alive, process_identity
from vem_core.contract.service import APP_NAME
from vem_plugin.takes.writing import Take, on_one_disk

REQUEST = "request.json"
RESULT = "result.json"
"""What lies beside the files of a kept take, so that it can be placed later."""

_SCRATCH = "vem-scratch-"
_MOST = 1000


@dataclass
class Scratch:
    """A folder for files on their way, which is removed unless it is kept."""

    folder: Path
    kept: bool = False


@contextlib.contextmanager
def scratch_folder() -> Iterator[Scratch]:
    """A private folder for the length of a block. What programs that were killed left of theirs is removed."""
    _sweep_scratch()
    place = scratch_place()
    with explaining(place):
        scratch = Scratch(Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{_own_mark()}-", dir=place)))
    try:
        yield scratch
    finally:
        if not scratch.kept:
            shutil.rmtree(scratch.folder, ignore_errors=True)


def scratch_place() -> Path:
    """Where scratch folders lie: on the disk of this machine's core, which then need not send its files.

    The system's own folder for that is often kept in memory, which has no room for a film's music. It is taken where
    this user has no folder that can be written.
    """
    place = platformdirs.user_state_path(APP_NAME)
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        if os.access(place, os.W_OK):
            return place
    return Path(tempfile.gettempdir())


def keep_music(take: Take, library: Path | None) -> Path:
    """Put a take's files, its request and its result into a folder of their own, and return it.

    Those of a take in transit are moved, which a full disk has room for.

    `library` is the folder of the other takes; None: it is not known. Raises OutputError where no place takes them.
    """
    places = [*([library] if library is not None and library.parent.is_dir() else []), kept_folder()]
    for number, place in enumerate(places, 1):
        try:
            return _put(take, place)
        except (OutputError, OSError):
            if number == len(places):
                raise
    raise AssertionError("the last place returns or raises")


def describe(take: Take, folder: Path) -> None:
    """Write what a take was asked for, and what came of it, beside its files. Raises OSError."""
    (folder / REQUEST).write_text(dumps(take.request), encoding="utf-8")
    (folder / RESULT).write_text(dumps(take.result), encoding="utf-8")


def kept_folder() -> Path:
    """Where this user's music lies that could be placed nowhere else."""
    return platformdirs.user_data_path(APP_NAME) / "kept"


def _put(take: Take, place: Path) -> Path:
    with explaining(place):
        place.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".kept-", dir=place))
        moved: dict[Path, Path] = {}
        try:
            for file in take.result.files:
                source, target = take.folder / file.name, partial / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                if take.in_transit and on_one_disk(source, partial):
                    source.replace(target)
                    moved[target] = source
                else:
                    shutil.copyfile(source, target)
            describe(take, partial)
            return _renamed(partial, place)
        except BaseException:
            for target, source in moved.items():
                target.replace(source)
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _renamed(partial: Path, place: Path) -> Path:
    """The folder under the first free name; a folder is never renamed over one that holds something."""
    for number in range(1, _MOST):
        final = place / f"kept-{number}"
        if not final.exists():
            with contextlib.suppress(OSError):
                return partial.rename(final)
    raise OutputError(f"{place} holds too much kept music.", hint="Move it elsewhere.")


def _own_mark() -> str:
    return f"{os.getpid()}-{process_identity(os.getpid()).rpartition('-')[2]}"


def _sweep_scratch() -> None:
    with contextlib.suppress(OSError):
        for folder in scratch_place().glob(f"{_SCRATCH}*"):
            pid, _, ticks = folder.name.removeprefix(_SCRATCH).partition("-")
            if pid.isdecimal() and not _still_runs(int(pid), ticks.partition("-")[0]):
                shutil.rmtree(folder, ignore_errors=True)


def _still_runs(pid: int, ticks: str) -> bool:
    return is_alive(pid) and process_identity(pid).rpartition("-")[2] == ticks
