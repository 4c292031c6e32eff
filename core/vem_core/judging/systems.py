"""The systems that are judged: a folder each, one file for each film, in whatever layout it was published.

| layout | where a film's music is | source |
|---|---|---|
| `plain` | `ID.wav` (or another sound, movie or MIDI file) | ours; M2UGen and Diff-BGM write it |
| `vidmuse` | `ID_output.wav`, else the sound of `ID_output.mp4` | ZeyueT/VidMuse, infer.py |
| `gvmgen` | `ID/0.mp4` (`--syn_path ID`, which it always calls `0`), else `ID.mp4` | GVMGen, test.py |
| `m2ugen` | `ID.wav` at 16 kHz, from `results/m2ugen` | shansongliu/M2UGen, Evaluation/Video2Music |
| `cmt` | the first of three songs, `ID.npz_no_genre_0.mid` or `ID_no_genre_0.mid` | wzk1015/video-bgm-generation |
| `diff-bgm` | `ID.mid`, from `exp/...` | sizhelee/Diff-BGM, polyffusion/inference_sdf.py |
| `vem` | the sound of `ID.mp4`, or `ID/VeM.mp4` | movies, as on the paper's page; names not verified |
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vem_core.audio.files import read_audio
from vem_core.audio.types import Audio
from vem_core.contract.errors import AudioError, InputError, ModelMissing, VemError
from vem_core.contract.foreign_files import check_regular
from vem_core.corpus.film import read_sound
from vem_core.judging.films import Film, FilmSet
from vem_core.judging.midi import render_midi

SOUNDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")
MOVIES = (".mp4", ".mov", ".mkv", ".webm", ".m4a")
MIDI = (".mid", ".midi")

LAYOUTS: dict[str, tuple[str, ...]] = {
    "plain": tuple(f"{{id}}{ending}" for ending in (*SOUNDS, *MOVIES, *MIDI)),
    "vidmuse": ("{id}_output.wav", "{id}_output.mp4"),
    "gvmgen": ("{id}/0.mp4", "{id}.mp4", "{id}.wav"),
    "m2ugen": ("{id}.wav",),
    "cmt": ("{id}.npz_no_genre_0.mid", "{id}_no_genre_0.mid", "{id}.npz_*_0.mid"),
    "diff-bgm": ("{id}.mid", "{id}.npz.mid"),
    "vem": ("{id}.mp4", "{id}/VeM.mp4", "{id}.wav"),
}
"""Patterns by layout; the first that is there is taken."""


@dataclass(frozen=True)
class System:
    """A system's name in the table, its folder, and how its files are called."""

    name: str
    folder: Path
    layout: str  # of LAYOUTS

    def file_of(self, film: Film) -> Path | None:
        """A film's music; None where there is no file."""
        return next(_matches(self.folder, film.id, self.layout), None)


def parse_system(text: str, films: FilmSet, layouts: dict[str, str]) -> System:
    """The system of `NAME=FOLDER` or `FOLDER`. `layouts` names its layout; else it is the one that finds most films.

    Raises InputError for a folder that is not there or holds music of none of the films, and for an unknown layout.
    """
    name, is_named, folder = text.partition("=")
    path = Path(folder if is_named else text)
    name = name if is_named else path.name
    if not path.is_dir():
        raise InputError(f"There is no folder {path} of the system {name}.")
    layout = layouts.get(name)
    if layout is not None and layout not in LAYOUTS:
        raise InputError(f"There is no layout {layout!r}.", hint=f"Choose one of {', '.join(LAYOUTS)}.")
    if layout is None:
        layout = max(LAYOUTS, key=lambda each: _found(path, films, each))
    if not _found(path, films, layout):
        raise InputError(
            f"{path} holds music of none of the {len(films.films)} films, by the layout {layout!r}.",
            hint=f"A file is named by its film: {films.films[0].id}.wav.",
        )
    return System(name, path, layout)


def read_music(path: Path, soundfont: Path | None) -> Audio:
    """The sound of a sound, movie or MIDI file: (2, T) float32 at 48 kHz.

    Raises AudioError for a file that cannot be read or holds no finite sound, ModelMissing for MIDI without SoundFont.
    """
    ending = path.suffix.lower()
    try:
        check_regular(path)
    except OSError as error:
        raise AudioError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if ending in MIDI:
        if soundfont is None:
            raise ModelMissing(f"{path.name} is MIDI.", hint="Name a SoundFont: --soundfont FILE.sf2.")
        return render_midi(path, soundfont)
    if ending in MOVIES:
        try:
            sound = read_sound(path)
        except VemError as error:
            raise AudioError(error.message) from error
        if not np.isfinite(sound).all():
            raise AudioError(f"{path.name} holds samples that are not numbers.")
        return sound
    return read_audio(path)


def _found(folder: Path, films: FilmSet, layout: str) -> int:
    return sum(next(_matches(folder, film.id, layout), None) is not None for film in films.films)


def _matches(folder: Path, film_id: str, layout: str) -> Iterator[Path]:
    for pattern in LAYOUTS[layout]:
        yield from sorted(path for path in folder.glob(pattern.replace("{id}", glob.escape(film_id))) if path.is_file())
