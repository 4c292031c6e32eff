"""Where the picture of a stretch of the timeline comes from: enough to decode a frame of it."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from fractions import Fraction


class MediaKind(enum.StrEnum):
    FILE = "file"  # one file with its own frames: `target_url`
    IMAGE_SEQUENCE = "image-sequence"  # `target_url` is the folder, `sequence` says how its files are named
    GENERATOR = "generator"  # made by the editor: a title, a colour, bars; there is no media
    MISSING = "missing"  # the timeline names no address
    BLACK = "black"  # nothing is shown


@dataclass(frozen=True)
class SequenceNaming:
    """How the files of an image sequence are named: prefix, number padded with zeros, suffix.

    The file of media frame `n` (0 at the first file) has the number `start_number + n // frame_step * frame_step`.
    """

    name_prefix: str
    name_suffix: str
    start_number: int
    frame_step: int = 1
    zero_padding: int = 0


@dataclass(frozen=True)
class ShotMedia:
    """A stretch of one shot that shows one medium at one speed.

    `record_*` are record frames of the sheet, counted from its first frame. `source_*` and `available_*` are frames in
    the media's own timecode, at `source_rate`. A shot has one of these, or several one after the other where
    through-edits inside it were dropped.
    """

    shot: int  # index into the sheet's shots
    record_start_frames: int
    record_duration_frames: int
    record_rate: Fraction
    kind: MediaKind
    name: str = ""  # of the medium, or of the clip where the medium has none
    target_url: str = ""  # as the timeline wrote it: a URL, or a bare path, absolute or relative
    source_start_frames: Fraction = Fraction(0)  # source position at the stretch's first record frame
    source_rate: Fraction = Fraction(24)
    speed: Fraction = Fraction(1)  # source time per record time; negative runs backwards, 0 is a freeze frame
    available_start_frames: Fraction | None = None  # media timecode of the medium's first frame; None: not stated
    available_duration_frames: Fraction | None = None
    sequence: SequenceNaming | None = None

    @property
    def record_end_excl_frames(self) -> int:
        """The record frame after its last, on the sheet's clock."""
        return self.record_start_frames + self.record_duration_frames

    def source_position(self, record_frames: int) -> Fraction:
        """The exact source position (media timecode, frames at `source_rate`) at the beginning of a record frame."""
        advance = (record_frames - self.record_start_frames) * self.source_rate / self.record_rate
        return self.source_start_frames + advance * self.speed

    def source_frame(self, record_frames: int) -> int:
        """The source frame (media timecode) that a record frame shows. Running backwards, it is the one just passed."""
        position = self.source_position(record_frames)
        return math.ceil(position) - 1 if self.speed < 0 else math.floor(position)

    def media_seconds(self, record_frames: int) -> float:
        """The instant inside the media file, in seconds from its first frame, in the middle of the shown frame.

        Where the timeline does not state the file's first timecode, it is taken to be 0; a decoder that finds a
        timecode in the file knows better.
        """
        first = self.available_start_frames or Fraction(0)
        return float((self.source_frame(record_frames) - first + Fraction(1, 2)) / self.source_rate)
