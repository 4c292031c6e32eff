"""One track of an edit decision list: which event is on it when, with the record's times as the rule."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from vem_core.contract.errors import TimecodeError, TimelineUnreadable
from vem_core.contract.time import nominal_rate
from vem_plugin.formats.edl.events import CUT, DISSOLVE, KEY_BACKGROUND, WIPE, EventLine, Stamp
from vem_plugin.formats.edl.rates import NOMINAL_RATES, EdlRate, counted, frame_of_stamp

MIXES = (DISSOLVE, WIPE)
_MOST_NAMED = 3  # overlaps; more are counted


@dataclass(frozen=True)
class Piece:
    """An event on a track, [start, end) in record frames; `source_start` is the lowest frame used, at `source_rate`."""

    line: EventLine
    start: int
    end: int
    source_start: Fraction
    source_rate: Fraction
    speed: Fraction  # source time per record time
    record_rate: Fraction
    mix_frames: int = 0  # the length of a transition from what was before
    mix_ahead: int = 0  # frames of it that lie before the piece's own start
    from_black: bool = False

    def part(self, start: int, end: int) -> Piece:
        """The piece from `start` to `end`, both inside it."""
        if (start, end) == (self.start, self.end):
            return self
        skipped = self.end - end if self.speed < 0 else start - self.start
        source = self.source_start + skipped * abs(self.speed) * self.source_rate / self.record_rate
        part = replace(self, start=start, end=end, source_start=source)
        return part if start == self.start else replace(part, mix_frames=0, mix_ahead=0, from_black=False)


def lay_pieces(
    lines: Sequence[EventLine], rate: EdlRate, notices: list[str], *, over_midnight: bool = False
) -> list[Piece]:
    """The pieces of a track in order of the record and apart, however the list is sorted (A, B or C mode).

    Raises TimelineUnreadable naming the event whose times cannot be.
    """
    found = (piece_of(line, rate, over_midnight=over_midnight) for line in lines)
    pieces = sorted(found, key=lambda piece: (piece.start, piece.line.order))
    return _apart(list(_with_transitions(pieces)), notices)


def day_frames(rate: EdlRate) -> int:
    """How many frames the timecode counts from midnight to midnight: drop frame leaves some of its numbers out."""
    nominal = nominal_rate(rate.rate)
    dropped = nominal // 15 * (24 * 60 - 24 * 6) if rate.drop_frame else 0
    return 24 * 3600 * nominal - dropped


def runs_over_midnight(lines: Sequence[EventLine], rate: EdlRate) -> bool:
    """Whether an event is recorded until midnight or across it: what the list counts from 0 on is the next day's."""
    for line in lines:
        try:
            start, end = (frame_of_stamp(stamp, rate) for stamp in line.record)
        except TimecodeError:
            continue  # reading says which
        day = day_frames(rate)
        if end == day or (end < start and end + day - start <= day // 2):
            return True
    return False


def piece_of(line: EventLine, rate: EdlRate, *, over_midnight: bool = False) -> Piece:
    """An event as a piece; in a list that runs `over_midnight`, what comes early in the day is the next day's.

    Raises TimelineUnreadable.
    """
    try:
        start, end = (frame_of_stamp(stamp, rate) for stamp in line.record)
    except TimecodeError as error:
        raise TimelineUnreadable(f"Event {line.number}: {error.message}", reason=error.message) from error
    day = day_frames(rate)
    if end < start:
        if end + day - start > day // 2:
            raise TimelineUnreadable(f"Event {line.number} ends at {line.record[1]}, before it begins.")
        end += day
    elif over_midnight and start < day // 2:
        start, end = start + day, end + day
    first, last, source_rate = _source(line.source, rate)
    source_frames = (last - first) * rate.rate / source_rate
    speed = _speed(line, source_frames, end - start, rate)
    mix_frames = line.transition_frames if line.transition in MIXES else 0
    lowest = Fraction(min(first, last) if speed < 0 else first)
    return Piece(line, start, end, lowest, source_rate, speed, rate.rate, mix_frames)


def _source(stamps: tuple[Stamp, Stamp], rate: EdlRate) -> tuple[int, int, Fraction]:
    """A source's first and last frame, and the rate its timecode counts at: the record's, unless that has no such."""
    try:
        return frame_of_stamp(stamps[0], rate), frame_of_stamp(stamps[1], rate), rate.rate
    except TimecodeError:
        highest = max(stamp.frames for stamp in stamps)
        nominal = max(nominal_rate(rate.rate), next((known for known in NOMINAL_RATES if known > highest), highest + 1))
        first, last = (counted(stamp, nominal) for stamp in stamps)
        return first, last, Fraction(nominal)


def _speed(line: EventLine, source_frames: Fraction, record_frames: int, rate: EdlRate) -> Fraction:
    """Source time per record time: of the M2 note, else of the two lengths; a frame's difference is rounding."""
    lengths = source_frames / record_frames if record_frames > 0 else Fraction(1)
    if line.motion is not None:
        stated = Fraction(str(line.motion[0]))
        nominal, exact = stated / nominal_rate(rate.rate), stated / rate.rate
        if source_frames > 0 and any(abs(abs(speed) - lengths) <= lengths / 100 for speed in (nominal, exact)):
            return lengths if stated > 0 else -lengths  # the note is rounded; the lengths are not
        return (nominal if stated == round(stated) else exact).limit_denominator(1000)
    if source_frames <= 0 or abs(source_frames - record_frames) <= 1:
        return Fraction(1)
    return lengths


def _with_transitions(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Pieces that have a length. A transition's from-line of no length only says what it comes from."""
    previous: Piece | None = None
    origin: Piece | None = None  # the from-line that waits for its transition
    for piece in pieces:
        if piece.start == piece.end and piece.line.transition in (CUT, KEY_BACKGROUND):
            origin = piece
            continue
        if piece.mix_frames and origin is not None and origin.start == piece.start and piece.start != piece.end:
            if origin.line.black:
                piece = replace(piece, from_black=True)
            elif not _goes_on(previous, origin):
                # A picture of its own is cut to and mixed away from at once: it holds the first half of the mix.
                half = min(piece.mix_frames // 2, piece.end - piece.start - 1)
                if half > 0:
                    yield replace(origin, end=piece.start + half, speed=Fraction(1))
                    mix_frames = piece.mix_frames
                    piece = replace(piece.part(piece.start + half, piece.end), mix_frames=mix_frames, mix_ahead=half)
        origin = None
        if piece.start != piece.end:
            previous = piece
            yield piece


def _goes_on(previous: Piece | None, origin: Piece) -> bool:
    """Whether the picture before a transition is the one that its from-line names."""
    if previous is None or previous.end < origin.start:
        return False
    same_name = not origin.line.name or not previous.line.name or origin.line.name == previous.line.name
    return origin.line.reel.upper() == previous.line.reel.upper() and same_name


def _apart(pieces: list[Piece], notices: list[str]) -> list[Piece]:
    """The pieces without overlaps: as on tape, what a later event of the list records stands."""
    overlapping = [
        (before, after)
        for before, after in itertools.pairwise(pieces)
        if after.start < before.end and not _is_mixed_over(before, after)
    ]
    if all(after.start >= before.end for before, after in itertools.pairwise(pieces)):
        return pieces
    for before, after in overlapping[:_MOST_NAMED]:
        later, earlier = sorted((before.line, after.line), key=lambda line: line.order, reverse=True)
        frames = min(before.end, after.end) - after.start
        notices.append(
            f"Event {later.number} overlaps event {earlier.number} by {frames} frames from {after.line.record[0]}: "
            f"event {later.number}, the later one in the list, is taken to stand there."
        )
    if len(overlapping) > _MOST_NAMED:
        notices.append(f"{len(overlapping) - _MOST_NAMED} more events overlap others.")
    return list(_painted(pieces))


def _is_mixed_over(before: Piece, after: Piece) -> bool:
    """Whether an overlap is the transition that the later event begins with."""
    return 0 < before.end - after.start <= after.mix_frames


def _painted(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """What stands when each event has been recorded over the earlier ones of the list."""
    edges = sorted({edge for piece in pieces for edge in (piece.start, piece.end)})
    waiting = sorted(pieces, key=lambda piece: piece.start, reverse=True)
    covering: list[tuple[int, int, Piece]] = []
    shown: Piece | None = None
    for start, end in itertools.pairwise(edges):
        while waiting and waiting[-1].start <= start:
            piece = waiting.pop()
            heapq.heappush(covering, (-piece.line.order, piece.start, piece))
        while covering and covering[0][2].end <= start:
            heapq.heappop(covering)
        top = covering[0][2] if covering else None
        part = top.part(start, end) if top is not None else None
        if part is not None and shown is not None and shown.line is part.line and shown.end == start:
            shown = replace(shown, end=end)
            continue
        if shown is not None:
            yield shown
        shown = part
    if shown is not None:
        yield shown
