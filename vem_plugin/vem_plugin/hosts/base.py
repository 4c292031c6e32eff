"""The interface to an editor: read its timeline, give frames of its shots, place a track."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.media.thumbnail_set import ThumbnailSet as ThumbnailSet
from vem_plugin.takes.writing import Take as Take

if TYPE_CHECKING:
    from vem_plugin.placement.state import PlacedTake
    from vem_plugin.sound.lanes import AudioLane
    from vem_plugin.sound.speech import SpeechReading
    from vem_plugin.takes.earlier import EarlierScore


@dataclass(frozen=True)
class TimelineReading:
    """A timeline as the host read it."""

    sheet: CutSheet
    notices: tuple[str, ...] = ()  # what an editor should know about how it was read


@dataclass(frozen=True)
class Placement:
    """Where a score was put."""

    audio: Path  # the Broadcast WAV
    timeline: Path | None  # the timeline file with the lane; None where the host holds the timeline itself
    score: Path  # the score's JSON
    notices: tuple[str, ...] = ()  # what an editor should know about how it was placed
    timeline_sha256: str = field(default="", compare=False)  # of the timeline file as written; empty: it was not


class Host(Protocol):
    """An editor. Nothing it is asked to do touches an item that we did not make."""

    def read_timeline(self) -> TimelineReading:
        """The timeline's cuts. Raises TimelineError."""
        ...

    def read_thumbnails(self, sheet: CutSheet) -> ThumbnailSet:
        """Small JPEGs for each shot of the sheet (or of a crop of it). Missing media: placeholders and a warning."""
        ...

    def read_frame(self, record_frames: int) -> bytes | None:
        """The picture at a record frame of the whole timeline as a JPEG of at most 640 x 360; None: there is none."""
        ...

    def read_lanes(self) -> tuple[AudioLane, ...]:
        """The audio lanes that are heard and not ours. Raises TimelineError."""
        ...

    def locate(self, address: str) -> Path | None:
        """Where the media that a timeline writes as this address lies on this machine; None: nowhere."""
        ...

    def read_speech(self) -> SpeechReading:
        """Who speaks when, over the whole timeline, from its audio lanes."""
        ...

    def lane_sound(self, lane: AudioLane, sheet: CutSheet, in_frames: int) -> bytes:
        """A lane's sound under a sheet that begins at `in_frames`, as a WAV file for a core. Raises AudioError."""
        ...

    def check_output(self) -> None:
        """Raise OutputError now if a score could not be placed later, before minutes of work go into it."""
        ...

    def earlier_score(self, in_frames: int = 0, sheet: CutSheet | None = None) -> EarlierScore | None:
        """The score on our lane that begins at a record frame of the timeline, or else the one that shows most of a
        sheet; None: there is none."""
        ...

    def keep(self, take: PlacedTake, muted_lane: int | None = None) -> Placement:
        """Leave a take where it stands, with the temp track's lane switched off where its number is given.

        Raises OutputError.
        """
        ...

    def place(self, take: Take) -> Placement:
        """Put the take on our lane, replacing what stands there. Raises OutputError."""
        ...

    def store(self, take: Take) -> PlacedTake:
        """Write a take into the library and place nothing. Raises OutputError, AudioError."""
        ...

    def library_folder(self) -> Path:
        """The folder that this timeline's takes lie in; it need not exist."""
        ...

    def place_kept(self, take: PlacedTake, *, stem_lanes: bool = False, muted_lane: int | None = None) -> Placement:
        """Put a take of the library on our lane, whose files are there already. Raises OutputError, AudioError."""
        ...

    def write_preview(self, sheet: CutSheet, placement: Placement, path: Path = Path()) -> Path:
        """A movie of the sheet's picture with the placed music; by default beside the WAV. Raises OutputError."""
        ...
