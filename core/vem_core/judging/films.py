"""`FilmManifest.1`: the films that systems are judged on, as one JSON file that anyone can write.

    {"schema": "FilmManifest.1", "name": "My films", "version": "1", "films": [
      {"id": "ad-01", "rate": "24000/1001", "duration_frames": 360,
       "cuts": [{"frame": 48}, {"frame": 96, "dissolve_frames": 12}],
       "caption": "a calm morning by the sea", "tags": ["ambient", "calm"],
       "shots": ["the sea", "a boat", "a hand on a rope"],
       "video": "films/ad-01.mp4", "reference": "music/ad-01.wav"}]}

Everything below `cuts` may be left out; a measure that needs it then says so. Files lie beside the manifest or below.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import ClassVar

from vem_core.contract.codec import loads
from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Shot
from vem_core.contract.errors import ContractError, InputError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
from vem_core.contract.time import snap_rate

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class FilmCut:
    """A change of picture at a frame, counted from the film's first; a dissolve's frame is its middle."""

    frame: int
    dissolve_frames: int = 0


@dataclass(frozen=True)
class Film:
    """One film. Raises ContractError where its parts contradict each other."""

    id: str  # names the systems' files
    rate: Fraction  # frames a second
    duration_frames: int
    cuts: tuple[FilmCut, ...]
    drop_frame: bool = False
    caption: str = ""  # what the whole film is; what its music was asked for with
    tags: tuple[str, ...] = ()  # of its music: style and mood
    shots: tuple[str, ...] = ()  # what each shot shows; empty, or one for each
    video: str | None = None  # a movie file, relative to the manifest
    reference: str | None = None  # the music that it really had, relative to the manifest
    tempo_bpm: float | None = None  # asked for in the caption
    group: str = ""  # films of one group share their cuts: what differs is the picture

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ContractError(f"{self.id!r} is no film's id: letters, digits, dots, dashes and underscores only")
        if self.shots and len(self.shots) != len(self.cuts) + 1:
            raise ContractError(f"{self.id} describes {len(self.shots)} shots and has {len(self.cuts) + 1}")
        for named in (self.video, self.reference):
            if named is not None and (PurePosixPath(named).is_absolute() or ".." in PurePosixPath(named).parts):
                raise ContractError(f"{self.id} names a file outside the manifest's folder: {named}")
        if self.tempo_bpm is not None and not 20 <= self.tempo_bpm <= 400:
            raise ContractError(f"{self.id} asks for a tempo that is none: {self.tempo_bpm} BPM")
        _ = self.sheet  # raises where the cuts are out of order or outside

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return float(self.duration_frames / snap_rate(self.rate))

    @property
    def cuts_s(self) -> tuple[float, ...]:
        """The instants of its transitions."""
        return tuple(float(cut.frame / snap_rate(self.rate)) for cut in self.cuts)

    @property
    def shots_s(self) -> tuple[tuple[float, float], ...]:
        """Start and end of each shot."""
        edges = (0.0, *self.cuts_s, self.duration_s)
        return tuple(itertools.pairwise(edges))

    @property
    def sheet(self) -> CutSheet:
        """Its cuts as the product reads them, with the shots' descriptions as words."""
        edges = [0, *(cut.frame for cut in self.cuts), self.duration_frames]
        words = self.shots or ("",) * (len(edges) - 1)
        shots = tuple(
            Shot(start, end - start, said, (said,) if said else ())
            for start, end, said in zip(edges[:-1], edges[1:], words, strict=True)
        )
        cuts = tuple(
            Cut(cut.frame, CutKind.DISSOLVE if cut.dissolve_frames else CutKind.CUT, extent_frames=cut.dissolve_frames)
            for cut in self.cuts
        )
        rate = snap_rate(self.rate)
        return CutSheet(self.id, rate, 0, self.duration_frames, shots, cuts, drop_frame=self.drop_frame)


@dataclass(frozen=True)
class FilmManifest:
    """A set of films. Raises ContractError where two have one id."""

    schema_label: ClassVar[str] = "FilmManifest.1"

    name: str
    version: str
    films: tuple[Film, ...]

    def __post_init__(self) -> None:
        twice = [film for film, count in Counter(film.id for film in self.films).items() if count > 1]
        if twice:
            raise ContractError(f"two films are called {twice[0]}")
        if not self.films:
            raise ContractError("a manifest must name at least one film")


@dataclass(frozen=True)
class FilmSet:
    """A manifest, and the folder in which its files lie."""

    manifest: FilmManifest
    folder: Path

    @property
    def films(self) -> tuple[Film, ...]:
        """The films in the manifest's order."""
        return self.manifest.films

    def video_of(self, film: Film) -> Path | None:
        """Its movie, where one is named and there."""
        return self._there(film.video)

    def reference_of(self, film: Film) -> Path | None:
        """The music it really had, where it is named and there."""
        return self._there(film.reference)

    def only(self, ids: frozenset[str]) -> FilmSet:
        """The films of these ids. Raises InputError for an id that none has."""
        unknown = sorted(ids - {film.id for film in self.films})
        if unknown:
            raise InputError(f"The manifest has no film {unknown[0]}.")
        films = tuple(film for film in self.films if film.id in ids)
        return FilmSet(FilmManifest(self.manifest.name, self.manifest.version, films), self.folder)

    def _there(self, named: str | None) -> Path | None:
        path = None if named is None else self.folder / named
        return path if path is not None and path.is_file() else None


def read_films(path: Path) -> FilmSet:
    """The films of a manifest. Raises InputError for a file that is none."""
    try:
        text = read_regular(path, MAX_TEXT_BYTES)
    except FileNotFoundError as error:
        raise InputError(f"There is no manifest {path}.") from error
    except OSError as error:
        raise InputError(f"The manifest {path} cannot be read: {error.strerror or error}.") from error
    try:
        return FilmSet(loads(FilmManifest, text), path.parent)
    except ContractError as error:
        raise InputError(
            f"{path.name} is no manifest of films: {error.message}.".replace("..", "."),
            hint="docs/engineers/judging.md shows one.",
        ) from error
