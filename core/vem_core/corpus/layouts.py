"""Folders of videos with music, as people and published datasets lay them out.

    folder     movies anywhere below; of the same name beside them a text of captions, and music in a file of its own
    tb-match   videos/, music/ and perhaps captions/; files of one name belong together (as VeM describes its pairs)
    m2ugen     MUVideoInstructions.json: conversations about pairs of files (MUVideo, Hussain et al. 2023)
    symmv      SymMV.csv: a table of addresses; the movies, fetched by the user, are named by index (Zhuo et al. 2023)

What a list names and the folder lacks is left out by name. A list's file names are looked up among the files that lie
in the folder: none leads out of it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vem_core.contract.errors import InputError
from vem_core.corpus.filters import LeftOut, Reason

MOVIES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")
SOUNDS = (".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus")


@dataclass(frozen=True)
class VideoItem:
    """A video and what is known of it."""

    name: str
    video: Path
    sound: Path | None = None  # where the music is in a file of its own
    captions: tuple[str, ...] = ()
    key: str = ""  # "A minor", where it is known


class Videos(NamedTuple):
    """What a folder holds."""

    items: list[VideoItem]  # in order of their names, no two of one name
    left_out: list[LeftOut]  # named by a list, and not there


def find_videos(folder: Path, layout: str = "auto") -> Videos:
    """The videos of a folder in one of `LAYOUTS`; "auto" tells them apart by their lists.

    Raises InputError for a folder without any, or without what its layout needs.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    if layout == "auto":
        layout = next((name for name, mark in _MARKS.items() if any(folder.glob(mark))), "folder")
    items: dict[str, VideoItem] = {}
    left_out = []
    for each in _READERS[layout](folder):
        if isinstance(each, LeftOut):
            left_out.append(each)
        elif each.name in items:
            left_out.append(LeftOut(each.name, Reason.DUPLICATE, "the list names it twice"))
        else:
            items[each.name] = each
    if not items:
        raise InputError(f"There are no videos in {folder}.", hint=f"Movies end in {', '.join(MOVIES)}.")
    return Videos([items[name] for name in sorted(items)], left_out)


def _plain(folder: Path) -> Iterator[VideoItem | LeftOut]:
    for path in _files(folder, MOVIES):
        beside = [path.with_suffix(ending) for ending in SOUNDS if path.with_suffix(ending).is_file()]
        name = path.relative_to(folder).with_suffix("").as_posix()
        yield VideoItem(name, path, next(iter(beside), None), _captions(path.with_suffix(".txt")))


def _tb_match(folder: Path) -> Iterator[VideoItem | LeftOut]:
    movies = {path.stem: path for path in _files(folder / "videos", MOVIES)}
    sounds = {path.stem: path for path in _files(folder / "music", SOUNDS)}
    for name in sorted(movies.keys() | sounds.keys()):
        if name in movies and name in sounds:
            yield VideoItem(name, movies[name], sounds[name], _captions(folder / "captions" / f"{name}.txt"))
        else:
            lacking = "music" if name in movies else "videos"
            yield LeftOut(name, Reason.MISSING, f"there is no file of that name in {lacking}/")


def _m2ugen(folder: Path) -> Iterator[VideoItem | LeftOut]:
    marks = sorted(folder.glob(_MARKS["m2ugen"]))
    if not marks:
        raise InputError(f"There is no {_MARKS['m2ugen']} in {folder}.")
    try:
        entries = json.loads(marks[0].read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{marks[0].name} is not JSON: {error}.") from error
    if not isinstance(entries, list):
        raise InputError(f"{marks[0].name} holds no list.", hint="MUVideo's is a list of conversations.")
    files = {path.name: path for path in sorted(folder.rglob("*")) if path.is_file()}
    for number, entry in enumerate(entries):
        named = entry if isinstance(entry, dict) else {}
        video, sound = str(named.get("input_file", "")), str(named.get("output_file", ""))
        lacking = [file or "its file" for file in (video, sound) if file not in files]
        if lacking:
            name = Path(video).stem or f"entry {number}"
            yield LeftOut(name, Reason.MISSING, f"{' and '.join(lacking)} is not there")
            continue
        turns = named.get("conversation")
        said = [turn.get("caption") for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
        captions = tuple(caption for caption in said if isinstance(caption, str) and caption)
        yield VideoItem(files[video].stem, files[video], files[sound], captions)


def _symmv(folder: Path) -> Iterator[VideoItem | LeftOut]:
    table = folder / "SymMV.csv"
    if not table.is_file():
        raise InputError(f"There is no SymMV.csv in {folder}.")
    movies = {path.stem.lstrip("0"): path for path in _files(folder, MOVIES)}
    with table.open(encoding="utf-8", newline="") as file:
        first = file.readline()
        file.seek(0)
        rows = list(csv.DictReader(file, delimiter="\t" if "\t" in first else ","))
    if rows and "index" not in rows[0]:
        raise InputError("SymMV.csv has no column `index`.")
    for row in rows:
        index = str(row["index"] or "").strip()
        path = movies.get(index.lstrip("0"))
        if path is None:
            yield LeftOut(index, Reason.MISSING, "no movie is named by this index")
        else:
            yield VideoItem(path.stem, path, key=(row.get("tonality") or "").strip())


def _captions(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def _files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in endings and path.is_file()]


_MARKS = {"m2ugen": "*Instructions.json", "symmv": "SymMV.csv", "tb-match": "videos"}
_READERS: dict[str, Callable[[Path], Iterator[VideoItem | LeftOut]]] = {
    "folder": _plain,
    "tb-match": _tb_match,
    "m2ugen": _m2ugen,
    "symmv": _symmv,
}
LAYOUTS = ("auto", *_READERS)
