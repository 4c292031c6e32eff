"""The media of one timeline, opened once each: from a record frame to the picture that its medium shows there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from vem_core.contract.time import nominal_rate
from vem_plugin.files.containers import DECODING_ERRORS
from vem_plugin.files.locating import MediaLocator
from vem_plugin.media.decoding import FrameSource, MovieReader, SequenceReader, UnreadableMedium
from vem_plugin.media.naming import folder_of_pattern, is_pattern, list_sequence, naming_of_pattern
from vem_plugin.media.picture import Picture
from vem_plugin.timeline.shot_media import MediaKind, SequenceNaming, ShotMedia

T = TypeVar("T")

MAX_OPEN_MEDIA = 8
_NAMED_IN_WARNING = 6


@dataclass(frozen=True)
class Medium:
    """What tells one medium from another: where it is, and how its files are named."""

    target_url: str
    sequence: SequenceNaming | None
    rate: Fraction | None  # an image sequence has no rate of its own; None for a file


class MediaLibrary:
    """Opens the media that shots come from, keeps the last few open, and remembers what could not be read.

    Use as a context manager, so that all is closed.
    """

    def __init__(self, locator: MediaLocator) -> None:
        self._locator = locator
        self._open: dict[Medium, FrameSource] = {}
        self._problems: dict[Medium, tuple[str, str]] = {}  # name and reason

    def __enter__(self) -> MediaLibrary:
        return self

    def __exit__(self, *_: object) -> None:
        for source in self._open.values():
            source.close()
        self._open.clear()

    def draw(self, media: ShotMedia, record_frames: int, draw: Callable[[Picture], T]) -> T | None:
        """What `draw` makes of the picture on show at a record frame; None where the medium gives none.

        Cheapest in the order of the source.
        """
        source = self._source(media)
        if source is None:
            return None
        try:
            (picture,) = source.pictures_at([instant_s(media, origin_frames(media, source), record_frames)])
            return draw(picture)
        except UnreadableMedium as problem:
            self._report(media, str(problem))
        except DECODING_ERRORS as error:
            self._report(media, f"its pictures cannot be converted ({error})")
        return None

    def warnings(self) -> tuple[str, ...]:
        """What could not be read so far, a sentence for each reason."""
        by_reason: dict[str, list[str]] = {}
        for name, reason in self._problems.values():
            names = by_reason.setdefault(reason, [])
            if name not in names:
                names.append(name)
        return tuple(_sentence(reason, names) for reason, names in sorted(by_reason.items()))

    def _source(self, media: ShotMedia) -> FrameSource | None:
        medium = medium_of(media)
        if media.kind in (MediaKind.BLACK, MediaKind.GENERATOR) or medium in self._problems:
            return None
        source = self._open.pop(medium, None)
        try:
            source = source or self._open_medium(media)
        except UnreadableMedium as problem:
            self._report(media, str(problem))
            return None
        self._open[medium] = source  # last used, last in order
        if len(self._open) > MAX_OPEN_MEDIA:
            self._open.pop(next(iter(self._open))).close()
        return source

    def _open_medium(self, media: ShotMedia) -> FrameSource:
        if not media.target_url:
            return self._open_by_name(media)
        if media.kind is MediaKind.IMAGE_SEQUENCE and media.sequence is not None:
            return self._open_sequence(media, media.target_url, media.sequence)
        path = self._locator.locate(media.target_url)
        if path is None and is_pattern(media.target_url):
            naming = naming_of_pattern(media.target_url)
            return self._open_sequence(media, folder_of_pattern(media.target_url), naming, first_from_folder=True)
        if path is None:
            raise UnreadableMedium("not found (say with --media where to look)")
        if path.is_dir():
            raise UnreadableMedium("a folder, not a file")
        return MovieReader(path)

    def _open_by_name(self, media: ShotMedia) -> FrameSource:
        """Edit lists give no address, only the name of a reel or clip."""
        path = self._locator.locate_name(media.name)
        if path is None:
            raise UnreadableMedium("the timeline gives no address (say with --media where to look)")
        return MovieReader(path)

    def _open_sequence(
        self, media: ShotMedia, address: str, naming: SequenceNaming, *, first_from_folder: bool = False
    ) -> SequenceReader:
        folder = self._locator.locate(address or ".")
        if folder is None:
            raise UnreadableMedium("not found (say with --media where to look)")
        files = list_sequence(folder, naming, first_from_folder=first_from_folder)
        return SequenceReader(files, media.source_rate)

    def _report(self, media: ShotMedia, reason: str) -> None:
        self._problems[medium_of(media)] = (media.name or media.target_url or "a clip without a name", reason)


def medium_of(media: ShotMedia) -> Medium:
    """Which medium a stretch shows."""
    rate = None if media.sequence is None and not is_pattern(media.target_url) else media.source_rate
    return Medium(media.target_url or media.name, media.sequence, rate)


def instant_s(media: ShotMedia, first_frames: Fraction, record_frames: int) -> Fraction:
    """The instant in the medium that a record frame shows, in seconds from the medium's first frame.

    It lies in the middle of the source frame, so that the rounding of time stamps cannot lead to its neighbour.
    """
    return (media.source_frame(record_frames) - first_frames + Fraction(1, 2)) / media.source_rate


def origin_frames(media: ShotMedia, source: FrameSource) -> Fraction:
    """The media timecode of the medium's first frame, in frames at the stretch's source rate.

    That is what the timeline says, else the timecode embedded in the file, else 0. Timelines get this wrong (an edit
    list names no origin, a conversion loses it), so of these the first is taken that puts the stretch's beginning
    inside the medium; the full hour before it, where cameras and editors begin to count, is the last resort.
    """
    candidates = [] if media.available_start_frames is None else [media.available_start_frames]
    if source.start_frames is not None and source.rate is not None:
        candidates.append(source.start_frames * media.source_rate / source.rate)
    candidates.append(Fraction(0))
    hour_frames = nominal_rate(media.source_rate) * 3600
    candidates.append(Fraction(math.floor(media.source_start_frames / hour_frames) * hour_frames))
    inside = (first for first in candidates if _begins_inside(media, source, first))
    return next(inside, candidates[0])


def _begins_inside(media: ShotMedia, source: FrameSource, first_frames: Fraction) -> bool:
    """Whether the stretch begins inside the medium, give or take a frame."""
    position = media.source_start_frames - first_frames
    if source.duration_s is None:
        return position >= -1
    return -1 <= position <= source.duration_s * media.source_rate + 1


def _sentence(reason: str, names: list[str]) -> str:
    more = f" and {len(names) - _NAMED_IN_WARNING} more" if len(names) > _NAMED_IN_WARNING else ""
    return f"No pictures from {', '.join(names[:_NAMED_IN_WARNING])}{more}: {reason}."
