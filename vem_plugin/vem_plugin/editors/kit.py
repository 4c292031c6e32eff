"""A kit for volunteers who have an editor that we have not: five films, scored, and a page of steps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vem_core.contract.atomic import make_folder, write_bytes
from vem_core.contract.recut import FrameRange
from vem_core.contract.wishes import Wishes
from vem_plugin.client.base import OpenCore
from vem_plugin.editors.solid_films import LENGTHS, write_solid_film
from vem_plugin.formats.media_urls import media_url
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.placement.desks import MANNERS, Desk
from vem_plugin.placement.state import PlacedTake
from vem_plugin.scoring.listening import Listener
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import ScoringSession
from vem_plugin.timeline.endings import ENDINGS

STEPS_NAME = "STEPS.txt"
EXPORTS = "exported"
"""The folder in the kit for what comes out of the editor."""

_STEPS = Path(__file__).with_name("steps.txt")
_STYLE, _PROMPT = "house", "steady and bright"
_OTHER_FORMATS = (".xml", ".fcpxml")
_MOVIES = (".mov", ".mp4", ".mkv", ".mxf", ".wav", ".avi")


@dataclass(frozen=True)
class KitFilm:
    """One of the films: its rate, where its timecode begins, and which part of it is scored."""

    name: str
    rate: Fraction
    start_frames: int
    in_frames: int = 0
    handles_frames: tuple[int, int] = (0, 0)  # music in the WAV before and after what is heard

    @property
    def frames(self) -> int:
        """Its length."""
        return sum(LENGTHS)

    @property
    def music_frames(self) -> tuple[int, int]:
        """Where its music begins on the timeline, and how long it is heard."""
        return self.in_frames, self.frames - self.in_frames

    @property
    def wav_begins_frames(self) -> int:
        """Where the WAV's first sample would lie, heard or not."""
        return self.in_frames - self.handles_frames[0]


FILMS = (
    KitFilm("film-25", Fraction(25), 90_000),
    KitFilm("film-23976", Fraction(24_000, 1001), 86_400),
    KitFilm("film-2997-df", Fraction(30_000, 1001), 107_892),
    KitFilm("film-5994-df", Fraction(60_000, 1001), 215_784),
    KitFilm("film-24-part", Fraction(24), 86_400, in_frames=100, handles_frames=(24, 10)),
)


@dataclass(frozen=True)
class KitFolder:
    """Where everything of one film lies in a kit."""

    folder: Path
    film: KitFilm

    @property
    def timeline(self) -> Path:
        """The edit without music."""
        return self.folder / self.film.name / f"{self.film.name}.otio"

    @property
    def wav(self) -> Path:
        """The music."""
        return self.timeline.with_suffix(".vem") / f"{self.film.name}-take1.wav"

    def exported(self) -> Iterator[tuple[Path, bool]]:
        """What came out of the editor: files called after the film, and whether each is a timeline."""
        folder = self.folder / EXPORTS
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            suffix = path.suffix.lower()
            if path.stem.split(".")[0].lower() == self.film.name and suffix in (*ENDINGS, *_MOVIES):
                yield path, suffix in ENDINGS


def write_kit(folder: Path, desk: Desk, listener: Listener | None = None, open_core: OpenCore | None = None) -> Path:
    """Make the films, score them, write the timelines in every format, and the steps; the page of steps.

    Addresses and ranges are as that editor wants them. Raises VemError.
    """
    as_url = MANNERS[desk].as_url
    for film in FILMS:
        there = KitFolder(folder, film)
        make_folder(there.timeline.parent)
        write_solid_film(
            there.timeline,
            film.rate,
            film.start_frames,
            address=lambda media: media_url(str(media.absolute())) if as_url else str(media.absolute()),
        )
        _score(there, desk, listener, open_core)
    make_folder(folder / EXPORTS)
    steps = folder / STEPS_NAME
    write_bytes(steps, _STEPS.read_bytes())
    return steps


def _score(there: KitFolder, desk: Desk, listener: Listener | None, open_core: OpenCore | None) -> None:
    """Score one film, and write its timeline in the other formats too."""
    film = there.film
    options = FileHostOptions(desk=desk)
    before, after = film.handles_frames
    wishes = Wishes(style=_STYLE, prompt=_PROMPT, handle_before_frames=before, handle_after_frames=after)
    order = Order(wishes=wishes, span=FrameRange(film.in_frames, film.frames), afresh=True)
    outcome = ScoringSession(FileHost(there.timeline, options), listener, open_core).run(lambda sheet: order)
    take = PlacedTake(1, outcome.placement.audio.name, film.in_frames, outcome.request, outcome.result)
    for suffix in _OTHER_FORMATS:
        FileHost(there.timeline, replace(options, timeline_suffix=suffix)).place_kept(take)


def film_cuts() -> list[int]:
    """Where every film cuts, in record frames from its beginning: known from here, whatever a kit's files say."""
    return list(itertools.accumulate(LENGTHS))[:-1]
