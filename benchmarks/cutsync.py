"""CutSync from beginning to end: draw its films, let systems score them, judge them, write the reference numbers.

    python benchmarks/cutsync.py FOLDER draw render judge [--films ID ...] [--every 2] [--systems NAME ...]
                                 [--music FOLDER] [--soundfont SF2] [--models vem-mini ...] [--docs]

`draw` writes the movies. `render` writes one folder of music for each system: silence, a metronome at 120 BPM, the best
constant tempo, each model, `sketch` with the music of another film, the composer's MIDI (played through the SoundFont
when it is judged). What is there stays, so a run can be broken off. `judge` is `vem judge` on all of them; the music of
the same films that KLD and BIoU need is `sketch` with another seed, since CutSync's films have none of their own: they
say how near a system's music is to another take on the same brief, no more. `--docs` writes docs/records/cutsync.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from vem_core.audio.files import read_audio, write_audio
from vem_core.audio.types import Audio
from vem_core.compute.model_store import ModelStore
from vem_core.contract.request import Delivery, Direction, ScoreRequest, Thumbnail, ThumbnailUse
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.corpus.film import read_frames, to_jpeg
from vem_core.corpus.pictures import SHOT_SIZE, STRIP_SIZE, wanted_pictures
from vem_core.judging.baselines import best_metronome, metronome, silence
from vem_core.judging.cutsync.drawing import draw_film
from vem_core.judging.cutsync.manifest import MANIFEST, read_cutsync
from vem_core.judging.films import Film, FilmSet
from vem_core.judging.hearing import Ears
from vem_core.judging.judgement import from_text
from vem_core.judging.judging import Sources, judge
from vem_core.judging.systems import System
from vem_core.judging.writing import write_judgement
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.resources.registry import read_registry
from vem_core.rhythm.tracking.registry import tracker_by_id

ROOT = Path(__file__).resolve().parents[1]
SEED, OTHER_SEED = 1, 2
REFERENCES = "sketch, other seed"
ORDER = ("sketch", "vem-mini", "composer's MIDI", "sketch of another film", "best metronome", "metronome", "silence")


def main() -> int:
    arguments = _arguments()
    torch.set_num_threads(1)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MANIFEST, arguments.folder / MANIFEST.name)
    films = read_cutsync(arguments.folder)
    chosen = arguments.films or [film.id for film in films.films[:: arguments.every]]
    films = films.only(frozenset(chosen))
    if "draw" in arguments.steps:
        for film in films.films:
            _once(arguments.folder / str(film.video), partial(draw_film, film))
    if "render" in arguments.steps:
        render(films, arguments)
    if "judge" in arguments.steps:
        _judge(films, arguments)
    if arguments.docs:
        write_docs(arguments.folder, arguments.music_is)
    return 0


def render(films: FilmSet, arguments: argparse.Namespace) -> None:
    store = ModelStore()
    for film in films.films:
        print(film.id, file=sys.stderr, flush=True)
        folder = arguments.folder / "systems"
        for name, make in (("silence", silence), ("metronome", metronome), ("best metronome", best_metronome)):
            _once(folder / name / f"{film.id}.flac", partial(_write, make, film))
        _once(folder / "sketch" / f"{film.id}.flac", partial(score, films, film, "sketch", SEED, store))
        _once(folder / REFERENCES / f"{film.id}.flac", partial(score, films, film, "sketch", OTHER_SEED, store))
        for model in arguments.models:
            _once(folder / model / f"{film.id}.flac", partial(score, films, film, model, SEED, store))
    by_length = sorted(films.films, key=lambda film: film.duration_frames / film.rate)
    for film, other in zip(by_length, [*by_length[1:], *by_length[-2:-1]], strict=len(by_length) > 1):
        source = folder / "sketch" / f"{other.id}.flac"
        _once(folder / "sketch of another film" / f"{film.id}.flac", partial(_fit, source, film))


def score(films: FilmSet, film: Film, model: str, seed: int, store: ModelStore, path: Path) -> None:
    """What the product makes of a film: its cuts, its words, its pictures. The MIDI of `sketch` is kept beside."""
    thumbnails, jpegs = thumbnails_of(film, films.video_of(film))
    direction = Direction(prompt=film.caption, shot_words=film.shots)
    request = ScoreRequest(film.sheet, direction, Delivery(midi=True), model=model, seed=seed, thumbnails=thumbnails)
    with tempfile.TemporaryDirectory() as scratch:
        score_timeline(Job(request, jpegs, Path(scratch), lambda *progress: None, store))
        (wave,) = Path(scratch).glob("*.wav")
        write_audio(path, read_audio(wave))
        if model == "sketch" and seed == SEED:
            midi = path.parents[1] / "composer's MIDI" / f"{film.id}.mid"
            midi.parent.mkdir(exist_ok=True)
            (made,) = Path(scratch).glob("*.mid")
            shutil.copyfile(made, midi)


def thumbnails_of(film: Film, video: Path | None) -> tuple[tuple[Thumbnail, ...], dict[str, bytes]]:
    """The pictures that a host would send of a film, read from its movie."""
    if video is None:
        return (), {}
    wanted = wanted_pictures(film.sheet)
    images = dict(read_frames(video, sorted({frame for _, _, frame in wanted})))
    thumbnails, jpegs = {}, {}
    for shot, use, frame in wanted:
        still = use is ThumbnailUse.SHOT
        data = to_jpeg(images[frame], SHOT_SIZE if still else STRIP_SIZE, square=not still)
        name = hashlib.sha256(data).hexdigest()
        jpegs[name] = data
        thumbnails[shot, use, frame] = Thumbnail(name, shot, frame, use)
    return tuple(thumbnails.values()), jpegs


def _write(make: Callable[[Film], Audio], film: Film, path: Path) -> None:
    write_audio(path, make(film))


def _fit(source: Path, film: Film, path: Path) -> None:
    """Another film's music, cut off or filled up with silence to this film's length."""
    sound: Audio = read_audio(source)
    length = round(film.duration_s * SAMPLE_RATE_HZ)
    write_audio(path, np.pad(sound[:, :length], ((0, 0), (0, max(0, length - sound.shape[1])))))


def _judge(films: FilmSet, arguments: argparse.Namespace) -> None:
    folder = arguments.folder / "systems"
    names = arguments.systems or [name for name in ORDER if (folder / name).is_dir()]
    systems = [System(name, folder / name, "plain") for name in names]
    sources = Sources(System(REFERENCES, folder / REFERENCES, "plain"), arguments.music, arguments.soundfont)
    ears = Ears.load(tracker_by_id(arguments.tracker))
    keep = arguments.folder / "heard"
    judgement = judge(systems, films, ears, sources, lambda text: print(text, file=sys.stderr, flush=True), keep)
    write_judgement(judgement, arguments.folder, "cutsync")


def write_docs(folder: Path, real_music: str) -> None:
    """The reference numbers as a page of the records, with its picture and its figures."""
    page = (folder / "cutsync.md").read_text(encoding="utf-8")
    judged = from_text((folder / "cutsync.json").read_text(encoding="utf-8"))
    films = sorted({film for row in judged.systems for film in row.films})
    note = (
        "<!-- Written by benchmarks/cutsync.py --docs. Do not edit. -->\n\n"
        "What each column means, and what it cannot see: [Judging](../engineers/judging.md). The picture below shows\n"
        "the same figures; [the CSV](cutsync.csv) has all of them, and every pair's differences.\n\n"
        f"Judged here: {_judged(films)}. The music is of VeM Score {importlib.metadata.version('vem-score')},\n"
        f"with vem-mini {read_registry().entry('vem-mini').version}.\n"
        "KLD and BIoU compare with another take of `sketch` on the same brief, since these films have no music of\n"
        "their own: they favour `sketch` and its MIDI, and say nothing of quality. FAD compares with real music:\n"
        f"{real_music}.\n"
        "The composer's MIDI is played by General MIDI instruments, without the mix of `sketch`; its last notes\n"
        "ring for two seconds, which its length counts.\n\n"
        "![The same figures as bars](../pictures/cutsync.png)\n"
    )
    head, _, rest = page.partition("\n\n")
    (ROOT / "docs/records/cutsync.md").write_text(f"{head}\n\n{note}\n{rest}", encoding="utf-8")
    for ending, room in (("png", "pictures"), ("csv", "records")):
        shutil.copyfile(folder / f"cutsync.{ending}", ROOT / "docs" / room / f"cutsync.{ending}")


def _judged(films: Sequence[str]) -> str:
    all_films = len(read_cutsync().films)
    if len(films) == all_films:
        return f"all {all_films} films of CutSync"
    return f"{len(films)} of CutSync's {all_films} films ({', '.join(films)})"


def _once(path: Path, make: Callable[[Path], object]) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("steps", nargs="*", help="of: draw render judge")
    parser.add_argument("--films", nargs="+", metavar="ID")
    parser.add_argument("--every", type=int, default=1, help="take every so many films (default: all)")
    parser.add_argument("--systems", nargs="+", metavar="NAME", help="judge these (default: all that are rendered)")
    parser.add_argument("--models", nargs="*", default=["vem-mini"], help="render these models as well")
    parser.add_argument("--music", type=Path, help="a folder of real music, for FAD")
    parser.add_argument("--music-is", default="a folder", help="what that music is, for the page")
    parser.add_argument("--soundfont", type=Path, help="plays the composer's MIDI")
    parser.add_argument("--tracker", default="auto")
    parser.add_argument("--docs", action="store_true", help="write docs/records/cutsync.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
