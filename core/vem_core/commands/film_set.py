"""`vem data films SOURCE`: a folder of movies as a set of films that systems are judged on, silent ones included.

The paper tests on clips of Sora that have no sound; a corpus to learn from cannot be built of them, a manifest can.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem data films`."""
    parser.add_argument("source", type=Path, help="a folder of movies; a text of the same name describes one")
    parser.add_argument("--name", default="", help="of the set (default: the folder's)")
    parser.add_argument("--longest-s", type=float, default=600.0)


def run(arguments: argparse.Namespace) -> int:
    """Find the cuts of every movie, write `films.json` beside them, and name what was left out."""
    from vem_core.contract.atomic import write_bytes
    from vem_core.contract.codec import dumps
    from vem_core.contract.errors import InputError
    from vem_core.corpus.film import watch
    from vem_core.corpus.layouts import find_videos
    from vem_core.judging.films import Film, FilmCut, FilmManifest

    source: Path = arguments.source
    videos = find_videos(source)
    films: list[Film] = []
    left_out = [f"{each.name}: {each.words}" for each in videos.left_out]
    for item in videos.items:
        try:
            seen = watch(item.video, longest_s=arguments.longest_s, with_sound=False)
        except InputError as error:
            left_out.append(f"{item.name}: {error.message}")
            continue
        cuts = tuple(FilmCut(each.frame, each.extent_frames) for each in seen.transitions)
        video = item.video.relative_to(source).as_posix()
        reference = None if item.sound is None else item.sound.relative_to(source).as_posix()
        film_id = re.sub(r"[^A-Za-z0-9._-]+", "-", item.name).strip("-._")[:100] or "film"
        if film_id in {film.id for film in films}:
            left_out.append(f"{item.name}: another film is called {film_id}, too")
            continue
        films.append(
            Film(film_id, seen.rate, seen.frames, cuts, caption=". ".join(item.captions), video=video,
                 reference=reference)
        )  # fmt: skip
    sys.stdout.write("".join(f"left out: {words}\n" for words in left_out))
    if not films:
        raise InputError("No film could be read.", hint="The lines above say why each was left out.")
    manifest = FilmManifest(arguments.name or source.resolve().name, "1", tuple(films))
    write_bytes(source / "films.json", (dumps(manifest) + "\n").encode())
    cuts_found = sum(len(film.cuts) for film in films)
    sys.stdout.write(f"{source / 'films.json'}: {len(films)} films, {cuts_found} cuts and dissolves\n")
    return 0


COMMAND = Command("describe a folder of movies, silent ones included, for `vem judge --films`", add_arguments, run)
