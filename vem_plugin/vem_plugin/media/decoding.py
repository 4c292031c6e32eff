"""Decoding single frames of a movie, a still or an image sequence, at exact instants, with PyAV.

Instants are seconds from the medium's first frame, as fractions. The frame at an instant is the one on show then: the
last that begins at or before it, whether frames come at a constant rate or not. Asked in ascending order, a reader
decodes each stretch at most once and seeks over what nobody asked for.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Protocol

import av
import av.container
import av.error
import av.stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vem_core.contract.errors import RateError, TimecodeError
from vem_core.contract.time import frame_of_timecode, snap_rate
from vem_plugin.files.containers import DECODING_ERRORS, open_container
from vem_plugin.media.naming import FileSequence
from vem_plugin.media.picture import Picture

MAX_PIXELS = 2**27
"""Of one picture, just above 15,360 x 8,640: a hostile header can claim any size, and decoding would ask for it."""

_SEEK_WITHOUT_INDEX_S = Fraction(2)
"""Where the container has no table of its key frames, decoding on is cheaper than seeking up to this distance."""


class UnreadableMedium(Exception):
    """A medium without a picture that can be decoded; the text says why, in words for an editor."""


class FrameSource(Protocol):
    """A medium that gives frames. `None` stands for what the medium does not say of itself."""

    @property
    def rate(self) -> Fraction | None:
        """Frames per second."""
        ...

    @property
    def duration_s(self) -> Fraction | None:
        """The length in seconds, exact."""
        ...

    @property
    def start_frames(self) -> int | None:
        """The first frame's own number: from the embedded timecode, or of the sequence's first file."""
        ...

    def pictures_at(self, instants_s: Iterable[Fraction]) -> Iterator[Picture]:
        """The frame on show at each instant; before the first frame that one, after the last the last.

        Raises UnreadableMedium where nothing at all can be decoded.
        """
        ...

    def close(self) -> None: ...


class MovieReader:
    """Frames of one file: a movie, or a still (a movie of one frame). Raises UnreadableMedium."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container, self._stream = _open(path)
        self._time_base = self._stream.time_base or Fraction(1, 1000)
        self._first_s = (self._stream.start_time or 0) * self._time_base
        self.rate = _rate(self._stream)
        self.duration_s = self._duration()
        self.start_frames = _embedded_timecode(self._container, self.rate)
        self._frames: Iterator[VideoFrame] = iter(())
        self._shown: VideoFrame | None = None  # the frame on show at the last instant
        self._next: VideoFrame | None = None  # the one after it; None at the end, and before the first seek
        self._ended = False
        self._begun = False  # whether anything was read since the file was opened

    def close(self) -> None:
        self._container.close()

    def pictures_at(self, instants_s: Iterable[Fraction]) -> Iterator[Picture]:
        for instant_s in instants_s:
            yield Picture(self._frame_at(instant_s), self._stream.sample_aspect_ratio or Fraction(1))

    def _frame_at(self, instant_s: Fraction) -> VideoFrame:
        if not self._reaches(instant_s):
            self._seek(instant_s)
        while self._next is not None and self._begins_s(self._next) <= instant_s:
            self._shown = self._next
            self._advance()
        frame = self._shown or self._next
        if frame is None:
            raise UnreadableMedium("no frame can be decoded")
        return frame

    def _reaches(self, instant_s: Fraction) -> bool:
        """Whether decoding on from here is right, and no slower than seeking."""
        here = self._shown or self._next
        if here is None or (instant_s < self._begins_s(here) and self._shown is not None):
            return False
        if self._ended:
            return True
        position_s = self._begins_s(here)
        if not self._key_frames_s:
            return instant_s - position_s < _SEEK_WITHOUT_INDEX_S
        index = bisect.bisect_right(self._key_frames_s, instant_s) - 1
        return index < 0 or self._key_frames_s[index] <= position_s

    def _seek(self, instant_s: Fraction) -> None:
        """Go to a key frame at or before the instant; an index that points too far sends us further back."""
        back_s = Fraction(0)
        while True:
            target_s = max(Fraction(0), instant_s - back_s)
            self._restart(target_s)
            if self._next is not None and self._begins_s(self._next) <= instant_s:
                return
            if target_s == 0:
                return
            back_s = back_s * 4 + 1

    def _restart(self, target_s: Fraction) -> None:
        """Begin decoding at the key frame before the target; at the file's very beginning where that cannot be done."""
        try:
            self._seek_container(target_s)
        except DECODING_ERRORS:  # stills and raw streams cannot be sought in
            self._reopen()
        self._frames = self._decode()
        self._shown, self._ended, self._begun = None, False, True
        self._advance()

    def _seek_container(self, target_s: Fraction) -> None:
        if target_s == 0:
            if self._begun:  # some containers, once read, find their second key frame when sent to the first
                self._reopen()
        else:
            offset = int((target_s + self._first_s) / self._time_base)
            self._container.seek(offset, stream=self._stream, backward=True, any_frame=False)

    def _reopen(self) -> None:
        self._container.close()
        self._container, self._stream = _open(self._path)

    def _advance(self) -> None:
        self._next = next(self._frames, None)
        self._ended = self._next is None

    def _decode(self) -> Iterator[VideoFrame]:
        """Frames from here on, leaving out what is damaged."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, *DECODING_ERRORS):
                return
            try:
                frames = packet.decode()
            except DECODING_ERRORS:
                continue
            for frame in frames:
                if isinstance(frame, VideoFrame):
                    yield frame

    def _begins_s(self, frame: VideoFrame) -> Fraction:
        if frame.pts is None:
            return Fraction(0)
        return frame.pts * (frame.time_base or self._time_base) - self._first_s

    @cached_property
    def _key_frames_s(self) -> list[Fraction]:
        """Where decoding can begin, in order, as far as the container tells.

        Containers list decoding times. The first key frame is decoded as much before it is shown as every other.
        """
        entries = self._stream.index_entries or ()
        decoded_s = sorted(entry.timestamp * self._time_base for entry in entries if entry.is_keyframe)
        return [time_s - decoded_s[0] for time_s in decoded_s]

    def _duration(self) -> Fraction | None:
        if self._stream.duration:
            return self._stream.duration * self._time_base
        if self._container.duration:
            return Fraction(self._container.duration, av.time_base)
        return None


class SequenceReader:
    """Frames of an image sequence: one file a frame. A hole shows the file before it. Raises UnreadableMedium."""

    def __init__(self, files: FileSequence, rate: Fraction) -> None:
        if not files.numbers:
            raise UnreadableMedium("none of its images was found")
        self._files = files
        self.rate: Fraction = rate
        self.duration_s = Fraction(files.numbers[-1] - files.first_number + files.step) / rate
        self.start_frames = files.first_number
        self._shown: tuple[Path, Picture] | None = None

    def close(self) -> None:
        self._shown = None

    def pictures_at(self, instants_s: Iterable[Fraction]) -> Iterator[Picture]:
        for instant_s in instants_s:
            path = self._files.file_of_frame(int(instant_s * self.rate // 1))
            if self._shown is None or self._shown[0] != path:
                self._shown = (path, read_still(path))
            yield self._shown[1]


def read_still(path: Path) -> Picture:
    """The first frame of an image or movie. Raises UnreadableMedium."""
    reader = MovieReader(path)
    try:
        return next(reader.pictures_at([Fraction(0)]))
    finally:
        reader.close()


def _open(path: Path) -> tuple[av.container.InputContainer, VideoStream]:
    try:
        container = open_container(path)
    except DECODING_ERRORS as error:
        raise UnreadableMedium(f"cannot be opened ({_words(error)})") from error
    stream = _picture_stream(container)
    if stream.width * stream.height > MAX_PIXELS:
        container.close()
        raise UnreadableMedium(f"its pictures of {stream.width} x {stream.height} are too large")
    stream.thread_type = "AUTO"
    return container, stream


def _picture_stream(container: av.container.InputContainer) -> VideoStream:
    """The first stream of moving pictures; the cover of a song is none."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    container.close()
    raise UnreadableMedium("no picture in it")


def _rate(stream: VideoStream) -> Fraction | None:
    rate = stream.average_rate or stream.guessed_rate
    try:
        return snap_rate(rate) if rate else None
    except RateError:
        return None


def _embedded_timecode(container: av.container.InputContainer, rate: Fraction | None) -> int | None:
    """The frame number of the medium's embedded start timecode. QuickTime keeps it in a stream of its own."""
    places = [container.metadata, *(stream.metadata for stream in container.streams)]
    text = next((metadata["timecode"] for metadata in places if metadata.get("timecode")), None)
    if text is None or rate is None:
        return None
    try:
        return frame_of_timecode(text, rate)
    except TimecodeError:
        return None


def _words(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error).strip().rstrip(".")
