"""`vem cutsync FOLDER`: the public benchmark's cut lists, and its films drawn."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem cutsync`."""
    parser.add_argument("folder", type=Path, help="gets cutsync-1.0.json, and the movies below films/")
    parser.add_argument("--only", nargs="+", metavar="ID", help="draw only these films")
    parser.add_argument("--no-movies", action="store_true", help="write the cut lists alone")


def run(arguments: argparse.Namespace) -> int:
    """Write the manifest, draw the films that are not there yet."""
    from vem_core.contract.atomic import explaining, replacing
    from vem_core.judging.cutsync.drawing import draw_film
    from vem_core.judging.cutsync.manifest import MANIFEST, read_cutsync

    folder: Path = arguments.folder
    films = read_cutsync(folder)
    films = films.only(frozenset(arguments.only)) if arguments.only else films
    with explaining(folder):
        (folder / "films").mkdir(parents=True, exist_ok=True)
    with replacing(folder / MANIFEST.name) as partial:
        partial.write_bytes(MANIFEST.read_bytes())
    for film in () if arguments.no_movies else films.films:
        if films.video_of(film) is None:
            sys.stderr.write(f"{film.id}\n")
            draw_film(film, folder / str(film.video))
    sys.stdout.write(f"{folder / MANIFEST.name}: {len(films.films)} films\n")
    return 0


COMMAND = Command("Draw the films of the CutSync benchmark, and write its cut lists.", add_arguments, run)
