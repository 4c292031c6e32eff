"""The cut sheet: the cuts that an audience would see, at exact record frames.

All `*_frames` here are record frames at the sheet's rate, counted from the sheet's first frame (0), whatever the
timeline's start timecode; `start_frames` keeps that start. Spans are [start, start + duration).
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from vem_core.contract.errors import ContractError


class CutKind(enum.StrEnum):
    CUT = "cut"
    DISSOLVE = "dissolve"  # any transition with a length: dissolve, wipe, fade


class Wish(enum.StrEnum):
    """What the editor asked of a cut or event, by marker or in the panel."""

    AUTO = "auto"
    HIT = "hit"  # must land on a beat
    DROP = "drop"  # must land on a downbeat: the piece's climax
    IGNORE = "ignore"  # music should pay no attention


class DropReason(enum.StrEnum):
    """Why a boundary in the timeline is not a cut."""

    THROUGH_EDIT = "through-edit"  # one medium runs on across it
    OVERLAY = "overlay"  # a title or adjustment layer begins or ends over an unchanged picture
    BLACK = "black"  # nothing on both sides


@dataclass(frozen=True)
class SourceSpan:
    """Which part of which medium a shot shows; enough to recognise the shot after a re-cut, without a path."""

    media: str  # fingerprint of the medium: its name and a short hash of its address
    start_frames: float  # first source frame, in media timecode, at `rate`
    rate: Fraction
    speed: float = 1.0  # source time per record time; negative runs backwards, 0 is a freeze frame


@dataclass(frozen=True)
class Shot:
    """What the audience sees between two cuts."""

    start_frames: int
    duration_frames: int
    name: str = ""
    words: tuple[str, ...] = ()  # what the editor already wrote: notes, keywords, markers, scene metadata
    picture: bool = True  # False: black, nothing on any enabled track
    source: SourceSpan | None = None

    @property
    def end_excl_frames(self) -> int:
        """The first record frame after it."""
        return self.start_frames + self.duration_frames


@dataclass(frozen=True)
class Cut:
    """A change of picture. A dissolve counts as one cut at the middle of its extent (halves go down)."""

    record_frames: int
    kind: CutKind = CutKind.CUT
    nominal_frames: int | None = None  # a dissolve's boundary in the edit list; None: the same as record_frames
    extent_frames: int = 0  # length of the dissolve
    wish: Wish = Wish.AUTO
    label: str = ""  # the marker's own text


@dataclass(frozen=True)
class Event:
    """A moment inside a shot that the editor marked: a punch, a logo, a title."""

    record_frames: int
    wish: Wish = Wish.HIT
    label: str = ""


@dataclass(frozen=True)
class Span:
    """A stretch of the timeline: a silence that the editor marked, or speech on its audio lanes."""

    start_frames: int
    duration_frames: int
    label: str = ""  # the marker's own text, or the lane's name

    @property
    def end_excl_frames(self) -> int:
        """The first record frame after it."""
        return self.start_frames + self.duration_frames


@dataclass(frozen=True)
class CueStart:
    """Where a piece of its own begins, because the editor marked it."""

    record_frames: int
    label: str = ""  # what the piece should be, in the editor's words


@dataclass(frozen=True)
class DroppedBoundary:
    """A boundary that was left out, kept so that the tool can say so."""

    record_frames: int
    reason: DropReason


@dataclass(frozen=True)
class CutSheet:
    """A timeline's cuts and shots. Shots tile [0, duration_frames); a cut stands between each two neighbours.

    Raises ContractError where the parts contradict each other.
    """

    schema_label: ClassVar[str] = "CutSheet.1"

    name: str
    rate: Fraction  # frames per second
    start_frames: int  # the record timecode of frame 0, as a frame number
    duration_frames: int
    shots: tuple[Shot, ...]
    cuts: tuple[Cut, ...]
    events: tuple[Event, ...] = ()
    dropped: tuple[DroppedBoundary, ...] = ()
    drop_frame: bool = False  # how timecodes are written
    conformed: bool = False  # one medium cut up at its real cuts: its through-edits are the cut list
    silences: tuple[Span, ...] = ()  # no music here
    cue_starts: tuple[CueStart, ...] = ()
    speech: tuple[Span, ...] = ()  # somebody talks here

    def __post_init__(self) -> None:
        if self.rate <= 0:
            raise ContractError("the rate must be positive")
        if self.duration_frames <= 0:
            raise ContractError("a cut sheet must last at least one frame")
        _check_tiling(self.shots, self.duration_frames)
        boundaries = [shot.start_frames for shot in self.shots[1:]]
        if [cut.record_frames for cut in self.cuts] != boundaries:
            raise ContractError("there must be one cut where each shot but the first begins")
        frames = [event.record_frames for event in self.events]
        if frames != sorted(frames) or any(not 0 <= frame < self.duration_frames for frame in frames):
            raise ContractError("events must be in order and inside the sheet")
        starts = [cue.record_frames for cue in self.cue_starts]
        if starts != sorted(set(starts)) or any(not 0 <= start < self.duration_frames for start in starts):
            raise ContractError("cues must begin in order, at different frames inside the sheet")
        for name, spans in (("silences", self.silences), ("speech", self.speech)):
            _check_apart(name, spans, self.duration_frames)

    def is_silent_at(self, record_frames: int) -> bool:
        """Whether a frame lies in a silence."""
        return any(silence.start_frames <= record_frames < silence.end_excl_frames for silence in self.silences)

    def crop(self, in_frames: int, out_frames_excl: int) -> CutSheet:
        """The sheet of the span [in_frames, out_frames_excl), counted anew from its beginning.

        Raises ContractError if the span is empty or reaches outside the sheet.
        """
        if not 0 <= in_frames < out_frames_excl <= self.duration_frames:
            raise ContractError(f"the range {in_frames} to {out_frames_excl} is not inside 0 to {self.duration_frames}")
        shots = tuple(
            _crop_shot(shot, in_frames, out_frames_excl, self.rate)
            for shot in self.shots
            if shot.end_excl_frames > in_frames and shot.start_frames < out_frames_excl
        )
        return dataclasses.replace(
            self,
            start_frames=self.start_frames + in_frames,
            duration_frames=out_frames_excl - in_frames,
            shots=shots,
            cuts=tuple(
                dataclasses.replace(
                    cut,
                    record_frames=cut.record_frames - in_frames,
                    nominal_frames=None if cut.nominal_frames is None else cut.nominal_frames - in_frames,
                )
                for cut in self.cuts
                if in_frames < cut.record_frames < out_frames_excl
            ),
            events=tuple(
                dataclasses.replace(event, record_frames=event.record_frames - in_frames)
                for event in self.events
                if in_frames <= event.record_frames < out_frames_excl
            ),
            dropped=tuple(
                dataclasses.replace(boundary, record_frames=boundary.record_frames - in_frames)
                for boundary in self.dropped
                if in_frames < boundary.record_frames < out_frames_excl
            ),
            silences=_crop_spans(self.silences, in_frames, out_frames_excl),
            cue_starts=tuple(
                dataclasses.replace(cue, record_frames=cue.record_frames - in_frames)
                for cue in self.cue_starts
                if in_frames <= cue.record_frames < out_frames_excl
            ),
            speech=_crop_spans(self.speech, in_frames, out_frames_excl),
        )


def _check_tiling(shots: tuple[Shot, ...], duration_frames: int) -> None:
    expected = 0
    for index, shot in enumerate(shots):
        if shot.duration_frames <= 0:
            raise ContractError(f"shot {index} must last at least one frame")
        if shot.start_frames != expected:
            raise ContractError(f"shot {index} should begin at frame {expected}, not {shot.start_frames}")
        expected = shot.end_excl_frames
    if expected != duration_frames:
        raise ContractError(f"the shots last {expected} frames, the sheet {duration_frames}")


def _check_apart(name: str, spans: tuple[Span, ...], duration_frames: int) -> None:
    end_excl = 0
    for span in spans:
        if span.duration_frames <= 0 or span.start_frames < end_excl or span.end_excl_frames > duration_frames:
            raise ContractError(f"{name} must be in order, apart from each other and inside the sheet")
        end_excl = span.end_excl_frames


def _crop_spans(spans: tuple[Span, ...], in_frames: int, out_frames_excl: int) -> tuple[Span, ...]:
    cropped = []
    for span in spans:
        start, end_excl = max(span.start_frames, in_frames), min(span.end_excl_frames, out_frames_excl)
        if start < end_excl:
            cropped.append(dataclasses.replace(span, start_frames=start - in_frames, duration_frames=end_excl - start))
    return tuple(cropped)


def _crop_shot(shot: Shot, in_frames: int, out_frames_excl: int, rate: Fraction) -> Shot:
    start = max(shot.start_frames, in_frames)
    end_excl = min(shot.end_excl_frames, out_frames_excl)
    source = shot.source
    if source is not None and start > shot.start_frames:
        source_frames = (start - shot.start_frames) * source.rate / rate
        moved = source.start_frames + float(source_frames) * source.speed
        source = dataclasses.replace(source, start_frames=moved)
    return dataclasses.replace(shot, start_frames=start - in_frames, duration_frames=end_excl - start, source=source)
