"""Folders of videos with music, as people and published datasets lay them out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.errors import InputError

MOVIES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")


@dataclass(frozen=True)
class VideoItem:
    """A video and what is known of it."""

    name: str
    video: Path
    sound: Path | None = None  # where the music is in a file of its own
    captions: tuple[str, ...] = ()
    key: str = ""  # "A minor", where it is known


def find_videos(folder: Path, layout: str = "auto") -> list[VideoItem]:
    """The videos of a folder, in order of their names.

    `layout` is "folder" (movies, captions in text files of the same name), "m2ugen" (MUVideo: instructions beside
    videos and audios), "symmv" (SymMV.csv, movies named by index), or "auto". Raises InputError for a folder without
    any, or without what its layout needs.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    if layout == "auto":
        layout = next((name for name, mark in _MARKS.items() if any(folder.glob(mark))), "folder")
    found = _READERS[layout](folder)
    if not found:
        raise InputError(f"There are no videos in {folder}.", hint=f"Movies end in {', '.join(MOVIES)}.")
    return sorted(found, key=lambda item: item.name)


def _plain(folder: Path) -> list[VideoItem]:
    items = []
    for path in _movies(folder):
        beside = path.with_suffix(".txt")
        lines = beside.read_text(encoding="utf-8").splitlines() if beside.is_file() else []
        items.append(VideoItem(path.stem, path, captions=tuple(line.strip() for line in lines if line.strip())))
    return items


def _m2ugen(folder: Path) -> list[VideoItem]:
    """M2UGen's MUVideo (Hussain et al. 2023): a list of conversations about pairs of files."""
    marks = sorted(folder.glob(_MARKS["m2ugen"]))
    if not marks:
        raise InputError(f"There is no {_MARKS['m2ugen']} in {folder}.")
    files = {path.name: path for path in folder.rglob("*") if path.is_file()}
    items = []
    for entry in json.loads(marks[0].read_text(encoding="utf-8")):
        video, sound = files.get(entry["input_file"]), files.get(entry["output_file"])
        if video is not None and sound is not None:
            captions = tuple(turn["caption"] for turn in entry["conversation"] if turn.get("caption"))
            items.append(VideoItem(video.stem, video, sound, captions))
    return items


def _symmv(folder: Path) -> list[VideoItem]:
    """SymMV (Zhuo et al. 2023): a table of addresses; the movies, fetched by the user, are named by their index."""
    table = folder / "SymMV.csv"
    if not table.is_file():
        raise InputError(f"There is no SymMV.csv in {folder}.")
    movies = {path.stem.lstrip("0"): path for path in _movies(folder)}
    with table.open(encoding="utf-8", newline="") as file:
        first = file.readline()
        file.seek(0)
        rows = list(csv.DictReader(file, delimiter="\t" if "\t" in first else ","))
    items = []
    for row in rows:
        path = movies.get(str(row["index"]).lstrip("0"))
        if path is not None:
            items.append(VideoItem(path.stem, path, key=row.get("tonality", "") or ""))
    return items


def _movies(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in MOVIES]


_MARKS = {"m2ugen": "*Instructions.json", "symmv": "SymMV.csv"}
_READERS: dict[str, Callable[[Path], list[VideoItem]]] = {"folder": _plain, "m2ugen": _m2ugen, "symmv": _symmv}
LAYOUTS = ("auto", *_READERS)
