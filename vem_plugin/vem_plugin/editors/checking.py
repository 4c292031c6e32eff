"""What came out of an editor, held against what went in: the cuts, where the music lies, how it sounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.errors import InputError, VemError
from vem_plugin.editors.kit import EXPORTS, FILMS, KitFilm, KitFolder, film_cuts
from vem_plugin.editors.renders import heard_music, seen_cuts
from vem_plugin.placement.editor_formats import places_of_audio
from vem_plugin.timeline.reading import open_timeline
from vem_plugin.timeline.sheet import ReadingOptions, read_opened

MOST_LAG_FRAMES = 0.2
MOST_GAIN_ERROR = 0.01


@dataclass(frozen=True)
class ReturnedFile:
    """One file that an editor wrote of one film."""

    film: str
    format: str  # the file's ending
    render: bool  # a movie or sound, not a timeline
    cuts: int | None = None  # how many of the film's were found; None: it has no picture
    cuts_wanted: int = 0
    cuts_beside: int = 0  # found where there is none
    music_frames: float | None = None  # how much later than it should the music begins; None: it is not there
    gain: float | None = None  # of a render
    problem: str = ""  # why nothing could be measured, as a sentence

    @property
    def good(self) -> bool:
        """Whether everything is where it was put."""
        picture = self.cuts is None or (self.cuts == self.cuts_wanted and self.cuts_beside == 0)
        placed = self.music_frames is not None and abs(self.music_frames) <= MOST_LAG_FRAMES
        loud = self.gain is None or abs(self.gain - 1.0) <= MOST_GAIN_ERROR
        return not self.problem and picture and placed and loud


def check_kit(folder: Path) -> list[ReturnedFile]:
    """What came out of the editor, film by film. Raises InputError where nothing did."""
    found = list(_findings(folder))
    if not found:
        raise InputError(
            f"There is nothing of the kit's films in {folder / EXPORTS}.",
            hint=f"Export each film there as {FILMS[0].name}.otio and {FILMS[0].name}.mov (STEPS.txt has all steps).",
        )
    return found


def _findings(folder: Path) -> Iterator[ReturnedFile]:
    for film in FILMS:
        there = KitFolder(folder, film)
        for path, is_timeline in there.exported():
            try:
                yield _check_timeline(path, there) if is_timeline else _check_render(path, there)
            except VemError as error:
                yield ReturnedFile(film.name, path.suffix.lower(), not is_timeline, problem=error.message)


def _check_timeline(path: Path, there: KitFolder) -> ReturnedFile:
    film = there.film
    opened = open_timeline(path, rate=film.rate if path.suffix.lower() == ".edl" else None)
    sheet = read_opened(opened, ReadingOptions()).sheet
    if sheet.rate != film.rate:
        raise InputError(f"It came back at {float(sheet.rate):g} instead of {float(film.rate):g} frames per second.")
    places = sorted(places_of_audio(opened.timeline, there.wav.stem, sheet))
    begins, _ = film.music_frames
    late = [place - begins for place, _ in places]
    hits, beside = _compared((cut.record_frames for cut in sheet.cuts), film)
    return ReturnedFile(
        film.name,
        path.suffix.lower(),
        render=False,
        cuts=hits,
        cuts_wanted=len(film_cuts()),
        cuts_beside=beside,
        music_frames=min(late, key=abs) if late else None,
    )


def _check_render(path: Path, there: KitFolder) -> ReturnedFile:
    film = there.film
    heard = heard_music(path, there.wav, film.rate, film.handles_frames)
    hits: int | None = None
    beside = 0
    try:
        _, cuts = seen_cuts(path)
        hits, beside = _compared((cut for cut in cuts if cut < film.frames), film)
    except VemError:
        if path.suffix.lower() != ".wav":
            raise
    return ReturnedFile(
        film.name,
        path.suffix.lower(),
        render=True,
        cuts=hits,
        cuts_wanted=len(film_cuts()),
        cuts_beside=beside,
        music_frames=heard.begins_frames - film.wav_begins_frames,
        gain=heard.gain,
    )


def _compared(found: Iterable[int], film: KitFilm) -> tuple[int, int]:
    """How many of a film's cuts were found, and how many where there is none."""
    cuts, wanted = set(found), set(film_cuts())
    return len(cuts & wanted), len(cuts - wanted)
