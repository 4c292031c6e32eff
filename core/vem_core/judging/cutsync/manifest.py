"""CutSync's manifest, as it ships."""

from __future__ import annotations

from pathlib import Path

from vem_core.judging.films import FilmSet, read_films

MANIFEST = Path(__file__).with_name("cutsync-1.0.json")


def read_cutsync(folder: Path | None = None) -> FilmSet:
    """The films of CutSync, their movies in `folder` (None: cuts and words only)."""
    films = read_films(MANIFEST)
    return films if folder is None else FilmSet(films.manifest, folder)
