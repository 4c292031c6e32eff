"""What is asked of one run of a scoring session, beside the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.recut import FrameRange
from vem_core.contract.wishes import Wishes
from vem_plugin.sound.temp_track import TempTrackUse


@dataclass(frozen=True)
class Order:
    """What is asked of one run.

    Ranges are in record frames: of the timeline for `span`, of the sheet that is scored (which begins with the span)
    for the others.
    """

    wishes: Wishes = Wishes()
    span: FrameRange | None = None  # None: the whole timeline
    afresh: bool = False  # a new piece, whatever stands on our lane
    source: str = ""  # the take to follow: its WAV, its JSON or its number; empty: the one that stands on our lane
    locked: tuple[FrameRange, ...] = ()  # never changed
    varied: tuple[FrameRange, ...] = ()  # other music there, the rest as it is; `wishes.seed` says which
    temp_track: TempTrackUse = TempTrackUse.LEAVE
    temp_lane: str | None = None  # its name or number; None: the one whose name or clips say music
    stem_lanes: bool = False  # stems are placed, each on a lane of its own, and not the mix
    embed_state: bool = True  # the WAVs hold what it takes to score again
    marked: bool = True  # the files say to machines that they were generated
    credentials: Path | None = None  # a folder with a certificate that signs this; None: nobody signs
    preview: Path | None = None  # a movie of the picture with the music; Path(): beside the WAV
