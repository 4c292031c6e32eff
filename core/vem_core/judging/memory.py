"""What was heard, kept on disk: a judgement that is broken off goes on where it stopped, and several processes can hear
parts of it (`--only`).

A file is named by a hash of everything that it depends on: the music's bytes, the film, what listens, and the code that
measures. It is never stale.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.atomic import explaining, make_folder, replacing
from vem_core.contract.codec import to_json
from vem_core.judging.films import Film

Arrays = dict[str, NDArray[Any]]

_MEASURING = ("audio", "composer", "contract", "direction", "judging", "musicnn", "rhythm", "temp_track")
"""Packages whose code a measure may depend on."""


@dataclass(frozen=True)
class Memory:
    """Files of what was heard, in a folder. `listens` names what listens, as a judgement's settings do."""

    folder: Path
    listens: Mapping[str, str]

    def recall(self, film: Film, files: Mapping[str, Path | None], hear: Callable[[], Arrays]) -> Arrays:
        """What is kept of a film and these files, or else what `hear` answers, which is kept.

        Raises OutputError, or what `hear` raises.
        """
        hashes = {name: None if path is None else _file_sha256(path) for name, path in files.items()}
        told = json.dumps([to_json(film), hashes, dict(self.listens), code_sha256()], sort_keys=True)
        path = self.folder / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return dict(kept)
        heard = hear()
        named: dict[str, Any] = dict(heard)
        make_folder(self.folder)
        with replacing(path) as partial, explaining(path):
            np.savez(partial, **named)
        return heard


@functools.cache
def code_sha256() -> str:
    """A hash of the code that measures."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for package in _MEASURING:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".toml", ".json"):
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
