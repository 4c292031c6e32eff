"""The interface to an editor: read its timeline, give frames of its shots, place a track."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import ScoreRequest, Thumbnail
from vem_core.contract.result import ScoreResult
from vem_core.contract.temp_track import TempTrack

if TYPE_CHECKING:
    from vem_plugin.placement.earlier import EarlierScore
    from vem_plugin.placement.state import PlacedTake
    from vem_plugin.sound.lanes import AudioLane
    from vem_plugin.sound.speech import SpeechReading


@dataclass(frozen=True)
class TimelineReading:
    """A timeline as the host read it."""

    sheet: CutSheet
    notices: tuple[str, ...] = ()  # what an editor should know about how it was read


@dataclass(frozen=True)
class ThumbnailSet:
    """Thumbnails and their JPEG bytes, keyed by SHA-256."""

    thumbnails: tuple[Thumbnail, ...]
    jpegs: Mapping[str, bytes]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placement:
    """Where a score was put."""

    audio: Path  # the Broadcast WAV
    timeline: Path | None  # the timeline file with the lane; None where the host holds the timeline itself
    score: Path  # the score's JSON
    notices: tuple[str, ...] = ()  # what an editor should know about how it was placed
    timeline_sha256: str = ""  # of the timeline file as it was written; empty: it was not


@dataclass(frozen=True)
class Take:
    """A finished score on its way to the timeline: what was asked, what came back, and its files."""

    request: ScoreRequest
    result: ScoreResult
    folder: Path  # holds `result.files` by their names
    in_frames: int = 0  # where in the timeline the scored range begins, in record frames from the timeline's start
    stem_lanes: bool = False  # each stem on a lane of its own, and the mix silenced
    muted_lane: int | None = None  # the temp track's number among the audio lanes, from 1: switched off


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

    def read_speech(self) -> SpeechReading:
        """Who speaks when, over the whole timeline, from its audio lanes."""
        ...

    def listen_to(self, lane: AudioLane, sheet: CutSheet, in_frames: int) -> TempTrack:
        """What is heard on a lane under a sheet that begins at `in_frames`. Raises AudioError."""
        ...

    def check_output(self) -> None:
        """Raise OutputError now if a score could not be placed later, before minutes of work go into it."""
        ...

    def earlier_score(self, in_frames: int = 0) -> EarlierScore | None:
        """The score on our lane that begins at a record frame of the timeline; None: there is none."""
        ...

    def keep(self, take: PlacedTake, muted_lane: int | None = None) -> Placement:
        """Leave a take where it stands, with the temp track's lane switched off where its number is given.

        Raises OutputError.
        """
        ...

    def place(self, take: Take) -> Placement:
        """Put the take on our lane, replacing what stands there. Raises OutputError."""
        ...

    def write_preview(self, sheet: CutSheet, placement: Placement, path: Path = Path()) -> Path:
        """A movie of the sheet's picture with the placed music; by default beside the WAV. Raises OutputError."""
        ...
